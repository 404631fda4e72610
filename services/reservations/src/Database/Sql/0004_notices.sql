alter table bookings
    add column confirmation_sent boolean     not null default false,
    add column reminder_sent     boolean     not null default false,
    -- When the client is to be reminded next; null: no more.
    add column next_reminder_at  timestamptz null;

update bookings
set next_reminder_at = case when start_time > now() + interval '24 hours' then start_time - interval '24 hours' else start_time - interval '1 hour' end
where status = 'confirmed' and start_time > now() + interval '1 hour';

create index bookings_to_remind on bookings (next_reminder_at) where next_reminder_at is not null;

-- What is to be told, written with the change that it tells of; the key makes it once.
create table notices
(
    key         text        not null,
    kind        text        not null,
    -- No foreign key: the bus may tell of an alert before it tells of anything else.
    location_id uuid        null,
    payload     jsonb       not null,
    created_at  timestamptz not null,
    spread_at   timestamptz null,
    constraint notices_told_once primary key (key)
);

create index notices_to_spread on notices (created_at) where spread_at is null;

-- A mail to one recipient of a notice. Taking it on sets next_try_at ahead: who dies with it leaves it due again.
create table mails
(
    id          uuid        not null default gen_random_uuid(),
    notice_key  text        not null,
    recipient   text        not null,
    audience    text        not null,
    status      text        not null default 'pending',
    tries       int         not null default 0,
    next_try_at timestamptz not null,
    last_error  text        null,
    created_at  timestamptz not null,
    settled_at  timestamptz null,
    constraint mails_identity primary key (id),
    constraint mails_of_a_notice foreign key (notice_key) references notices (key) on delete cascade,
    constraint mails_audience_known check (audience in ('client', 'house')),
    constraint mails_status_known check (status in ('pending', 'sent', 'failed', 'dropped'))
);

create unique index mails_once_per_recipient on mails (notice_key, lower(recipient));
create index mails_due on mails (next_try_at) where status = 'pending';

create table webhooks
(
    id              uuid        not null,
    url             text        not null,
    events          text[]      not null,
    description     text        null,
    -- As it is, not hashed: every delivery is signed with it.
    secret          text        not null,
    active          boolean     not null default true,
    disabled_at     timestamptz null,
    disabled_reason text        null,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    constraint webhooks_identity primary key (id),
    constraint webhooks_hear_something check (cardinality(events) >= 1)
);

create table webhook_deliveries
(
    id               uuid        not null,
    webhook_id       uuid        not null,
    -- Null for a test. No foreign key: notices are forgotten on their own.
    notice_key       text        null,
    location_id      uuid        null,
    event            text        not null,
    -- Text and not jsonb: the bytes are signed, and stay the same.
    body             text        not null,
    status           text        not null default 'pending',
    tries            int         not null default 0,
    next_try_at      timestamptz not null,
    last_status_code int         null,
    last_error       text        null,
    created_at       timestamptz not null,
    settled_at       timestamptz null,
    constraint webhook_deliveries_identity primary key (id),
    constraint webhook_deliveries_of_a_webhook foreign key (webhook_id) references webhooks (id) on delete cascade,
    constraint webhook_deliveries_once_per_notice unique (webhook_id, notice_key),
    constraint webhook_deliveries_status_known check (status in ('pending', 'delivered', 'failed'))
);

create index webhook_deliveries_due on webhook_deliveries (webhook_id, next_try_at) where status = 'pending';
create index webhook_deliveries_log on webhook_deliveries (webhook_id, id);
