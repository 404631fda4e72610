-- Since when the topics of a partition have been followed without interruption, by this database's clock; kept by whoever holds its lease and is subscribed.
-- partitions: of how many this is one. A note every few seconds, so room in the page.
create table followed_partitions
(
    partition      int primary key,
    partitions     int         not null,
    followed_since timestamptz not null,
    followed_at    timestamptz not null
) with (fillfactor = 20);

-- Since when the spaces of a location have been listened to; null while nobody does. A hand-over takes 10 s at most, what is sent meanwhile waits at
-- the broker: a note that is no older than 30 s is no interruption.
-- The last 32 bits of the id, as Partition.Of has it.
create function followed_since(location uuid) returns timestamptz language sql stable as
$$
    select f.followed_since
    from (select ('x' || right($1::text, 8))::bit(32)::bigint as hash offset 0) l join followed_partitions f on f.partition = l.hash % f.partitions
    where f.followed_at > now() - interval '30 seconds'
$$;
