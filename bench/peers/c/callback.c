/* The peer of P5: libmosquitto's loop with a callback that only counts.
   usage: callback PORT MESSAGES; says "done" once so many have come, then waits to be ended. */
#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static long expected, seen, bytes;

static void on_connect(struct mosquitto *client, void *context, int code, int flags, const mosquitto_property *properties)
{
    (void)context, (void)code, (void)flags, (void)properties;
    mosquitto_subscribe(client, NULL, "sites/+/offices/+/telemetry", 1);
}

static void on_message(struct mosquitto *client, void *context, const struct mosquitto_message *message, const mosquitto_property *properties)
{
    (void)client, (void)context, (void)properties;
    seen++;
    bytes += message->payloadlen;
}

int main(int count, char **words)
{
    if (count != 3) return 2;
    expected = atol(words[2]);
    mosquitto_lib_init();
    struct mosquitto *client = mosquitto_new("callback", true, NULL);
    if (!client) return 1;
    mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
    mosquitto_connect_v5_callback_set(client, on_connect);
    mosquitto_message_v5_callback_set(client, on_message);
    if (mosquitto_connect(client, "127.0.0.1", atoi(words[1]), 60) != MOSQ_ERR_SUCCESS) return 1;
    while (seen < expected) {
        if (mosquitto_loop(client, 1000, 1) != MOSQ_ERR_SUCCESS) return 1;
    }
    /* The last acknowledgements. */
    mosquitto_loop(client, 100, 1);
    printf("done %ld bytes\n", bytes);
    fflush(stdout);
    pause();
    return 0;
}
