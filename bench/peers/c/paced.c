/* GETs at a fixed rate, whatever the server does: each is due at a time of its own and its latency counts from then, so that a server that stalls is
   charged for all that had to wait (no coordinated omission). One thread, kept-alive connections, one request at a time on each.
   usage: paced PORT PATH KEY CONNECTIONS RATE SECONDS; prints "p50 p99 p999 max" in microseconds, how many were answered, and how many not with 200 and 1 KB. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 256, BUFFER = 8192, BODY = 1024 };

struct connection { int socket; int64_t due; size_t length; char buffer[BUFFER + 1]; };

static struct connection all[MAX_CONNECTIONS];
static int idle[MAX_CONNECTIONS], idle_count;

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void fail(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* 1: a whole answer, 0: more to come. */
static int whole(struct connection *one, int *good)
{
    char *end, *length;
    one->buffer[one->length] = 0;
    end = strstr(one->buffer, "\r\n\r\n");
    if (!end)
        return 0;
    length = strcasestr(one->buffer, "content-length:");
    if (!length || length > end)
        fail("an answer without length");
    if (one->length < (size_t)(end + 4 - one->buffer) + strtoul(length + 15, NULL, 10))
        return 0;
    *good = strncmp(one->buffer, "HTTP/1.1 200", 12) == 0 && strtoul(length + 15, NULL, 10) == BODY;
    return 1;
}

static void open_all(int poll, int port, int count)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    for (int i = 0; i < count; i++) {
        int on = 1;
        struct epoll_event event = { .events = EPOLLIN, .data.u32 = (uint32_t)i };
        all[i].socket = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(all[i].socket, (struct sockaddr *)&address, sizeof address) != 0)
            fail("connect");
        setsockopt(all[i].socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (epoll_ctl(poll, EPOLL_CTL_ADD, all[i].socket, &event) != 0)
            fail("epoll_ctl");
        idle[idle_count++] = i;
    }
}

int main(int count, char **words)
{
    if (count != 7)
        return 2;
    int connections = atoi(words[4]), rate = atoi(words[5]), poll = epoll_create1(0), timer = timerfd_create(CLOCK_MONOTONIC, 0);
    int64_t total = (int64_t)rate * atoi(words[6]), sent = 0, answered = 0, bad = 0, *latencies = malloc(sizeof *latencies * (size_t)total);
    char request[2048];
    if (connections < 1 || connections > MAX_CONNECTIONS || !latencies)
        return 2;
    int size = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nx-api-key: %s\r\n\r\n", words[2], words[1], words[3]);
    struct epoll_event timed = { .events = EPOLLIN, .data.u32 = MAX_CONNECTIONS };
    epoll_ctl(poll, EPOLL_CTL_ADD, timer, &timed);
    open_all(poll, atoi(words[1]), connections);
    int64_t start = now() + 1000000, armed = 0;

    while (answered < total) {
        while (sent < total && idle_count > 0 && start + sent * 1000000000 / rate <= now()) {
            struct connection *one = &all[idle[--idle_count]];
            one->due = start + sent++ * 1000000000 / rate;
            one->length = 0;
            if (write(one->socket, request, (size_t)size) != size)
                fail("write");
        }
        if (sent < total && idle_count > 0 && armed <= sent) {
            int64_t due = start + sent * 1000000000 / rate;
            struct itimerspec at = { .it_value = { due / 1000000000, due % 1000000000 } };
            timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
            armed = sent + 1;
        }
        struct epoll_event events[64];
        int ready = epoll_wait(poll, events, 64, 5000);
        if (ready <= 0)
            fail("nothing came for five seconds");
        for (int i = 0; i < ready; i++) {
            if (events[i].data.u32 == MAX_CONNECTIONS) {
                uint64_t ticks;
                if (read(timer, &ticks, sizeof ticks) < 0)
                    fail("timer");
                continue;
            }
            struct connection *one = &all[events[i].data.u32];
            ssize_t got = read(one->socket, one->buffer + one->length, BUFFER - one->length);
            int good;
            if (got <= 0)
                fail("read");
            one->length += (size_t)got;
            if (whole(one, &good)) {
                latencies[answered++] = now() - one->due;
                if (!good && bad++ == 0)
                    fprintf(stderr, "the first bad answer: %.300s\n", one->buffer);
                idle[idle_count++] = (int)events[i].data.u32;
            }
        }
    }

    qsort(latencies, (size_t)total, sizeof *latencies, compare);
    printf("p50 %.1f p99 %.1f p999 %.1f max %.1f answered %lld bad %lld\n", latencies[total / 2] / 1e3, latencies[total * 99 / 100] / 1e3,
           latencies[total * 999 / 1000] / 1e3, latencies[total - 1] / 1e3, (long long)answered, (long long)bad);
    printf("end\n");
    fflush(stdout);
    pause();
    return 0;
}
