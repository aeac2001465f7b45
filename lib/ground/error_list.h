/* SPDX-License-Identifier: Apache-2.0 */
/* The list of all error codes with their words. */
#ifndef SZTP_GROUND_ERROR_LIST_H
#define SZTP_GROUND_ERROR_LIST_H

#include "ground/ctx_private.h"

/* X(code without prefix, reason label, class without prefix, what is wrong and what to do) */
#define SZTP__ERRORS(X)                                                                                      \
  X(ARG, "", CALLER, "An argument is NULL, unknown or out of range; correct the call.")                      \
  X(MEMORY, "", RESOURCE,                                                                                    \
    "There is not enough memory, or the context's budget is used up; provide more or raise it.")             \
  X(LIMIT, "limit", DATA, "The input is larger than a limit allows; make it smaller or raise the limit.")    \
  X(SEQUENCE, "", CALLER,                                                                                    \
    "The object is in a state that does not allow this call; make it at another time.")                      \
  X(STALE, "", CALLER,                                                                                       \
    "The ticket belongs to an action that is already over; use the one of the current action.")              \
  X(REENTRY, "", CALLER, "The library may not be called from inside a handler; return first, then call.")    \
  X(NOT_FOUND, "", CALLER, "There is no such field, index or entry; ask for one that exists.")               \
  X(UNSUPPORTED, "", HOST,                                                                                   \
    "This build or this object can't do that; check sztp_has_feature() or use another.")                     \
  X(BUFFER, "", CALLER, "The caller's buffer is too small; provide a larger one.")                           \
  X(ABI, "", CALLER,                                                                                         \
    "A structure or a saved state is of an unknown version; use one made for this library.")                 \
  X(CANCELLED, "", HOST, "The work was stopped on request; start again if it is still wanted.")              \
  X(HOST, "", HOST,                                                                                          \
    "The host has no handler for an action, or a handler broke its contract; correct the host.")             \
  X(RANDOM, "", RESOURCE, "The source of random numbers failed; check the platform's generator.")            \
  X(CONFIG, "", HOST,                                                                                        \
    "The device's configuration is incomplete or contradicts itself; see the detail and correct "            \
    "it.")                                                                                                   \
  X(BUSY, "", CALLER, "Another session is alive on this context; end it or use a second context.")           \
  X(DER, "", DATA, "The data is not DER; have the producer encode it with DER, not BER or PEM.")             \
  X(JSON, "", DATA,                                                                                          \
    "The text is not JSON as RFC 8259 and RFC 7493 have it; correct it at the place in the detail.")         \
  X(XML, "", DATA,                                                                                           \
    "The text is not well-formed XML, or has a DOCTYPE; correct it at the place in the detail.")             \
  X(CBOR, "", DATA,                                                                                          \
    "The data is not the CBOR that is wanted; have the producer encode it as the detail says.")              \
  X(URI, "", DATA, "The text is not a URI or host name of the wanted form; correct it as the detail says.")  \
  X(TEXT, "", DATA,                                                                                          \
    "The text is not valid base64, hex, UTF-8, PEM, number or date; correct it as the detail says.")         \
  X(DNS, "", DATA,                                                                                           \
    "The DNS message is malformed, does not answer the question, or contradicts itself; see the detail.")    \
  X(TRUNCATED, "", NETWORK, "The DNS answer did not fit into the message; ask again over TCP.")              \
  X(CMS_MALFORMED, "cms-malformed", DATA,                                                                    \
    "The CMS structure or a certificate in it can't be decoded; check that the file is whole, or make it "   \
    "again.")                                                                                                \
  X(CMS_TYPE_UNEXPECTED, "cms-type-unexpected", DATA,                                                        \
    "A CMS content type is not allowed at its place; check that the right file is used for each artifact.")  \
  X(CMS_DETACHED, "cms-detached", DATA, "The signature is detached; sign again with the content included.")  \
  X(CMS_SIGNEDATTRS_MISSING, "cms-signedattrs-missing", DATA,                                                \
    "Signed attributes are required but absent; sign again with signed attributes.")                         \
  X(CMS_CONTENTTYPE_MISMATCH, "cms-contenttype-mismatch", REFUSED,                                           \
    "The signed content-type attribute is missing, repeated or different; sign the artifact again.")         \
  X(CMS_DIGEST_MISMATCH, "cms-digest-mismatch", REFUSED,                                                     \
    "The signed message-digest attribute is missing, repeated or different; the content was changed after "  \
    "signing: sign it again.")                                                                               \
  X(CMS_SIGNATURE_INVALID, "cms-signature-invalid", REFUSED,                                                 \
    "The signature does not verify with the signer's key; sign again with the key of the certificate.")      \
  X(CMS_SIGNER_UNKNOWN, "cms-signer-unknown", REFUSED,                                                       \
    "There is no signer, or the signer's certificate was not found; include it in the artifact.")            \
  X(CMS_ALG_UNSUPPORTED, "cms-alg-unsupported", REFUSED,                                                     \
    "A signature algorithm is not supported; use RSA or ECDSA (P-256, P-384, P-521) with SHA-2.")            \
  X(CMS_ALG_WEAK, "cms-alg-weak", REFUSED,                                                                   \
    "An algorithm or a key size is too weak; use SHA-256 or better, RSA of 2048 bits or EC of 256 or more.") \
  X(CMS_NO_CERTIFICATES, "cms-no-certificates", DATA,                                                        \
    "The structure holds no certificate; include the owner certificate and its intermediates.")              \
  X(ENC_NO_RECIPIENT, "enc-no-recipient", DATA,                                                              \
    "The artifact is encrypted, but not for a key of this device; encrypt it for the device's certificate.") \
  X(ENC_DECRYPT_FAILED, "enc-decrypt-failed", REFUSED,                                                       \
    "The artifact can't be decrypted; encrypt it again for the certificate that the device has now.")        \
  X(ENC_ALG_UNSUPPORTED, "enc-alg-unsupported", DATA,                                                        \
    "An encryption algorithm is refused; encrypt the artifact again with AES.")                              \
  X(ENC_NESTED, "enc-nested", DATA,                                                                          \
    "There is encrypted content inside encrypted content; encrypt it once only.")                            \
  X(PKIX_NO_PATH, "pkix-no-path", REFUSED,                                                                   \
    "No valid certification path leads to a trust anchor; include the intermediates and check the anchor.")  \
  X(PKIX_EXPIRED, "pkix-expired", REFUSED,                                                                   \
    "A certificate has expired; renew it, or correct the device's clock.")                                   \
  X(PKIX_NOT_YET_VALID, "pkix-not-yet-valid", REFUSED,                                                       \
    "A certificate is not valid yet; correct the device's clock, or the certificate's start.")               \
  X(PKIX_NOT_CA, "pkix-not-ca", REFUSED, "An issuer in the path is not a CA; issue with a CA certificate.")  \
  X(PKIX_PATHLEN, "pkix-pathlen", REFUSED,                                                                   \
    "The path is longer than a CA's path length allows; shorten the path.")                                  \
  X(PKIX_KEYUSAGE, "pkix-keyusage", REFUSED,                                                                 \
    "A certificate's key usage forbids what its key was used for; issue it with the right key usage.")       \
  X(PKIX_NAME_CONSTRAINT, "pkix-name-constraint", REFUSED,                                                   \
    "A name lies outside a CA's name constraints; use another name or another CA.")                          \
  X(PKIX_CRITICAL_EXT, "pkix-critical-ext", REFUSED,                                                         \
    "A certificate has a critical extension that is not understood; issue it without.")                      \
  X(PKIX_REVOKED, "pkix-revoked", REFUSED, "A certificate has been revoked; use another one.")               \
  X(PKIX_REVOCATION_UNKNOWN, "pkix-revocation-unknown", REFUSED,                                             \
    "A required revocation status is not available or not fresh; include current revocation lists.")         \
  X(CRYPTO, "", RESOURCE, "The cryptographic library failed; see the detail.")                               \
  X(KEY, "", HOST, "A private key is unreadable or does not fit its certificate; check the key file.")       \
  X(KEY_LOCKED, "", HOST,                                                                                    \
    "The TPM refuses its keys for some time, after wrong authorization values; wait, and find who gave "     \
    "them.")                                                                                                 \
  X(ARTIFACT_MISSING, "artifact-missing", REFUSED,                                                           \
    "Signed data needs both an owner certificate and an ownership voucher; supply what is missing.")         \
  X(ENCODING_UNKNOWN, "encoding-unknown", DATA,                                                              \
    "The document is neither JSON nor XML; check what was wrapped.")                                         \
  X(ENCODING_MISMATCH, "encoding-mismatch", DATA,                                                            \
    "The document is not in the encoding that its content type declares; correct one of them.")              \
  X(MODEL_INVALID, "model-invalid", DATA,                                                                    \
    "The document does not fit its YANG data model; correct the node that the detail names.")                \
  X(VOUCHER_UNTRUSTED, "voucher-untrusted", REFUSED,                                                         \
    "The ownership voucher's signature does not lead to a voucher trust anchor; get a voucher from the "     \
    "device's manufacturer, or check the anchors.")                                                          \
  X(VOUCHER_MALFORMED, "voucher-malformed", REFUSED,                                                         \
    "The ownership voucher is invalid, or of a kind that this device does not accept; have the "             \
    "manufacturer issue it again.")                                                                          \
  X(VOUCHER_NOT_YET_VALID, "voucher-not-yet-valid", REFUSED,                                                 \
    "The ownership voucher was created in the future; correct the device's clock or the voucher.")           \
  X(VOUCHER_EXPIRED, "voucher-expired", REFUSED,                                                             \
    "The ownership voucher has expired; have it renewed, or correct the device's clock.")                    \
  X(VOUCHER_ASSERTION, "voucher-assertion", REFUSED,                                                         \
    "The ownership voucher's assertion is not one that this device accepts; get one with another "           \
    "assertion.")                                                                                            \
  X(VOUCHER_SERIAL, "voucher-serial", REFUSED,                                                               \
    "The ownership voucher is for another serial number; get the voucher for this device.")                  \
  X(VOUCHER_IDEVID_ISSUER, "voucher-idevid-issuer", REFUSED,                                                 \
    "The ownership voucher names another issuer of the device's identity; get the voucher for this device.") \
  X(VOUCHER_NONCE, "voucher-nonce", REFUSED,                                                                 \
    "The ownership voucher's nonce is not the one that was sent; get a voucher for the current request.")    \
  X(OWNER_UNTRUSTED, "owner-untrusted", REFUSED,                                                             \
    "The owner certificate does not lead to the voucher's pinned-domain-cert; use the owner certificate "    \
    "that "                                                                                                  \
    "the voucher was issued for, with its intermediates.")                                                   \
  X(OWNER_KEYUSAGE, "owner-keyusage", REFUSED,                                                               \
    "The owner certificate may not sign; issue it with key usage digitalSignature.")                         \
  X(SIGNER_NOT_OWNER, "signer-not-owner", REFUSED,                                                           \
    "The conveyed information was not signed with the owner certificate's key; sign it with that key, or "   \
    "pack the signer's certificate.")                                                                        \
  X(UNSIGNED_ONBOARDING_UNTRUSTED, "unsigned-onboarding-untrusted", REFUSED,                                 \
    "Unsigned onboarding information came from an untrusted source; sign it, or serve it from a trusted "    \
    "one.")                                                                                                  \
  X(VOUCHER_SUPERSEDED, "voucher-superseded", REFUSED,                                                       \
    "A newer ownership voucher than this one has been followed; get one that was created after it.")         \
  X(SCRIPT_FORBIDDEN, "script-forbidden", REFUSED,                                                           \
    "The onboarding information has a script, and this device runs none; leave it out.")                     \
  X(EVIDENCE_MISSING, "evidence-missing", REFUSED,                                                           \
    "The request has no evidence, or not what was asked for; set up an attestation key in the device, or "   \
    "do not ask.")                                                                                           \
  X(EVIDENCE_MALFORMED, "evidence-malformed", REFUSED,                                                       \
    "The evidence can't be decoded, or is no statement of a TPM; see the detail.")                           \
  X(EVIDENCE_SIGNER, "evidence-signer", REFUSED,                                                             \
    "The evidence is by a key that is not believed, or of another device; check the anchors and the "        \
    "attestation key's certificate.")                                                                        \
  X(EVIDENCE_SIGNATURE, "evidence-signature", REFUSED,                                                       \
    "A signature of the request or of its evidence does not verify; it was changed, or made with another "   \
    "key.")                                                                                                  \
  X(EVIDENCE_NONCE, "evidence-nonce", REFUSED,                                                               \
    "The evidence was not made for this request; ask for a new one.")                                        \
  X(EVIDENCE_KEY, "evidence-key", REFUSED,                                                                   \
    "The request's key is not the one that the evidence is about, or may leave its TPM.")                    \
  X(EVIDENCE_MEASURED, "evidence-measured", REFUSED,                                                         \
    "What was measured is not what is expected; check what the device runs, or the reference values.")       \
  X(REDIRECT_LIMIT, "redirect-limit", DATA, "Too many redirects followed each other; check for a circle.")   \
  X(TLS_UNTRUSTED, "tls-untrusted", REFUSED,                                                                 \
    "The bootstrap server's certificate does not lead to a trust anchor; check its chain and the anchors.")  \
  X(TLS_NAME_MISMATCH, "tls-name-mismatch", REFUSED,                                                         \
    "The bootstrap server's certificate is for another name; issue it for the name that devices contact.")   \
  X(SERVER_FAIL, "server-fail", NETWORK,                                                                     \
    "The bootstrap server gave no usable reply; check its address and port, its log, and what it has for "   \
    "this device.")                                                                                          \
  X(IMAGE_LOOP, "image-loop", ONBOARDING,                                                                    \
    "The installed boot image keeps not satisfying the criteria; correct the image or the boot-image node.") \
  X(IMAGE, "", ONBOARDING,                                                                                   \
    "No boot image could be downloaded, verified or installed; correct what the detail names.")              \
  X(SCRIPT, "", ONBOARDING, "A configuration script ended with an error; correct what its output names.")    \
  X(COMMIT, "", ONBOARDING, "The configuration could not be committed; correct it as the detail says.")      \
  X(REPORT, "", ONBOARDING, "A required progress report was not acknowledged; check the bootstrap server.")  \
  X(ROLLBACK, "", ONBOARDING, "Undoing a failed step failed too; reset the device before the next attempt.") \
  X(NOT_BOOTSTRAPPED, "", NETWORK,                                                                           \
    "Every source was tried as often as allowed; check the sources' own errors.")                            \
  X(IMAGE_MISMATCH, "", REFUSED,                                                                             \
    "A boot image was downloaded that is not the one announced; check the image and its fingerprint.")       \
  X(CSR_REFUSED, "csr-refused", REFUSED,                                                                     \
    "A certificate signing request could not be made as the server asks, or is required and was not asked "  \
    "for; see the detail.")                                                                                  \
  X(IMAGE_SIGNATURE, "image-signature", REFUSED,                                                             \
    "A boot image's signature is missing or not good; have it signed by the device's manufacturer.")

/* The index of a code in a table of SZTP_OK, SZTP_PENDING and the list above; the index after them is
 * that of unknown codes. */
size_t sztp__error_place(int32_t code);

#endif
