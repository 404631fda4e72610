-- A secret address under which a calendar reads a space's or a client's bookings. Only the hash of its token is kept; a revoked one stays as history.
create table calendar_feeds
(
    id               uuid        not null,
    space_id         uuid        null,
    client_email     text        null,
    client_email_key text        null,
    token_hash       bytea       not null,
    created_by       text        not null,
    created_at       timestamptz not null,
    revoked_at       timestamptz null,
    constraint calendar_feeds_identity primary key (id),
    constraint calendar_feeds_token_opens_one unique (token_hash),
    constraint calendar_feeds_of_a_space foreign key (space_id) references spaces (id),
    constraint calendar_feeds_of_either_a_space_or_a_client check ((space_id is null) <> (client_email_key is null)),
    constraint calendar_feeds_client_spelt check ((client_email is null) = (client_email_key is null))
);

create index calendar_feeds_by_age on calendar_feeds (created_at, id) where revoked_at is null;

-- A client's bookings in whatever state, and what was cancelled in a space: the other indices leave out what lists hide.
create index bookings_by_client on bookings (client_email_key, start_time);
create index bookings_cancelled_by_space on bookings (space_id, start_time) where status = 'cancelled';
