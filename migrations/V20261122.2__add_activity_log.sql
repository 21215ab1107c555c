-- Add activity log: the append-only activities of each user, the counter that numbers them without gaps,
-- and the answers kept for retried mutations. Tables that its U file parked come back.
SET LOCAL lock_timeout = '800ms';
SET LOCAL client_min_messages = warning;

-- The counter of each user's log. Its row is locked until commit, so seq is gapless and in commit order.
ALTER TABLE IF EXISTS parked.feeds SET SCHEMA public;
CREATE TABLE IF NOT EXISTS feeds (
    user_id  uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    last_seq bigint NOT NULL DEFAULT 0
);

ALTER TABLE IF EXISTS parked.activities SET SCHEMA public;
CREATE TABLE IF NOT EXISTS activities (
    user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    seq        bigint NOT NULL,
    kind       text NOT NULL,
    subject_id uuid NOT NULL,
    actor      text NOT NULL,
    session_id uuid,
    before     jsonb,
    after      jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, seq),
    CONSTRAINT activities_kind_form CHECK (kind ~ '^[A-Z][A-Z_]{2,39}$'),
    CONSTRAINT activities_actor_known CHECK (actor IN ('USER', 'SYSTEM'))
);

-- The first answer of a mutation under a key, written with its effect and kept for a day.
ALTER TABLE IF EXISTS parked.idempotency_keys SET SCHEMA public;
CREATE TABLE IF NOT EXISTS idempotency_keys (
    user_id      uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    key          text NOT NULL,
    request_hash bytea NOT NULL,
    answer       jsonb NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, key),
    CONSTRAINT idempotency_keys_key_length CHECK (char_length(key) BETWEEN 1 AND 255)
);

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
