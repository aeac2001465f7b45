/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's removable storage: which block devices there are, where they are mounted, and what is read from
 * one. */
#define _GNU_SOURCE 1
#include "common/testing.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/beneath.c"
#include "common/file.c"
#include "common/medium.c"
#include "common/octets.c"
#include "sztp-agent/artifacts.c"
#include "sztp-agent/blocks.c"
#include "sztp-agent/folders.c"
#include "sztp-agent/mountinfo.c"

#include "agent_files.h"

/* ---- what is mounted ----------------------------------------------------------------------------- */

static const char table[] = "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
                            "27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
                            "36 27 8:17 /inside /srv/bound rw - vfat /dev/sdb1 rw\n"
                            "37 27 8:17 / /media/My\\040stick\\134\\011x ro,nosuid shared:5 master:1 - vfat "
                            "/dev/sdb1 rw,errors=remount-ro\n"
                            "38 27 8:170 / /media/other ro - vfat /dev/sdk10 rw\n"
                            "39 27 8:17 / /media/again ro - vfat /dev/sdb1 rw\n"
                            "broken line\n"
                            "40 27 8:33 / /boot/efi ro - vfat /dev/sdc1 rw\n"
                            "41 27 179:2 / /\\040is";

/* USB-01: devices that are mounted already are used where they are */
static void test_mounts(void **state) {
  (void)state;
  char path[MOUNTINFO_PATH];
  const char *at = table;
  assert_int_equal(mountinfo_next(&at, makedev(8, 17), path), 1);
  assert_string_equal(path, "/media/My stick\\\tx");
  assert_int_equal(mountinfo_next(&at, makedev(8, 17), path), 1);
  assert_string_equal(path, "/media/again");
  assert_int_equal(mountinfo_next(&at, makedev(8, 17), path), 0);
  assert_int_equal(mountinfo_next(&at, makedev(8, 17), path), 0);
  at = table;
  assert_int_equal(mountinfo_next(&at, makedev(254, 0), path), 1);
  assert_string_equal(path, "/");
  at = table;
  assert_int_equal(mountinfo_next(&at, makedev(8, 1), path), 0);
  at = table;
  assert_int_equal(mountinfo_next(&at, makedev(179, 2), path), 1);
  assert_string_equal(path, "/ is");
  at = "";
  assert_int_equal(mountinfo_next(&at, makedev(8, 17), path), 0);

  char *longer = malloc(MOUNTINFO_PATH + 100); /* a path that has no room is none */
  int head = snprintf(longer, 100, "1 1 8:17 / /");
  memset(longer + head, 'x', MOUNTINFO_PATH);
  longer[head + MOUNTINFO_PATH] = 0;
  at = longer;
  assert_int_equal(mountinfo_next(&at, makedev(8, 17), path), 0);
  free(longer);

  put_file("proc/mountinfo", table);
  char *file = in_root("proc/mountinfo"), *text = mountinfo_read(file);
  assert_string_equal(text, table);
  free(text);
  assert_int_equal(unlink(file), 0);
  assert_null(mountinfo_read(file));
  free(file);
  char *own =
      mountinfo_read("/proc/self/mountinfo"); /* of this machine: its root, too, unless that is a folder */
  struct stat about;
  if (own != NULL && strstr(own, " / / ") != NULL && stat("/", &about) == 0 && major(about.st_dev) != 0) {
    at = own;
    assert_int_equal(mountinfo_next(&at, about.st_dev, path), 1);
  }
  free(own);
}

/* ---- which devices there are --------------------------------------------------------------------- */

static void put_value(const char *folder, const char *name, const char *value) {
  char path[400], line[100];
  (void)snprintf(path, sizeof path, "%s/%s", folder, name);
  (void)snprintf(line, sizeof line, "%s\n", value);
  put_file(path, line);
}

/* A disk at @p bus in a made-up /sys, or, with a disk's name before a slash, one of its partitions. */
static void put_block(const char *bus, const char *name, const char *device, const char *size) {
  char folder[300], link[300], target[300];
  const char *slash = strrchr(name, '/'), *short_name = slash == NULL ? name : slash + 1;
  (void)snprintf(folder, sizeof folder, "sys/devices/%s/block/%s", bus, name);
  (void)snprintf(target, sizeof target, "../../devices/%s/block/%s", bus, name);
  (void)snprintf(link, sizeof link, "sys/class/block/%s", short_name);
  put_folder("sys/class/block");
  put_value(folder, "dev", device);
  put_value(folder, "size", size);
  if (slash != NULL) put_value(folder, "partition", "1");
  if (slash == NULL) put_value(folder, "removable", "0");
  if (slash == NULL) put_value(folder, "queue/rotational", "0");
  char *path = in_root(link);
  assert_int_equal(symlink(target, path), 0);
  free(path);
}

static void put_in_use(const char *bus, const char *name) {
  char folder[300];
  (void)snprintf(folder, sizeof folder, "sys/devices/%s/block/%s/holders/dm-0", bus, name);
  put_folder(folder);
}

static void put_attribute(const char *bus, const char *name, const char *attribute, const char *value) {
  char folder[300];
  (void)snprintf(folder, sizeof folder, "sys/devices/%s/block/%s", bus, name);
  put_value(folder, attribute, value);
}

#define SATA   "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0"
#define USB    "pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host4/target4:0:0/4:0:0:0"
#define MMC(n) "platform/soc/fe340000.mmc/mmc_host/mmc" n "/mmc" n ":0001"

static void put_machine(void) {
  put_block(SATA, "sda", "8:0", "1000");
  put_block(SATA, "sda/sda1", "8:1", "500");
  put_block(USB, "sdb", "8:16", "1000"); /* a stick with partitions */
  put_attribute(USB, "sdb", "removable", "1");
  put_block(USB, "sdb/sdb10", "8:26", "100");
  put_block(USB, "sdb/sdb2", "8:18", "100");
  put_block(USB, "sdb/sdb1", "8:17", "100");
  put_block("pci0000:00/usb2/2-1/a", "sdc", "8:32",
            "1000"); /* a disk on USB that does not call itself removable */
  put_block("pci0000:00/usb2/2-2/a", "sdd", "8:48", "0"); /* a reader without a card */
  put_attribute("pci0000:00/usb2/2-2/a", "sdd", "removable", "1");
  put_block("pci0000:00/usb2/2-3/a", "sde", "8:64", "1000"); /* partly in use by something else */
  put_block("pci0000:00/usb2/2-3/a", "sde/sde1", "8:65", "100");
  put_in_use("pci0000:00/usb2/2-3/a", "sde/sde1");
  put_block("pci0000:00/usb2/2-3/a", "sde/sde2", "8:66", "100");
  put_block("pci0000:00/usb2/2-4/a", "sdaa", "65:160", "1000"); /* in use as a whole */
  put_in_use("pci0000:00/usb2/2-4/a", "sdaa");
  put_block("pci0000:00/usb2/2-5/a", "sdf", "8:80", "1000"); /* the system lies on it */
  put_block("pci0000:00/usb2/2-5/a", "sdf/sdf1", "8:81", "100");
  put_block("pci0000:00/usb2/2-5/a", "sdf/sdf2", "8:82", "100");
  put_block("pci0000:00/usb2/2-6/a", "sdg", "8:96", "1000"); /* its boot loader does */
  put_block("pci0000:00/usb2/2-6/a", "sdg/sdg1", "8:97", "100");
  put_block("pci0000:00/0000:00:1f.2/ata2/host1", "sr0", "11:0", "1000");
  put_attribute("pci0000:00/0000:00:1f.2/ata2/host1", "sr0", "removable", "1");
  put_block(MMC("0"), "mmcblk0", "179:0", "1000"); /* soldered */
  put_attribute(MMC("0"), "mmcblk0", "device/type", "MMC");
  put_block(MMC("0"), "mmcblk0/mmcblk0p1", "179:1", "100");
  put_block(MMC("1"), "mmcblk1", "179:32", "1000"); /* a card */
  put_attribute(MMC("1"), "mmcblk1", "device/type", "SD");
  put_block(MMC("1"), "mmcblk1/mmcblk1p1", "179:33", "100");
  put_block("pci0000:00/cciss0", "cciss!c0d0", "104:0", "1000");
  put_attribute("pci0000:00/cciss0", "cciss!c0d0", "removable", "1");
  put_block("pci0000:00/nvme0", "nvme0c0n1", "259:0", "1000");
  put_attribute("pci0000:00/nvme0", "nvme0c0n1", "removable", "1");
  put_attribute("pci0000:00/nvme0", "nvme0c0n1", "hidden", "1");
  put_block("virtual/usbfake", "loop0", "7:0", "1000"); /* a name that only looks like the bus */
  put_block("virtual", "dm-0", "253:0", "1000");
}

static const char system_mounts[] = "1 0 8:82 / / rw - ext4 /dev/sdf2 rw\n"
                                    "2 1 8:17 / /media/stick rw - vfat /dev/sdb1 rw\n"
                                    "3 1 8:97 / /boot/efi rw - vfat /dev/sdg1 rw\n";

/* USB-01, USB-11 */
static void test_devices_are_found(void **state) {
  (void)state;
  static const struct {
    const char *path;
    unsigned major_number, minor_number;
  } wanted[] = {{"/dev/sdb1", 8, 17},        {"/dev/sdb2", 8, 18},       {"/dev/sdb10", 8, 26},
                {"/dev/sdc", 8, 32},         {"/dev/sde2", 8, 66},       {"/dev/sr0", 11, 0},
                {"/dev/mmcblk1p1", 179, 33}, {"/dev/cciss/c0d0", 104, 0}};
  blocks_t found;
  char *sysfs = in_root("sys");
  memset(&found, 0, sizeof found);
  assert_int_equal(blocks_find(sysfs, system_mounts, &found), -1); /* no /sys */
  put_machine();
  assert_int_equal(blocks_find(sysfs, system_mounts, &found), 0);
  for (size_t i = 0; i < TEST_COUNT_OF(wanted); i++) {
    size_t k = 0;
    while (k < found.count && strcmp(found.at[k].path, wanted[i].path) != 0) k++;
    assert_true(k < found.count);
    assert_true(found.at[k].device == makedev(wanted[i].major_number, wanted[i].minor_number));
  }
  assert_int_equal(found.count, TEST_COUNT_OF(wanted));
  assert_false(found.left_out);
  /* partitions by their number, disks by their name */
  size_t first = 0;
  while (strcmp(found.at[first].path, "/dev/sdb1") != 0) first++;
  assert_string_equal(found.at[first + 1].path, "/dev/sdb2");
  assert_string_equal(found.at[first + 2].path, "/dev/sdb10");
  assert_string_equal(found.at[first + 3].path, "/dev/sdc");
  free(sysfs);
}

/* USB-01 */
static void test_devices_that_were_named(void **state) {
  (void)state;
  blocks_t found;
  char *sysfs = in_root("sys"), *link = in_root("sys/dev/block/8:0");
  memset(&found, 0, sizeof found);
  put_folder("sys/dev/block");
  assert_int_equal(symlink("../../devices/" SATA "/block/sda", link), 0);
  blocks_add(sysfs, "/dev/disk/by-label/DATA", makedev(8, 0), &found); /* whoever names it means it */
  blocks_add(sysfs, "/dev/loop7", makedev(7, 7), &found);              /* of which nothing is known */
  assert_int_equal(found.count, 2);
  assert_string_equal(found.at[0].path, "/dev/sda1");
  assert_true(found.at[0].device == makedev(8, 1));
  assert_string_equal(found.at[1].path, "/dev/loop7");
  assert_true(found.at[1].device == makedev(7, 7));
  for (unsigned i = 0; i < 40; i++) blocks_add(sysfs, "/dev/loop7", makedev(7, 7), &found);
  assert_int_equal(found.count, BLOCKS);
  assert_true(found.left_out);
  memset(&found, 0, sizeof found);
  for (unsigned i = 0; i < 40; i++) {
    char name[20], device[20];
    (void)snprintf(name, sizeof name, "sdz%02u", i);
    (void)snprintf(device, sizeof device, "66:%u", i);
    put_block("pci0000:00/usb9/9-1/many", name, device, "1");
  }
  assert_int_equal(blocks_find(sysfs, "", &found), 0);
  assert_int_equal(found.count, BLOCKS);
  assert_true(found.left_out);
  free(sysfs);
  free(link);
}

/* ---- what is on a medium ------------------------------------------------------------------------- */

static unsigned asked, patience = 1000; /* how often it may be asked before the time is over */

static int is_over(void *user) {
  assert_ptr_equal(user, &patience);
  return ++asked > patience;
}

static int look_with(const char *const *layouts, size_t count, const char *mount, const char *serial,
                     artifacts_t *found, char *why, size_t room) {
  char *path = in_root(mount);
  artifacts_search_t search = {
      open(path, O_RDONLY | O_DIRECTORY), layouts, count, serial, 9, {100, 100, 100}, is_over, &patience};
  asked = 0;
  assert_true(search.root >= 0);
  int result = artifacts_read(&search, found, why, room);
  (void)close(search.root);
  free(path);
  return result;
}

static int look(const char *mount, const char *serial, int use_root, artifacts_t *found, char *why,
                size_t room) {
  return look_with(medium_layouts, MEDIUM_LAYOUTS - (size_t)!use_root, mount, serial, found, why, room);
}

static void expect_found(const char *mount, const char *serial, const char *text, const char *place) {
  artifacts_t found;
  char why[300] = "";
  assert_int_equal(look(mount, serial, 1, &found, why, sizeof why), 1);
  assert_int_equal(found.len[ARTIFACTS_CI], strlen(text));
  assert_memory_equal(found.data[ARTIFACTS_CI], text, strlen(text));
  assert_string_equal(found.place, place);
  artifacts_free(&found);
}

/* USB-02, USB-03, USB-04, USB-06: the octets of the first place that has some, as they are */
static void test_layouts_in_their_order(void **state) {
  (void)state;
  artifacts_t found;
  char why[300] = "";
  put_file("usb/readme", "x");
  assert_int_equal(look("usb", "S1", 1, &found, why, sizeof why), 0);
  assert_string_equal(why, "");
  put_file("usb/conveyed-information.cms", "root");
  expect_found("usb", "S1", "root", ".");
  assert_int_equal(look("usb", "S1", 0, &found, why, sizeof why), 0); /* root switched off */
  put_file("usb/S1/conveyed-information.cms", "serial");
  expect_found("usb", "S1", "serial", "S1");
  put_file("usb/S1/bootstrapping-data/conveyed-information.cms", "data");
  expect_found("usb", "S1", "data", "S1/bootstrapping-data");
  put_file("usb/EN9/S1/bootstrapping-data/conveyed-information.cms", "enterprise");
  expect_found("usb", "S1", "enterprise", "EN9/S1/bootstrapping-data");
  expect_found("usb", "S2", "root", "."); /* another device's folder is nothing to S2 */

  static const char *const own[] = {"ztp/{serial}", "{serial}"};
  assert_int_equal(look_with(own, 2, "usb", "S1", &found, why, sizeof why), 1);
  assert_string_equal(found.place, "S1");
  artifacts_free(&found);
  put_file("usb/ztp/S1/conveyed-information.cms", "\x30\x00");
  assert_int_equal(look_with(own, 2, "usb", "S1", &found, why, sizeof why), 1);
  assert_string_equal(found.place, "ztp/S1");
  artifacts_free(&found);

  put_file("usb/EN9/S1/bootstrapping-data/ownership-voucher.cms", "cms");
  assert_int_equal(look("usb", "S1", 1, &found, why, sizeof why), 1);
  assert_memory_equal(found.data[ARTIFACTS_OV], "cms", 3);
  assert_null(found.data[ARTIFACTS_OC]); /* nothing is taken from another folder (D-08) */
  artifacts_free(&found);
  put_file("usb/EN9/S1/bootstrapping-data/ownership-voucher.vcj", "vcj");
  assert_int_equal(look("usb", "S1", 1, &found, why, sizeof why), 1);
  assert_memory_equal(found.data[ARTIFACTS_OV], "vcj", 3);
  artifacts_free(&found);
}

static void expect_refused(const char *mount, const char *serial, int use_root, const char *said) {
  artifacts_t found;
  char why[300] = "";
  assert_int_equal(look(mount, serial, use_root, &found, why, sizeof why), -1);
  assert_string_equal(why, said);
}

/* USB-08: a medium that takes ever so long is given up, between two pieces of a file as between two files */
static void test_time(void **state) {
  (void)state;
  artifacts_t found;
  char why[300] = "";
  char *large = malloc(200001);
  memset(large, 'x', 200000);
  large[200000] = 0;
  put_file("slow/conveyed-information.cms", large);
  put_file("slow/ownership-voucher.vcj", "voucher");
  char *path = in_root("slow");
  artifacts_search_t search = {open(path, O_RDONLY | O_DIRECTORY),
                               medium_layouts,
                               MEDIUM_LAYOUTS,
                               "S1",
                               9,
                               {200000, 100, 100},
                               is_over,
                               &patience};
  static const char *const said[] = {
      "conveyed-information.cms is refused: it can't be read beyond 0 of 200000 octets: there was no more "
      "time",
      "conveyed-information.cms is refused: it can't be read beyond 65536 of 200000 octets: there was no "
      "more "
      "time",
      "ownership-voucher.vcj is refused: it can't be read beyond 0 of 7 octets: there was no more time", ""};
  static const unsigned patiences[] = {0, 1, 4, 5};
  for (size_t i = 0; i < TEST_COUNT_OF(said); i++) {
    asked = 0;
    patience = patiences[i];
    assert_int_equal(artifacts_read(&search, &found, why, sizeof why), said[i][0] == 0 ? 1 : -1);
    assert_string_equal(why, said[i]);
  }
  artifacts_free(&found);
  patience = 1000;
  (void)close(search.root);
  free(path);
  free(large);
}

/* USB-07, USB-08 */
static void test_what_is_refused(void **state) {
  (void)state;
  artifacts_t found;
  char why[300] = "";
  put_file("outside/conveyed-information.cms", "secret");
  put_file("bad/x", "x");
  char *target = in_root("outside"), *link = in_root("bad/S1"),
       *file = in_root("bad/conveyed-information.cms");
  static const char *const serials[] = {"../outside", "..", ".", "a/b", "a\\b", "a\nb", ""};
  for (size_t i = 0; i < TEST_COUNT_OF(serials); i++)
    assert_int_equal(look("bad", serials[i], 0, &found, why, sizeof why), 0);

  assert_int_equal(symlink(target, link), 0); /* a folder that is a link is not entered, and that is told */
  assert_int_equal(look("bad", "S1", 0, &found, why, sizeof why), 0);
  assert_string_equal(why, "S1 is no folder: it is a symbolic link");
  assert_int_equal(symlink("/etc/passwd", file), 0);
  expect_refused("bad", "S2", 1, "conveyed-information.cms is refused: it is a symbolic link");
  assert_int_equal(unlink(file), 0);
  assert_int_equal(mkfifo(file, 0600), 0);
  expect_refused("bad", "S2", 1, "conveyed-information.cms is refused: it is no regular file");
  assert_int_equal(unlink(file), 0);
  put_file("bad/conveyed-information.cms", "");
  expect_refused("bad", "S2", 1,
                 "conveyed-information.cms is refused: it has 0 octets, and 1 to 100 are allowed");
  assert_int_equal(truncate(file, 101), 0);
  expect_refused("bad", "S2", 1,
                 "conveyed-information.cms is refused: it has 101 octets, and 1 to 100 are allowed");
  assert_int_equal(truncate(file, 1 << 30), 0); /* nothing like that is allocated */
  expect_refused("bad", "S2", 1,
                 "conveyed-information.cms is refused: it has 1073741824 octets, and 1 to 100 are allowed");
  assert_int_equal(truncate(file, 100), 0);
  assert_int_equal(look("bad", "S2", 1, &found, why, sizeof why), 1);
  artifacts_free(&found);
  char *companion = in_root("bad/owner-certificate.cms"); /* one that is refused is not left out */
  assert_int_equal(symlink(file, companion), 0);
  expect_refused("bad", "S2", 1, "owner-certificate.cms is refused: it is a symbolic link");
  free(companion);
  free(target);
  free(link);
  free(file);
}

/* USB-08: what a file system says of a size is not relied on, and a file that can't be read is told of */
static void test_sizes_that_are_wrong(void **state) {
  (void)state;
  char why[300] = "";
  uint8_t *data = NULL;
  const artifacts_search_t patient = {.is_over = is_over, .user = &patience};
  int fd = open("/dev/null", O_RDONLY);
  asked = 0;
  assert_int_equal(read_whole(&patient, fd, 50, 100, &data, why, sizeof why), -1);
  assert_string_equal(why, "it can't be read beyond 0 of 50 octets: it ends there");
  (void)close(fd);
  put_file("sizes/short", "only this");
  char *path = in_root("sizes/short");
  fd = open(path, O_RDONLY);
  assert_int_equal(read_whole(&patient, fd, 50, 100, &data, why, sizeof why), -1);
  assert_string_equal(why, "it can't be read beyond 9 of 50 octets: it ends there");
  (void)close(fd);
  fd = open(root, O_RDONLY);
  assert_int_equal(read_whole(&patient, fd, 50, 100, &data, why, sizeof why), -1);
  assert_string_equal(why, "it can't be read beyond 0 of 50 octets: Is a directory");
  (void)close(fd);
  assert_null(data);
  free(path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_mounts),
      cmocka_unit_test(test_devices_are_found),
      cmocka_unit_test(test_devices_that_were_named),
      cmocka_unit_test(test_layouts_in_their_order),
      cmocka_unit_test(test_what_is_refused),
      cmocka_unit_test(test_time),
      cmocka_unit_test(test_sizes_that_are_wrong),
  };
  return cmocka_run_group_tests(tests, group_begin, group_end);
}
