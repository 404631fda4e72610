-- Takes a key for this transaction, or says by a state of its own why not: raised, it stops whatever was sent along behind it. CW001: another
-- transaction holds the key. CW002: an answer is kept. The look comes after the lock and sees what the one who held it has committed.
create procedure claim_idempotency_key(lock_number bigint, of_caller text, of_route text, of_key text, kept_since timestamptz) language plpgsql as
$$
begin
    if not pg_try_advisory_xact_lock(lock_number) then
        raise exception 'the key is held' using errcode = 'CW001';
    end if;

    if exists (select from idempotency_keys where caller = of_caller and route = of_route and key = of_key and created_at > kept_since) then
        raise exception 'an answer is kept' using errcode = 'CW002';
    end if;
end
$$;
