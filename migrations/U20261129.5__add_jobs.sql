-- Undoes the table of work that is due: it is parked, and comes back with the next upgrade.
SET LOCAL lock_timeout = '130ms';
SET LOCAL client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS parked;
LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE;
ALTER TABLE jobs SET SCHEMA parked;
