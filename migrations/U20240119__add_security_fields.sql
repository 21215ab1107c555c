-- Undoes the security fields. What users had in them is parked, and leaves with the user.
-- squawk-ignore-file adding-serial-primary-key-field, adding-foreign-key-constraint -- on parked tables, made in this step
-- squawk-ignore-file constraint-missing-not-valid -- all or nothing in one transaction, under locks it holds anyway
-- squawk-ignore-file ban-drop-column -- the way back; what was in them is parked
SET LOCAL lock_timeout = '800ms';
SET LOCAL client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS parked;
LOCK TABLE users IN ACCESS EXCLUSIVE MODE;
CREATE TABLE parked.u20240119_users AS
    SELECT id AS user_id, security_question, security_answer_hash, two_factor_enabled, two_factor_secret,
           failed_login_attempts, last_failed_login_at, locked_until
    FROM users
    WHERE security_question IS NOT NULL OR two_factor_enabled OR two_factor_secret IS NOT NULL
       OR failed_login_attempts > 0 OR last_failed_login_at IS NOT NULL OR locked_until IS NOT NULL;
ALTER TABLE parked.u20240119_users
    ADD PRIMARY KEY (user_id),
    ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;

ALTER TABLE users
    DROP COLUMN security_question,
    DROP COLUMN security_answer_hash,
    DROP COLUMN two_factor_enabled,
    DROP COLUMN two_factor_secret,
    DROP COLUMN failed_login_attempts,
    DROP COLUMN last_failed_login_at,
    DROP COLUMN locked_until;
