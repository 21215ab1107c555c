-- Finds by index what deleting a user takes along: their attempts to log in and the guards of their credentials. Without,
-- each deletion reads all of everybody's.
-- squawk-ignore-file require-concurrent-index-creation -- both tables are as new as their program, so still small
SET LOCAL lock_timeout = '130ms';
SET LOCAL client_min_messages = warning;

LOCK TABLE credential_guards, login_attempts IN SHARE MODE;
CREATE INDEX credential_guards_of_user ON credential_guards (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX login_attempts_of_user ON login_attempts (user_id) WHERE user_id IS NOT NULL;
