/* SPDX-License-Identifier: Apache-2.0 */
/* The files that make-artifacts made, in the image's constants. */
    .syntax unified

.macro artifact name, file
    .section .rodata.\name, "a"
    .balign 4
    .global \name
\name:
    .word 1f, 2f - 1f
1:  .incbin "\file"
2:
.endm

    artifact idevid, "idevid.der"
    artifact voucher_anchor, "voucher-anchor.der"
    artifact server_anchor, "server-anchor.der"
    artifact voucher, "voucher.vcj"
    artifact owner_cert, "owner.cms"
    artifact conveyed_info, "info.cms"
    artifact data_reply, "reply.json"
