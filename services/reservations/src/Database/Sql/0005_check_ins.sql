-- What iot-ingest said last of the people in a space. No foreign key: the bus may bring it before the space itself. Version 0: a device is known, its counts are not.
create table space_occupancies
(
    space_id       uuid        not null,
    state          text        not null,
    since          timestamptz null,
    head_count     int         null,
    sample_count   int         not null,
    last_sample_at timestamptz null,
    sensor_health  text        not null,
    version        bigint      not null,
    said_at        timestamptz null,
    received_at    timestamptz not null,
    constraint space_occupancies_once_per_space primary key (space_id),
    constraint space_occupancies_state_known check (state in ('occupied', 'vacant', 'unknown'))
) with (fillfactor = 70);

-- What time will start, end or judge: the few that are still to come or running, among all the history.
create index bookings_to_come on bookings (start_time, id) where status in ('pending', 'confirmed', 'in_progress');
create index bookings_attention on bookings (start_time, id) where attention is not null;
