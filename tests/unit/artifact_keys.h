/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and certificates that the test PKI does not have: weak and unsupported ones, other curves, and a
 * certificate without key identifiers and with the key usage keyEncipherment alone. Made for these tests, of
 * no use elsewhere. */
#ifndef SZTP_TESTS_ARTIFACT_KEYS_H
#define SZTP_TESTS_ARTIFACT_KEYS_H

#define KEYS_RSA1024_PEM                                                                                     \
  "-----BEGIN CERTIFICATE-----\n"                                                                            \
  "MIICEjCCAXugAwIBAgIUZ0RX0zRgnK90/ps3Ol1Qllmvq2QwDQYJKoZIhvcNAQEL\n"                                       \
  "BQAwEjEQMA4GA1UEAwwHcnNhMTAyNDAgFw0yNjExMjQwMDE3MjJaGA8yMDgxMDgy\n"                                       \
  "NzAwMTcyMlowEjEQMA4GA1UEAwwHcnNhMTAyNDCBnzANBgkqhkiG9w0BAQEFAAOB\n"                                       \
  "jQAwgYkCgYEAmL4yNcW0eCSZb/fBJ0OuVZCvi8br0hSgD8DCiS+4MdUzk9BUoP1n\n"                                       \
  "ZG2c5sD7O5B9zexHFNJNBXX259F/4uPJEwRTaAw0PptsWKtgnZnNl12x+QvozjGO\n"                                       \
  "Ps3/Qh/JovzNjckEXM1yZ7O25UFMGUoj+9WbgrilkWRg+kl9BXBYTN8CAwEAAaNj\n"                                       \
  "MGEwHQYDVR0OBBYEFB96Vc1kZfGVLIHMhIQz6xTy5tn/MB8GA1UdIwQYMBaAFB96\n"                                       \
  "Vc1kZfGVLIHMhIQz6xTy5tn/MA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQD\n"                                       \
  "AgeAMA0GCSqGSIb3DQEBCwUAA4GBADhTdTjCepEJ1WsgmDZai5Y4rmf4pCqpn6H9\n"                                       \
  "yTj9cIL2WoOx09NhiljHEMEYbTeASUOAXr3STT+8BMBLU5p5GKZJqgoz6KyJuMor\n"                                       \
  "Ov757ZW4R7HsRWI1uAU3FZkUcVQtvnm3X3wU0YuuMInhZHrow0Q7Mjl8cPzVUHUt\n"                                       \
  "6I8Kt3H9\n"                                                                                               \
  "-----END CERTIFICATE-----\n"

#define KEYS_K256_PEM                                                                                        \
  "-----BEGIN CERTIFICATE-----\n"                                                                            \
  "MIIBgzCCASigAwIBAgIUNSxSjzTyxMKq9paDcj4SjW2TgGEwCgYIKoZIzj0EAwIw\n"                                       \
  "DzENMAsGA1UEAwwEazI1NjAgFw0yNjExMjQwMDE3MjJaGA8yMDgxMDgyNzAwMTcy\n"                                       \
  "MlowDzENMAsGA1UEAwwEazI1NjBWMBAGByqGSM49AgEGBSuBBAAKA0IABDzVc3sn\n"                                       \
  "h1E3AqMc13DSSXHyc8CqUuQ8O4T+knwupLUtPq6+aWJh/jZaJe2pIGRYefN6/6KE\n"                                       \
  "vQ5DjbHntxQcFd2jYzBhMB0GA1UdDgQWBBQa/HAJAIwuB1ULVQz4k5G4ybnw5DAf\n"                                       \
  "BgNVHSMEGDAWgBQa/HAJAIwuB1ULVQz4k5G4ybnw5DAPBgNVHRMBAf8EBTADAQH/\n"                                       \
  "MA4GA1UdDwEB/wQEAwIHgDAKBggqhkjOPQQDAgNJADBGAiEAwYszyKO9e4GtdCyX\n"                                       \
  "1huCg9NoaJiTbCGAlvNRfFbFGO4CIQCnu2ZiuyJ1d17gepTUM4NYurt56Er0rnzM\n"                                       \
  "lDGD6LydTQ==\n"                                                                                           \
  "-----END CERTIFICATE-----\n"

#define KEYS_ED25519_PEM                                                                                     \
  "-----BEGIN CERTIFICATE-----\n"                                                                            \
  "MIIBSjCB/aADAgECAhRPxRvU8W6ukzF0IRtxrqCDleL3oDAFBgMrZXAwEjEQMA4G\n"                                       \
  "A1UEAwwHZWQyNTUxOTAgFw0yNjExMjQwMDE3MjJaGA8yMDgxMDgyNzAwMTcyMlow\n"                                       \
  "EjEQMA4GA1UEAwwHZWQyNTUxOTAqMAUGAytlcAMhAE1HTo9KkpcLM73tGQBE/CAb\n"                                       \
  "rRC4ea2+ATsRRNIVZaEEo2MwYTAdBgNVHQ4EFgQURFQGMCZvJDgPs0ds84MJNkJb\n"                                       \
  "VUwwHwYDVR0jBBgwFoAURFQGMCZvJDgPs0ds84MJNkJbVUwwDwYDVR0TAQH/BAUw\n"                                       \
  "AwEB/zAOBgNVHQ8BAf8EBAMCB4AwBQYDK2VwA0EAOYWPIyZ/ahFuwTxg/W19Ly4R\n"                                       \
  "Y70+17yWRO2w2GeWhARjrIy5zsifMK15R+h0D8PYzEOLX0QevBt7CFjhNyWaAg==\n"                                       \
  "-----END CERTIFICATE-----\n"

#define KEYS_P384_PEM                                                                                        \
  "-----BEGIN CERTIFICATE-----\n"                                                                            \
  "MIIBwzCCAUigAwIBAgIUcTOA9vI351IqoIxo2ZChEpuKjCwwCgYIKoZIzj0EAwIw\n"                                       \
  "DzENMAsGA1UEAwwEcDM4NDAgFw0yNjExMjQwMDE3MjJaGA8yMDgxMDgyNzAwMTcy\n"                                       \
  "MlowDzENMAsGA1UEAwwEcDM4NDB2MBAGByqGSM49AgEGBSuBBAAiA2IABGU3CCnQ\n"                                       \
  "H7Oi6Fu85Um1/mSb+DIpWd+3fRbekufX8EReEYMdiejjg4l/Ln/mwgLqyNzWpGNx\n"                                       \
  "AvqQnt6OS2jOLlsHT6z4CM4im88E/+huWMspXbvs6saubQzv2nduoES5qKNjMGEw\n"                                       \
  "HQYDVR0OBBYEFL2viAqai+CHzkBdZNWRxlE0u20TMB8GA1UdIwQYMBaAFL2viAqa\n"                                       \
  "i+CHzkBdZNWRxlE0u20TMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgeA\n"                                       \
  "MAoGCCqGSM49BAMCA2kAMGYCMQCClujXLVBwJGFvC0nDUT0r6AnJ+FeU0gUO8zvI\n"                                       \
  "k1ioROyay9FXnPjWzD1nXD3ayngCMQCucYnmQvUKYwpZZhxTOWych9MNWBlZLsbN\n"                                       \
  "QKfDlASgx17/rIT/r5JJHqSRlMd7rJg=\n"                                                                       \
  "-----END CERTIFICATE-----\n"

#define KEYS_P384_KEY                                                                                        \
  "-----BEGIN PRIVATE KEY-----\n"                                                                            \
  "MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDCN+noduCn6/AJHVFze\n"                                       \
  "Bcw+AZvniYAAiOYmd5wqP050P763/ns6wOzFeestBQjhj82hZANiAARlNwgp0B+z\n"                                       \
  "ouhbvOVJtf5km/gyKVnft30W3pLn1/BEXhGDHYno44OJfy5/5sIC6sjc1qRjcQL6\n"                                       \
  "kJ7ejktozi5bB0+s+AjOIpvPBP/obljLKV277OrGrm0M79p3bqBEuag=\n"                                               \
  "-----END PRIVATE KEY-----\n"

#define KEYS_P521_PEM                                                                                        \
  "-----BEGIN CERTIFICATE-----\n"                                                                            \
  "MIICDDCCAW6gAwIBAgIUBFoq+QdTaLGN7+ozk4zvhA8RVI8wCgYIKoZIzj0EAwIw\n"                                       \
  "DzENMAsGA1UEAwwEcDUyMTAgFw0yNjExMjQwMDE3MjJaGA8yMDgxMDgyNzAwMTcy\n"                                       \
  "MlowDzENMAsGA1UEAwwEcDUyMTCBmzAQBgcqhkjOPQIBBgUrgQQAIwOBhgAEAeqx\n"                                       \
  "BxPI2m1HDmrZWSZrtezhTBW7Qdt1JhYPFMhSAgASITNV9GdT6cNpoBTx6M7F+L6m\n"                                       \
  "BbmK5UpV05iJl61VLAIeAOyIaIXfetaCMzYUWYsZNWIz3+5B/gcuHvCyNdmwuBye\n"                                       \
  "oWq4BqWS1DMS1sq6yNmxC1ttv72p0PUmK+Ied25bg3YAo2MwYTAdBgNVHQ4EFgQU\n"                                       \
  "8KNe0K1dfr9qUid6qSjpm/tYZgwwHwYDVR0jBBgwFoAU8KNe0K1dfr9qUid6qSjp\n"                                       \
  "m/tYZgwwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCB4AwCgYIKoZIzj0E\n"                                       \
  "AwIDgYsAMIGHAkIA+R6ohVj1Xc4hxXYhH+dCy4bQz1s9QGdHvAPMQUZNUduuwO/r\n"                                       \
  "oW7pPKP56YETSNk/gN/sozJtfFL6dPaWC9jwOFwCQUhRiAjKtQTmZ/4wS/I1kyFn\n"                                       \
  "CHB8s1p3fhfrDB4I7UDqtsPHVS/q8HWXky/D2EgbkkICZJGutKfYWmDtk4kV+igA\n"                                       \
  "-----END CERTIFICATE-----\n"

#define KEYS_P521_KEY                                                                                        \
  "-----BEGIN PRIVATE KEY-----\n"                                                                            \
  "MIHuAgEAMBAGByqGSM49AgEGBSuBBAAjBIHWMIHTAgEBBEIAhM46tDtD0XqqnSxM\n"                                       \
  "dIyjT0g7hQRFzFjph98AxnZU9lW3MNfRDdAAMMUjqwUzGtynnOQxVnofomzxTjB+\n"                                       \
  "x78m5pShgYkDgYYABAHqsQcTyNptRw5q2Vkma7Xs4UwVu0HbdSYWDxTIUgIAEiEz\n"                                       \
  "VfRnU+nDaaAU8ejOxfi+pgW5iuVKVdOYiZetVSwCHgDsiGiF33rWgjM2FFmLGTVi\n"                                       \
  "M9/uQf4HLh7wsjXZsLgcnqFquAalktQzEtbKusjZsQtbbb+9qdD1JiviHnduW4N2\n"                                       \
  "AA==\n"                                                                                                   \
  "-----END PRIVATE KEY-----\n"

#define KEYS_PLAIN_PEM                                                                                       \
  "-----BEGIN CERTIFICATE-----\n"                                                                            \
  "MIIBNjCB3KADAgECAhQqifxgiWDCjA1aTOs/C48z3ehB9DAKBggqhkjOPQQDAjAQ\n"                                       \
  "MQ4wDAYDVQQDDAVwbGFpbjAgFw0yNjExMjQwMDIzMTBaGA8yMDgxMDgyNzAwMjMx\n"                                       \
  "MFowEDEOMAwGA1UEAwwFcGxhaW4wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQT\n"                                       \
  "vEYlQgXSIcPYZ7EykTaKBKj4hbwVjnq7A3ZZrTQUGcnU2VZwgj/PHKE3/YWORkcV\n"                                       \
  "8pO7TTbMlHR8Ct0Qn4C2oxIwEDAOBgNVHQ8BAf8EBAMCBSAwCgYIKoZIzj0EAwID\n"                                       \
  "SQAwRgIhAO30vDCJWXpRrUmA2NMJTSHxhevOH9AYUbe/YQmC6RVxAiEA1QQl37EA\n"                                       \
  "r5Z2N0imrQVIBYppCGrjURDmPKL+I81HHaQ=\n"                                                                   \
  "-----END CERTIFICATE-----\n"

#define KEYS_PLAIN_KEY                                                                                       \
  "-----BEGIN PRIVATE KEY-----\n"                                                                            \
  "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQggXhAu6ReaX1GqWEw\n"                                       \
  "pVSV/zQv6ZezLVIT8C2UGlNEZSChRANCAAQTvEYlQgXSIcPYZ7EykTaKBKj4hbwV\n"                                       \
  "jnq7A3ZZrTQUGcnU2VZwgj/PHKE3/YWORkcV8pO7TTbMlHR8Ct0Qn4C2\n"                                               \
  "-----END PRIVATE KEY-----\n"

#endif
