-- What deviates from the defaults of a rule, per space and kind; null members follow the default.
create table alert_rules
(
    space_id          uuid             not null,
    kind              text             not null,
    enabled           boolean          null,
    threshold         double precision null,
    open_after_sec    int              null,
    resolve_after_sec int              null,
    severity          text             null,
    constraint alert_rules_once primary key (space_id, kind)
);

-- The list, whole or of one location, newest first; the index of one space exists.
create index alerts_newest on alerts (started_at desc, id desc);
create index alerts_location on alerts (location_id, started_at desc, id desc);
create index alerts_unnoticed on alerts (created_at) where resolved_at is null and acknowledged_at is null;
create index alerts_resolved_at on alerts (resolved_at) where resolved_at is not null;

-- Spaces that spoke before arrival was kept: judged by their newest sample, which no clock of a device may put into the future.
update space_states set seen_at = least(latest_at, now()) where seen_at is null and latest_at > '-infinity';

-- Since when somebody has been there to hear: silence while nobody listened says nothing about sensors.
create table silence_watch
(
    one             boolean primary key default true check (one),
    listening_since timestamptz not null,
    watched_at      timestamptz not null
);
