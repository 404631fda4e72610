-- The list by reason, newest first.
create index rejected_readings_reason on rejected_readings (reason, id desc);

-- Which of them may be taken in again is asked every two seconds, space by space: a device that is set up wrongly rejects for days.
-- By what the topic says, not by a column: rows that an older replica writes are found too. The topic of such a row is well-formed.
create index rejected_readings_unknown_space_id on rejected_readings (lower(split_part(topic, '/', 4)), received_at) where reason = 'unknown_space';
