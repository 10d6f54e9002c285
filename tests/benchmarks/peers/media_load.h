/* What media_load.c and media_load.py tell each other: only declarations that cffi reads. */

#define LOAD_SEEN 65536
#define LOAD_MISSING 512
#define LOAD_BUCKETS 10000
#define LOAD_RING 4096

typedef int (*load_srtp)(void *context, void *packet, int *length);

typedef struct { uint16_t sequence; int tries; uint64_t due_ns; } load_missing;

typedef struct { uint32_t number; uint64_t at_ns; uint8_t first, last; uint16_t picture; uint32_t timestamp; uint8_t key; } load_kept;

typedef struct {
  int fd;
  void *rx;
  void *tx;
  uint8_t to[28];
  uint32_t to_length;
  uint32_t rtx_ssrc, dice, ssrc;
  uint64_t received, repaired, repeated, stale, asked, undecrypted;
  uint64_t report_due_ns, sender_report_ns;
  uint32_t sender_report;
  uint16_t newest, cycles;
  int begun, missing;
  load_missing miss[LOAD_MISSING];
  uint32_t seen[LOAD_SEEN];
} load_viewer;

typedef struct {
  load_srtp protect, unprotect, protect_rtcp, unprotect_rtcp;
  int fd;
  void *rx;
  void *tx;
  uint8_t to[28];
  uint32_t to_length;
  int payload_type, rtx_payload_type, mid_id, transport_id, mid;
  uint32_t ssrc, rtx_ssrc;
  double rate, seconds;
  int burst_us, payload, loss_per_million, viewers;
  load_viewer *viewer;
  uint32_t number, first, timestamp, dice;
  uint16_t picture, transport_sequence, rtx_sequence;
  volatile int key_wanted, finished;
  volatile uint64_t heard_ns;
  uint64_t sent, errors, pictures_asked, feedbacks, asked_of_publisher;
  uint64_t delays[LOAD_BUCKETS];
  load_kept ring[LOAD_RING];
} load;

int load_run(load *l);
