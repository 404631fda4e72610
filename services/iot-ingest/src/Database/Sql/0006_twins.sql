-- What a twin's halves agree on and since when, what they were, and where the broker may hold a desired state.

alter table twins
    -- When the broker got the desired state in force: the clock of divergence starts here.
    add column desired_published_at timestamptz null,
    -- Every location under whose topic the broker may hold something of this twin: added to before it is sent, narrowed once the others are cleared,
    -- so that a crash between the two leaves nothing behind.
    add column retained_location_ids uuid[] not null default '{}',
    add column status text not null default 'sync' constraint twins_status check (status in ('sync', 'pending', 'diverged')),
    -- By the server's clock; null until there is something desired.
    add column status_since timestamptz null;

update twins set
    desired_published_at = case when published_version = desired_version then now() end,
    retained_location_ids = case when published_location_id is null then '{}' else array[published_location_id] end,
    status = case when reported_sampling_sec is distinct from desired_sampling_sec or reported_co2_threshold is distinct from desired_co2_threshold then 'pending' else 'sync' end,
    status_since = now()
where desired_version > 0;

create index twins_pending on twins (status_since) where status = 'pending';

-- version: of its half; null for a report that came after a newer one and changed nothing.
create table twin_history
(
    id          bigint generated always as identity primary key,
    space_id    uuid        not null,
    kind        text        not null constraint twin_history_kind check (kind in ('desired', 'reported')),
    version     bigint      null,
    payload     jsonb       not null,
    at          timestamptz not null,
    by          text        null,
    received_at timestamptz not null
);

-- A copy of a report, from redelivery or a device that repeats itself, is known by its time and words.
create unique index twin_history_reported_once on twin_history (space_id, at, payload) where kind = 'reported';
create index twin_history_newest on twin_history (space_id, at desc, id desc);
create index twin_history_received_at on twin_history (received_at);

insert into twin_history (space_id, kind, version, payload, at, received_at)
select space_id, 'desired', desired_version, jsonb_build_object('samplingIntervalSec', desired_sampling_sec, 'co2AlertThreshold', desired_co2_threshold), desired_at, desired_at
from twins where desired_version > 0
union all
select space_id, 'reported', reported_version,
    jsonb_build_object('samplingIntervalSec', reported_sampling_sec, 'co2AlertThreshold', reported_co2_threshold, 'firmwareVersion', reported_firmware), reported_at, reported_at
from twins where reported_at is not null;
