#!/bin/sh
# Writes the users of the bus from the environment and starts RabbitMQ, which loads them at each start: a changed password needs only a restart.
# Each service configures and reads what is its own, and says only its own messages; `observer` is for other teams (docs/messages.md).
set -eu

password() {
    case $2 in
        '') echo "$1 is empty; set it in deploy/.env" >&2 && exit 1 ;;
        *[!A-Za-z0-9_-]*) echo "$1 may hold letters, digits, - and _ only: it stands in addresses" >&2 && exit 1 ;;
        *demo-secret*) [ "${COWORKING_ENVIRONMENT:-Production}" != Production ] || { echo "$1 holds a demo secret, which is refused in Production" >&2 && exit 1; } ;;
    esac
}

password RESERVATIONS_BUS_PASSWORD "${RESERVATIONS_BUS_PASSWORD:-}"
password IOT_BUS_PASSWORD "${IOT_BUS_PASSWORD:-}"
password OBSERVER_BUS_PASSWORD "${OBSERVER_BUS_PASSWORD:-}"

umask 077
# amq.default is how a message is put into a queue by the queue's name: out of an error queue, back to where it failed.
# A queue of another team that nobody reads holds 256 MiB at most, drops the oldest first, and goes after 14 days.
cat >/run/coworking/definitions.json <<JSON
{
  "vhosts": [{ "name": "coworking" }],
  "users": [
    { "name": "reservations", "password": "$RESERVATIONS_BUS_PASSWORD", "tags": "" },
    { "name": "iot-ingest", "password": "$IOT_BUS_PASSWORD", "tags": "" },
    { "name": "observer", "password": "$OBSERVER_BUS_PASSWORD", "tags": "" }
  ],
  "permissions": [
    {
      "user": "reservations", "vhost": "coworking",
      "configure": "^(reservations-.*|coworking:.*)$",
      "write": "^(amq[.]default|reservations-.*|coworking:(booking-.*|location-changed|space-changed|snapshot-requested))$",
      "read": "^(reservations-.*|coworking:.*)$"
    },
    {
      "user": "iot-ingest", "vhost": "coworking",
      "configure": "^(iot-ingest-.*|coworking:.*)$",
      "write": "^(amq[.]default|iot-ingest-.*|coworking:(alert-.*|device-.*|space-occupancy-changed|twin-.*|snapshot-requested))$",
      "read": "^(iot-ingest-.*|coworking:.*)$"
    },
    {
      "user": "observer", "vhost": "coworking",
      "configure": "^observer[.].*$",
      "write": "^observer[.].*$",
      "read": "^(observer[.].*|coworking:.*)$"
    }
  ],
  "policies": [
    {
      "vhost": "coworking", "name": "observers", "pattern": "^observer[.]", "apply-to": "queues", "priority": 0,
      "definition": { "max-length-bytes": 268435456, "overflow": "drop-head", "expires": 1209600000 }
    }
  ]
}
JSON
chown rabbitmq /run/coworking/definitions.json
exec docker-entrypoint.sh rabbitmq-server
