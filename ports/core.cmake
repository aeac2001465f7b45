# SPDX-License-Identifier: Apache-2.0
# What both ports say to CMake alike: SZTP_SOURCES, the core's; SZTP_DEFINITIONS; SZTP_ROOT. Options: those of options.kconfig.

get_filename_component(SZTP_ROOT "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)

set(SZTP_SOURCES)
foreach(layer ground formats cryptography trust discovery exchange machine)
  file(GLOB found "${SZTP_ROOT}/lib/${layer}/*.c")
  list(APPEND SZTP_SOURCES ${found})
endforeach()
# A file that knows an engine ends in its name; here it is mbedTLS.
list(FILTER SZTP_SOURCES EXCLUDE REGEX "_(psa|openssl)\\.c$")

set(SZTP_DEFINITIONS SZTP_SINGLE_THREAD)
if(NOT CONFIG_SZTP_CONSTRAINED)
  list(FILTER SZTP_SOURCES EXCLUDE REGEX "/(cryptography/cose|trust/step_voucher_cose|trust/voucher_cbor)\\.c$")
  list(APPEND SZTP_DEFINITIONS SZTP__CONSTRAINED=0)
endif()
if(CONFIG_SZTP_HARDENED)
  list(APPEND SZTP_DEFINITIONS SZTP__HARDENED=1)
endif()
