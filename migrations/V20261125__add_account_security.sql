-- Add account security: guards against guessing, every login attempt, known devices, one-time tokens, recovery codes,
-- API tokens, budgets and erasures. The former counters of failed logins, which nothing read, are parked. What its U
-- file parked comes back.
-- squawk-ignore-file adding-serial-primary-key-field, adding-foreign-key-constraint -- on parked tables, made in this step
-- squawk-ignore-file constraint-missing-not-valid -- all or nothing in one transaction, under locks it holds anyway
-- squawk-ignore-file ban-drop-column -- no release has read or written them; what was in them is parked
SET LOCAL lock_timeout = '400ms';
SET LOCAL client_min_messages = warning;

LOCK TABLE users, activities IN ACCESS EXCLUSIVE MODE;
CREATE SCHEMA IF NOT EXISTS parked;
CREATE TABLE parked.v20261125_users AS
    SELECT id AS user_id, failed_login_attempts, last_failed_login_at
    FROM users
    WHERE failed_login_attempts > 0 OR last_failed_login_at IS NOT NULL;
ALTER TABLE parked.v20261125_users
    ADD PRIMARY KEY (user_id),
    ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM parked.v20261125_users) THEN
        DROP TABLE parked.v20261125_users;
    END IF;
END $$;
ALTER TABLE users
    DROP COLUMN failed_login_attempts,
    DROP COLUMN last_failed_login_at,
    ADD COLUMN two_factor_last_step bigint,
    ADD COLUMN awaits_verification  boolean NOT NULL DEFAULT false;
DO $$ BEGIN
    IF to_regclass('parked.u20261125_users') IS NOT NULL THEN
        UPDATE users u
        SET two_factor_last_step = p.two_factor_last_step, awaits_verification = p.awaits_verification
        FROM parked.u20261125_users p
        WHERE p.user_id = u.id;
        DROP TABLE parked.u20261125_users;
    END IF;
END $$;

-- Administrators act on the accounts of others.
ALTER TABLE activities
    ADD COLUMN actor_id uuid,
    DROP CONSTRAINT activities_actor_known,
    ADD CONSTRAINT activities_actor_known CHECK (actor IN ('USER', 'SYSTEM', 'ADMIN')) NOT VALID;
DO $$ BEGIN
    IF to_regclass('parked.u20261125_activities') IS NOT NULL THEN
        UPDATE activities a SET actor = p.actor, actor_id = p.actor_id
        FROM parked.u20261125_activities p
        WHERE p.user_id = a.user_id AND p.seq = a.seq;
        DROP TABLE parked.u20261125_activities;
    END IF;
END $$;
ALTER TABLE activities VALIDATE CONSTRAINT activities_actor_known;

-- How often a password, code or answer was wrong in a row, and until when no other is looked at. The subject is a user,
-- or stands for a name that nobody has, so that both are treated alike.
ALTER TABLE IF EXISTS parked.credential_guards SET SCHEMA public;
CREATE TABLE IF NOT EXISTS credential_guards (
    subject_id    uuid NOT NULL,
    kind          text NOT NULL,
    user_id       uuid REFERENCES users (id) ON DELETE CASCADE,
    failures      integer NOT NULL DEFAULT 0,
    last_tried_at timestamptz NOT NULL DEFAULT now(),
    blocked_until timestamptz,
    PRIMARY KEY (subject_id, kind),
    CONSTRAINT credential_guards_kind_known CHECK (kind IN ('LOGIN', 'TWO_FACTOR', 'ANSWER', 'CONFIRMATION')),
    CONSTRAINT credential_guards_failures_range CHECK (failures >= 0)
);
CREATE INDEX IF NOT EXISTS credential_guards_outdated ON credential_guards (last_tried_at);

-- Every attempt to log in: when, from where, and what came of it.
ALTER TABLE IF EXISTS parked.login_attempts SET SCHEMA public;
CREATE TABLE IF NOT EXISTS login_attempts (
    subject_id uuid NOT NULL,
    id         uuid NOT NULL,
    user_id    uuid REFERENCES users (id) ON DELETE CASCADE,
    outcome    text NOT NULL,
    user_agent text,
    address    text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (subject_id, id),
    CONSTRAINT login_attempts_outcome_known CHECK (outcome IN ('SUCCEEDED', 'CODE_ASKED', 'WRONG_PASSWORD', 'WRONG_CODE', 'REFUSED', 'BLOCKED')),
    CONSTRAINT login_attempts_user_agent_length CHECK (char_length(user_agent) <= 400),
    CONSTRAINT login_attempts_address_length CHECK (char_length(address) <= 64)
);
CREATE INDEX IF NOT EXISTS login_attempts_by_time ON login_attempts (subject_id, created_at, id);
CREATE INDEX IF NOT EXISTS login_attempts_outdated ON login_attempts (created_at);

-- A device that has logged in before: it has tries of its own, which no stranger can use up. Only SHA-256 is kept.
ALTER TABLE IF EXISTS parked.known_devices SET SCHEMA public;
CREATE TABLE IF NOT EXISTS known_devices (
    user_id      uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash         bytea NOT NULL,
    failures     integer NOT NULL DEFAULT 0,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, hash),
    CONSTRAINT known_devices_failures_range CHECK (failures >= 0)
);

-- Tokens that work once and not for long; only their SHA-256 is kept.
ALTER TABLE IF EXISTS parked.one_time_tokens SET SCHEMA public;
CREATE TABLE IF NOT EXISTS one_time_tokens (
    user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash       bytea NOT NULL,
    purpose    text NOT NULL,
    -- The address that the token proves, for EMAIL_VERIFICATION.
    email      text,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, hash),
    CONSTRAINT one_time_tokens_purpose_known CHECK (purpose IN ('EMAIL_VERIFICATION', 'PASSWORD_RESET', 'TWO_FACTOR_CHALLENGE'))
);
-- A new one replaces the former, except that several logins may wait at once.
CREATE UNIQUE INDEX IF NOT EXISTS one_time_tokens_latest ON one_time_tokens (user_id, purpose) WHERE purpose <> 'TWO_FACTOR_CHALLENGE';

-- Codes for whoever has lost their second factor, each good once; only their SHA-256 is kept.
ALTER TABLE IF EXISTS parked.recovery_codes SET SCHEMA public;
CREATE TABLE IF NOT EXISTS recovery_codes (
    user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash       bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, hash)
);

-- Tokens with which programs act for a user, within their scopes; only their SHA-256 is kept.
ALTER TABLE IF EXISTS parked.api_tokens SET SCHEMA public;
CREATE TABLE IF NOT EXISTS api_tokens (
    user_id      uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    id           uuid NOT NULL,
    name         text NOT NULL,
    hash         bytea NOT NULL,
    scopes       text[] NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz,
    last_used_at timestamptz,
    revoked_at   timestamptz,
    PRIMARY KEY (user_id, id),
    CONSTRAINT api_tokens_name_length CHECK (char_length(name) BETWEEN 1 AND 100),
    CONSTRAINT api_tokens_scopes_known CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY['items:read', 'items:write', 'notifications:read', 'notifications:write', 'reports:read', 'reports:write', 'account'])
);

-- What has been spent of each budget, by user, API token and network address, as the time that restores it.
ALTER TABLE IF EXISTS parked.budgets SET SCHEMA public;
CREATE TABLE IF NOT EXISTS budgets (
    key      text PRIMARY KEY,
    -- When nothing is missing any more; an instant that has passed means the same as no row.
    full_at  timestamptz NOT NULL,
    -- In seconds: how long an empty budget takes to restore; how much the last statement could use at least, and got.
    capacity double precision NOT NULL,
    useful   double precision NOT NULL,
    granted  double precision NOT NULL,
    CONSTRAINT budgets_key_length CHECK (char_length(key) BETWEEN 1 AND 100)
);
CREATE INDEX IF NOT EXISTS budgets_full ON budgets (full_at);

-- Accounts that were deleted: restoring an older backup deletes them again.
ALTER TABLE IF EXISTS parked.erasures SET SCHEMA public;
CREATE TABLE IF NOT EXISTS erasures (
    user_id   uuid PRIMARY KEY,
    erased_at timestamptz NOT NULL DEFAULT now()
);

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
