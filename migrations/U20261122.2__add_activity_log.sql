-- Undoes the activity log: its tables are parked whole, and leave with the user.
SET LOCAL lock_timeout = '260ms';
SET LOCAL client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS parked;
ALTER TABLE idempotency_keys SET SCHEMA parked;
ALTER TABLE activities SET SCHEMA parked;
ALTER TABLE feeds SET SCHEMA parked;
