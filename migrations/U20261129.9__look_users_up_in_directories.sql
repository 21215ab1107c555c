-- Undoes the directories of usernames and e-mail addresses: they are parked, leave with their user, and are made anew by the
-- next upgrade, since they hold nothing that users does not.
-- squawk-ignore-file adding-foreign-key-constraint -- on parked tables, not validated
SET LOCAL lock_timeout = '130ms';
SET LOCAL client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS parked;
DROP TRIGGER keep_directories ON users;
DROP FUNCTION keep_directories();
ALTER TABLE user_names SET SCHEMA parked;
ALTER TABLE email_addresses SET SCHEMA parked;
ALTER TABLE parked.user_names ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE NOT VALID;
ALTER TABLE parked.email_addresses ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE NOT VALID;
