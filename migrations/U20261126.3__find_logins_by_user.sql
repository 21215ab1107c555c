-- Undoes that attempts to log in and guards of credentials are found by their user.
-- squawk-ignore-file require-concurrent-index-deletion -- dropping takes no time, once the lock is there
SET LOCAL lock_timeout = '130ms';
SET LOCAL client_min_messages = warning;

LOCK TABLE credential_guards, login_attempts IN ACCESS EXCLUSIVE MODE;
DROP INDEX login_attempts_of_user;
DROP INDEX credential_guards_of_user;
