/* Many voters, each at a websocket of its own, in one thread: every answer to a vote is followed by the next vote (a closed loop).
 *
 *   vote_load PORT TOPIC WARMUP_S MEASURED_S QUESTION,QUESTION,...   < one line "COOKIE TICKET" for each voter
 *
 * Each says hello with its ticket, follows the topic, and answers pings. A vote goes to the next question, with another choice than
 * at its last turn, so that every vote changes a row. Latency is from write to the answer with the vote's own id. Prints the line
 * "measuring" when the warm-up is over and, at the end, one line of JSON. Meant for loopback and little-endian machines. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTING, UPGRADING, GREETING, FOLLOWING, READY, CLOSED };
enum { GREETED_AT_ONCE = 64, LARGEST = 1 << 20, MOST_QUESTIONS = 1024, MOST_SECONDS = 4096 };

typedef struct {
    int fd, state;
    uint32_t turn;      /* votes sent */
    uint64_t sent_at;   /* ns; 0: nothing waits for an answer */
    char id[37];        /* of the vote that waits */
    uint8_t mask[4];
    char *cookie, *ticket;
    char *rest;         /* an incomplete frame, between two reads */
    size_t held;
} Voter;

static Voter *voters;
static int count, poller, next, ready, greeting, closed, port, choices = 3, questions;
static const char *topic;
static char *question[MOST_QUESTIONS];
static uint64_t votes, answers, refused, strange, tallies, tally_bytes, events;
static int voting, measuring;
static uint64_t began;  /* of the measured time, ns */
static uint32_t *latency;  /* µs */
static size_t latencies, room;
static uint32_t by_second[MOST_SECONDS];
static char buffer[LARGEST + 16];

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void fail(const char *what) {
    fprintf(stderr, "vote_load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void send_frame(Voter *v, int opcode, const char *payload, size_t size) {
    uint8_t frame[1024];
    size_t head = 2;
    if (size > sizeof frame - 8) fail("message too long");
    frame[0] = 0x80 | opcode;
    if (size < 126) {
        frame[1] = 0x80 | size;
    } else {
        frame[1] = 0x80 | 126;
        frame[2] = size >> 8;
        frame[3] = size & 255;
        head = 4;
    }
    memcpy(frame + head, v->mask, 4);
    for (size_t i = 0; i < size; i++) frame[head + 4 + i] = payload[i] ^ v->mask[i & 3];
    if (write(v->fd, frame, head + 4 + size) != (ssize_t)(head + 4 + size)) fail("write");
}

static void vote(Voter *v) {
    char text[256];
    uint32_t number = v - voters, at = v->turn + number;
    sprintf(v->id, "%08x-0000-4000-8000-%04x%08x", v->turn, number >> 16, number);
    int size = snprintf(text, sizeof text, "{\"type\":\"vote\",\"id\":\"%s\",\"question\":%s,\"choice\":%u}", v->id, question[at % questions],
                        (at / questions + number) % choices);
    v->turn++;
    v->sent_at = now();
    votes++;
    send_frame(v, 1, text, size);
}

static void answered(Voter *v, const char *text, size_t size, uint64_t moment) {
    static const char before[] = "{\"type\":\"done\",\"id\":\"";
    size_t at = sizeof before - 1;
    if (!v->sent_at || size < at + 36 || memcmp(text + at, v->id, 36)) {
        strange++;
        return;
    }
    answers++;
    if (measuring) {
        uint64_t second = (moment - began) / 1000000000ull;
        if (second < MOST_SECONDS) by_second[second]++;
        if (latencies == room && !(latency = realloc(latency, (room = 2 * room + 65536) * sizeof *latency))) fail("memory");
        latency[latencies++] = (moment - v->sent_at) / 1000;
    }
    v->sent_at = 0;
    if (voting) vote(v);
}

static int begins(const char *text, size_t size, const char *with) { return size >= strlen(with) && !memcmp(text, with, strlen(with)); }

static void heard(Voter *v, const char *text, size_t size) {
    char message[1024];
    if (begins(text, size, "{\"type\":\"done\"")) {
        answered(v, text, size, now());
    } else if (begins(text, size, "{\"type\":\"tally\"")) {
        if (measuring) tallies++, tally_bytes += size;
    } else if (begins(text, size, "{\"type\":\"welcome\"")) {
        int length = snprintf(message, sizeof message, "{\"type\":\"follow\",\"topic\":\"%s\",\"after\":0}", topic);
        send_frame(v, 1, message, length);
        v->state = FOLLOWING;
        greeting--;
    } else if (begins(text, size, "{\"type\":\"refused\"")) {
        if (!refused++) fprintf(stderr, "vote_load: %.*s\n", (int)(size < 300 ? size : 300), text);
        v->sent_at = 0;
        if (voting) vote(v);
    } else {
        events++;
        if (v->state == FOLLOWING) v->state = READY, ready++;
    }
}

static void shut(Voter *v) {
    close(v->fd);
    if (v->state < FOLLOWING) greeting--;
    v->state = CLOSED;
    closed++;
}

static void upgraded(Voter *v) {
    char message[1024];
    int size = snprintf(message, sizeof message, "{\"type\":\"hello\",\"ticket\":\"%s\",\"version\":1}", v->ticket);
    send_frame(v, 1, message, size);
    v->state = GREETING;
}

static void read_from(Voter *v) {
    for (;;) {
        size_t size = v->held, at = 0;
        if (size) memcpy(buffer, v->rest, size);
        ssize_t came = read(v->fd, buffer + size, LARGEST - size);
        if (came < 0 && errno == EAGAIN) return;
        if (came <= 0) {
            shut(v);
            return;
        }
        int full = (size_t)came == LARGEST - size;
        size += came;
        if (v->state == UPGRADING) {
            buffer[size] = 0;
            char *end = strstr(buffer, "\r\n\r\n");
            if (end) {
                if (!begins(buffer, size, "HTTP/1.1 101")) {
                    fprintf(stderr, "vote_load: %.200s\n", buffer);
                    exit(1);
                }
                at = end + 4 - buffer;
                upgraded(v);
            } else {
                at = size + 1;  /* wait for the whole head */
            }
        }
        while (at <= size && size - at >= 2) {
            uint8_t *p = (uint8_t *)buffer + at;
            size_t head = 2, length = p[1] & 127;
            if (length == 126) {
                if (size - at < 4) break;
                length = p[2] << 8 | p[3];
                head = 4;
            } else if (length == 127) {
                if (size - at < 10) break;
                length = 0;
                for (int i = 2; i < 10; i++) length = length << 8 | p[i];
                head = 10;
            }
            if (size - at < head + length) break;
            int opcode = p[0] & 15;
            if (opcode == 1) heard(v, (char *)p + head, length);
            else if (opcode == 9) send_frame(v, 10, (char *)p + head, length);
            else if (opcode == 8) {
                fprintf(stderr, "vote_load: closed with %d %.*s\n", p[head] << 8 | p[head + 1], (int)length - 2, p + head + 2);
                shut(v);
                return;
            }
            at += head + length;
        }
        if (at > size) at = 0;
        v->held = size - at;
        if (v->held) {
            if (!(v->rest = realloc(v->rest, v->held))) fail("memory");
            memcpy(v->rest, buffer + at, v->held);
        }
        if (!full) return;
    }
}

static void come(Voter *v) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    struct epoll_event event = {.events = EPOLLOUT, .data.u32 = v - voters};
    if ((v->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) < 0) fail("socket");
    setsockopt(v->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(v->fd, (void *)&address, sizeof address) && errno != EINPROGRESS) fail("connect");
    if (epoll_ctl(poller, EPOLL_CTL_ADD, v->fd, &event)) fail("epoll_ctl");
    v->state = CONNECTING;
    greeting++;
}

static void connected(Voter *v) {
    char head[1024];
    int error = 0;
    socklen_t length = sizeof error;
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = v - voters};
    getsockopt(v->fd, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error) {
        errno = error;
        fail("connect");
    }
    epoll_ctl(poller, EPOLL_CTL_MOD, v->fd, &event);
    int size = snprintf(head, sizeof head,
                        "GET /live HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nOrigin: http://127.0.0.1:%d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: %s\r\n\r\n",
                        port, port, v->cookie);
    if (write(v->fd, head, size) != size) fail("write");
    v->state = UPGRADING;
}

static void turn(int wait_ms) {
    static struct epoll_event found[1024];
    int many = epoll_wait(poller, found, 1024, wait_ms);
    for (int i = 0; i < many; i++) {
        Voter *v = &voters[found[i].data.u32];
        if (v->state == CONNECTING) connected(v);
        else if (v->state != CLOSED) read_from(v);
    }
}

static void run_until(uint64_t end) {
    while (now() < end) turn(10);
}

static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static double quantile_ms(double share) { return latencies ? latency[(size_t)(share * (latencies - 1))] / 1000.0 : 0; }

static double cpu_s(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

int main(int arguments, char **argument) {
    if (arguments != 6) fail("usage: vote_load PORT TOPIC WARMUP_S MEASURED_S QUESTIONS");
    port = atoi(argument[1]);
    topic = argument[2];
    double warmup_s = atof(argument[3]), measured_s = atof(argument[4]);
    for (char *part = strtok(argument[5], ","); part && questions < MOST_QUESTIONS; part = strtok(NULL, ",")) question[questions++] = part;
    char cookie[512], ticket[512];
    while (scanf("%511s %511s", cookie, ticket) == 2) {
        if (!(voters = realloc(voters, (count + 1) * sizeof *voters))) fail("memory");
        voters[count] = (Voter){.cookie = strdup(cookie), .ticket = strdup(ticket)};
        for (int i = 0; i < 4; i++) voters[count].mask[i] = rand();
        count++;
    }
    poller = epoll_create1(0);

    uint64_t start = now();
    while (ready < count && !closed && now() - start < 120000000000ull) {
        while (next < count && greeting < GREETED_AT_ONCE) come(&voters[next++]);
        turn(10);
    }
    double connect_s = (now() - start) / 1e9;
    if (ready < count) fail("not everybody came in");

    voting = 1;
    for (int i = 0; i < count; i++) vote(&voters[i]);
    run_until(now() + (uint64_t)(warmup_s * 1e9));
    printf("measuring\n");
    fflush(stdout);
    double cpu_before = cpu_s();
    began = now();
    measuring = 1;
    run_until(began + (uint64_t)(measured_s * 1e9));
    measuring = 0;
    double took_s = (now() - began) / 1e9, cpu = cpu_s() - cpu_before;
    voting = 0;
    for (uint64_t end = now() + 20000000000ull; answers + refused < votes && now() < end;) turn(10);  /* the last answers */

    qsort(latency, latencies, sizeof *latency, by_size);
    printf("{\"voters\":%d,\"connect_s\":%.2f,\"seconds\":%.3f,\"votes\":%zu,\"votes_per_s\":%.0f,\"p50_ms\":%.2f,\"p90_ms\":%.2f,\"p99_ms\":%.2f,"
           "\"max_ms\":%.2f,\"refused\":%lu,\"strange\":%lu,\"closed\":%d,\"tallies\":%lu,\"tally_bytes\":%lu,\"load_cpu_s\":%.2f,\"asked_ever\":%lu,"
           "\"answered_ever\":%lu,\"by_second\":[",
           count, connect_s, took_s, latencies, latencies / took_s, quantile_ms(.5), quantile_ms(.9), quantile_ms(.99), quantile_ms(1), refused,
           strange, closed, tallies, tally_bytes, cpu, votes, answers);
    for (int i = 0; i < (int)measured_s && i < MOST_SECONDS; i++) printf("%s%u", i ? "," : "", by_second[i]);
    printf("]}\n");
    return 0;
}
