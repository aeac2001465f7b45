/* SPDX-License-Identifier: Apache-2.0 */
/* Packet sockets, with a filter that passes only DHCP. */
#define _GNU_SOURCE 1
#include "dhcp_packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <netpacket/packet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/octets.h"

enum { UDP = 17, UDP_HEAD = 8, V4_HEAD = 20, V6_HEAD = 40, V4_CLIENT = 68, V4_SERVER = 67 };

/* All_DHCP_Relay_Agents_and_Servers, ff02::1:2, and its Ethernet address (RFC 2464 7) */
static const uint8_t v6_servers[16] = {0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2};
static const uint8_t v6_hardware[6] = {0x33, 0x33, 0, 1, 0, 2};

/* The sum whose complement is the checksum (RFC 1071), not yet folded; a last odd octet is a high one */
static uint32_t sum(const uint8_t *p, size_t len) {
  uint32_t total = 0;
  for (size_t i = 0; i + 1 < len; i += 2) total += octets_get16(p + i);
  return len % 2 != 0 ? total + ((uint32_t)p[len - 1] << 8) : total;
}

static uint16_t checksum(uint32_t total) {
  while (total >> 16 != 0) total = (total & 0xffff) + (total >> 16);
  return (uint16_t)~total;
}

static size_t write_v4(const uint8_t *own, size_t udp_len, uint8_t *out) {
  memset(out, 0, V4_HEAD);
  out[0] = 0x45;
  (void)octets_put16(out + 2, V4_HEAD + udp_len);
  out[8] = 64; /* hops */
  out[9] = UDP;
  memcpy(out + 12, own, 4);
  memset(out + 16, 0xff, 4);
  (void)octets_put16(out + 10, checksum(sum(out, V4_HEAD)));
  return V4_HEAD;
}

static size_t write_v6(const uint8_t *own, size_t udp_len, uint8_t *out) {
  memset(out, 0, V6_HEAD);
  out[0] = 0x60;
  (void)octets_put16(out + 4, udp_len);
  out[6] = UDP;
  out[7] = 1; /* hop limit: it stays on the link */
  memcpy(out + 8, own, 16);
  memcpy(out + 24, v6_servers, 16);
  return V6_HEAD;
}

size_t dhcp_packet_write(uint32_t family, const uint8_t *own, const uint8_t *message, size_t len,
                         uint8_t *out) {
  size_t udp_len = UDP_HEAD + len;
  size_t head = family == 4 ? write_v4(own, udp_len, out) : write_v6(own, udp_len, out);
  uint8_t *udp = out + head;
  (void)octets_put16(udp, family == 4 ? V4_CLIENT : DHCP_V6_CLIENT);
  (void)octets_put16(udp + 2, family == 4 ? V4_SERVER : DHCP_V6_SERVER);
  (void)octets_put16(udp + 4, udp_len);
  (void)octets_put16(udp + 6, 0); /* IPv4 needs no checksum here */
  memcpy(udp + UDP_HEAD, message, len);
  if (family == 4) return head + udp_len;
  uint16_t check = checksum(sum(out + 8, 32) + (uint32_t)udp_len + UDP + sum(udp, udp_len));
  (void)octets_put16(udp + 6, check == 0 ? 0xffff : check);
  return head + udp_len;
}

/* The length of the network header if UDP follows it and the packet is complete, else 0. */
static size_t head_of(uint32_t family, const uint8_t *p, size_t len) {
  if (family == 6) return len >= V6_HEAD && p[0] >> 4 == 6 && p[6] == UDP ? V6_HEAD : 0;
  if (len < V4_HEAD || p[0] >> 4 != 4 || p[9] != UDP || (octets_get16(p + 6) & 0x3fff) != 0) return 0;
  size_t head = (size_t)(p[0] & 15) * 4;
  return head >= V4_HEAD && head <= len ? head : 0;
}

int dhcp_packet_read(uint32_t family, const uint8_t *packet, size_t len, const uint8_t **message,
                     size_t *message_len, const uint8_t **from) {
  size_t head = head_of(family, packet, len);
  if (head == 0 || len - head < UDP_HEAD) return 0;
  const uint8_t *udp = packet + head;
  size_t udp_len = octets_get16(udp + 4);
  if (octets_get16(udp + 2) != (family == 4 ? V4_CLIENT : DHCP_V6_CLIENT) || udp_len < UDP_HEAD ||
      udp_len > len - head)
    return 0;
  *message = udp + UDP_HEAD;
  *message_len = udp_len - UDP_HEAD;
  *from = packet + (family == 4 ? 12 : 8);
  return 1;
}

/* ---- sockets ------------------------------------------------------------------------------------- */

static int attach_filter(int fd, uint32_t family) {
  static struct sock_filter v4[] = {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
                                    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, UDP, 0, 6),
                                    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6),
                                    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x3fff, 4, 0),
                                    BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
                                    BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2),
                                    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, V4_CLIENT, 0, 1),
                                    BPF_STMT(BPF_RET | BPF_K, 65535),
                                    BPF_STMT(BPF_RET | BPF_K, 0)};
  static struct sock_filter v6[] = {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 6),
                                    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, UDP, 0, 3),
                                    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, V6_HEAD + 2),
                                    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, DHCP_V6_CLIENT, 0, 1),
                                    BPF_STMT(BPF_RET | BPF_K, 65535),
                                    BPF_STMT(BPF_RET | BPF_K, 0)};
  struct sock_fprog program = {sizeof v4 / sizeof v4[0], v4};
  if (family == 6) {
    program.len = sizeof v6 / sizeof v6[0];
    program.filter = v6;
  }
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

/* Opened for no protocol until the filter is set, so that nothing else is received. */
int dhcp_packet_open(uint32_t family, unsigned link) {
  int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  struct sockaddr_ll own;
  memset(&own, 0, sizeof own);
  own.sll_family = AF_PACKET;
  own.sll_protocol = htons(family == 4 ? ETH_P_IP : ETH_P_IPV6);
  own.sll_ifindex = (int)link;
  if (attach_filter(fd, family) == 0 && bind(fd, (struct sockaddr *)&own, sizeof own) == 0) return fd;
  int why = errno;
  (void)close(fd);
  errno = why;
  return -1;
}

int dhcp_packet_send(int fd, uint32_t family, unsigned link, size_t hardware_len, const uint8_t *packet,
                     size_t len) {
  struct sockaddr_ll to;
  memset(&to, 0, sizeof to);
  to.sll_family = AF_PACKET;
  to.sll_protocol = htons(family == 4 ? ETH_P_IP : ETH_P_IPV6);
  to.sll_ifindex = (int)link;
  to.sll_halen = (unsigned char)(hardware_len < sizeof to.sll_addr ? hardware_len : sizeof to.sll_addr);
  memset(to.sll_addr, 0xff, to.sll_halen);
  if (family == 6 && to.sll_halen == sizeof v6_hardware) memcpy(to.sll_addr, v6_hardware, sizeof v6_hardware);
  return sendto(fd, packet, len, 0, (struct sockaddr *)&to, sizeof to) == (ssize_t)len ? 0 : -1;
}
