-- Names are the rules they keep. Rows that others refer to are never deleted: removed_at and status keep their history.
create table locations
(
    id         uuid             not null,
    name       text             not null,
    latitude   double precision not null,
    longitude  double precision not null,
    timezone   text             not null,
    address    text             null,
    contacts   text[]           not null default '{}',
    version    bigint           not null default 1,
    created_at timestamptz      not null,
    updated_at timestamptz      not null,
    removed_at timestamptz      null,
    constraint locations_identity primary key (id),
    constraint locations_name_length check (char_length(name) between 1 and 200),
    constraint locations_on_earth check (latitude between -90 and 90 and longitude between -180 and 180)
);

create index locations_by_name on locations (name collate "und-x-icu", id) where removed_at is null;

create table spaces
(
    id                    uuid             not null,
    location_id           uuid             not null,
    name                  text             not null,
    reference             text             null,
    capacity              int              not null,
    description           text             null,
    kind                  text             not null default 'meeting_room',
    bookable              boolean          not null default true,
    active                boolean          not null default true,
    amenities             text[]           not null default '{}',
    temp_min              double precision null,
    temp_max              double precision null,
    door_open_seconds     int              null,
    buffer_before_minutes int              not null default 0,
    buffer_after_minutes  int              not null default 0,
    version               bigint           not null default 1,
    created_at            timestamptz      not null,
    updated_at            timestamptz      not null,
    removed_at            timestamptz      null,
    constraint spaces_identity primary key (id),
    constraint spaces_stand_in_a_location foreign key (location_id) references locations (id),
    constraint spaces_name_length check (char_length(name) between 1 and 200),
    constraint spaces_hold_somebody check (capacity >= 1),
    constraint spaces_kind_known check
        (kind in ('meeting_room', 'private_office', 'hot_desk', 'phone_booth', 'studio', 'pantry', 'server_room', 'other')),
    constraint spaces_monitored_not_bookable check (not (bookable and kind in ('pantry', 'server_room'))),
    constraint spaces_climate_in_order check (temp_min < temp_max),
    constraint spaces_buffers_not_negative check (buffer_before_minutes >= 0 and buffer_after_minutes >= 0)
);

create index spaces_by_name on spaces (name collate "und-x-icu", id) where removed_at is null;
create index spaces_by_location on spaces (location_id) where removed_at is null;

create table office_hours
(
    id         uuid        not null,
    space_id   uuid        not null,
    open_time  time        not null,
    close_time time        not null,
    timezone   text        not null,
    work_days  int[]       not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint office_hours_identity primary key (id),
    constraint office_hours_once_per_space unique (space_id),
    constraint office_hours_of_a_space foreign key (space_id) references spaces (id),
    constraint office_hours_on_days_of_the_week check (cardinality(work_days) between 1 and 7 and work_days <@ array [1, 2, 3, 4, 5, 6, 7])
);

create table bookings
(
    id               uuid        not null,
    space_id         uuid        not null,
    location_id      uuid        not null,
    unit_no          int         not null default 1,
    client_email     text        not null,
    client_email_key text        not null,
    client_name      text        null,
    company          text        null,
    phone            text        null,
    inquiry          text        null,
    attendees        int         null,
    booking_date     date        not null,
    start_time       timestamptz not null,
    end_time         timestamptz not null,
    blocked_from     timestamptz not null,
    blocked_until    timestamptz not null,
    week_start       date        not null,
    status           text        not null,
    series_id        uuid        null,
    version          bigint      not null default 1,
    checked_in_at    timestamptz null,
    source           text        not null default 'api',
    policy_version   int         not null default 0,
    created_at       timestamptz not null,
    updated_at       timestamptz not null,
    constraint bookings_identity primary key (id),
    constraint bookings_of_a_space foreign key (space_id) references spaces (id),
    constraint bookings_in_a_location foreign key (location_id) references locations (id),
    constraint bookings_start_before_end check (start_time < end_time),
    constraint bookings_block_in_order check (blocked_from <= blocked_until),
    constraint bookings_status_known check
        (status in ('held', 'pending', 'confirmed', 'in_progress', 'completed', 'cancelled', 'rejected', 'no_show')),
    constraint bookings_source_known check (source in ('api', 'console', 'series', 'waitlist')),
    constraint bookings_week_starts_on_monday check (extract(isodow from week_start) = 1),
    constraint bookings_attended_by_somebody check (attendees >= 1),
    -- Half-open: touching is free. Who comes second is refused here, whatever way it came, raw SQL included.
    constraint bookings_no_overlap exclude using gist
        (space_id with =, unit_no with =, tstzrange(blocked_from, blocked_until, '[)') with &&)
        where (status in ('held', 'pending', 'confirmed', 'in_progress', 'completed'))
);

-- Lists hide what is cancelled unless asked, so their indices leave it out; the second one also answers _count from the index alone.
create index bookings_by_start on bookings (start_time, id) where status <> 'cancelled';
create index bookings_by_space on bookings (space_id, start_time, id) where status <> 'cancelled';
create index bookings_by_day on bookings (booking_date) where status <> 'cancelled';
create index bookings_cancelled on bookings (start_time, id) where status = 'cancelled';
create index bookings_counted on bookings (client_email_key, week_start)
    where status in ('held', 'pending', 'confirmed', 'in_progress', 'completed', 'no_show');

-- One row per client and week, locked by whoever books: rivals queue here, and each then counts what the one before committed.
create table week_quotas
(
    client_email_key text        not null,
    week_start       date        not null,
    locked_at        timestamptz not null,
    constraint week_quotas_once_per_client_and_week primary key (client_email_key, week_start)
);

-- No foreign key: the bus may bring the twin of a space before the space itself.
create table space_twins
(
    space_id         uuid        not null,
    desired          jsonb       null,
    desired_version  bigint      not null,
    reported         jsonb       null,
    reported_version bigint      not null,
    version          bigint      not null,
    updated_at       timestamptz not null,
    constraint space_twins_once_per_space primary key (space_id)
);
