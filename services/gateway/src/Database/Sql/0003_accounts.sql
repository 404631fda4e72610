-- E-mail addresses are unique without regard to case: email_key is what two spellings have in common. An account that came by Telegram may have neither address nor password.
create table accounts
(
    id                uuid primary key,
    email             text        null,
    email_key         text        null,
    password_hash     text        null,
    first_name        text        not null,
    last_name         text        not null,
    phone_number      text        null,
    role              text        not null,
    telegram_id       bigint      null,
    email_verified_at timestamptz null,
    disabled_at       timestamptz null,
    is_demo           boolean     not null default false,
    created_at        timestamptz not null,
    updated_at        timestamptz not null,
    constraint accounts_email_once unique (email_key),
    constraint accounts_telegram_once unique (telegram_id),
    constraint accounts_email_with_key check ((email is null) = (email_key is null)),
    constraint accounts_way_in check (email_key is not null or telegram_id is not null),
    constraint accounts_verified_needs_email check (email_verified_at is null or email_key is not null),
    constraint accounts_role_known check (role in ('ADMIN', 'RECEPTION', 'SPECIALIST', 'TECHNICIAN', 'CUSTOMER')),
    constraint accounts_lengths check (char_length(email) <= 254 and char_length(first_name) <= 100 and char_length(last_name) <= 100 and char_length(phone_number) <= 32)
);

create index accounts_admins on accounts (id) where role = 'ADMIN' and disabled_at is null;
create index accounts_by_age on accounts (created_at, id);

-- A session is the family of the refresh tokens that follow one another from one sign-in.
create table sessions
(
    id         uuid primary key,
    account_id uuid        not null references accounts on delete cascade,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at   timestamptz null,
    end_reason text        null,
    constraint sessions_end_has_reason check ((ended_at is null) = (end_reason is null))
);

create index sessions_of_account on sessions (account_id) where ended_at is null;
create index sessions_by_expiry on sessions (expires_at);

-- Used ones stay until their session goes: only so is it seen that one comes a second time.
create table refresh_tokens
(
    token_hash bytea primary key,
    session_id uuid        not null references sessions on delete cascade,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at    timestamptz null,
    constraint refresh_tokens_hash_is_sha256 check (octet_length(token_hash) = 32)
);

create index refresh_tokens_of_session on refresh_tokens (session_id);

create table stream_tickets
(
    ticket_hash bytea primary key,
    session_id  uuid        not null references sessions on delete cascade,
    expires_at  timestamptz not null,
    constraint stream_tickets_hash_is_sha256 check (octet_length(ticket_hash) = 32)
);

create index stream_tickets_of_session on stream_tickets (session_id);
create index stream_tickets_by_expiry on stream_tickets (expires_at);

-- What proves that somebody reads the mails of an address. The row is deleted by its use: of two who use it at once one deletes it.
create table mailed_tokens
(
    token_hash bytea primary key,
    purpose    text        not null,
    account_id uuid        not null references accounts on delete cascade,
    expires_at timestamptz not null,
    constraint mailed_tokens_hash_is_sha256 check (octet_length(token_hash) = 32),
    constraint mailed_tokens_purpose_known check (purpose in ('verify_email', 'reset_password'))
);

create index mailed_tokens_of_account on mailed_tokens (account_id, purpose);
create index mailed_tokens_by_expiry on mailed_tokens (expires_at);

-- A wish to write to an address, whether or not an account has it: that is looked up when the mail is sent, so that the answer to the wish takes the same work for all.
-- The secret of a mail is made when it leaves; this table never holds one.
create table account_mails
(
    id          uuid primary key,
    kind        text        not null,
    email_key   text        not null,
    status      text        not null default 'pending',
    tries       integer     not null default 0,
    created_at  timestamptz not null,
    next_try_at timestamptz not null,
    settled_at  timestamptz null,
    last_error  text        null,
    constraint account_mails_kind_known check (kind in ('verify_email', 'reset_password', 'password_changed')),
    constraint account_mails_status_known check (status in ('pending', 'sent', 'dropped', 'failed'))
);

-- Whoever asks again before the mail has left asks for the same one.
create unique index account_mails_one_pending on account_mails (email_key, kind) where status = 'pending';
create index account_mails_due on account_mails (next_try_at) where status = 'pending';
create index account_mails_recent on account_mails (email_key, kind, created_at);
create index account_mails_settled on account_mails (settled_at) where status <> 'pending';

create table login_failures
(
    id        bigint generated always as identity primary key,
    email_key text        not null,
    address   text        not null,
    failed_at timestamptz not null
);

create index login_failures_of_address on login_failures (address, failed_at);
create index login_failures_by_age on login_failures (failed_at);

create table leases
(
    name       text primary key,
    holder     text        not null,
    held_until timestamptz not null
);

-- Said by the tables themselves, so that what is done by hand is known to every gateway too: s<id> of a session that ended, a<id> of an account that is another now.
create function sessions_changed() returns trigger language plpgsql as
$$
begin
    perform pg_notify('gateway_sessions', 's' || old.id);
    return null;
end
$$;

create trigger sessions_changed after delete or update of ended_at, account_id on sessions for each row execute function sessions_changed();

create function accounts_changed() returns trigger language plpgsql as
$$
begin
    perform pg_notify('gateway_sessions', 'a' || old.id);
    return null;
end
$$;

create trigger accounts_changed after delete or update of email, email_key, role, email_verified_at, disabled_at, is_demo on accounts for each row execute function accounts_changed();
