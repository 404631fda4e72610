-- Hours and local days, kept from the minute windows by a job (ADR 0019), the reports made of them, and what replicas say of their last minute.

-- A zone that this server does not know counts as UTC: one space may not stop the days of all.
create function known_zone(zone text) returns text language plpgsql stable as
$$
begin
    perform now() at time zone zone;
    return zone;
exception when invalid_parameter_value then
    return 'UTC';
end
$$;

create function local_day(instant timestamptz, zone text) returns date language sql stable as
$$
    select (instant at time zone known_zone(zone))::date
$$;

-- The first instant of a local day. Of a midnight that comes twice PostgreSQL takes the second (Havana, Azores): so step back while it still is that day.
-- A midnight that is skipped (Santiago) is read with the offset before, which is the instant of the change.
create function day_start(day date, zone text) returns timestamptz language plpgsql stable as
$$
declare
    known text := known_zone(zone);
    start timestamptz := day::timestamp at time zone known;
begin
    while ((start - interval '30 minutes') at time zone known)::date = day loop
        start := start - interval '30 minutes';
    end loop;
    return start;
end
$$;

-- expected_millionths: samples that would have come at the intervals in force, in millionths, so that it adds up exactly.
-- sampling_interval_sec: in force at the end of the bucket. Not partitioned: a sixtieth of the rows of windows, and deleting
-- the oldest hours of 5,000 spaces is 120,000 rows a day.
create table hours
(
    space_key             int         not null,
    hour                  timestamptz not null,
    sample_count          int         not null,
    expected_millionths   bigint      not null,
    sampling_interval_sec int         not null,
    temp_c_sum bigint null, temp_c_count int not null, temp_c_min int null, temp_c_max int null,
    humidity_pct_sum bigint null, humidity_pct_count int not null, humidity_pct_min int null, humidity_pct_max int null,
    co2_ppm_sum bigint null, co2_ppm_count int not null, co2_ppm_min int null, co2_ppm_max int null,
    occupancy_sum bigint null, occupancy_count int not null, occupancy_min int null, occupancy_max int null,
    power_w_sum bigint null, power_w_count int not null, power_w_min int null, power_w_max int null,
    battery_pct_sum bigint null, battery_pct_count int not null, battery_pct_min int null, battery_pct_max int null,
    constraint hours_once primary key (space_key, hour)
);

-- Written nearly in order of time: a few pages of index find what is older than is kept.
create index hours_hour on hours using brin (hour);

-- day: of the space's zone.
create table days
(
    space_key             int    not null,
    day                   date   not null,
    sample_count          int    not null,
    expected_millionths   bigint not null,
    sampling_interval_sec int    not null,
    temp_c_sum bigint null, temp_c_count int not null, temp_c_min int null, temp_c_max int null,
    humidity_pct_sum bigint null, humidity_pct_count int not null, humidity_pct_min int null, humidity_pct_max int null,
    co2_ppm_sum bigint null, co2_ppm_count int not null, co2_ppm_min int null, co2_ppm_max int null,
    occupancy_sum bigint null, occupancy_count int not null, occupancy_min int null, occupancy_max int null,
    power_w_sum bigint null, power_w_count int not null, power_w_min int null, power_w_max int null,
    battery_pct_sum bigint null, battery_pct_count int not null, battery_pct_min int null, battery_pct_max int null,
    constraint days_once primary key (space_key, day)
);

create index days_day on days using brin (day);

-- Hours before this are final, and so are the local days that end by then.
create table rollup_watermark
(
    only_row    boolean primary key default true check (only_row),
    hours_until timestamptz not null
);

-- Not later than the job itself would finish an hour: what ended minutes ago may still get samples that leave no mark.
insert into rollup_watermark (hours_until)
select date_bin('1 hour', least((select min(window_start) from windows), now() - interval '70 minutes'), timestamptz 'epoch');

-- Hours that got a sample after they had ended: written in the transaction of the sample, taken away in the transaction that counts it.
create table rollup_dirty
(
    space_key int         not null,
    hour      timestamptz not null,
    marked_at timestamptz not null default now(),
    constraint rollup_dirty_once primary key (space_key, hour)
) with (fillfactor = 50);

-- One report per location and local day, whoever makes it.
create table climate_reports
(
    id          uuid primary key,
    location_id uuid        not null,
    day         date        not null,
    created_at  timestamptz not null,
    report      jsonb       not null,
    constraint climate_reports_once unique (location_id, day)
);

alter table replicas
    add column accepted_last_minute bigint not null default 0,
    add column rejected_last_minute bigint not null default 0;
