-- Add security fields to users: security question and answer, two-factor secret, the count of failed
-- logins and the lock that follows from it. Values that its U file parked come back.
-- squawk-ignore-file constraint-missing-not-valid -- all or nothing in one transaction, under locks it holds anyway
SET LOCAL lock_timeout = '800ms';
SET LOCAL client_min_messages = warning;

ALTER TABLE users
    ADD COLUMN security_question     text,
    ADD COLUMN security_answer_hash  text,
    ADD COLUMN two_factor_enabled    boolean NOT NULL DEFAULT false,
    ADD COLUMN two_factor_secret     bytea,
    ADD COLUMN failed_login_attempts integer NOT NULL DEFAULT 0,
    ADD COLUMN last_failed_login_at  timestamptz,
    ADD COLUMN locked_until          timestamptz,
    ADD CONSTRAINT users_security_question_answered
        CHECK ((security_question IS NULL) = (security_answer_hash IS NULL)) NOT VALID,
    ADD CONSTRAINT users_two_factor_has_secret
        CHECK (NOT two_factor_enabled OR two_factor_secret IS NOT NULL) NOT VALID,
    ADD CONSTRAINT users_failed_login_attempts_range CHECK (failed_login_attempts >= 0) NOT VALID;

DO $$ BEGIN
    IF to_regclass('parked.u20240119_users') IS NOT NULL THEN
        UPDATE users u
        SET security_question = p.security_question,
            security_answer_hash = p.security_answer_hash,
            two_factor_enabled = p.two_factor_enabled,
            two_factor_secret = p.two_factor_secret,
            failed_login_attempts = p.failed_login_attempts,
            last_failed_login_at = p.last_failed_login_at,
            locked_until = p.locked_until
        FROM parked.u20240119_users p
        WHERE p.user_id = u.id;
        DROP TABLE parked.u20240119_users;
    END IF;
END $$;

ALTER TABLE users VALIDATE CONSTRAINT users_security_question_answered;
ALTER TABLE users VALIDATE CONSTRAINT users_two_factor_has_secret;
ALTER TABLE users VALIDATE CONSTRAINT users_failed_login_attempts_range;

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
