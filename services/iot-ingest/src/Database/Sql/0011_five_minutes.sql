-- The buckets of five minutes of each finished hour, packed (FiveMinutes): a day of a space is 24 small rows instead of 1,440 windows.
-- sample_count: what they were made of. Where it is not that of the hour, somebody has made the hour again who did not know of this table,
-- and the windows are read instead; so are those of hours from before this table.
create table five_minutes
(
    space_key    int         not null,
    hour         timestamptz not null,
    sample_count int         not null,
    pieces       bytea       not null,
    constraint five_minutes_once primary key (space_key, hour)
);

-- Digits of sensors do not compress; trying would cost every read.
alter table five_minutes alter column pieces set storage external;
create index five_minutes_hour on five_minutes using brin (hour);
