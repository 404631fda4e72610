-- What was said of a space's occupancy, and the dwell that runs against it. A steady space is not written to: its samples are in readings,
-- and from those a dwell is counted again after a restart.
create table occupancy_states
(
    space_key      int primary key references spaces (key),
    version        bigint      not null,
    state          text        not null constraint occupancy_states_state check (state in ('occupied', 'vacant', 'unknown')),
    since          timestamptz null,
    head_count     int         null,
    sample_count   int         not null,
    last_sample_at timestamptz null,
    sensor_health  text        not null constraint occupancy_states_health check (sensor_health in ('healthy', 'stale', 'silent')),
    dwell_occupied boolean     null,
    dwell_since    timestamptz null
) with (fillfactor = 70);
