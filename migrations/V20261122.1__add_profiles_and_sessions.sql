-- Add profiles and sessions: a user's time zone, lead days and version; sessions with their refresh
-- tokens. What its U file parked comes back.
-- squawk-ignore-file constraint-missing-not-valid -- all or nothing in one transaction, under locks it holds anyway
SET LOCAL lock_timeout = '800ms';
SET LOCAL client_min_messages = warning;

ALTER TABLE users
    ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC',
    ADD COLUMN lead_days smallint NOT NULL DEFAULT 30,
    ADD COLUMN version   integer NOT NULL DEFAULT 1,
    ADD CONSTRAINT users_time_zone_length CHECK (char_length(time_zone) BETWEEN 1 AND 64) NOT VALID,
    ADD CONSTRAINT users_lead_days_range CHECK (lead_days BETWEEN 0 AND 3650) NOT VALID;
DO $$ BEGIN
    IF to_regclass('parked.u20261122_1_users') IS NOT NULL THEN
        UPDATE users u SET time_zone = p.time_zone, lead_days = p.lead_days, version = p.version
        FROM parked.u20261122_1_users p
        WHERE p.user_id = u.id;
        DROP TABLE parked.u20261122_1_users;
    END IF;
END $$;
ALTER TABLE users VALIDATE CONSTRAINT users_time_zone_length;
ALTER TABLE users VALIDATE CONSTRAINT users_lead_days_range;

ALTER TABLE IF EXISTS parked.sessions SET SCHEMA public;
CREATE TABLE IF NOT EXISTS sessions (
    user_id      uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    id           uuid NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    revoked_at   timestamptz,
    user_agent   text,
    address      text,
    PRIMARY KEY (user_id, id),
    CONSTRAINT sessions_user_agent_length CHECK (char_length(user_agent) <= 400),
    CONSTRAINT sessions_address_length CHECK (char_length(address) <= 64)
);

-- One row for each refresh token ever issued to a session; only its SHA-256 is kept.
ALTER TABLE IF EXISTS parked.refresh_tokens SET SCHEMA public;
CREATE TABLE IF NOT EXISTS refresh_tokens (
    user_id    uuid NOT NULL,
    hash       bytea NOT NULL,
    session_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    spent_at   timestamptz,
    PRIMARY KEY (user_id, hash),
    FOREIGN KEY (user_id, session_id) REFERENCES sessions (user_id, id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS refresh_tokens_session ON refresh_tokens (user_id, session_id);

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
