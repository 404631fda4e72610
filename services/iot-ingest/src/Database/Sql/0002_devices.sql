-- Registered devices, and when spaces were last heard of by the server's clock.

create table devices
(
    id               uuid primary key,
    serial_number    text        not null constraint devices_serial_number_unique unique,
    space_id         uuid        not null,
    firmware_version text        null,
    -- SHA-256 of the key that HTTP readings carry; the key itself is shown once.
    key_hash         bytea       not null,
    mqtt_username    text        not null,
    created_at       timestamptz not null,
    updated_at       timestamptz not null,
    last_seen_at     timestamptz null,
    online           boolean     not null default false,
    -- Grows with each change of online: the version of DeviceWentOffline and DeviceCameOnline.
    presence_version bigint      not null default 0
);

create index devices_space_id on devices (space_id);

-- Arrival, by the server's clock: silence is judged by it, everything else by device time.
alter table space_states add column seen_at timestamptz null;
