-- A key's own limit, in place of its role's.
alter table api_keys
    add column limit_per_minute integer     null,
    add column limit_burst      integer     null,
    add column rotated_at       timestamptz null,
    add constraint api_keys_limit_whole check ((limit_per_minute is null) = (limit_burst is null)),
    add constraint api_keys_limit_range check (limit_per_minute between 1 and 100000000 and limit_burst between 1 and 1000000);

-- Every secret that a key has or had: a rotated key has two for a while, and no text is ever a key twice.
create table api_key_hashes
(
    key_hash   bytea       not null constraint api_key_hashes_once primary key,
    key_id     uuid        not null references api_keys on delete cascade,
    good_until timestamptz null
);

create index api_key_hashes_of_key on api_key_hashes (key_id);

insert into api_key_hashes (key_hash, key_id) select key_hash, id from api_keys;

-- The functions keep this schema's path: whoever changes keys by hand has another. By the table, so that a gateway of the version before, which knows api_keys alone, still makes keys that everyone finds.
create function api_key_hash_kept() returns trigger language plpgsql set search_path from current as
$$
begin
    insert into api_key_hashes (key_hash, key_id) values (new.key_hash, new.id);
    return null;
end
$$;

create trigger api_key_hash_added after insert on api_keys for each row execute function api_key_hash_kept();
create trigger api_key_hash_changed after update of key_hash on api_keys for each row when (old.key_hash <> new.key_hash) execute function api_key_hash_kept();

create function api_key_hashes_changed() returns trigger language plpgsql set search_path from current as
$$
begin
    if tg_op <> 'INSERT' then perform pg_notify('gateway_api_keys', encode(old.key_hash, 'hex')); end if;
    if tg_op <> 'DELETE' then perform pg_notify('gateway_api_keys', encode(new.key_hash, 'hex')); end if;
    return null;
end
$$;

create trigger api_key_hashes_changed after insert or update or delete on api_key_hashes for each row execute function api_key_hashes_changed();

-- All secrets of a key share its fate. Keys that come or go are told of by their secrets' rows.
create or replace function api_keys_changed() returns trigger language plpgsql set search_path from current as
$$
begin
    perform pg_notify('gateway_api_keys', encode(key_hash, 'hex')) from api_key_hashes where key_id = new.id;
    return null;
end
$$;

drop trigger api_keys_changed on api_keys;
create trigger api_keys_changed after update of role, scopes, is_demo, expires_at, revoked_at, limit_per_minute, limit_burst
    on api_keys for each row execute function api_keys_changed();
