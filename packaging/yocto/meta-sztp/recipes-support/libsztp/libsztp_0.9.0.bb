# SPDX-License-Identifier: Apache-2.0
SUMMARY = "Secure Zero Touch Provisioning (RFC 8572) for devices"
DESCRIPTION = "A device fresh from the factory finds its owner's bootstrap server, checks that it belongs to its owner, and takes \
               its boot image, configuration and scripts from it. The libraries, for agents of a vendor's own, and sztp-agent."
HOMEPAGE = "https://www.rfc-editor.org/info/rfc8572"
SECTION = "libs"
LICENSE = "Apache-2.0"
LIC_FILES_CHKSUM = "file://LICENSE;md5=3b83ef96387f14655fc854ddc3c6bd57"

CVE_PRODUCT = "libsztp"

DEPENDS = "c-ares cjson expat libcbor"

inherit externalsrc pkgconfig systemd update-rc.d

# The sources that the layer lies in, as they are, unless local.conf names others; what is built is apart from them.
SRC_URI = ""
SZTP_SOURCES ?= "${@os.path.realpath(d.getVar('THISDIR') + '/../../../../..')}"
EXTERNALSRC = "${SZTP_SOURCES}"
EXTERNALSRC_BUILD = "${WORKDIR}/build"

# One engine: openssl, mbedtls (meta-networking) or psa (mbedTLS by PSA alone). tpm2: libsztp-tpm2 (meta-tpm).
SZTP_ENGINE ?= "openssl"
PACKAGECONFIG ??= "${SZTP_ENGINE} ${@bb.utils.contains('MACHINE_FEATURES', 'tpm2', 'tpm2', '', d)}"
PACKAGECONFIG[openssl] = "CRYPTO=openssl,,openssl,,,mbedtls psa"
PACKAGECONFIG[mbedtls] = "CRYPTO=mbedtls,,mbedtls,,,openssl psa"
PACKAGECONFIG[psa] = "CRYPTO=psa,,mbedtls,,,openssl mbedtls"
PACKAGECONFIG[tpm2] = "TPM=1,TPM=0,tpm2-tss"
# Against faults that somebody makes with the device in his hand.
PACKAGECONFIG[hardened] = "HARDENED=1,HARDENED=0"

# Units, or scripts in init.d, of the init systems that the distribution has.
SZTP_INIT = "${@' '.join(i for i in ('systemd', 'sysvinit') if bb.utils.contains('DISTRO_FEATURES', i, True, False, d)) or 'none'}"

EXTRA_OEMAKE = "DEPS=0 BUILD=${B} PREFIX=${prefix} LIBDIR=${libdir} INCLUDEDIR=${includedir} MANDIR=${mandir} \
                UNITDIR=${systemd_system_unitdir} 'INIT=${SZTP_INIT}' 'CC=${CC}' 'AR=${AR}' 'CFLAGS=${CFLAGS}' \
                'CPPFLAGS=${CPPFLAGS}' 'LDFLAGS=${LDFLAGS}' ${PACKAGECONFIG_CONFARGS}"

do_compile() {
    oe_runmake -C ${S} all
}

do_install() {
    oe_runmake -C ${S} install DESTDIR=${D}
}

PACKAGES =+ "${PN}-https ${PN}-artifacts ${PN}-tpm2 sztp-tools sztp-agent sztp-server"

FILES:${PN}-https += "${libdir}/libsztp-https.so.*"
FILES:${PN}-artifacts += "${libdir}/libsztp-artifacts.so.*"
FILES:${PN}-tpm2 += "${libdir}/libsztp-tpm2.so.*"
FILES:sztp-tools += "${bindir}/sztp ${datadir}/*/*/sztp ${datadir}/*/*/_sztp ${datadir}/*/*/sztp.fish"
FILES:sztp-agent += "${bindir}/*sztp-agent ${datadir}/sztp ${nonarch_libdir}/sztp ${nonarch_libdir}/tmpfiles.d/sztp-agent.conf \
                     ${systemd_system_unitdir}/sztp-agent* ${sysconfdir}/sztp/agent* ${sysconfdir}/init.d/sztp-agent \
                     ${datadir}/*/*/*sztp-agent*"
FILES:sztp-server += "${bindir}/sztp-server ${systemd_system_unitdir}/sztp-server* ${sysconfdir}/sztp/server* \
                      ${nonarch_libdir}/sysusers.d ${nonarch_libdir}/tmpfiles.d/sztp-server.conf ${datadir}/*/*/*sztp-server*"

# On the first boot, until the device is bootstrapped. A server for laboratories starts by itself nowhere.
SYSTEMD_PACKAGES = "sztp-agent sztp-server"
SYSTEMD_SERVICE:sztp-agent = "sztp-agent.service"
SYSTEMD_SERVICE:sztp-server = "sztp-server.service"
SYSTEMD_AUTO_ENABLE:sztp-server = "disable"
INITSCRIPT_PACKAGES = "sztp-agent"
INITSCRIPT_NAME:sztp-agent = "sztp-agent"
INITSCRIPT_PARAMS:sztp-agent = "defaults 95"
