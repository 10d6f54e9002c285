/* The compiled fan-out: one packet to all who view it, each copy with its viewer's numbers and under its viewer's key.

   The contract stands in contract.py, the declarations that both sides share in fanout.h. srtp_protect is given as a pointer into the
   libsrtp that pylibsrtp brings along, so that a C compiler is all this needs: no headers of Python, libsrtp or OpenSSL. */

#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "fanout.h"

#ifndef SOL_UDP
#define SOL_UDP 17
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

#define LONGEST 1484            /* bytes of a packet before protection: contract.py */
#define SLOT 1664               /* and after: libsrtp's longest trailer is 144 bytes; a multiple of a cache line */
#define SLOTS 128               /* copies between two system calls; together they stay within the second-level cache */
#define ACCEPTED 64             /* packets accepted between two flushes: what one wake-up reads */
#define SEGMENTS 64             /* of one message; the kernel's limit, UDP_MAX_SEGMENTS */
#define MESSAGE_BYTES 65000     /* of one message: below what an IPv4 datagram's length can say */

typedef struct {
  fanout_fan *fan;
  int64_t sequence;
  int length, octets, picture_at, picture_bits, tl0_at, done;
  uint8_t bytes[LONGEST];
} accepted;

typedef struct {
  size_t segment, total;
  int open;                     /* more segments may follow: none was shorter than the first */
} message_shape;

struct fanout_sender {
  int fd, segmenting, accepted, slots, messages;
  fanout_protect protect;
  fanout_totals totals;
  struct mmsghdr message[SLOTS];
  message_shape shape[SLOTS];
  struct iovec copy[SLOTS];
  union { struct cmsghdr header; char bytes[CMSG_SPACE(sizeof(uint16_t))]; } control[SLOTS];
  accepted queue[ACCEPTED];
  uint8_t slot[SLOTS][SLOT] __attribute__((aligned(64)));
};

fanout_sender *fanout_open(int fd, fanout_protect protect, int segmenting) {
  fanout_sender *s = aligned_alloc(64, (sizeof *s + 63) & ~(size_t)63);
  if (!s) return NULL;
  memset(s, 0, sizeof *s);
  int off = 0;                  /* a kernel before 4.18, or another system, knows no segmentation */
  s->fd = fd;
  s->protect = protect;
  s->segmenting = segmenting && setsockopt(fd, SOL_UDP, UDP_SEGMENT, &off, sizeof off) == 0;
  return s;
}

void fanout_close(fanout_sender *s) { free(s); }

const fanout_totals *fanout_counted(const fanout_sender *s) { return &s->totals; }

/* ---- the system calls */

static int segments(const fanout_sender *s, int m) { return (int)s->message[m].msg_hdr.msg_iovlen; }

/* A message of several segments that the system would not take as one: each segment by itself. */
static void send_singly(fanout_sender *s, int m) {
  struct msghdr one = s->message[m].msg_hdr;
  int count = segments(s, m);
  one.msg_control = NULL;
  one.msg_controllen = 0;
  one.msg_iovlen = 1;
  for (int i = 0; i < count; i++, one.msg_iov++) {
    ssize_t done;
    do {
      s->totals.calls++;
      done = sendmsg(s->fd, &one, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (done < 0 && errno == EINTR);
    if (done < 0) s->totals.refused++;
    else s->totals.sent++;
  }
}

static void push_out(fanout_sender *s) {
  int at = 0;
  while (at < s->messages) {
    s->totals.calls++;
    int done = sendmmsg(s->fd, s->message + at, (unsigned)(s->messages - at), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (done >= 0) {
      for (int i = at; i < at + done; i++) s->totals.sent += (uint64_t)segments(s, i);
      at += done;
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) {      /* the socket's buffer is full: the rest would not fit either */
      for (; at < s->messages; at++) s->totals.refused += (uint64_t)segments(s, at);
      break;
    }
    if (segments(s, at) > 1) {                          /* the device cannot (EIO), or the path is narrower (EINVAL, EMSGSIZE) */
      if (errno == EIO) s->segmenting = 0;
      send_singly(s, at);
    } else {
      s->totals.refused++;
    }
    at++;
  }
  s->messages = s->slots = 0;
}

/* ---- one copy */

static uint16_t read16(const uint8_t *at) { return (uint16_t)(at[0] << 8 | at[1]); }
static uint32_t read32(const uint8_t *at) { return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]; }
static void write16(uint8_t *at, uint16_t value) { at[0] = (uint8_t)(value >> 8); at[1] = (uint8_t)value; }
static void write32(uint8_t *at, uint32_t value) { write16(at, (uint16_t)(value >> 16)); write16(at + 2, (uint16_t)value); }

static void rewrite(uint8_t *copy, const accepted *packet, const fanout_viewer *viewer) {
  copy[1] = (uint8_t)((copy[1] & 0x80) | viewer->payload_type);
  write16(copy + 2, (uint16_t)(read16(copy + 2) + viewer->sequence_offset));
  write32(copy + 4, read32(copy + 4) + viewer->timestamp_offset);
  write32(copy + 8, viewer->ssrc);
  if (packet->picture_at) {
    uint8_t *picture = copy + packet->picture_at;
    if (packet->picture_bits == 15) write16(picture, (uint16_t)(0x8000 | ((read16(picture) + viewer->picture_offset) & 0x7FFF)));
    else picture[0] = (uint8_t)((picture[0] + viewer->picture_offset) & 0x7F);
  }
  if (packet->tl0_at) copy[packet->tl0_at] = (uint8_t)(copy[packet->tl0_at] + viewer->tl0_offset);
}

/* Whether a copy of this length may follow in the last message, which goes to the same outlet. All but the last must be equally long. */
static int fits(const fanout_sender *s, int m, const fanout_outlet *outlet, size_t length) {
  const message_shape *shape = &s->shape[m];
  return s->segmenting && shape->open && s->message[m].msg_hdr.msg_name == outlet->address && length <= shape->segment &&
         segments(s, m) < SEGMENTS && shape->total + length <= MESSAGE_BYTES;
}

static void put(fanout_sender *s, size_t length, fanout_outlet *outlet) {
  struct iovec *copy = &s->copy[s->slots];
  copy->iov_base = s->slot[s->slots++];
  copy->iov_len = length;
  int m = s->messages - 1;
  if (m >= 0 && fits(s, m, outlet, length)) {
    struct msghdr *header = &s->message[m].msg_hdr;
    if (header->msg_iovlen++ == 1) {
      struct cmsghdr *control = &s->control[m].header;
      uint16_t segment = (uint16_t)s->shape[m].segment;
      control->cmsg_level = SOL_UDP;
      control->cmsg_type = UDP_SEGMENT;
      control->cmsg_len = CMSG_LEN(sizeof segment);
      memcpy(CMSG_DATA(control), &segment, sizeof segment);
      header->msg_control = control;
      header->msg_controllen = sizeof s->control[m].bytes;
    }
    s->shape[m].total += length;
    s->shape[m].open = length == s->shape[m].segment;
    return;
  }
  m = s->messages++;
  s->shape[m] = (message_shape){length, length, 1};
  s->message[m].msg_hdr = (struct msghdr){.msg_name = outlet->address, .msg_namelen = outlet->address_length, .msg_iov = copy, .msg_iovlen = 1};
}

static void copy_to(fanout_sender *s, const accepted *packet, fanout_viewer *viewer) {
  if (s->slots == SLOTS) push_out(s);
  uint8_t *copy = s->slot[s->slots];
  int length = packet->length;
  memcpy(copy, packet->bytes, (size_t)length);
  rewrite(copy, packet, viewer);
  if (s->protect(viewer->outlet->context, copy, &length)) {
    s->totals.unprotected++;
    return;
  }
  viewer->packets++;
  viewer->octets += (uint64_t)packet->octets;
  put(s, (size_t)length, viewer->outlet);
}

/* ---- what the back end calls */

void fanout_flush(fanout_sender *s) {
  for (int i = 0; i < s->accepted; i++) {
    if (s->queue[i].done) continue;
    fanout_fan *fan = s->queue[i].fan;
    for (int v = 0; v < fan->count; v++) {              /* a viewer's packets of this wake-up stand together */
      fanout_viewer *viewer = fan->viewers[v];
      if (!viewer->outlet->context) continue;
      for (int p = i; p < s->accepted; p++)
        if (s->queue[p].fan == fan && s->queue[p].sequence >= viewer->first) copy_to(s, &s->queue[p], viewer);
    }
    for (int p = i; p < s->accepted; p++) s->queue[p].done |= s->queue[p].fan == fan;
  }
  s->accepted = 0;
  if (s->messages) push_out(s);
}

void fanout_accept(fanout_sender *s, fanout_fan *fan, const uint8_t *packet, int length, int64_t sequence, int payload_at, int picture_at,
                   int picture_bits, int tl0_at) {
  if (length > LONGEST) {
    s->totals.oversized++;
    return;
  }
  if (s->accepted == ACCEPTED) fanout_flush(s);
  accepted *to = &s->queue[s->accepted++];
  to->fan = fan;
  to->sequence = sequence;
  to->length = length;
  to->octets = length - payload_at;
  to->picture_at = picture_at ? payload_at + picture_at : 0;
  to->picture_bits = picture_bits;
  to->tl0_at = tl0_at ? payload_at + tl0_at : 0;
  to->done = 0;
  memcpy(to->bytes, packet, (size_t)length);
}
