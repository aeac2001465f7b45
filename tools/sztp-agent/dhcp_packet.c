/* SPDX-License-Identifier: Apache-2.0 */
/* Packet sockets, with a filter that lets nothing but DHCP through. */
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

enum { UDP = 17, UDP_HEAD = 8, V4_HEAD = 20, V6_HEAD = 40, V4_CLIENT = 68, V4_SERVER = 67, V6_CLIENT = 546 };

static uint32_t get16(const uint8_t *p) { return (uint32_t)p[0] << 8 | p[1]; }

static void put16(uint8_t *p, size_t value) {
  p[0] = (uint8_t)(value >> 8);
  p[1] = (uint8_t)value;
}

/* RFC 1071 */
static uint16_t checksum(const uint8_t *p, size_t len) {
  uint32_t sum = 0;
  for (size_t i = 0; i + 1 < len; i += 2) sum += get16(p + i);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return (uint16_t)~sum;
}

size_t dhcp_packet_write(const uint8_t own[4], const uint8_t *message, size_t len, uint8_t *out) {
  size_t total = DHCP_PACKET_HEADS + len;
  memset(out, 0, DHCP_PACKET_HEADS);
  out[0] = 0x45;
  put16(out + 2, total);
  out[8] = 64; /* hops */
  out[9] = UDP;
  memcpy(out + 12, own, 4);
  memset(out + 16, 0xff, 4);
  put16(out + 10, checksum(out, V4_HEAD));
  put16(out + V4_HEAD, V4_CLIENT);
  put16(out + V4_HEAD + 2, V4_SERVER);
  put16(out + V4_HEAD + 4, UDP_HEAD + len); /* no checksum, which IPv4 allows */
  memcpy(out + DHCP_PACKET_HEADS, message, len);
  return total;
}

/* The octets of the network head, if UDP follows on it and the packet is whole; else 0. */
static size_t head_of(uint32_t family, const uint8_t *p, size_t len) {
  if (family == 6) return len >= V6_HEAD && p[0] >> 4 == 6 && p[6] == UDP ? V6_HEAD : 0;
  if (len < V4_HEAD || p[0] >> 4 != 4 || p[9] != UDP || (get16(p + 6) & 0x3fff) != 0) return 0;
  size_t head = (size_t)(p[0] & 15) * 4;
  return head >= V4_HEAD && head <= len ? head : 0;
}

int dhcp_packet_read(uint32_t family, const uint8_t *packet, size_t len, const uint8_t **message,
                     size_t *message_len, const uint8_t **from) {
  size_t head = head_of(family, packet, len);
  if (head == 0 || len - head < UDP_HEAD) return 0;
  const uint8_t *udp = packet + head;
  size_t udp_len = get16(udp + 4);
  if (get16(udp + 2) != (family == 4 ? V4_CLIENT : V6_CLIENT) || udp_len < UDP_HEAD || udp_len > len - head)
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
                                    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, V6_CLIENT, 0, 1),
                                    BPF_STMT(BPF_RET | BPF_K, 65535),
                                    BPF_STMT(BPF_RET | BPF_K, 0)};
  struct sock_fprog program = {sizeof v4 / sizeof v4[0], v4};
  if (family == 6) {
    program.len = sizeof v6 / sizeof v6[0];
    program.filter = v6;
  }
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

/* Of no protocol before the filter is there, so that nothing else comes in. */
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

int dhcp_packet_send(int fd, unsigned link, size_t hardware_len, const uint8_t *packet, size_t len) {
  struct sockaddr_ll to;
  memset(&to, 0, sizeof to);
  to.sll_family = AF_PACKET;
  to.sll_protocol = htons(ETH_P_IP);
  to.sll_ifindex = (int)link;
  to.sll_halen = (unsigned char)(hardware_len < sizeof to.sll_addr ? hardware_len : sizeof to.sll_addr);
  memset(to.sll_addr, 0xff, to.sll_halen);
  return sendto(fd, packet, len, 0, (struct sockaddr *)&to, sizeof to) == (ssize_t)len ? 0 : -1;
}
