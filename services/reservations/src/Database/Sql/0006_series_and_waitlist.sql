-- The rule of a series; what was made of each date stands in series_occurrences, and the bookings are bookings like any other.
create table booking_series
(
    id               uuid        not null,
    space_id         uuid        not null,
    client_email     text        not null,
    client_email_key text        not null,
    client_name      text        null,
    company          text        null,
    phone            text        null,
    inquiry          text        null,
    attendees        int         null,
    timezone         text        not null,
    -- On the wall of that zone: a series keeps its time of day when the clocks change.
    first_start      timestamp   not null,
    first_end        timestamp   not null,
    every            text        not null,
    interval         int         not null,
    weekdays         int[]       not null,
    count            int         null,
    until            date        null,
    on_conflict      text        not null,
    status           text        not null default 'active',
    version          bigint      not null default 1,
    created_at       timestamptz not null,
    updated_at       timestamptz not null,
    constraint booking_series_identity primary key (id),
    constraint booking_series_of_a_space foreign key (space_id) references spaces (id),
    constraint booking_series_start_before_end check (first_start < first_end),
    constraint booking_series_unit_known check (every in ('day', 'week', 'month')),
    constraint booking_series_goes_on check (interval >= 1),
    constraint booking_series_days_of_the_week check (weekdays <@ array [1, 2, 3, 4, 5, 6, 7]),
    constraint booking_series_ends_one_way check ((count is null) <> (until is null) and count between 1 and 366),
    constraint booking_series_on_conflict_known check (on_conflict in ('fail', 'skip', 'suggest')),
    constraint booking_series_status_known check (status in ('active', 'cancelled'))
);

create index booking_series_by_client on booking_series (client_email_key, id);
create index booking_series_by_space on booking_series (space_id, id);

create table series_occurrences
(
    series_id      uuid        not null,
    index          int         not null,
    wall_start     timestamp   not null,
    wall_end       timestamp   not null,
    -- As it was first meant: the name of the occurrence for clients, whatever happens to it.
    original_start timestamptz not null,
    -- As the series means it now; a booking that stands elsewhere was moved alone and stays there.
    space_id       uuid        not null,
    start_time     timestamptz not null,
    end_time       timestamptz not null,
    outcome        text        not null,
    booking_id     uuid        null,
    code           text        null,
    message        text        null,
    constraint series_occurrences_once_per_index primary key (series_id, index),
    constraint series_occurrences_of_a_series foreign key (series_id) references booking_series (id),
    constraint series_occurrences_start_before_end check (start_time < end_time),
    constraint series_occurrences_outcome_known check (outcome in ('booked', 'skipped', 'refused')),
    constraint series_occurrences_booked_by_a_booking check ((outcome = 'booked') = (booking_id is not null))
);

create unique index series_occurrences_once_per_booking on series_occurrences (booking_id) where booking_id is not null;
create index if not exists bookings_of_a_series on bookings (series_id) where series_id is not null;

-- Who waits for a time in a space, or in any space of a location. The place in the queue is priority, then the number that the database gives.
create table waitlist_entries
(
    id               uuid        not null,
    place            bigint      not null generated always as identity,
    space_id         uuid        null,
    location_id      uuid        null,
    client_email     text        not null,
    client_email_key text        not null,
    client_name      text        null,
    from_time        timestamptz not null,
    to_time          timestamptz not null,
    minutes          int         not null,
    attendees        int         null,
    priority         int         not null default 0,
    status           text        not null default 'waiting',
    version          bigint      not null default 1,
    created_at       timestamptz not null,
    updated_at       timestamptz not null,
    constraint waitlist_entries_identity primary key (id),
    constraint waitlist_entries_of_a_space foreign key (space_id) references spaces (id),
    constraint waitlist_entries_in_a_location foreign key (location_id) references locations (id),
    constraint waitlist_entries_for_one_place check ((space_id is null) <> (location_id is null)),
    constraint waitlist_entries_time_fits check (minutes >= 1 and from_time + make_interval(mins => minutes) <= to_time),
    constraint waitlist_entries_for_somebody check (attendees >= 1),
    constraint waitlist_entries_status_known check (status in ('waiting', 'offered', 'served', 'withdrawn', 'lapsed'))
);

create index waitlist_entries_for_a_space on waitlist_entries (space_id, priority desc, place) where status = 'waiting' and space_id is not null;
create index waitlist_entries_for_a_location on waitlist_entries (location_id, priority desc, place) where status = 'waiting' and location_id is not null;
create index waitlist_entries_by_end on waitlist_entries (to_time) where status = 'waiting';
create index waitlist_entries_by_client on waitlist_entries (client_email_key, place);

create table waitlist_offers
(
    id          uuid        not null,
    entry_id    uuid        not null,
    booking_id  uuid        not null,
    space_id    uuid        not null,
    start_time  timestamptz not null,
    end_time    timestamptz not null,
    -- SHA-256 of the token; the token itself is known to the waiter alone.
    token_hash  bytea       not null,
    status      text        not null default 'open',
    held_until  timestamptz not null,
    created_at  timestamptz not null,
    answered_at timestamptz null,
    constraint waitlist_offers_identity primary key (id),
    constraint waitlist_offers_once_per_token unique (token_hash),
    constraint waitlist_offers_once_per_booking unique (booking_id),
    constraint waitlist_offers_to_an_entry foreign key (entry_id) references waitlist_entries (id),
    constraint waitlist_offers_of_a_booking foreign key (booking_id) references bookings (id),
    constraint waitlist_offers_status_known check (status in ('open', 'claimed', 'declined', 'expired'))
);

-- A waiter is asked one thing at a time.
create unique index waitlist_offers_one_open_per_entry on waitlist_offers (entry_id) where status = 'open';
create index waitlist_offers_by_entry on waitlist_offers (entry_id);
create index waitlist_offers_by_end on waitlist_offers (held_until) where status = 'open';
