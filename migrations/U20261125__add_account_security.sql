-- Undoes account security: its tables and columns are parked, and what is a user's leaves with the user; the former
-- counters of failed logins come back. What an administrator did counts as done by the system meanwhile.
-- squawk-ignore-file adding-serial-primary-key-field, adding-foreign-key-constraint -- on parked tables, made in this step
-- squawk-ignore-file constraint-missing-not-valid -- all or nothing in one transaction, under locks it holds anyway
-- squawk-ignore-file ban-drop-column -- the way back; what was in them is parked
SET LOCAL lock_timeout = '80ms';
SET LOCAL client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS parked;
LOCK TABLE users, activities, credential_guards, login_attempts, known_devices, one_time_tokens, recovery_codes,
    api_tokens, budgets, erasures IN ACCESS EXCLUSIVE MODE;
CREATE TABLE parked.u20261125_users AS
    SELECT id AS user_id, two_factor_last_step, awaits_verification
    FROM users
    WHERE two_factor_last_step IS NOT NULL OR awaits_verification;
ALTER TABLE parked.u20261125_users
    ADD PRIMARY KEY (user_id),
    ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
ALTER TABLE users
    DROP COLUMN two_factor_last_step,
    DROP COLUMN awaits_verification,
    ADD COLUMN failed_login_attempts integer NOT NULL DEFAULT 0,
    ADD COLUMN last_failed_login_at  timestamptz,
    ADD CONSTRAINT users_failed_login_attempts_range CHECK (failed_login_attempts >= 0) NOT VALID;
DO $$ BEGIN
    IF to_regclass('parked.v20261125_users') IS NOT NULL THEN
        UPDATE users u
        SET failed_login_attempts = p.failed_login_attempts, last_failed_login_at = p.last_failed_login_at
        FROM parked.v20261125_users p
        WHERE p.user_id = u.id;
        DROP TABLE parked.v20261125_users;
    END IF;
END $$;
ALTER TABLE users VALIDATE CONSTRAINT users_failed_login_attempts_range;

CREATE TABLE parked.u20261125_activities AS
    SELECT user_id, seq, actor, actor_id FROM activities WHERE actor = 'ADMIN' OR actor_id IS NOT NULL;
ALTER TABLE parked.u20261125_activities
    ADD PRIMARY KEY (user_id, seq),
    ADD FOREIGN KEY (user_id, seq) REFERENCES activities (user_id, seq) ON DELETE CASCADE;
UPDATE activities SET actor = 'SYSTEM' WHERE actor = 'ADMIN';
ALTER TABLE activities
    DROP COLUMN actor_id,
    DROP CONSTRAINT activities_actor_known,
    ADD CONSTRAINT activities_actor_known CHECK (actor IN ('USER', 'SYSTEM')) NOT VALID;
ALTER TABLE activities VALIDATE CONSTRAINT activities_actor_known;

ALTER TABLE credential_guards SET SCHEMA parked;
ALTER TABLE login_attempts SET SCHEMA parked;
ALTER TABLE known_devices SET SCHEMA parked;
ALTER TABLE one_time_tokens SET SCHEMA parked;
ALTER TABLE recovery_codes SET SCHEMA parked;
ALTER TABLE api_tokens SET SCHEMA parked;
ALTER TABLE budgets SET SCHEMA parked;
ALTER TABLE erasures SET SCHEMA parked;
