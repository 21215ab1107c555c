-- Lets programs of others be told of what happens: webhooks, what they were told, and the scopes of API tokens that open
-- them. What its U file parked comes back.
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid -- of tables that are made in this step
-- squawk-ignore-file require-concurrent-index-creation -- on a table that is made in this step
SET LOCAL lock_timeout = '200ms';
SET LOCAL client_min_messages = warning;

-- Where the program of somebody else is told of what happens in an inventory, how it knows that this comes from here, and
-- how far it has been told.
CREATE TABLE webhooks (
    user_id       uuid NOT NULL CONSTRAINT webhooks_inventory_fkey
        REFERENCES inventories (id) ON DELETE CASCADE,
    id            uuid NOT NULL,
    url           text NOT NULL,
    description   text,
    events        text[] NOT NULL,
    -- Of which items; null for any.
    category_ids  uuid[],
    locations     text[],
    statuses      text[],
    -- Encrypted. The one before still signs as well, for a while.
    secret        bytea NOT NULL,
    former_secret bytea,
    former_until  timestamptz,
    -- The member who made it.
    maker_id      uuid,
    -- Null while it is on.
    off_because   text,
    -- The place in the log up to which deliveries were made of it, and that of the latest delivery.
    after_seq     bigint NOT NULL,
    last_place    bigint NOT NULL DEFAULT 0,
    -- Since when, and how often, nothing was taken; when the next try is due.
    failing_since timestamptz,
    failures      integer NOT NULL DEFAULT 0,
    retry_at      timestamptz,
    version       integer NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, id),
    CONSTRAINT webhooks_url_length CHECK (char_length(url) BETWEEN 1 AND 2000),
    CONSTRAINT webhooks_description_length CHECK (char_length(description) <= 500),
    CONSTRAINT webhooks_former_secret_ends CHECK ((former_secret IS NULL) = (former_until IS NULL)),
    CONSTRAINT webhooks_off_known CHECK (off_because IN ('MEMBER', 'FAILED', 'GONE')),
    CONSTRAINT webhooks_after_range CHECK (after_seq >= 0),
    CONSTRAINT webhooks_place_range CHECK (last_place >= 0),
    CONSTRAINT webhooks_failures_range CHECK (failures >= 0),
    CONSTRAINT webhooks_version_range CHECK (version > 0)
);

-- What a webhook was told, or is to be told, in the order of their places.
CREATE TABLE webhook_deliveries (
    user_id      uuid NOT NULL,
    id           uuid NOT NULL,
    webhook_id   uuid NOT NULL,
    place        bigint NOT NULL,
    event        text NOT NULL,
    -- By which the receiver knows it when it comes once more.
    event_id     text NOT NULL,
    body         text NOT NULL,
    -- Whether a member asks for it: tried once, it holds up nothing.
    once         boolean NOT NULL,
    state        text NOT NULL DEFAULT 'PENDING',
    attempts     integer NOT NULL DEFAULT 0,
    -- Of the last attempt.
    status_code  integer,
    answer       text,
    millis       integer,
    attempted_at timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, id),
    CONSTRAINT webhook_deliveries_webhook_fkey FOREIGN KEY (user_id, webhook_id)
        REFERENCES webhooks (user_id, id) ON DELETE CASCADE,
    CONSTRAINT webhook_deliveries_place_key UNIQUE (user_id, webhook_id, place),
    CONSTRAINT webhook_deliveries_state_known CHECK (state IN ('PENDING', 'DELIVERED', 'FAILED')),
    CONSTRAINT webhook_deliveries_event_length CHECK (char_length(event) BETWEEN 1 AND 60),
    CONSTRAINT webhook_deliveries_event_id_length CHECK (char_length(event_id) BETWEEN 1 AND 100),
    CONSTRAINT webhook_deliveries_answer_length CHECK (char_length(answer) <= 2000),
    CONSTRAINT webhook_deliveries_attempts_range CHECK (attempts >= 0)
);
CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (user_id, webhook_id, place) WHERE state = 'PENDING';
CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (created_at);

ALTER TABLE api_tokens
    DROP CONSTRAINT api_tokens_scopes_known;
ALTER TABLE api_tokens
    ADD CONSTRAINT api_tokens_scopes_known CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY['items:read', 'items:write', 'notifications:read', 'notifications:write', 'reports:read', 'reports:write', 'webhooks:read', 'webhooks:write', 'account']) NOT VALID;
ALTER TABLE api_tokens VALIDATE CONSTRAINT api_tokens_scopes_known;

DO $$ BEGIN
    IF to_regclass('parked.u20261129_11_webhooks') IS NOT NULL THEN
        INSERT INTO webhooks (user_id, id, url, description, events, category_ids, locations, statuses, secret, former_secret,
            former_until, maker_id, off_because, after_seq, last_place, failing_since, failures, retry_at, version,
            created_at, updated_at)
        SELECT p.user_id, p.id, p.url, p.description, p.events, p.category_ids, p.locations, p.statuses, p.secret,
            p.former_secret, p.former_until, p.maker_id, p.off_because, p.after_seq, p.last_place, p.failing_since,
            p.failures, p.retry_at, p.version, p.created_at, p.updated_at
        FROM parked.u20261129_11_webhooks p
        JOIN inventories i ON i.id = p.user_id;
        INSERT INTO webhook_deliveries (user_id, id, webhook_id, place, event, event_id, body, once, state, attempts,
            status_code, answer, millis, attempted_at, created_at)
        SELECT p.user_id, p.id, p.webhook_id, p.place, p.event, p.event_id, p.body, p.once, p.state, p.attempts,
            p.status_code, p.answer, p.millis, p.attempted_at, p.created_at
        FROM parked.u20261129_11_webhook_deliveries p
        JOIN webhooks w ON w.user_id = p.user_id AND w.id = p.webhook_id;
        INSERT INTO api_tokens (user_id, id, name, hash, scopes, created_at, expires_at, last_used_at, revoked_at, inventory_id)
        SELECT p.user_id, p.id, p.name, p.hash, p.scopes, p.created_at, p.expires_at, p.last_used_at, p.revoked_at, p.inventory_id
        FROM parked.u20261129_11_api_tokens p
        JOIN users u ON u.id = p.user_id
        LEFT JOIN members m ON m.inventory_id = p.inventory_id AND m.user_id = p.user_id
        WHERE p.inventory_id IS NULL OR m.user_id IS NOT NULL;
        DROP TABLE parked.u20261129_11_webhook_deliveries;
        DROP TABLE parked.u20261129_11_webhooks;
        DROP TABLE parked.u20261129_11_api_tokens;
    END IF;
END $$;

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
