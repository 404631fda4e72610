-- What a location or a space says of its own: an absent member inherits, null lifts a limit.
create table location_policies
(
    location_id uuid        not null,
    members     jsonb       not null,
    version     int         not null,
    updated_at  timestamptz not null,
    constraint location_policies_once_per_location primary key (location_id),
    constraint location_policies_of_a_location foreign key (location_id) references locations (id)
);

create table space_policies
(
    space_id   uuid        not null,
    members    jsonb       not null,
    version    int         not null,
    updated_at timestamptz not null,
    constraint space_policies_once_per_space primary key (space_id),
    constraint space_policies_of_a_space foreign key (space_id) references spaces (id)
);

-- One count for all policies: the newer of both versions names what held for a space at a time. 0 is the policy before anybody said anything.
create sequence policy_versions as int;

alter table bookings
    add column held_until            timestamptz null,
    add column attention             text        null,
    add column check_in_source       text        null,
    add column check_in_evidence     jsonb       null,
    add column released_at           timestamptz null,
    add column series_original_start timestamptz null,
    add column status_reason         text        null,
    add constraint bookings_check_in_source_known check (check_in_source in ('client', 'staff', 'sensor'));
