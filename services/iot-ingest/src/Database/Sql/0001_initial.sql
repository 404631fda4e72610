-- iot-ingest. Times of samples are device time; numbers of sensors are whole thousandths (24.1 °C is 24100), so that sums
-- are exact in any order. Only occupancy counts whole people.

create table locations
(
    id         uuid primary key,
    name       text   not null,
    timezone   text   not null,
    version    bigint not null,
    removed    boolean not null default false
);

-- key: a small surrogate; readings and windows carry it instead of a UUID (a tenth less disk and time).
create table spaces
(
    key               int generated always as identity primary key,
    id                uuid    not null constraint spaces_id_unique unique,
    location_id       uuid    not null,
    name              text    not null,
    kind              text    not null,
    capacity          int     not null,
    bookable          boolean not null,
    active            boolean not null,
    timezone          text    not null,
    office_hours      jsonb   null,
    climate           jsonb   null,
    version           bigint  not null,
    removed           boolean not null default false
);

create index spaces_location_id on spaces (location_id);

-- The schedule by which occupancy is judged. A booking may be heard of before its space.
create table bookings
(
    id            uuid primary key,
    space_id      uuid        not null,
    blocked_from  timestamptz not null,
    blocked_until timestamptz not null,
    status        text        not null,
    version       bigint      not null
);

create index bookings_space_id on bookings (space_id, blocked_until);

-- digest: 64 bits of the metrics; with it two devices that speak in the same second both count and a second copy changes nothing.
-- The eight-byte columns first: after a four-byte one each would be padded, eight bytes a row.
create table readings
(
    at           timestamptz not null,
    digest       bigint      not null,
    space_key    int         not null,
    temp_c       int         null,
    humidity_pct int         null,
    co2_ppm      int         null,
    occupancy    int         null,
    power_w      int         null,
    battery_pct  int         null,
    power_ok     boolean     null,
    door_open    boolean     null,
    constraint readings_once primary key (space_key, at, digest)
) partition by range (at);

create table windows
(
    space_key             int         not null,
    window_start          timestamptz not null,
    sample_count          int         not null,
    sampling_interval_sec int         not null,
    temp_c_sum            bigint      null, temp_c_count int not null, temp_c_min int null, temp_c_max int null,
    humidity_pct_sum      bigint      null, humidity_pct_count int not null, humidity_pct_min int null, humidity_pct_max int null,
    co2_ppm_sum           bigint      null, co2_ppm_count int not null, co2_ppm_min int null, co2_ppm_max int null,
    occupancy_sum         bigint      null, occupancy_count int not null, occupancy_min int null, occupancy_max int null,
    power_w_sum           bigint      null, power_w_count int not null, power_w_min int null, power_w_max int null,
    battery_pct_sum       bigint      null, battery_pct_count int not null, battery_pct_min int null, battery_pct_max int null,
    constraint windows_once primary key (space_key, window_start)
) partition by range (window_start);

-- One row per space that has spoken, with its newest sample. Its lock orders the batches that touch the space; samples older than
-- latest_at change windows, never alerts.
create table space_states
(
    space_key    int primary key references spaces (key),
    latest_at    timestamptz not null,
    digest       bigint      not null,
    temp_c       int         null,
    humidity_pct int         null,
    co2_ppm      int         null,
    occupancy    int         null,
    power_w      int         null,
    battery_pct  int         null,
    power_ok     boolean     null,
    door_open    boolean     null
) with (fillfactor = 50);

create table alerts
(
    id                uuid primary key,
    space_key         int         not null references spaces (key),
    space_id          uuid        not null,
    location_id       uuid        not null,
    kind              text        not null,
    severity          text        not null,
    breached_since    timestamptz not null,
    started_at        timestamptz not null,
    last_triggered_at timestamptz not null,
    resolved_at       timestamptz null,
    resolution        text        null,
    note              text        null,
    acknowledged_at   timestamptz null,
    acknowledged_by   text        null,
    escalation_level  int         not null default 0,
    meta              jsonb       not null,
    version           bigint      not null,
    created_at        timestamptz not null default now()
);

-- At most one open alert per space and kind, whoever writes.
create unique index alerts_one_open on alerts (space_key, kind) where resolved_at is null;
create index alerts_space on alerts (space_id, started_at desc);

-- A row only while a breach runs or an alert is open: a calm space costs nothing here.
create table alert_states
(
    space_key      int         not null references spaces (key),
    kind           text        not null,
    reason         text        null,
    breached_since timestamptz null,
    clear_since    timestamptz null,
    last_at        timestamptz not null,
    alert_id       uuid        null references alerts (id),
    constraint alert_states_once primary key (space_key, kind)
) with (fillfactor = 50);

create table twins
(
    space_id              uuid primary key,
    id                    uuid        not null,
    desired_sampling_sec  int         null check (desired_sampling_sec between 1 and 3600),
    desired_co2_threshold int         null check (desired_co2_threshold between 100 and 5000),
    desired_version       bigint      not null default 0,
    desired_at            timestamptz null,
    reported_sampling_sec int         null,
    reported_co2_threshold int        null,
    reported_firmware     text        null,
    reported_at           timestamptz null,
    reported_version      bigint      not null default 0,
    version               bigint      not null default 0,
    -- What the broker holds as retained: the publisher works until this equals the above.
    published_version     bigint      not null default 0,
    published_location_id uuid        null
);

create table rejected_readings
(
    id          bigint generated always as identity primary key,
    received_at timestamptz not null default now(),
    topic       text        not null,
    reason      text        not null,
    detail      text        not null,
    payload     bytea       not null
);

create index rejected_readings_received_at on rejected_readings (received_at);

-- What streams replay. Ids follow commit order: writers hold an advisory lock from before the insert until they commit.
create table live_events
(
    id          bigint generated always as identity primary key,
    at          timestamptz not null default now(),
    name        text        not null,
    space_id    uuid        not null,
    location_id uuid        not null,
    data        text        not null
);

create index live_events_at on live_events (at);

create table replicas
(
    id      text primary key,
    seen_at timestamptz not null
);

-- Days of readings and months of windows that are missing between two days. Attached rather than created in place: attaching does not block ingest.
create function ensure_partitions(first_day date, last_day date) returns void language plpgsql as
$$
declare
    day date;
    part text;
begin
    perform pg_advisory_xact_lock(7201);
    day := first_day;
    while day <= last_day loop
        part := 'readings_' || to_char(day, 'YYYYMMDD');
        if to_regclass(part) is null then
            execute format('create table %I (like readings including defaults including constraints including indexes)', part);
            execute format('alter table readings attach partition %I for values from (%L) to (%L)',
                part, day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC');
        end if;
        day := day + 1;
    end loop;
    day := date_trunc('month', first_day)::date;
    while day <= last_day loop
        part := 'windows_' || to_char(day, 'YYYYMM');
        if to_regclass(part) is null then
            execute format('create table %I (like windows including defaults including constraints including indexes) with (fillfactor = 60)', part);
            execute format('alter table windows attach partition %I for values from (%L) to (%L)',
                part, day::timestamp at time zone 'UTC', (day + interval '1 month')::timestamp at time zone 'UTC');
        end if;
        day := (day + interval '1 month')::date;
    end loop;
end
$$;

select ensure_partitions((now() at time zone 'UTC')::date - 31, (now() at time zone 'UTC')::date + 3);
