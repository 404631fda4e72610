-- The outbox is looked at many times a second instead: transactions that notify commit one by one, each with an fsync of its own.
drop trigger outbox_wake on outbox_messages;
drop function outbox_wake();
