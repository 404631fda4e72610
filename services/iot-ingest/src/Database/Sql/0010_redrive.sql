-- What may be taken in again when its space becomes known: nearly always nothing, looked for every two seconds.
create index rejected_readings_unknown_space on rejected_readings (received_at) where reason = 'unknown_space';
