-- Which sampling intervals a space was asked for, read whenever its settings change: beside them lie all reports of its device.
create index twin_history_desired on twin_history (space_id, version) where kind = 'desired';
