-- What a service says on the bus commits with the change it is about (outbox), and what it hears takes effect once (inbox).
create table outbox_messages
(
    id           bigint generated always as identity primary key,
    message_id   uuid        not null,
    type         text        not null,
    body         text        not null,
    occurred_at  timestamptz not null,
    trace_parent text        null
);

create function outbox_wake() returns trigger language plpgsql as
$$
begin
    perform pg_notify(tg_table_schema || '_outbox', '');
    return null;
end
$$;

create trigger outbox_wake after insert on outbox_messages for each statement execute function outbox_wake();

-- Rows that can never be sent, kept for a person to look at: one of them must not keep all others waiting.
create table outbox_parked
(
    id          bigint      not null,
    message_id  uuid        not null,
    type        text        not null,
    body        text        not null,
    occurred_at timestamptz not null,
    reason      text        not null,
    parked_at   timestamptz not null default now(),
    constraint outbox_parked_once primary key (id)
);

create table inbox_messages
(
    message_id  uuid        not null,
    consumer    text        not null,
    received_at timestamptz not null default now(),
    constraint inbox_messages_once primary key (message_id, consumer)
);

create index inbox_messages_received_at on inbox_messages (received_at);

create table leases
(
    name       text primary key,
    holder     text        not null,
    held_until timestamptz not null
);
