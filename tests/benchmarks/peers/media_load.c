/* One publisher and many viewers of its picture: sends RTP at a given rate, receives every copy, and measures what became of it.

   The sockets, handshakes and keys are those of tests/peers/media.py; this takes them over for a while. Every packet carries its number
   and the time at which it was sent, and every copy is opened with its viewer's key. With `loss`, both ends lose that share of packets
   and repair them by NACK and RTX (RFC 4585, RFC 4588), as a browser does. */

#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "media_load.h"

#define LONGEST 2048
#define BATCH 64
#define BUCKET_NS 10000         /* of the histogram of delays */
#define ASK_AFTER_NS 10000000
#define ASK_AGAIN_NS 60000000
#define GIVE_UP 10
#define SECOND_NS 1000000000ull
#define QUIET_NS 200000000ull   /* without a packet for any viewer: all have come that will */
#define PATIENCE_NS (5 * SECOND_NS)

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec;
}

static uint16_t read16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }
static uint32_t read32(const uint8_t *p) { return (uint32_t)read16(p) << 16 | read16(p + 2); }
static void write16(uint8_t *p, uint16_t v) { p[0] = (uint8_t)(v >> 8); p[1] = (uint8_t)v; }
static void write32(uint8_t *p, uint32_t v) { write16(p, (uint16_t)(v >> 16)); write16(p + 2, (uint16_t)v); }

static int lost(load *l, uint32_t *state) {
  *state = *state * 1664525u + 1013904223u;
  return l->loss_per_million && (*state >> 8) % 1000000u < (uint32_t)l->loss_per_million;
}

static void send_rtp(load *l, uint8_t *packet, int length) {
  if (l->protect(l->tx, packet, &length)) { l->errors++; return; }
  if (lost(l, &l->dice)) return;
  if (sendto(l->fd, packet, (size_t)length, 0, (const struct sockaddr *)l->to, l->to_length) < 0) l->errors++;
}

static void send_rtcp(load *l, int fd, void *tx, const uint8_t *to, uint32_t to_length, const uint8_t *report, int length) {
  uint8_t copy[LONGEST];
  memcpy(copy, report, (size_t)length);
  if (l->protect_rtcp(tx, copy, &length)) { l->errors++; return; }
  if (sendto(fd, copy, (size_t)length, 0, (const struct sockaddr *)to, to_length) < 0) l->errors++;
}

/* ---- the publisher */

static int write_packet(load *l, uint8_t *p, const load_kept *k, int again) {
  int at = 12;
  p[0] = 0x90;
  p[1] = (uint8_t)((k->last << 7) | (again ? l->rtx_payload_type : l->payload_type));
  write16(p + 2, again ? l->rtx_sequence++ : (uint16_t)k->number);
  write32(p + 4, k->timestamp);
  write32(p + 8, again ? l->rtx_ssrc : l->ssrc);
  write16(p + at, 0xBEDE);
  write16(p + at + 2, 2);
  at += 4;
  p[at] = (uint8_t)(l->mid_id << 4);
  p[at + 1] = (uint8_t)l->mid;
  p[at + 2] = (uint8_t)(l->transport_id << 4 | 1);
  write16(p + at + 3, l->transport_sequence++);
  p[at + 5] = p[at + 6] = p[at + 7] = 0;
  at += 8;
  if (again) { write16(p + at, (uint16_t)k->number); at += 2; }
  p[at] = (uint8_t)(0x80 | (k->first << 4));
  p[at + 1] = 0x80;
  write16(p + at + 2, (uint16_t)(0x8000 | k->picture));
  p[at + 4] = k->first && k->key ? 0x10 : 0x11;
  write32(p + at + 5, k->number);
  memcpy(p + at + 9, &k->at_ns, 8);
  memset(p + at + 17, 0x5A, (size_t)(l->payload - 17));
  return at + l->payload;
}

static void hear_publisher(load *l) {
  uint8_t p[LONGEST], packet[LONGEST];
  for (;;) {
    int length = (int)recv(l->fd, p, sizeof p, MSG_DONTWAIT);
    if (length < 12) return;
    if (p[0] < 128 || p[0] > 191 || p[1] < 192 || p[1] > 223 || l->unprotect_rtcp(l->rx, p, &length)) continue;
    for (int at = 0; at + 12 <= length;) {
      int size = 4 * (read16(p + at + 2) + 1), form = p[at] & 31;
      if (p[at + 1] == 206 && (form == 1 || form == 4)) { l->pictures_asked++; l->key_wanted = 1; }
      if (p[at + 1] == 205 && form == 15) l->feedbacks++;
      if (p[at + 1] == 205 && form == 1)
        for (int n = at + 12; n + 4 <= at + size && n + 4 <= length; n += 4)
          for (int bit = 0; bit <= 16; bit++) {
            if (bit && !(read16(p + n + 2) >> (bit - 1) & 1)) continue;
            uint16_t sequence = (uint16_t)(read16(p + n) + bit);
            const load_kept *k = &l->ring[sequence % LOAD_RING];
            l->asked_of_publisher++;
            if ((uint16_t)k->number == sequence) send_rtp(l, packet, write_packet(l, packet, k, 1));
          }
      at += size;
    }
  }
}

static void *publish(void *argument) {
  load *l = argument;
  uint8_t packet[LONGEST];
  uint64_t start = now_ns(), report = start;
  double due = 0;
  for (uint64_t burst = 0;; burst++) {
    uint64_t at = start + burst * (uint64_t)l->burst_us * 1000;
    if (at >= start + (uint64_t)(l->seconds * 1e9)) break;
    for (uint64_t now = now_ns(); now < at; now = now_ns()) {
      struct timespec wait = {0, (long)(at - now)};
      struct pollfd heard = {l->fd, POLLIN, 0};
      if (ppoll(&heard, 1, &wait, NULL) > 0) hear_publisher(l);
    }
    due += l->rate * l->burst_us / 1e6;
    int count = (int)due;
    due -= count;
    int key = l->key_wanted;
    if (count) l->key_wanted = 0;
    for (int i = 0; i < count; i++) {
      load_kept *k = &l->ring[l->number % LOAD_RING];
      *k = (load_kept){l->number, now_ns(), i == 0, i == count - 1, l->picture, l->timestamp, (uint8_t)key};
      l->number++;
      l->sent++;
      send_rtp(l, packet, write_packet(l, packet, k, 0));
    }
    l->picture = (l->picture + 1) & 0x7FFF;
    l->timestamp += (uint32_t)(l->burst_us * 9 / 100);
    if (now_ns() >= report) {
      uint8_t sr[28] = {0x80, 200, 0, 6};
      report += SECOND_NS;
      write32(sr + 4, l->ssrc);
      write32(sr + 8, (uint32_t)(now_ns() / SECOND_NS));
      write32(sr + 12, (uint32_t)((now_ns() % SECOND_NS) * 4294967296.0 / 1e9));
      write32(sr + 16, l->timestamp);
      write32(sr + 20, l->number);
      send_rtcp(l, l->fd, l->tx, l->to, l->to_length, sr, sizeof sr);
    }
  }
  uint64_t end = now_ns() + SECOND_NS / 2;        /* what is still asked for, and what still waits to be read */
  for (uint64_t now = now_ns(); now < end || (now < l->heard_ns + QUIET_NS && now < end + PATIENCE_NS); now = now_ns()) {
    struct pollfd heard = {l->fd, POLLIN, 0};
    if (poll(&heard, 1, 20) > 0) hear_publisher(l);
  }
  l->finished = 1;
  return NULL;
}

/* ---- the viewers */

static void count(load *l, load_viewer *v, const uint8_t *p, int length, int at, int again, uint64_t now) {
  if (at + 17 > length) return;
  uint32_t number = read32(p + at + 5);
  uint64_t sent;
  memcpy(&sent, p + at + 9, 8);
  l->heard_ns = now;
  if ((int32_t)(number - l->first) < 0) { v->stale++; return; }         /* of an earlier run */
  if (v->seen[number % LOAD_SEEN] == number + 1) { v->repeated++; return; }
  v->seen[number % LOAD_SEEN] = number + 1;
  v->received++;
  if (again) { v->repaired++; return; }
  uint64_t bucket = (now - sent) / BUCKET_NS;
  l->delays[bucket < LOAD_BUCKETS ? bucket : LOAD_BUCKETS - 1]++;
}

static void forget(load_viewer *v, uint16_t sequence) {
  for (int i = 0; i < v->missing; i++)
    if (v->miss[i].sequence == sequence) { v->miss[i] = v->miss[--v->missing]; return; }
}

static void take(load *l, load_viewer *v, uint8_t *p, int length, uint64_t now) {
  if (length < 12 || p[0] < 128 || p[0] > 191) return;
  if (p[1] > 191 && p[1] < 224) {
    if (p[1] == 200 && !l->unprotect_rtcp(v->rx, p, &length) && length >= 28 && read32(p + 4) == v->ssrc) {
      v->sender_report = read32(p + 10);
      v->sender_report_ns = now;
    }
    return;
  }
  if (l->unprotect(v->rx, p, &length)) { v->undecrypted++; return; }
  int at = 12 + 4 * (p[0] & 15), again = read32(p + 8) == v->rtx_ssrc;
  if (p[0] & 0x10) at += 4 + 4 * read16(p + at + 2);
  if (at + 8 > length) return;
  if (!again && lost(l, &v->dice)) return;
  if (again) {
    forget(v, read16(p + at));
    count(l, v, p, length, at + 2, 1, now);
    return;
  }
  uint16_t sequence = read16(p + 2);
  v->ssrc = read32(p + 8);
  int16_t ahead = (int16_t)(sequence - v->newest);
  if (!v->begun || ahead > 500 || ahead < -500) { v->begun = 1; v->newest = sequence; v->missing = 0; }
  else if (ahead > 0) {
    for (uint16_t gap = (uint16_t)(v->newest + 1); gap != sequence && v->missing < LOAD_MISSING; gap++)
      v->miss[v->missing++] = (load_missing){gap, 0, now + ASK_AFTER_NS};
    v->cycles += sequence < v->newest;
    v->newest = sequence;
  } else forget(v, sequence);
  count(l, v, p, length, at, 0, now);
}

/* A report each second, and one with whatever is asked for. Janus keeps nothing to send again before it knows the round trip, which
   needs the time of its sender report, and finds the stream that something is asked of by the report's block. */
static void report(load *l, load_viewer *v, uint64_t now) {
  uint8_t compound[LONGEST] = {0x81, 201, 0, 7}, *nack = compound + 32;
  int size = 12;
  for (int i = 0; i < v->missing && size < 1000; i++) {
    load_missing *m = &v->miss[i];
    if (m->due_ns > now) continue;
    if (m->tries++ >= GIVE_UP) { v->miss[i--] = v->miss[--v->missing]; continue; }
    m->due_ns = now + ASK_AGAIN_NS;
    write16(nack + size, m->sequence);
    write16(nack + size + 2, 0);
    size += 4;
    v->asked++;
  }
  if (!v->begun || (size == 12 && now < v->report_due_ns)) return;
  v->report_due_ns = now + SECOND_NS;
  write32(compound + 4, 1);
  write32(compound + 8, v->ssrc);
  write16(compound + 16, v->cycles);
  write16(compound + 18, v->newest);
  write32(compound + 24, v->sender_report);
  if (v->sender_report) write32(compound + 28, (uint32_t)((now - v->sender_report_ns) * 65536 / SECOND_NS));
  nack[0] = 0x81;
  nack[1] = 205;
  write16(nack + 2, (uint16_t)(size / 4 - 1));
  write32(nack + 4, 1);
  write32(nack + 8, v->ssrc);
  send_rtcp(l, v->fd, v->tx, v->to, v->to_length, compound, size > 12 ? 32 + size : 32);
}

static void *watch(void *argument) {
  static uint8_t slab[BATCH][LONGEST];
  load *l = argument;
  struct mmsghdr message[BATCH] = {0};
  struct iovec part[BATCH];
  struct epoll_event event, events[64];
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  for (int i = 0; i < BATCH; i++) {
    part[i] = (struct iovec){slab[i], LONGEST};
    message[i].msg_hdr.msg_iov = &part[i];
    message[i].msg_hdr.msg_iovlen = 1;
  }
  for (int v = 0; v < l->viewers; v++) {
    event = (struct epoll_event){.events = EPOLLIN, .data.u32 = (uint32_t)v};
    epoll_ctl(epoll, EPOLL_CTL_ADD, l->viewer[v].fd, &event);
  }
  for (uint64_t chores = now_ns(); !l->finished;) {
    int ready = epoll_wait(epoll, events, 64, 5);
    for (int i = 0; i < ready; i++) {
      load_viewer *v = &l->viewer[events[i].data.u32];
      for (int got = BATCH; got == BATCH;) {
        got = recvmmsg(v->fd, message, BATCH, MSG_DONTWAIT, NULL);
        uint64_t now = now_ns();
        for (int m = 0; m < got; m++) take(l, v, slab[m], (int)message[m].msg_len, now);
      }
    }
    uint64_t now = now_ns();
    if (now < chores) continue;
    chores = now + SECOND_NS / 100;
    for (int i = 0; i < l->viewers; i++) report(l, &l->viewer[i], now);
  }
  close(epoll);
  return NULL;
}

int load_run(load *l) {
  pthread_t publisher, viewers;
  l->finished = 0;
  l->first = l->number;
  l->heard_ns = 0;
  for (int v = 0; v < l->viewers; v++) l->viewer[v].begun = l->viewer[v].missing = 0;
  if (pthread_create(&viewers, NULL, watch, l)) return -1;
  if (pthread_create(&publisher, NULL, publish, l)) return -1;
  pthread_join(publisher, NULL);
  pthread_join(viewers, NULL);
  return 0;
}
