/* Ten thousand readers of /live on one thread: opens websockets, follows a topic, and measures the tallies that arrive.
 *
 * fanout_load PORT CONNECTIONS SLEEPERS
 *
 * Prints one JSON line when all connections follow. Then takes lines from stdin:
 *   sleep            the first SLEEPERS connections stop reading for good
 *   window SECONDS   measure; prints one JSON line: messages, bytes, latency, closed connections
 * Latency is the time of arrival less the tally's "version", which is CLOCK_MONOTONIC in ns on the same machine.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CLOSED, CONNECTING, UPGRADING, GREETING, FOLLOWING };
#define AT_ONCE 256      /* connections being opened at one time */
#define LARGEST (1 << 18)
#define MOST_LATENCIES 20000000

typedef struct { int fd, state, held; char *rest; } Reader;

static int port, count, sleepers, sleeping, epoll, following, opened;
static Reader *readers;
static uint64_t messages, bytes, lost;
static uint32_t *latencies;
static size_t measured;
static int measuring;
static char buffer[LARGEST + 1];

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void give_up(const char *why) { perror(why); exit(1); }

static void write_all(Reader *r, const void *data, size_t size) {
    if (write(r->fd, data, size) != (ssize_t)size) give_up("write");
}

/* A client's frame, masked with zeros: the server must unmask it all the same. */
static void write_text(Reader *r, const char *text) {
    char frame[256] = {(char)0x81};
    size_t size = strlen(text), head = 6;
    frame[1] = (char)(0x80 | size);
    memcpy(frame + head, text, size);
    write_all(r, frame, head + size);
}

static void open_reader(int n) {
    Reader *r = &readers[n];
    struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET, .sin_port = htons(port)};
    int one = 1, small = 4096;
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + n % 4); /* one address has too few ports */
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if ((r->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) < 0) give_up("socket");
    setsockopt(r->fd, SOL_IP, 24 /* IP_BIND_ADDRESS_NO_PORT */, &one, sizeof one);
    if (n < sleepers) setsockopt(r->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    if (bind(r->fd, (void *)&from, sizeof from)) give_up("bind");
    if (connect(r->fd, (void *)&to, sizeof to) && errno != EINPROGRESS) give_up("connect");
    r->state = CONNECTING;
    struct epoll_event e = {.events = EPOLLOUT, .data.u32 = n};
    epoll_ctl(epoll, EPOLL_CTL_ADD, r->fd, &e);
}

static void connected(int n) {
    Reader *r = &readers[n];
    char head[512];
    int failed = 0;
    socklen_t size = sizeof failed;
    getsockopt(r->fd, SOL_SOCKET, SO_ERROR, &failed, &size);
    if (failed) { errno = failed; give_up("connect"); }
    int length = snprintf(head, sizeof head,
                          "GET /live HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nOrigin: http://127.0.0.1:%d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", port, port);
    struct epoll_event e = {.events = EPOLLIN, .data.u32 = n};
    epoll_ctl(epoll, EPOLL_CTL_MOD, r->fd, &e);
    write_all(r, head, length);
    r->state = UPGRADING;
}

static void take_text(Reader *r, const char *text, size_t size) {
    if (r->state == GREETING) {
        if (memmem(text, size, "\"passed\"", 8)) { r->state = FOLLOWING; following++; }
        return;
    }
    if (!measuring) return;
    const char *version = memmem(text, size, "\"version\":", 10);
    if (!version) return;
    messages++;
    bytes += size;
    uint64_t sent = strtoull(version + 10, 0, 10), arrived = now_ns();
    if (measured < MOST_LATENCIES) latencies[measured++] = (uint32_t)((arrived - sent) / 1000);
}

/* Take whole frames from data and return how many bytes they were. */
static size_t take_frames(Reader *r, char *data, size_t size) {
    size_t at = 0;
    while (size - at >= 2) {
        unsigned char *p = (unsigned char *)data + at;
        size_t head = 2, length = p[1] & 127;
        if (length == 126) {
            if (size - at < 4) break;
            length = p[2] << 8 | p[3];
            head = 4;
        } else if (length == 127) {
            if (size - at < 10) break;
            length = 0;
            for (int k = 0; k < 8; k++) length = length << 8 | p[2 + k];
            head = 10;
        }
        if (size - at < head + length) break;
        int opcode = p[0] & 15;
        if (opcode == 1) take_text(r, (char *)p + head, length);
        if (opcode == 9) write_all(r, "\x8a\x80\0\0\0\0", 6);
        at += head + length;
    }
    return at;
}

static void readable(int n) {
    Reader *r = &readers[n];
    if (sleeping && n < sleepers) {
        struct epoll_event e = {.events = 0, .data.u32 = n};
        epoll_ctl(epoll, EPOLL_CTL_MOD, r->fd, &e);
        return;
    }
    if (r->held) memcpy(buffer, r->rest, r->held);
    ssize_t got = read(r->fd, buffer + r->held, LARGEST - r->held);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        lost++;
        close(r->fd);
        r->state = CLOSED;
        return;
    }
    size_t size = r->held + got, taken = 0;
    buffer[size] = 0;
    if (r->state == UPGRADING) {
        char *end = strstr(buffer, "\r\n\r\n");
        if (!end) { fprintf(stderr, "half an answer\n"); exit(1); }
        if (memcmp(buffer, "HTTP/1.1 101", 12)) { fprintf(stderr, "%.200s\n", buffer); exit(1); }
        taken = end + 4 - buffer;
        r->state = GREETING;
        write_text(r, "{\"type\":\"hello\",\"ticket\":\"benchmark\",\"version\":1}");
        write_text(r, "{\"type\":\"follow\",\"topic\":\"consultation/1\",\"after\":0}");
    }
    taken += take_frames(r, buffer + taken, size - taken);
    r->held = (int)(size - taken);
    if (r->held) {
        r->rest = realloc(r->rest, r->held);
        memcpy(r->rest, buffer + taken, r->held);
    }
}

static void turn(int wait_ms) {
    static struct epoll_event events[1024];
    int ready = epoll_wait(epoll, events, 1024, wait_ms);
    for (int k = 0; k < ready; k++) {
        int n = events[k].data.u32;
        if (readers[n].state == CONNECTING) connected(n);
        else if (readers[n].state != CLOSED) readable(n);
    }
}

static int ascending(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static double quantile_ms(double part) {
    return measured ? latencies[(size_t)((measured - 1) * part)] / 1000.0 : 0;
}

static void window(double seconds) {
    uint64_t end = now_ns() + (uint64_t)(seconds * 1e9);
    messages = bytes = measured = 0;
    measuring = 1;
    while (now_ns() < end) turn(20);
    measuring = 0;
    qsort(latencies, measured, sizeof *latencies, ascending);
    printf("{\"messages\":%lu,\"bytes\":%lu,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f,\"lost\":%lu}\n", messages, bytes,
           quantile_ms(.5), quantile_ms(.99), quantile_ms(1), lost);
}

int main(int argc, char **argv) {
    if (argc != 4) { fprintf(stderr, "usage: fanout_load PORT CONNECTIONS SLEEPERS\n"); return 2; }
    port = atoi(argv[1]);
    count = atoi(argv[2]);
    sleepers = atoi(argv[3]);
    setvbuf(stdout, 0, _IOLBF, 0);
    epoll = epoll_create1(0);
    readers = calloc(count, sizeof *readers);
    latencies = malloc(MOST_LATENCIES * sizeof *latencies);
    uint64_t start = now_ns();
    while (following < count) {
        while (opened < count && opened - following < AT_ONCE) open_reader(opened++);
        turn(20);
        if (lost) { fprintf(stderr, "the server closed a connection\n"); return 1; }
        if (now_ns() - start > 120000000000ull) { fprintf(stderr, "only %d connections follow\n", following); return 1; }
    }
    printf("{\"connections\":%d,\"seconds\":%.2f}\n", count, (now_ns() - start) / 1e9);
    struct epoll_event e = {.events = EPOLLIN, .data.u32 = count};
    int in = epoll_create1(0);
    epoll_ctl(in, EPOLL_CTL_ADD, 0, &e);
    for (;;) { /* between windows go on reading and answering pings */
        char line[64];
        double seconds;
        turn(20);
        if (epoll_wait(in, &e, 1, 0) <= 0) continue;
        ssize_t got = read(0, line, sizeof line - 1);
        if (got <= 0) return 0;
        line[got] = 0;
        if (!strncmp(line, "sleep", 5)) { sleeping = 1; printf("{}\n"); }
        else if (sscanf(line, "window %lf", &seconds) == 1) window(seconds);
    }
}
