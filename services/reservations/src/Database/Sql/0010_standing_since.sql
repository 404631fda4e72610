-- Since when a booking stands as it does: the grace of a check-in counts from there. Of those that exist this moment is as good, and no table is rewritten;
-- the default is for the version before, which does not know the column.
alter table bookings add column stands_since timestamptz not null default now();
