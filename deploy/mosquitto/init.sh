#!/bin/sh
# Makes the plugin's first file, with one account: that of iot-ingest, which sets up everything else. Run before the broker starts; a file that is
# there stays. A lost file needs only this again, with the same password: iot-ingest makes the same accounts of all devices anew.
set -eu
file=${DYNSEC_FILE:-/mosquitto/data/dynamic-security.json}
[ -e "$file" ] && exit 0
: "${MQTT_PASSWORD:?set MQTT_PASSWORD to a long random password, the same as iot-ingest has in Mqtt__Password}"
mosquitto_ctrl dynsec init "$file.new" "${MQTT_USERNAME:-iot-ingest}" "$MQTT_PASSWORD" >/dev/null
chmod 600 "$file.new"
# The broker runs as mosquitto in its image; where there is no such account, as whoever runs this.
chown mosquitto:mosquitto "$file.new" 2>/dev/null || true
mv "$file.new" "$file"
