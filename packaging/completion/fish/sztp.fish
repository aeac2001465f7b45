# SPDX-License-Identifier: Apache-2.0
# Made by scripts/completion out of --help.
complete -c sztp -f -n __fish_use_subcommand -a verify -d 'judge artifacts as a device does'
complete -c sztp -f -n __fish_use_subcommand -a inspect -d 'tell what an artifact is made of'
complete -c sztp -f -n __fish_use_subcommand -a voucher -d 'commands about it'
complete -c sztp -f -n __fish_use_subcommand -a owner-cert -d 'commands about it'
complete -c sztp -f -n __fish_use_subcommand -a conveyed -d 'commands about it'
complete -c sztp -f -n __fish_use_subcommand -a dhcp -d 'commands about it'
complete -c sztp -f -n __fish_use_subcommand -a dns -d 'commands about it'
complete -c sztp -f -n __fish_use_subcommand -a removable -d 'commands about it'
complete -c sztp -f -n __fish_use_subcommand -a image -d 'commands about it'
complete -c sztp -f -n __fish_use_subcommand -a attest -d 'commands about it'
complete -c sztp -f -n '__fish_seen_subcommand_from voucher; and not __fish_seen_subcommand_from issue renew' -a issue -d 'issue an ownership voucher'
complete -c sztp -f -n '__fish_seen_subcommand_from voucher; and not __fish_seen_subcommand_from issue renew' -a renew -d 'issue an ownership voucher again, with new dates'
complete -c sztp -f -n '__fish_seen_subcommand_from owner-cert; and not __fish_seen_subcommand_from pack' -a pack -d 'pack certificates into an owner certificate'
complete -c sztp -f -n '__fish_seen_subcommand_from conveyed; and not __fish_seen_subcommand_from redirect onboarding' -a redirect -d 'make redirect information'
complete -c sztp -f -n '__fish_seen_subcommand_from conveyed; and not __fish_seen_subcommand_from redirect onboarding' -a onboarding -d 'make onboarding information'
complete -c sztp -f -n '__fish_seen_subcommand_from dhcp; and not __fish_seen_subcommand_from encode decode' -a encode -d 'make the value of DHCP option 143 or 136'
complete -c sztp -f -n '__fish_seen_subcommand_from dhcp; and not __fish_seen_subcommand_from encode decode' -a decode -d 'tell the servers in a DHCP option or message'
complete -c sztp -f -n '__fish_seen_subcommand_from dns; and not __fish_seen_subcommand_from encode' -a encode -d 'make DNS records of artifacts and servers'
complete -c sztp -f -n '__fish_seen_subcommand_from removable; and not __fish_seen_subcommand_from write' -a write -d 'write a device\'s artifacts on a medium'
complete -c sztp -f -n '__fish_seen_subcommand_from image; and not __fish_seen_subcommand_from sign verify' -a sign -d 'sign a boot image'
complete -c sztp -f -n '__fish_seen_subcommand_from image; and not __fish_seen_subcommand_from sign verify' -a verify -d 'check the signature of a boot image'
complete -c sztp -f -n '__fish_seen_subcommand_from attest; and not __fish_seen_subcommand_from request verify' -a request -d 'make what a device is asked to sign, with evidence'
complete -c sztp -f -n '__fish_seen_subcommand_from attest; and not __fish_seen_subcommand_from request verify' -a verify -d 'judge the evidence in a certificate signing request'
complete -c sztp -n '__fish_seen_subcommand_from verify' -l voucher -rF -d 'the ownership voucher'
complete -c sztp -n '__fish_seen_subcommand_from verify' -l voucher-anchor -rF -d 'certificates that are trusted to sign vouchers'
complete -c sztp -n '__fish_seen_subcommand_from verify' -l serial -x -d 'the device\'s serial number'
complete -c sztp -n '__fish_seen_subcommand_from verify' -l idevid -rF -d 'the device\'s identity certificate'
complete -c sztp -n '__fish_seen_subcommand_from verify' -l nonce -x -d 'the nonce that the device sent'
complete -c sztp -n '__fish_seen_subcommand_from verify' -l owner-cert -rF -d 'the owner certificate'
complete -c sztp -n '__fish_seen_subcommand_from verify' -l pinned -rF -d 'a certificate in the place of a voucher\'s pinned-domain-cert'
complete -c sztp -n '__fish_seen_subcommand_from verify' -l conveyed -rF -d 'the conveyed information'
complete -c sztp -n '__fish_seen_subcommand_from verify' -l key -rF -d 'private key of --idevid'
complete -c sztp -n '__fish_seen_subcommand_from verify' -l channel -x -a 'trusted untrusted' -d 'trusted'
complete -c sztp -n '__fish_seen_subcommand_from verify' -l time -x -d 'the device\'s time'
complete -c sztp -n '__fish_seen_subcommand_from verify' -l assertion -x -d 'accepted assertions, comma-separated'
complete -c sztp -n '__fish_seen_subcommand_from verify' -l revocation -x -a 'as-voucher required off' -d 'as-voucher'
complete -c sztp -n '__fish_seen_subcommand_from verify' -l crl -rF -d 'revocation lists that the device fetched, beside those in the owner certificate'
complete -c sztp -n '__fish_seen_subcommand_from verify' -l constrained -d 'accept constrained vouchers'
complete -c sztp -n '__fish_seen_subcommand_from verify' -l json -d 'one JSON object instead of text'
complete -c sztp -n '__fish_seen_subcommand_from verify' -l help
complete -c sztp -n '__fish_seen_subcommand_from verify' -l version
complete -c sztp -n '__fish_seen_subcommand_from inspect' -l json -d 'one JSON object instead of text, as docs/json/inspect.json describes it'
complete -c sztp -n '__fish_seen_subcommand_from inspect' -l help
complete -c sztp -n '__fish_seen_subcommand_from inspect' -l version
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from issue' -l serial -x -d 'the device\'s serial number'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from issue' -l pinned -rF -d 'the owner\'s certificate authority, the voucher\'s pinned-domain-cert'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from issue' -l pin -x -a 'cert key key-sha256' -d 'what of FILE is pinned'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from issue' -l signer -rF -d 'the manufacturer\'s signing certificate'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from issue' -l key -rF -d 'its private key'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from issue' -l chain -rF -d 'certificates between the signer and the anchor in the device'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from issue' -l crl -rF -d 'revocation lists of the manufacturer\'s, which devices look at'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from issue' -l assertion -x -a 'verified logged proximity agent-proximity' -d 'verified'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from issue' -l created-on -x -d 'RFC 3339'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from issue' -l expires-on -x -d 'RFC 3339'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from issue' -l idevid -rF -d 'the device\'s identity certificate'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from issue' -l nonce -x -d 'the nonce that the device sent, 8 to 32 octets'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from issue' -l revocation-checks -d 'the device must check revocation of the owner certificate'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from issue' -l format -x -a 'cms-json cose-cbor' -d 'cms-json'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from issue' -l encrypt-to -rF -d 'the device\'s certificate'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from issue' -l cipher -x -a 'aes128-cbc aes192-cbc aes256-cbc aes128-gcm aes192-gcm aes256-gcm' -d 'how the content is encrypted'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from issue' -l oaep -x -a 'sha1 sha256 sha384 sha512' -d 'for RSA keys'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from issue' -l out -rF -d 'where to write it'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from issue' -l force -d 'issue it, though every device will refuse it'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from issue' -l help
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from issue' -l version
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from renew' -l signer -rF -d 'the manufacturer\'s signing certificate'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from renew' -l key -rF -d 'its private key'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from renew' -l chain -rF -d 'certificates between the signer and the anchor in the device'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from renew' -l crl -rF -d 'revocation lists of the manufacturer\'s'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from renew' -l created-on -x -d 'RFC 3339'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from renew' -l expires-on -x -d 'RFC 3339'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from renew' -l last-renewal-date -x -d 'RFC 3339'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from renew' -l encrypt-to -rF -d 'the device\'s certificate'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from renew' -l cipher -x -a 'aes128-cbc aes192-cbc aes256-cbc aes128-gcm aes192-gcm aes256-gcm' -d 'how the content is encrypted'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from renew' -l oaep -x -a 'sha1 sha256 sha384 sha512' -d 'for RSA keys'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from renew' -l out -rF -d 'where to write it'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from renew' -l force -d 'issue it, though every device will refuse it'
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from renew' -l help
complete -c sztp -n '__fish_seen_subcommand_from voucher; and __fish_seen_subcommand_from renew' -l version
complete -c sztp -n '__fish_seen_subcommand_from owner-cert; and __fish_seen_subcommand_from pack' -l crl -rF -d 'revocation lists to go along'
complete -c sztp -n '__fish_seen_subcommand_from owner-cert; and __fish_seen_subcommand_from pack' -l encrypt-to -rF -d 'the device\'s certificate'
complete -c sztp -n '__fish_seen_subcommand_from owner-cert; and __fish_seen_subcommand_from pack' -l cipher -x -a 'aes128-cbc aes192-cbc aes256-cbc aes128-gcm aes192-gcm aes256-gcm' -d 'how the content is encrypted'
complete -c sztp -n '__fish_seen_subcommand_from owner-cert; and __fish_seen_subcommand_from pack' -l oaep -x -a 'sha1 sha256 sha384 sha512' -d 'for RSA keys'
complete -c sztp -n '__fish_seen_subcommand_from owner-cert; and __fish_seen_subcommand_from pack' -l out -rF -d 'where to write the DER'
complete -c sztp -n '__fish_seen_subcommand_from owner-cert; and __fish_seen_subcommand_from pack' -l force -d 'pack them, though every device will refuse the bag'
complete -c sztp -n '__fish_seen_subcommand_from owner-cert; and __fish_seen_subcommand_from pack' -l help
complete -c sztp -n '__fish_seen_subcommand_from owner-cert; and __fish_seen_subcommand_from pack' -l version
complete -c sztp -n '__fish_seen_subcommand_from conveyed; and __fish_seen_subcommand_from redirect' -l server -x
complete -c sztp -n '__fish_seen_subcommand_from conveyed; and __fish_seen_subcommand_from redirect' -l signer -rF -d 'the owner certificate that signs'
complete -c sztp -n '__fish_seen_subcommand_from conveyed; and __fish_seen_subcommand_from redirect' -l key -rF -d 'its private key'
complete -c sztp -n '__fish_seen_subcommand_from conveyed; and __fish_seen_subcommand_from redirect' -l encrypt-to -rF -d 'the device\'s certificate'
complete -c sztp -n '__fish_seen_subcommand_from conveyed; and __fish_seen_subcommand_from redirect' -l cipher -x -a 'aes128-cbc aes192-cbc aes256-cbc aes128-gcm aes192-gcm aes256-gcm' -d 'how the content is encrypted'
complete -c sztp -n '__fish_seen_subcommand_from conveyed; and __fish_seen_subcommand_from redirect' -l oaep -x -a 'sha1 sha256 sha384 sha512' -d 'for RSA keys'
complete -c sztp -n '__fish_seen_subcommand_from conveyed; and __fish_seen_subcommand_from redirect' -l encoding -x -a 'json xml'
complete -c sztp -n '__fish_seen_subcommand_from conveyed; and __fish_seen_subcommand_from redirect' -l out -rF -d 'where to write the DER'
complete -c sztp -n '__fish_seen_subcommand_from conveyed; and __fish_seen_subcommand_from redirect' -l force -d 'make it, though every device will refuse it'
complete -c sztp -n '__fish_seen_subcommand_from conveyed; and __fish_seen_subcommand_from redirect' -l help
complete -c sztp -n '__fish_seen_subcommand_from conveyed; and __fish_seen_subcommand_from redirect' -l version
complete -c sztp -n '__fish_seen_subcommand_from conveyed; and __fish_seen_subcommand_from onboarding' -l os-name -x -d 'the operating system that the image is of'
complete -c sztp -n '__fish_seen_subcommand_from conveyed; and __fish_seen_subcommand_from onboarding' -l os-version -x -d 'its version'
complete -c sztp -n '__fish_seen_subcommand_from conveyed; and __fish_seen_subcommand_from onboarding' -l image-uri -x -d 'where the image is'
complete -c sztp -n '__fish_seen_subcommand_from conveyed; and __fish_seen_subcommand_from onboarding' -l image -rF -d 'the image itself, of which the SHA-256 is taken'
complete -c sztp -n '__fish_seen_subcommand_from conveyed; and __fish_seen_subcommand_from onboarding' -l config -rF -d 'the configuration, in whatever form the device reads'
complete -c sztp -n '__fish_seen_subcommand_from conveyed; and __fish_seen_subcommand_from onboarding' -l handling -x -a 'merge replace' -d 'merge it into the device\'s configuration, or replace that'
complete -c sztp -n '__fish_seen_subcommand_from conveyed; and __fish_seen_subcommand_from onboarding' -l pre-script -rF
complete -c sztp -n '__fish_seen_subcommand_from conveyed; and __fish_seen_subcommand_from onboarding' -l post-script -rF
complete -c sztp -n '__fish_seen_subcommand_from conveyed; and __fish_seen_subcommand_from onboarding' -l signer -rF -d 'the owner certificate that signs'
complete -c sztp -n '__fish_seen_subcommand_from conveyed; and __fish_seen_subcommand_from onboarding' -l key -rF -d 'its private key'
complete -c sztp -n '__fish_seen_subcommand_from conveyed; and __fish_seen_subcommand_from onboarding' -l encrypt-to -rF -d 'the device\'s certificate'
complete -c sztp -n '__fish_seen_subcommand_from conveyed; and __fish_seen_subcommand_from onboarding' -l cipher -x -a 'aes128-cbc aes192-cbc aes256-cbc aes128-gcm aes192-gcm aes256-gcm' -d 'how the content is encrypted'
complete -c sztp -n '__fish_seen_subcommand_from conveyed; and __fish_seen_subcommand_from onboarding' -l oaep -x -a 'sha1 sha256 sha384 sha512' -d 'for RSA keys'
complete -c sztp -n '__fish_seen_subcommand_from conveyed; and __fish_seen_subcommand_from onboarding' -l encoding -x -a 'json xml'
complete -c sztp -n '__fish_seen_subcommand_from conveyed; and __fish_seen_subcommand_from onboarding' -l out -rF -d 'where to write the DER'
complete -c sztp -n '__fish_seen_subcommand_from conveyed; and __fish_seen_subcommand_from onboarding' -l force -d 'make it, though every device will refuse it'
complete -c sztp -n '__fish_seen_subcommand_from conveyed; and __fish_seen_subcommand_from onboarding' -l help
complete -c sztp -n '__fish_seen_subcommand_from conveyed; and __fish_seen_subcommand_from onboarding' -l version
complete -c sztp -n '__fish_seen_subcommand_from dhcp; and __fish_seen_subcommand_from encode' -l family -x -a '4 6' -d 'DHCPv4 or DHCPv6'
complete -c sztp -n '__fish_seen_subcommand_from dhcp; and __fish_seen_subcommand_from encode' -l format -x -d 'hex digits'
complete -c sztp -n '__fish_seen_subcommand_from dhcp; and __fish_seen_subcommand_from encode' -l help
complete -c sztp -n '__fish_seen_subcommand_from dhcp; and __fish_seen_subcommand_from encode' -l version
complete -c sztp -n '__fish_seen_subcommand_from dhcp; and __fish_seen_subcommand_from decode' -l family -x -a '4 6' -d 'DHCPv4'
complete -c sztp -n '__fish_seen_subcommand_from dhcp; and __fish_seen_subcommand_from decode' -l option -x -d 'the option\'s value, put together from all its parts'
complete -c sztp -n '__fish_seen_subcommand_from dhcp; and __fish_seen_subcommand_from decode' -l message -rF -d 'a whole DHCP message as it travels in UDP'
complete -c sztp -n '__fish_seen_subcommand_from dhcp; and __fish_seen_subcommand_from decode' -l help
complete -c sztp -n '__fish_seen_subcommand_from dhcp; and __fish_seen_subcommand_from decode' -l version
complete -c sztp -n '__fish_seen_subcommand_from dns; and __fish_seen_subcommand_from encode' -l domain -x -d 'the domain in which devices ask'
complete -c sztp -n '__fish_seen_subcommand_from dns; and __fish_seen_subcommand_from encode' -l serial -x -d 'the device\'s serial number'
complete -c sztp -n '__fish_seen_subcommand_from dns; and __fish_seen_subcommand_from encode' -l conveyed -rF -d 'the conveyed information'
complete -c sztp -n '__fish_seen_subcommand_from dns; and __fish_seen_subcommand_from encode' -l voucher -rF
complete -c sztp -n '__fish_seen_subcommand_from dns; and __fish_seen_subcommand_from encode' -l owner-cert -rF
complete -c sztp -n '__fish_seen_subcommand_from dns; and __fish_seen_subcommand_from encode' -l server -x
complete -c sztp -n '__fish_seen_subcommand_from dns; and __fish_seen_subcommand_from encode' -l ttl -x -d 'how long the records may be kept'
complete -c sztp -n '__fish_seen_subcommand_from dns; and __fish_seen_subcommand_from encode' -l force -d 'encode them, though the device will refuse them'
complete -c sztp -n '__fish_seen_subcommand_from dns; and __fish_seen_subcommand_from encode' -l help
complete -c sztp -n '__fish_seen_subcommand_from dns; and __fish_seen_subcommand_from encode' -l version
complete -c sztp -n '__fish_seen_subcommand_from removable; and __fish_seen_subcommand_from write' -l serial -x -d 'the device\'s serial number, which names its folder'
complete -c sztp -n '__fish_seen_subcommand_from removable; and __fish_seen_subcommand_from write' -l conveyed -rF -d 'conveyed information'
complete -c sztp -n '__fish_seen_subcommand_from removable; and __fish_seen_subcommand_from write' -l owner-cert -rF
complete -c sztp -n '__fish_seen_subcommand_from removable; and __fish_seen_subcommand_from write' -l voucher -rF
complete -c sztp -n '__fish_seen_subcommand_from removable; and __fish_seen_subcommand_from write' -l voucher-anchor -rF -d 'the manufacturer\'s certificate'
complete -c sztp -n '__fish_seen_subcommand_from removable; and __fish_seen_subcommand_from write' -l idevid -rF -d 'the device\'s identity certificate, which the voucher may name the issuer of'
complete -c sztp -n '__fish_seen_subcommand_from removable; and __fish_seen_subcommand_from write' -l key -rF -d 'its private key, to look into what is encrypted to it'
complete -c sztp -n '__fish_seen_subcommand_from removable; and __fish_seen_subcommand_from write' -l layout -x -a 'rfc xr' -d 'SN/bootstrapping-data'
complete -c sztp -n '__fish_seen_subcommand_from removable; and __fish_seen_subcommand_from write' -l enterprise -x -d 'the manufacturer\'s IANA enterprise number in the layout xr'
complete -c sztp -n '__fish_seen_subcommand_from removable; and __fish_seen_subcommand_from write' -l image -rF -d 'a boot image, copied into the folder images'
complete -c sztp -n '__fish_seen_subcommand_from removable; and __fish_seen_subcommand_from write' -l force -d 'write them, though the device will refuse them'
complete -c sztp -n '__fish_seen_subcommand_from removable; and __fish_seen_subcommand_from write' -l help
complete -c sztp -n '__fish_seen_subcommand_from removable; and __fish_seen_subcommand_from write' -l version
complete -c sztp -n '__fish_seen_subcommand_from image; and __fish_seen_subcommand_from sign' -l signer -rF -d 'the signing certificate, which has a path to the device\'s firmware anchors'
complete -c sztp -n '__fish_seen_subcommand_from image; and __fish_seen_subcommand_from sign' -l key -rF -d 'its private key'
complete -c sztp -n '__fish_seen_subcommand_from image; and __fish_seen_subcommand_from sign' -l chain -rF -d 'certificates between the signer and the anchor in the device'
complete -c sztp -n '__fish_seen_subcommand_from image; and __fish_seen_subcommand_from sign' -l crl -rF -d 'revocation lists that devices look at'
complete -c sztp -n '__fish_seen_subcommand_from image; and __fish_seen_subcommand_from sign' -l hash -x -a '256 384 512' -d 'of SHA-2'
complete -c sztp -n '__fish_seen_subcommand_from image; and __fish_seen_subcommand_from sign' -l out -rF -d 'where to write the DER'
complete -c sztp -n '__fish_seen_subcommand_from image; and __fish_seen_subcommand_from sign' -l force -d 'sign, though every device will refuse the signature'
complete -c sztp -n '__fish_seen_subcommand_from image; and __fish_seen_subcommand_from sign' -l help
complete -c sztp -n '__fish_seen_subcommand_from image; and __fish_seen_subcommand_from sign' -l version
complete -c sztp -n '__fish_seen_subcommand_from image; and __fish_seen_subcommand_from verify' -l signature -rF -d 'the signature'
complete -c sztp -n '__fish_seen_subcommand_from image; and __fish_seen_subcommand_from verify' -l anchor -rF -d 'the device\'s firmware anchors'
complete -c sztp -n '__fish_seen_subcommand_from image; and __fish_seen_subcommand_from verify' -l time -x -d 'the device\'s time'
complete -c sztp -n '__fish_seen_subcommand_from image; and __fish_seen_subcommand_from verify' -l help
complete -c sztp -n '__fish_seen_subcommand_from image; and __fish_seen_subcommand_from verify' -l version
complete -c sztp -n '__fish_seen_subcommand_from attest; and __fish_seen_subcommand_from request' -l like -rF -d 'the device\'s certificate, or any with the subject that is wanted'
complete -c sztp -n '__fish_seen_subcommand_from attest; and __fish_seen_subcommand_from request' -l nonce -x -d '8 to 64 octets, another one for every request'
complete -c sztp -n '__fish_seen_subcommand_from attest; and __fish_seen_subcommand_from request' -l algorithm -x -a 'p256 p384 p521 rsa identity' -d 'of the key to be made'
complete -c sztp -n '__fish_seen_subcommand_from attest; and __fish_seen_subcommand_from request' -l evidence -x -d 'certify'
complete -c sztp -n '__fish_seen_subcommand_from attest; and __fish_seen_subcommand_from request' -l format -x -a 'der json xml' -d 'der'
complete -c sztp -n '__fish_seen_subcommand_from attest; and __fish_seen_subcommand_from request' -l out -rF -d 'where to write it'
complete -c sztp -n '__fish_seen_subcommand_from attest; and __fish_seen_subcommand_from request' -l help
complete -c sztp -n '__fish_seen_subcommand_from attest; and __fish_seen_subcommand_from request' -l version
complete -c sztp -n '__fish_seen_subcommand_from attest; and __fish_seen_subcommand_from verify' -l anchor -rF -d 'certificates that vouch for attestation keys, as the device\'s maker gives them'
complete -c sztp -n '__fish_seen_subcommand_from attest; and __fish_seen_subcommand_from verify' -l identity -rF -d 'the certificate that the device shows in TLS'
complete -c sztp -n '__fish_seen_subcommand_from attest; and __fish_seen_subcommand_from verify' -l nonce -x -d 'the nonce that was sent for this request'
complete -c sztp -n '__fish_seen_subcommand_from attest; and __fish_seen_subcommand_from verify' -l reference -rF -d 'reference values of the PCRs, JSON'
complete -c sztp -n '__fish_seen_subcommand_from attest; and __fish_seen_subcommand_from verify' -l attester -rF -d 'a certificate that may attest though it does not say so'
complete -c sztp -n '__fish_seen_subcommand_from attest; and __fish_seen_subcommand_from verify' -l evidence -x -d 'what must be there'
complete -c sztp -n '__fish_seen_subcommand_from attest; and __fish_seen_subcommand_from verify' -l time -x -d 'of the judgement'
complete -c sztp -n '__fish_seen_subcommand_from attest; and __fish_seen_subcommand_from verify' -l json -d 'one JSON object instead of text'
complete -c sztp -n '__fish_seen_subcommand_from attest; and __fish_seen_subcommand_from verify' -l help
complete -c sztp -n '__fish_seen_subcommand_from attest; and __fish_seen_subcommand_from verify' -l version
