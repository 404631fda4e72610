-- What registered devices prove themselves by: a key over HTTP, a password over MQTT.

-- With the service's own broker password it makes the device's (ADR 20); alone it says nothing. New with each rotation.
alter table devices add column mqtt_salt bytea not null;

-- A request is known by its key: whose it is says this index.
create unique index devices_key_hash_unique on devices (key_hash);

-- Last seen changes every few seconds; room in the page keeps such updates out of the indexes.
alter table devices set (fillfactor = 50);
