/* Many readers of a stream of server-sent events, by one thread: a generator that costs more than the server would be what is measured.
   usage: streams PORT PATH HEADER CLIENTS EVENTS; HEADER is a whole line or empty. Says "ready" once every client has its headers, and "done EVENTS BYTES" once all of
   them together have had so many events, or nothing has come for three seconds after the first one; then waits to be ended. */
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
#include <unistd.h>

enum { BUFFER = 65536, SILENCE_MS = 3000, PATIENCE_MS = 60000 };

static const char HEADERS_END[] = "\r\n\r\n", EVENT[] = "\ndata:";

struct client { int socket; uint8_t headers, event; };

static void fail(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

/* How much of the pattern has been seen after one more byte. Neither pattern begins again within itself but by its first byte; "\r\n\r\r" does not occur. */
static uint8_t follow(const char *pattern, uint8_t seen, char byte)
{
    return byte == pattern[seen] ? seen + 1 : byte == pattern[0];
}

static void open_client(struct client *one, int port, int poll, uint32_t number, const char *request, size_t size)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct epoll_event event = { .events = EPOLLIN, .data.u32 = number };
    one->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (one->socket < 0 || connect(one->socket, (struct sockaddr *)&address, sizeof address) != 0)
        fail("connect");
    if (epoll_ctl(poll, EPOLL_CTL_ADD, one->socket, &event) != 0)
        fail("epoll_ctl");
    if (write(one->socket, request, size) != (ssize_t)size)
        fail("write");
}

int main(int count, char **words)
{
    if (count != 6)
        return 2;
    uint32_t clients = (uint32_t)atoi(words[4]), ready = 0;
    int64_t expected = atoll(words[5]), events = 0, bytes = 0;
    int poll = epoll_create1(0), started = 0;
    struct client *all = calloc(clients, sizeof *all);
    struct rlimit files = { clients + 100, clients + 100 };
    char request[4096], buffer[BUFFER];
    if (!all)
        fail("calloc");
    /* Refused where there is more already. */
    setrlimit(RLIMIT_NOFILE, &files);
    int size = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nAccept: text/event-stream\r\n%s%s\r\n", words[2], words[1], words[3], *words[3] ? "\r\n" : "");
    for (uint32_t i = 0; i < clients; i++)
        open_client(&all[i], atoi(words[1]), poll, i, request, (size_t)size);

    while (events < expected) {
        struct epoll_event found[256];
        int some = epoll_wait(poll, found, 256, started ? SILENCE_MS : PATIENCE_MS);
        if (some == 0 && started)
            break;
        if (some <= 0)
            fail("nothing came");
        for (int i = 0; i < some; i++) {
            struct client *one = &all[found[i].data.u32];
            ssize_t got = read(one->socket, buffer, BUFFER);
            if (got <= 0)
                fail("a stream ended");
            bytes += started ? got : 0;
            for (ssize_t at = 0; at < got; at++) {
                if (one->headers < 4) {
                    one->headers = follow(HEADERS_END, one->headers, buffer[at]);
                    if (one->headers == 4 && ++ready == clients) {
                        printf("ready\n");
                        fflush(stdout);
                    }
                    continue;
                }
                one->event = follow(EVENT, one->event, buffer[at]);
                if (one->event == sizeof EVENT - 1) {
                    one->event = 0;
                    events++;
                    started = 1;
                }
            }
        }
    }

    printf("done %lld %lld\n", (long long)events, (long long)bytes);
    fflush(stdout);
    pause();
    return 0;
}
