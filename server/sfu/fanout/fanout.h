/* Shared by fanout.c and, word for word, by compiled.py: only declarations that cffi reads. */

typedef int (*fanout_protect)(void *context, void *packet, int *length);

typedef struct {
  void *context;                /* srtp_t; NULL: not connected */
  uint8_t address[28];          /* struct sockaddr_in or sockaddr_in6 */
  uint32_t address_length;
} fanout_outlet;

typedef struct {
  fanout_outlet *outlet;
  int64_t first;
  uint64_t packets, octets;
  uint32_t ssrc, timestamp_offset;
  uint16_t sequence_offset, picture_offset;
  uint8_t tl0_offset, payload_type;
} fanout_viewer;

typedef struct {
  fanout_viewer **viewers;
  int count;
} fanout_fan;

typedef struct {
  uint64_t sent, refused, unprotected, oversized, calls;
} fanout_totals;

typedef struct fanout_sender fanout_sender;

fanout_sender *fanout_open(int fd, fanout_protect protect, int segmenting);
void fanout_close(fanout_sender *sender);
const fanout_totals *fanout_counted(const fanout_sender *sender);
void fanout_accept(fanout_sender *sender, fanout_fan *fan, const uint8_t *packet, int length, int64_t sequence, int payload_at,
                   int picture_at, int picture_bits, int tl0_at);
void fanout_flush(fanout_sender *sender);
