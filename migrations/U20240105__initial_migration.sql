-- Undoes the initial migration: its five tables leave the application's sight for schema parked,
-- rows, keys and indexes included, and the V file brings them back.
SET LOCAL lock_timeout = '160ms';
SET LOCAL client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS parked;
ALTER TABLE reports SET SCHEMA parked;
ALTER TABLE notifications SET SCHEMA parked;
ALTER TABLE items SET SCHEMA parked;
ALTER TABLE categories SET SCHEMA parked;
ALTER TABLE users SET SCHEMA parked;
