/* The fan-out as one would write it in C alone: copy, rewrite, protect for each viewer, one sendmmsg for all, for each packet.
   srtp_protect comes from the same libsrtp as in the back ends it is compared with. Returns the packets that the system took. */

#define _GNU_SOURCE
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#define SLOT 1664
#define VIEWERS 256

typedef int (*protect_function)(void *context, void *packet, int *length);

long egress_loop(int fd, protect_function protect, const uint8_t *packet, int length, void *const *contexts, const uint16_t *ports, int viewers,
                 unsigned first, int packets) {
  static uint8_t slot[VIEWERS][SLOT] __attribute__((aligned(64)));
  static struct mmsghdr message[VIEWERS];
  static struct iovec part[VIEWERS];
  static struct sockaddr_in address[VIEWERS];
  for (int v = 0; v < viewers; v++) {
    address[v] = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(ports[v]), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    part[v].iov_base = slot[v];
    message[v].msg_hdr = (struct msghdr){.msg_name = &address[v], .msg_namelen = sizeof address[v], .msg_iov = &part[v], .msg_iovlen = 1};
  }
  long sent = 0;
  for (unsigned n = first; n < first + (unsigned)packets; n++) {
    for (int v = 0; v < viewers; v++) {
      uint8_t *copy = slot[v];
      int protected_length = length;
      memcpy(copy, packet, (size_t)length);
      copy[1] = (uint8_t)((copy[1] & 0x80) | 97);
      copy[2] = (uint8_t)(n >> 8);
      copy[3] = (uint8_t)n;
      copy[11] = (uint8_t)v;
      if (protect(contexts[v], copy, &protected_length)) return -1;
      part[v].iov_len = (size_t)protected_length;
    }
    int done = sendmmsg(fd, message, (unsigned)viewers, MSG_DONTWAIT);
    if (done > 0) sent += done;
  }
  return sent;
}
