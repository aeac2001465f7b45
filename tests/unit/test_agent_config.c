/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's configuration: defaults, every kind of wrong field named, the example, the manual page. */
#define _XOPEN_SOURCE   700
#define _DEFAULT_SOURCE 1
#include "common/testing.h"

#include "common/fields.c"
#include "common/file.c"
#include "common/medium.c"
#include "common/octets.c"
#include "sztp-agent/config.c"

static int parse(const char *text, config_t *config, char *error, size_t room) {
  error[0] = 0;
  return config_parse("/etc/sztp/a.json", (const uint8_t *)text, strlen(text), config, error, room);
}

/* ---- what is right ------------------------------------------------------------------------------- */

static void test_an_empty_object_has_all_defaults(void **state) {
  (void)state;
  config_t c;
  char error[1200];
  assert_int_equal(parse("{}", &c, error, sizeof error), 0);
  assert_string_equal(c.file, "/etc/sztp/a.json");
  assert_string_equal(c.folders.state, "/var/lib/sztp-agent");
  assert_string_equal(c.folders.staging, "/var/lib/sztp-agent/staging");
  assert_string_equal(c.folders.status, "/run/sztp-agent");
  assert_string_equal(c.running_configuration, "/var/lib/sztp-agent/running-configuration");
  assert_true(c.clock.mode == CONFIG_CLOCK_UNKNOWN); /* CLK-03 */
  assert_true(c.clock.floor == 1767225600);
  assert_true(c.warning_status == 10);
  assert_true(c.program_ms[PROGRAM_SCRIPT] == 600000);
  assert_true(c.program_ms[PROGRAM_INSTALL] == 1800000);
  assert_true(c.source[0] == 0);
  assert_true(c.log.level == SZTP_LOG_INFO && c.log.time == 1 && c.removable.root == 1);
  for (size_t i = 0; i < CONFIG_POLICIES; i++) assert_true(c.policy[i] == CONFIG_NOT_GIVEN);
  for (size_t i = 0; i < CONFIG_LIMITS; i++) assert_true(c.limit[i] == CONFIG_NOT_GIVEN);
  config_free(&c);
}

static void test_values_arrive(void **state) {
  (void)state;
  config_t c;
  char error[1200];
  assert_int_equal(parse("{\"identity\":{\"certificate\":\"id.pem\",\"key\":\"/k\",\"serial\":\"S1\"},"
                         "\"decryption\":{\"certificate\":\"d.pem\",\"key\":\"/d.key\"},"
                         "\"folders\":{\"state\":\"state\"},\"retry\":{\"first\":0.25,\"passes\":3},"
                         "\"policy\":{\"assertions\":[\"logged\",\"verified\"],\"revocation\":\"off\","
                         "\"signed-only\":true,\"common-name\":false,\"constrained-voucher\":true,"
                         "\"owner-policies\":[\"2.999.1\",\"2.999.2\"]},"
                         "\"limits\":{\"image\":9007199254740992},\"timeouts\":{\"idle\":1.5},"
                         "\"clock\":{\"mode\":\"trusted\",\"floor\":\"2030-03-01T08:00:00Z\"},"
                         "\"servers\":[\"a\",\"b:1\"],\"log\":{\"level\":\"debug\",\"time\":false}}",
                         &c, error, sizeof error),
                   0);
  assert_string_equal(c.identity.certificate, "/etc/sztp/id.pem"); /* relative to the configuration */
  assert_string_equal(c.identity.key, "/k");
  assert_string_equal(c.identity.serial, "S1");
  assert_string_equal(c.decryption.certificate, "/etc/sztp/d.pem");
  assert_string_equal(c.decryption.key, "/d.key");
  assert_string_equal(c.folders.state, "/etc/sztp/state");
  assert_string_equal(c.folders.staging, "/etc/sztp/state/staging");
  assert_true(c.policy[SZTP_POLICY_RETRY_FIRST_MS] == 250);
  assert_true(c.policy[SZTP_POLICY_MAX_PASSES] == 3);
  assert_true(c.policy[SZTP_POLICY_ASSERTIONS] == (SZTP_ASSERTION_LOGGED | SZTP_ASSERTION_VERIFIED));
  assert_true(c.policy[SZTP_POLICY_REVOCATION] == SZTP_REVOCATION_OFF);
  assert_true(c.policy[SZTP_POLICY_CONSTRAINED_VOUCHER] == 1);
  assert_true(c.policy[SZTP_POLICY_SIGNED_ONLY] == 1 && c.policy[SZTP_POLICY_COMMON_NAME] == 0);
  assert_int_equal(c.require[SZTP_REQUIRE_OWNER_POLICY].count, 2);
  assert_string_equal(c.require[SZTP_REQUIRE_OWNER_POLICY].at[1], "2.999.2");
  assert_true(c.limit[SZTP_LIMIT_IMAGE] == MOST_EXACT);
  assert_true(c.https[SZTP_HTTPS_IDLE_MS] == 1500);
  assert_true(c.clock.mode == CONFIG_CLOCK_SYSTEM && c.clock.floor == 1898582400);
  assert_int_equal(c.servers.count, 2);
  assert_string_equal(c.servers.at[1], "b:1");
  assert_true(c.source[0] == 1 && c.source[1] == SZTP_SOURCE_WELL_KNOWN);
  assert_true(c.log.level == SZTP_LOG_DEBUG && c.log.time == 0);
  config_free(&c);
}

/* 1 if a field of the configuration is kept there. */
static int is_configured(const field_t *table, size_t at) {
  for (; table->name != NULL; table++) {
    if (table->type != FIELD_OBJECT && table->at == at) return 1;
    if (table->type == FIELD_OBJECT && is_configured(table->more, at)) return 1;
  }
  return 0;
}

/* Whatever the library can be told by a policy, a limit or a demand, the agent can be told, too. */
static void test_everything_can_be_configured(void **state) {
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  sztp_device_t *dev = NULL;
  unsigned policies = 0, limits = 0;
  assert_int_equal(sztp_device_new(ctx, &dev), SZTP_OK);
  for (uint32_t i = 0; i < CONFIG_POLICIES; i++) {
    if (sztp_device_set_i64(dev, i, 1) != SZTP_OK) continue;
    policies++;
    if (i == SZTP_POLICY_TIME_FLOOR || i == SZTP_POLICY_IMAGE_SIGNATURE || i == SZTP_POLICY_VOUCHER_FLOOR ||
        i == SZTP_POLICY_VOUCHER_TIME)
      continue; /* clock.floor, handlers.check-image, policy.no-superseded-vouchers, clock.mode */
    if (!is_configured(top_fields, AT(policy) + i * sizeof(uint64_t)))
      fail_msg("policy %u has no field", (unsigned)i);
  }
  for (uint32_t i = 0; i < CONFIG_LIMITS; i++) {
    if (sztp_ctx_set_i64(ctx, i, 1 << 20) != SZTP_OK && sztp_ctx_set_i64(ctx, i, 10) != SZTP_OK) continue;
    limits++;
    if (!is_configured(top_fields, AT(limit) + i * sizeof(uint64_t)))
      fail_msg("limit %u has no field", (unsigned)i);
  }
  for (uint32_t i = 1; i < CONFIG_REQUIRED; i++) {
    assert_int_equal(sztp_device_require(dev, i, "2.999"), SZTP_OK);
    assert_true(is_configured(top_fields, AT(require) + i * sizeof(text_list_t)));
  }
  assert_int_equal(sztp_device_require(dev, CONFIG_REQUIRED, "2.999"), SZTP_ERR_ARG);
  assert_true(policies > 20 && limits > 12);
  sztp_device_free(dev);
  test_ctx_free(&memory, ctx);
}

/* DISC-02, DISC-03 */
/* TPM-22 */
static void test_keys_in_a_tpm(void **state) {
  (void)state;
  config_t c;
  char error[1200];
  assert_int_equal(parse("{\"identity\":{\"key\":{\"tcti\":\"device:/dev/tpmrm0\",\"handle\":\"0x81020000\","
                         "\"template\":\"h-2\",\"auth-file\":\"auth\",\"salt\":\"off\"}},"
                         "\"decryption\":{\"key\":{\"tcti\":\"swtpm:\",\"file\":\"d.tss\"}}}",
                         &c, error, sizeof error),
                   0);
  assert_null(c.identity.key);
  assert_string_equal(c.identity.tpm.tcti, "device:/dev/tpmrm0");
  assert_string_equal(c.identity.tpm.handle, "0x81020000");
  assert_true(c.identity.tpm.made_by == SZTP_TPM2_H2_P256);
  assert_string_equal(c.identity.tpm.auth_file, "/etc/sztp/auth");
  assert_string_equal(c.identity.tpm.salt, "off");
  assert_string_equal(c.decryption.tpm.file, "/etc/sztp/d.tss");
  assert_null(c.decryption.tpm.handle);
  assert_null(c.identity.tpm.uri);
  config_free(&c);
  assert_int_equal(
      parse("{\"identity\":{\"key\":{\"uri\":\"pkcs11:object=idevid\"}}}", &c, error, sizeof error), 0);
  assert_string_equal(c.identity.tpm.uri, "pkcs11:object=idevid");
  config_free(&c);
  assert_int_equal(parse("{\"identity\":{\"key\":{\"pin\":\"1\"}}}", &c, error, sizeof error), -1);
  assert_non_null(strstr(error,
                         "identity.key.pin: unknown field; known here are uri, tcti, handle, file, template, "
                         "auth-file, salt"));
  assert_int_equal(parse("{\"identity\":{\"key\":{\"template\":\"h-9\"}}}", &c, error, sizeof error), -1);
  assert_non_null(
      strstr(error, "identity.key.template: is \"h-9\"; must be one of \"h-1\", \"h-2\", \"h-3\""));
  assert_int_equal(parse("{\"identity\":{\"key\":7}}", &c, error, sizeof error), -1);
  assert_non_null(strstr(error, "identity.key: is a number; must be a text with a path"));
}

/* CSR-01, CSR-03, CSR-04, CSR-29: off by default; PKCS #10 with keys; the identity's key without */
static void test_requests(void **state) {
  (void)state;
  static const struct {
    const char *text;
    uint64_t formats, keys;
  } cases[] = {
      {"{}", 0, 0},
      {"{\"csr\":{\"keys\":[\"p384\",\"rsa\"]}}", SZTP_CSR_P10, SZTP_ALGORITHM_P384 | SZTP_ALGORITHM_RSA},
      {"{\"csr\":{\"formats\":[\"p10\"]}}", SZTP_CSR_P10, 0},
      {"{\"csr\":{\"formats\":[\"cmp\"],\"keys\":[\"p256\"]},\"handlers\":{\"csr\":\"/x\"}}", SZTP_CSR_CMP,
       SZTP_ALGORITHM_P256},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    config_t c;
    char error[1200];
    if (parse(cases[i].text, &c, error, sizeof error) != 0) fail_msg("%s", error);
    assert_int_equal(c.csr.formats, cases[i].formats);
    assert_int_equal(c.csr.keys, cases[i].keys);
    config_free(&c);
  }
}

static void test_sources_have_an_order(void **state) {
  (void)state;
  config_t c;
  char error[1200];
  static const char all[] = "\"dhcp4\":{\"value\":\"00\"},\"dhcp6\":{\"file\":\"f\"},\"servers\":[\"a\"],"
                            "\"removable\":{\"folders\":[\"/m\"]}";
  char text[400];
  (void)snprintf(text, sizeof text, "{%s}", all);
  assert_int_equal(parse(text, &c, error, sizeof error), 0);
  static const uint64_t by_default[] = {4, SZTP_SOURCE_REMOVABLE, SZTP_SOURCE_DHCP6, SZTP_SOURCE_DHCP4,
                                        SZTP_SOURCE_WELL_KNOWN};
  assert_memory_equal(c.source, by_default, sizeof by_default);
  config_free(&c);
  (void)snprintf(text, sizeof text, "{%s,\"sources\":[\"well-known\",\"dhcp4\"]}", all);
  assert_int_equal(parse(text, &c, error, sizeof error), 0);
  static const uint64_t wanted[] = {2, SZTP_SOURCE_WELL_KNOWN, SZTP_SOURCE_DHCP4};
  assert_memory_equal(c.source, wanted, sizeof wanted);
  config_free(&c);
}

/* DISC-01, DNS-01, DNS-06, DNS-33: multicast DNS and DNS are set up by naming them, or by any of their fields
 */
static void test_dns(void **state) {
  static const struct {
    const char *text;
    uint64_t sources[3];
  } cases[] = {{"{\"sources\":[\"dns\",\"mdns\"]}", {2, SZTP_SOURCE_DNS, SZTP_SOURCE_MDNS}},
               {"{\"dns\":{\"domains\":[\"a\"]}}", {1, SZTP_SOURCE_DNS, 0}},
               {"{\"dns\":{\"servers\":[\"::1\"]}}", {1, SZTP_SOURCE_DNS, 0}},
               {"{\"dns\":{\"file\":\"a\"},\"mdns\":{\"interfaces\":[\"eth0\"]}}",
                {2, SZTP_SOURCE_MDNS, SZTP_SOURCE_DNS}},
               {"{\"dns\":{},\"mdns\":{}}", {0, 0, 0}}};
  (void)state;
  config_t c;
  char error[1200];
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    assert_int_equal(parse(cases[i].text, &c, error, sizeof error), 0);
    assert_memory_equal(c.source, cases[i].sources, sizeof cases[i].sources);
    assert_true(c.dns_ms == 5000 && c.policy[SZTP_POLICY_NO_DNS_SERIAL] == CONFIG_NOT_GIVEN);
    config_free(&c);
  }
  assert_int_equal(parse("{\"dns\":{\"domains\":[\"a\",\"b\"],\"servers\":[\"192.0.2.1\"],\"file\":\"r\"},"
                         "\"mdns\":{\"interfaces\":[\"eth1\"]},\"timeouts\":{\"dns\":0.5},"
                         "\"policy\":{\"no-dns-serial\":true}}",
                         &c, error, sizeof error),
                   0);
  assert_int_equal(c.dns.domains.count, 2);
  assert_string_equal(c.dns.domains.at[1], "b");
  assert_string_equal(c.dns.servers.at[0], "192.0.2.1");
  assert_string_equal(c.dns.file, "/etc/sztp/r");
  assert_string_equal(c.mdns.interfaces.at[0], "eth1");
  assert_true(c.dns_ms == 500 && c.policy[SZTP_POLICY_NO_DNS_SERIAL] == 1);
  config_free(&c);
}

/* DISC-01, DHCP-15: DHCP is set up by naming a family, or by any field of "dhcp", for both, IPv6 first. */
static void test_dhcp(void **state) {
  static const struct {
    const char *text;
    uint64_t sources[3], request;
  } cases[] = {{"{\"sources\":[\"dhcp4\"]}", {1, SZTP_SOURCE_DHCP4, 0}, 1},
               {"{\"dhcp\":{}}", {0, 0, 0}, 1},
               {"{\"dhcp\":{\"request\":true}}", {2, SZTP_SOURCE_DHCP6, SZTP_SOURCE_DHCP4}, 1},
               {"{\"dhcp\":{\"request\":false}}", {2, SZTP_SOURCE_DHCP6, SZTP_SOURCE_DHCP4}, 0},
               {"{\"dhcp\":{\"interfaces\":[\"eth0\"]}}", {2, SZTP_SOURCE_DHCP6, SZTP_SOURCE_DHCP4}, 1},
               {"{\"dhcp\":{\"hooks\":\"h\"}}", {2, SZTP_SOURCE_DHCP6, SZTP_SOURCE_DHCP4}, 1},
               {"{\"dhcp6\":{\"value\":\"00\"}}", {1, SZTP_SOURCE_DHCP6, 0}, 1}};
  (void)state;
  config_t c;
  char error[1200];
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    assert_int_equal(parse(cases[i].text, &c, error, sizeof error), 0);
    assert_memory_equal(c.source, cases[i].sources, sizeof cases[i].sources);
    assert_int_equal(c.dhcp.request, cases[i].request);
    assert_int_equal(c.dhcp_ms, 7000);
    config_free(&c);
  }
  assert_int_equal(parse("{\"dhcp\":{\"hooks\":\"h\",\"networkd\":\"/n\",\"networkmanager\":\"m\"},"
                         "\"timeouts\":{\"dhcp\":2.5}}",
                         &c, error, sizeof error),
                   0);
  assert_string_equal(c.dhcp.hooks, "/etc/sztp/h");
  assert_string_equal(c.dhcp.networkd, "/n");
  assert_string_equal(c.dhcp.networkmanager, "/etc/sztp/m");
  assert_int_equal(c.dhcp_ms, 2500);
  config_free(&c);
}

/* USB-01, USB-03, USB-11, USB-12, D-13 */
static void test_removable_storage(void **state) {
  (void)state;
  config_t c;
  char error[1200] = "";
  assert_int_equal(parse("{}", &c, error, sizeof error), 0);
  assert_int_equal(c.removable.devices.choice, CONFIG_DEVICES_OFF);
  assert_int_equal(c.removable.layouts.count, MEDIUM_LAYOUTS);
  for (size_t i = 0; i < MEDIUM_LAYOUTS; i++)
    assert_string_equal(c.removable.layouts.at[i], medium_layouts[i]);
  static const char *const file_systems[] = {"vfat", "exfat", "ext4", "ext3", "ext2", "iso9660", "ntfs3"};
  assert_int_equal(c.removable.file_system[0], TEST_COUNT_OF(file_systems));
  for (size_t i = 0; i < TEST_COUNT_OF(file_systems); i++)
    assert_string_equal(config_file_system(c.removable.file_system[1 + i]), file_systems[i]);
  config_free(&c);

  /* wanted, without a word of where: all devices; with folders, these alone; or as it is said */
  static const struct {
    const char *text;
    uint64_t mode;
    size_t paths;
  } modes[] = {{"{\"sources\":[\"removable\"]}", CONFIG_DEVICES_AUTO, 0},
               {"{\"removable\":{\"devices\":\"auto\"}}", CONFIG_DEVICES_AUTO, 0},
               {"{\"sources\":[\"removable\"],\"removable\":{\"folders\":[\"/m\"]}}", CONFIG_DEVICES_OFF, 0},
               {"{\"removable\":{\"folders\":[\"/m\"],\"devices\":\"auto\"}}", CONFIG_DEVICES_AUTO, 0},
               {"{\"removable\":{\"devices\":[\"/dev/sdb\",\"/dev/sdc1\"]}}", CONFIG_DEVICES_LIST, 2}};
  for (size_t i = 0; i < TEST_COUNT_OF(modes); i++) {
    assert_int_equal(parse(modes[i].text, &c, error, sizeof error), 0);
    assert_int_equal(c.removable.devices.choice, modes[i].mode);
    assert_int_equal(c.removable.devices.paths.count, modes[i].paths);
    assert_true(c.source[0] == 1 && c.source[1] == SZTP_SOURCE_REMOVABLE);
    config_free(&c);
  }
  assert_int_equal(parse("{\"removable\":{\"devices\":\"off\"}}", &c, error, sizeof error), 0);
  assert_int_equal(c.source[0], 0);
  config_free(&c);

  assert_int_equal(parse("{\"removable\":{\"root\":false,\"file-systems\":[\"iso9660\",\"vfat\"]}}", &c,
                         error, sizeof error),
                   0);
  assert_int_equal(c.removable.layouts.count, MEDIUM_LAYOUTS - 1);
  assert_true(c.removable.file_system[0] == 2);
  assert_string_equal(config_file_system(c.removable.file_system[1]), "iso9660");
  assert_string_equal(config_file_system(c.removable.file_system[2]), "vfat");
  config_free(&c);
  assert_int_equal(parse("{\"removable\":{\"layouts\":[\"a/{serial}\",\".\",\"{enterprise}\"],"
                         "\"enterprise-number\":9}}",
                         &c, error, sizeof error),
                   0);
  assert_int_equal(c.removable.layouts.count, 3);
  assert_string_equal(c.removable.layouts.at[0], "a/{serial}");
  config_free(&c);
}

static void test_the_example_is_right(void **state) {
  (void)state;
  config_t c;
  char error[1200] = "";
  int result = config_read("packaging/agent.json", &c, error, sizeof error);
  assert_string_equal(error, "");
  assert_int_equal(result, 0);
  assert_true(c.file[0] == '/');
  assert_true(c.source[0] == 6);
  config_free(&c);
}

/* ---- what is wrong is named ---------------------------------------------------------------------- */

static void test_errors_name_the_field(void **state) {
  (void)state;
  static const struct {
    const char *text;
    const char *said;
  } wrong_ones[] = {
      {"", "a.json: not valid JSON: line 1 column 1: the end"},
      {"{\n \"servers\": [\n}", "a.json: not valid JSON: line 3 column 1: "},
      {"{} x", "a.json: not valid JSON: line 1 column 4: text after"},
      {"[]", "a.json: is a list; must be an object"},
      {"{\"servers\":[\"a\\u0000b\"]}", "line 1 column 15: \\u0000, which is refused"},
      {"{\"hadlers\":{}}", "a.json: hadlers: unknown field; known here are identity, anchors"},
      {"{\"handlers\":{\"instal\":\"x\"}}",
       "a.json: handlers.instal: unknown field; known here are install, config"},
      {"{\"handlers\":{\"install\":1}}", "a.json: handlers.install: is a number; must be a text with a path"},
      {"{\"handlers\":{\"install\":\"\"}}", "handlers.install: is empty"},
      {"{\"handlers\":{\"install\":null}}", "handlers.install: is null"},
      {"{\"handlers\":[]}", "handlers: is a list; must be an object"},
      {"{\"log\":{},\"log\":{}}", "a.json: not valid JSON: two members named 'log' in one object"},
      {"{\"decryption\":{\"cert\":\"a\"}}",
       "decryption.cert: unknown field; known here are certificate, key"},
      {"{\"attestation\":{\"pcrs\":[0,24]}}", "attestation.pcrs[1]: is 24; must be 0 to 23"},
      {"{\"attestation\":{\"pcrs\":[7,1.5]}}", "attestation.pcrs[1]: is 1.5; must be a whole number"},
      {"{\"attestation\":{\"pcrs\":[7,7]}}", "attestation.pcrs[1]: appears twice"},
      {"{\"attestation\":{\"pcrs\":[]}}", "attestation.pcrs: is an empty list"},
      {"{\"attestation\":{\"pcrs\":7}}", "attestation.pcrs: is a number; must be a list of numbers"},
      {"{\"attestation\":{\"pcrs\":[7]}}", "attestation.evidence: is missing"},
      {"{\"attestation\":{\"evidence\":[\"event-log\"]}}",
       "attestation.evidence[0]: is \"event-log\"; must be one of \"certify\", \"quote\""},
      {"{\"attestation\":{\"key\":\"iak.key\"}}", "attestation.key: is a text; must be an object"},
      {"{\"attestation\":{\"evidence\":[\"quote\"],\"certificate\":\"a\",\"certificate-index\":\"b\",\"key\":"
       "{"
       "\"tcti\":\"c\"}}}",
       "attestation: has both certificate and certificate-index"},
      {"{\"attestation\":{\"evidence\":[\"quote\"],\"certificate\":\"a\",\"key\":{\"tcti\":\"c\"}}}",
       "attestation: is of no use, since evidence is in certificate signing requests; csr.keys is missing"},
      {"{\"identity\":{\"key\":\"a\",\"key\":\"b\"}}",
       "a.json: not valid JSON: two members named 'key' in one object"},
      {"{\"anchors\":{\"vouchers\":\"a\"}}", "anchors.vouchers: is a text; must be a list of paths"},
      {"{\"anchors\":{\"vouchers\":[\"a\",2]}}", "anchors.vouchers[1]: is a number; must be a text"},
      {"{\"policy\":{\"signed-only\":1}}", "policy.signed-only: is a number; must be true or false"},
      {"{\"policy\":{\"revocation\":\"never\"}}",
       "policy.revocation: is \"never\"; must be one of \"as-voucher\", \"required\", \"off\""},
      {"{\"policy\":{\"assertions\":[]}}", "policy.assertions: is an empty list"},
      {"{\"policy\":{\"assertions\":[\"logged\",\"logged\"]}}", "policy.assertions[1]: appears twice"},
      {"{\"sources\":[\"arp\"]}", "sources[0]: is \"arp\"; must be one of \"removable\""},
      {"{\"dns\":{\"servers\":[]},\"sources\":[\"well-known\",\"dns\"]}", "servers is missing"},
      {"{\"dns\":{\"domain\":[]}}", "dns.domain: unknown field; known here are domains, servers, file"},
      {"{\"sources\":[\"well-known\"]}", "sources: lists a source that is not set up; servers is missing"},
      {"{\"dhcp\":{\"ask\":true}}",
       "dhcp.ask: unknown field; known here are interfaces, hooks, networkd, networkmanager, request"},
      {"{\"dhcp\":{\"request\":1}}", "dhcp.request: is a number; must be true or false"},
      {"{\"timeouts\":{\"dhcp\":0}}", "timeouts.dhcp: is 0; must be"},
      {"{\"dhcp6\":{\"file\":\"a\",\"value\":\"00\"}}", "dhcp6: has both value and file"},
      {"{\"removable\":{\"devices\":\"all\"}}",
       "removable.devices: is \"all\"; must be one of \"auto\", \"off\""},
      {"{\"removable\":{\"devices\":true}}",
       "removable.devices: is true or false; must be one of \"auto\", \"off\" or a list of paths"},
      {"{\"removable\":{\"devices\":[]}}",
       "removable.devices: is an empty list; without paths one of \"auto\", \"off\" is right"},
      {"{\"removable\":{\"devices\":[1]}}", "removable.devices[0]: is a number; must be a text with a path"},
      {"{\"sources\":[\"removable\"],\"removable\":{\"devices\":\"off\"}}",
       "sources: lists a source that is not set up; removable.folders or removable.devices is missing"},
      {"{\"removable\":{\"file-systems\":[\"vfat\",\"xfs\"]}}",
       "removable.file-systems[1]: is \"xfs\"; must be one of \"vfat\", \"exfat\", \"ext4\""},
      {"{\"removable\":{\"file-systems\":[]}}", "removable.file-systems: is an empty list"},
      {"{\"removable\":{\"layouts\":[]}}", "removable.layouts: has 0 entries; must have 1 to 8"},
      {"{\"removable\":{\"layouts\":[\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\"]}}",
       "removable.layouts: has 9 entries; must have 1 to 8"},
      {"{\"removable\":{\"layouts\":[\"a\",\"../b\"]}}",
       "removable.layouts[1]: is \"../b\": a component is \".\" or \"..\"; right is for instance "
       "\"{serial}/"},
      {"{\"removable\":{\"layouts\":[\"{model}\"]}}", "removable.layouts[0]: is \"{model}\": braces"},
      {"{\"removable\":{\"layouts\":[\"EN{enterprise}\"]}}",
       "removable.layouts[0]: has {enterprise}, but removable.enterprise-number is not given"},
      {"{\"removable\":{\"layouts\":[\".\"],\"root\":false}}",
       "removable.layouts[0]: is \".\": removable.root says"},
      {"{\"limits\":{\"depth\":129}}", "limits.depth: is 129; must be 1 to 128"},
      {"{\"limits\":{\"depth\":1.5}}", "limits.depth: is 1.5; must be a whole number"},
      {"{\"limits\":{\"image\":1e400}}", "limits.image: is inf; must be"},
      {"{\"limits\":{\"image\":-1}}", "limits.image: is -1; must be"},
      {"{\"timeouts\":{\"idle\":0}}", "timeouts.idle: is 0; must be 0.001 to 3600 seconds"},
      {"{\"timeouts\":{\"idle\":\"1\"}}", "timeouts.idle: is a text; must be a number"},
      {"{\"clock\":{\"mode\":\"ntp\"}}",
       "clock.mode: is \"ntp\"; must be one of \"unknown\", \"trusted\", \"strict\", "},
      {"{\"clock\":{\"wait\":0}}", "clock.wait: is 0; must be 0.001 to 86400 seconds"},
      {"{\"contract\":\"opi\"}", "contract: is \"opi\"; must be one of \"own\", \"sonic\""},
      {"{\"identity\":{},\"trust\":\"t\"}",
       "identity: stands beside trust; right is to have it in the file that trust names"},
      {"{\"trust\":\"t\",\"clock\":{\"floor\":\"2026-01-01T00:00:00Z\"}}",
       "clock: stands beside trust; right is "},
      {"{\"clock\":{\"floor\":\"2026-01-01\"}}", "clock.floor: is no date; must be a text like \"2026"},
      {"{\"clock\":{\"floor\":\"1969-01-01T00:00:00Z\"}}", "clock.floor: is no date"},
      {"{\"clock\":\"trusted\"}", "clock: is a text; must be an object"},
      {"{\"csr\":{\"keys\":[\"ed25519\"]}}",
       "csr.keys[0]: is \"ed25519\"; must be one of \"p256\", \"p384\""},
      {"{\"csr\":{\"tcti\":\"device:/dev/tpmrm0\"}}",
       "csr.tcti: is of no use, since no keys are made; csr.keys is missing"},
      {"{\"csr\":{\"keys\":[\"p256\"],\"parent\":\"owner\"}}",
       "csr.parent: is the parent of keys in a TPM; csr.tcti is missing"},
      {"{\"csr\":{\"required\":true}}", "csr: is required, but nothing is offered; csr.keys is missing"},
      {"{\"csr\":{\"formats\":[\"p10\",\"cmp\"]}}",
       "csr.formats: has cmc or cmp, which a program makes; handlers.csr is missing"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(wrong_ones); i++) {
    config_t c;
    char error[1200];
    assert_int_equal(parse(wrong_ones[i].text, &c, error, sizeof error), -1);
    if (strstr(error, wrong_ones[i].said) == NULL)
      fail_msg("%s: said \"%s\" instead of \"%s\"", wrong_ones[i].text, error, wrong_ones[i].said);
  }
}

static void test_a_list_has_an_end(void **state) {
  (void)state;
  char text[1024] = "{\"servers\":[";
  for (int i = 0; i < FIELDS_MOST_ENTRIES + 1; i++) strcat(text, i == 0 ? "\"a\"" : ",\"a\"");
  strcat(text, "]}");
  config_t c;
  char error[1200];
  assert_int_equal(parse(text, &c, error, sizeof error), -1);
  assert_non_null(strstr(error, "servers: has more than 64 entries"));
}

static void test_a_file_that_is_not_there_is_named(void **state) {
  (void)state;
  config_t c;
  char error[1200];
  assert_int_equal(config_read("/nonexistent/a.json", &c, error, sizeof error), -1);
  assert_non_null(strstr(error, "/nonexistent/a.json: can't read the configuration"));
}

/* ---- the manual page ----------------------------------------------------------------------------- */

/* A field is documented where its full name stands in a list entry. */
static void look_up(const char *page, const char *object, const field_t *f) {
  char name[128];
  (void)snprintf(name, sizeof name, "%s%s%s", object, *object == 0 ? "" : ".", f->name);
  for (const char *at = strstr(page, name); at != NULL; at = strstr(at + 1, name)) {
    const char *line = at;
    while (line > page && line[-1] != '\n') line--;
    char after = at[strlen(name)];
    if (strncmp(line, ".It Cm ", 7) == 0 && at[-1] == ' ' && (after == ' ' || after == '\n')) return;
  }
  fail_msg("the manual page does not describe %s", name);
}

static void test_the_manual_page_has_every_field(void **state) {
  (void)state;
  uint8_t *page = NULL;
  size_t len = 0;
  assert_int_equal(file_read("tools/sztp-agent/sztp-agent.1", 1 << 20, &page, &len), 0);
  for (const field_t *f = top_fields; f->name != NULL; f++) {
    if (f->type != FIELD_OBJECT) look_up((char *)page, "", f);
    for (const field_t *inner = f->more; f->type == FIELD_OBJECT && inner->name != NULL; inner++) {
      look_up((char *)page, f->name, inner);
      char object[64];
      (void)snprintf(object, sizeof object, "%s.%s", f->name, inner->name);
      for (const field_t *deep = inner->more; inner->type == FIELD_PATH_OR_OBJECT && deep->name != NULL;
           deep++)
        look_up((char *)page, object, deep);
    }
  }
  free(page);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_an_empty_object_has_all_defaults),
      cmocka_unit_test(test_values_arrive),
      cmocka_unit_test(test_keys_in_a_tpm),
      cmocka_unit_test(test_requests),
      cmocka_unit_test(test_sources_have_an_order),
      cmocka_unit_test(test_dns),
      cmocka_unit_test(test_dhcp),
      cmocka_unit_test(test_removable_storage),
      cmocka_unit_test(test_everything_can_be_configured),
      cmocka_unit_test(test_the_example_is_right),
      cmocka_unit_test(test_errors_name_the_field),
      cmocka_unit_test(test_a_list_has_an_end),
      cmocka_unit_test(test_a_file_that_is_not_there_is_named),
      cmocka_unit_test(test_the_manual_page_has_every_field),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
