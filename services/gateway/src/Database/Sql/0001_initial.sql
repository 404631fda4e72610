-- Keys are kept as SHA-256 only: whoever reads this table cannot use what he reads. 32 random bytes need no salt and no slow hash.
create table api_keys
(
    id           uuid primary key,
    key_hash     bytea       not null,
    role         text        not null,
    label        text        null,
    scopes       text[]      not null default '{}',
    is_demo      boolean     not null default false,
    created_at   timestamptz not null,
    expires_at   timestamptz null,
    revoked_at   timestamptz null,
    last_used_at timestamptz null,
    constraint api_keys_hash_once unique (key_hash),
    constraint api_keys_hash_is_sha256 check (octet_length(key_hash) = 32),
    constraint api_keys_role_known check (role in ('ADMIN', 'USER')),
    constraint api_keys_label_length check (char_length(label) <= 200)
);

create index api_keys_in_use on api_keys (created_at, id) where revoked_at is null;

-- Said by the table itself, so that a key revoked by hand is forgotten by every gateway too.
create function api_keys_changed() returns trigger language plpgsql as
$$
begin
    if tg_op <> 'INSERT' then perform pg_notify('gateway_api_keys', encode(old.key_hash, 'hex')); end if;
    if tg_op <> 'DELETE' then perform pg_notify('gateway_api_keys', encode(new.key_hash, 'hex')); end if;
    return null;
end
$$;

-- Not for last_used_at and label: they change nothing of what a key may do.
create trigger api_keys_changed after insert or delete or update of key_hash, role, scopes, is_demo, expires_at, revoked_at
    on api_keys for each row execute function api_keys_changed();
