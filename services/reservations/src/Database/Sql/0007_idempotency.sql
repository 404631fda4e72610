-- Answers to requests that carried a key, committed together with what the request changed. route is the whole path: the same key elsewhere is another.
create table idempotency_keys
(
    caller       text        not null,
    route        text        not null,
    key          text        not null,
    request_hash bytea       not null,
    status       int         not null,
    content_type text        null,
    location     text        null,
    etag         text        null,
    body         bytea       not null,
    created_at   timestamptz not null,
    constraint idempotency_keys_once_per_caller_and_route primary key (caller, route, key),
    constraint idempotency_keys_keep_success check (status between 200 and 299)
);

create index idempotency_keys_by_age on idempotency_keys (created_at);
