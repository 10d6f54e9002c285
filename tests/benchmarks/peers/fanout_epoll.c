/* The floor: accepts websockets, answers the upgrade, and writes one finished frame to each with send(). Nothing else.
 *
 * fanout_epoll            prints "ready PORT"; takes lines "tell RATE SECONDS" from stdin and prints "told" after each
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST 30000
#define PAYLOAD 300
static int clients[MOST], count;
static const char upgrade[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
static const char passed[] = "\x81\x2d{\"type\":\"passed\",\"topic\":\"consultation/1\"   }";

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void tell_once(void) {
    char frame[4 + PAYLOAD + 1] = {(char)0x81, 126, PAYLOAD >> 8, PAYLOAD & 255};
    int size = snprintf(frame + 4, PAYLOAD, "{\"type\":\"tally\",\"topic\":\"consultation/1\",\"version\":%lu,\"totals\":\"", (unsigned long)now_ns());
    memset(frame + 4 + size, 'x', PAYLOAD - size);
    memcpy(frame + 4 + PAYLOAD - 2, "\"}", 2);
    for (int k = 0; k < count; k++) send(clients[k], frame, 4 + PAYLOAD, MSG_NOSIGNAL | MSG_DONTWAIT);
}

int main(void) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), epoll = epoll_create1(0), one = 1;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    bind(listener, (void *)&at, sizeof at);
    listen(listener, 4096);
    getsockname(listener, (void *)&at, &size);
    struct epoll_event e = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &e);
    e.data.fd = 0;
    epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &e);
    setvbuf(stdout, 0, _IOLBF, 0);
    printf("ready %d\n", ntohs(at.sin_port));
    double rate = 0;
    uint64_t due = 0, end = 0;
    for (;;) {
        struct epoll_event events[256];
        uint64_t now = now_ns();
        if (end && now >= end) { end = 0; printf("told\n"); }
        int wait_ms = end ? (due > now ? (int)((due - now) / 1000000) + 1 : 0) : -1;
        int ready = epoll_wait(epoll, events, 256, wait_ms);
        for (int k = 0; k < ready; k++) {
            int fd = events[k].data.fd;
            if (fd == listener) {
                for (int c; (c = accept4(listener, 0, 0, SOCK_NONBLOCK)) >= 0;) {
                    setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                    e.data.fd = c;
                    epoll_ctl(epoll, EPOLL_CTL_ADD, c, &e);
                    clients[count++] = c;
                }
                continue;
            }
            char data[2048];
            ssize_t got = read(fd, data, sizeof data - 1);
            if (fd == 0) {
                double seconds;
                if (got <= 0) return 0;
                data[got] = 0;
                if (sscanf(data, "tell %lf %lf", &rate, &seconds) == 2) { due = now_ns(); end = due + (uint64_t)(seconds * 1e9); }
            } else if (got <= 0) {
                close(fd);
                for (int j = 0; j < count; j++) if (clients[j] == fd) { clients[j] = clients[--count]; break; }
            } else if (!memcmp(data, "GET", 3)) {
                send(fd, upgrade, sizeof upgrade - 1, MSG_NOSIGNAL);
                send(fd, passed, sizeof passed - 1, MSG_NOSIGNAL);
            }
        }
        if (end && now_ns() >= due) { tell_once(); due += (uint64_t)(1e9 / rate); }
    }
}
