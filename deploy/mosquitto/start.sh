#!/bin/sh
# Makes the plugin's first file where it is missing, and starts the broker. MQTT_ALLOW_ANONYMOUS goes with iot-ingest's option AllowAnonymousDevices.
set -eu
case ${MQTT_ALLOW_ANONYMOUS:=false} in
    true | false) ;;
    *) echo "MQTT_ALLOW_ANONYMOUS is true or false, not '$MQTT_ALLOW_ANONYMOUS'" >&2 && exit 1 ;;
esac
case ${COWORKING_ENVIRONMENT:-Production}:${MQTT_PASSWORD:-} in
    *:) echo 'MQTT_PASSWORD is empty; set it in deploy/.env' >&2 && exit 1 ;;
    Production:*demo-secret*) echo 'MQTT_PASSWORD holds a demo secret, which is refused in Production' >&2 && exit 1 ;;
esac
sh /etc/coworking/init.sh
sed "s/^allow_anonymous .*/allow_anonymous $MQTT_ALLOW_ANONYMOUS/" /etc/coworking/mosquitto.conf >/tmp/mosquitto.conf
exec mosquitto -c /tmp/mosquitto.conf
