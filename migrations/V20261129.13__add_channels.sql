-- Lets people be notified by other ways than mail: channels, what each was told up to where, and what it was sent. What its U
-- file parked comes back.
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid -- of tables that are made in this step
-- squawk-ignore-file require-concurrent-index-creation -- on a table that is made in this step
SET LOCAL lock_timeout = '200ms';
SET LOCAL client_min_messages = warning;

-- By which way a user is notified besides mail, and of what.
CREATE TABLE channels (
    user_id            uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    id                 uuid NOT NULL,
    name               text NOT NULL,
    kind               text NOT NULL,
    -- Of the server's address: the rest may be secret.
    origin             text NOT NULL,
    -- Where and how it is sent, with all tokens. Encrypted.
    secret             bytea NOT NULL,
    notification_kinds text[] NOT NULL,
    rhythm             text NOT NULL,
    -- Null while it is on.
    off_because        text,
    -- Nothing is sent of what was notified before.
    since              timestamptz NOT NULL,
    -- Up to which day of the user's own inventory there were daily messages.
    day                date NOT NULL,
    -- That of the latest delivery.
    last_place         bigint NOT NULL DEFAULT 0,
    -- Since when, and how often, nothing was taken; when the next try is due; when the last one succeeded, and what was
    -- said to it when it did not.
    failing_since      timestamptz,
    failures           integer NOT NULL DEFAULT 0,
    retry_at           timestamptz,
    delivered_at       timestamptz,
    error              text,
    version            integer NOT NULL DEFAULT 1,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    PRIMARY KEY (user_id, id),
    CONSTRAINT channels_name_length CHECK (char_length(name) BETWEEN 1 AND 100),
    CONSTRAINT channels_kind_known CHECK (kind IN ('NTFY', 'GOTIFY', 'TELEGRAM', 'TEMPLATE')),
    CONSTRAINT channels_origin_length CHECK (char_length(origin) BETWEEN 1 AND 500),
    CONSTRAINT channels_notification_kinds_known CHECK (cardinality(notification_kinds) > 0 AND notification_kinds <@ ARRAY['EXPIRING_SOON', 'EXPIRED', 'SYSTEM']),
    CONSTRAINT channels_rhythm_known CHECK (rhythm IN ('AT_ONCE', 'DAILY')),
    CONSTRAINT channels_off_known CHECK (off_because IN ('USER', 'FAILED')),
    CONSTRAINT channels_place_range CHECK (last_place >= 0),
    CONSTRAINT channels_failures_range CHECK (failures >= 0),
    CONSTRAINT channels_error_length CHECK (char_length(error) <= 2000),
    CONSTRAINT channels_version_range CHECK (version > 0)
);

-- Up to which notification of each inventory deliveries were made of a channel. None: since the channel, or the member, began.
CREATE TABLE channel_places (
    user_id         uuid NOT NULL,
    channel_id      uuid NOT NULL,
    inventory_id    uuid NOT NULL,
    notified_at     timestamptz NOT NULL,
    notification_id uuid NOT NULL,
    PRIMARY KEY (user_id, channel_id, inventory_id),
    CONSTRAINT channel_places_channel_fkey FOREIGN KEY (user_id, channel_id)
        REFERENCES channels (user_id, id) ON DELETE CASCADE
);

-- What a channel was sent, or is to be sent, in the order of their places.
CREATE TABLE channel_deliveries (
    user_id      uuid NOT NULL,
    -- By which the receiver can know it when it comes once more.
    id           uuid NOT NULL,
    channel_id   uuid NOT NULL,
    place        bigint NOT NULL,
    -- What it says: JSON.
    content      text NOT NULL,
    state        text NOT NULL DEFAULT 'PENDING',
    attempts     integer NOT NULL DEFAULT 0,
    -- Of the last attempt.
    status_code  integer,
    answer       text,
    attempted_at timestamptz,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (user_id, id),
    CONSTRAINT channel_deliveries_channel_fkey FOREIGN KEY (user_id, channel_id)
        REFERENCES channels (user_id, id) ON DELETE CASCADE,
    CONSTRAINT channel_deliveries_place_key UNIQUE (user_id, channel_id, place),
    CONSTRAINT channel_deliveries_state_known CHECK (state IN ('PENDING', 'DELIVERED', 'FAILED')),
    CONSTRAINT channel_deliveries_answer_length CHECK (char_length(answer) <= 2000),
    CONSTRAINT channel_deliveries_attempts_range CHECK (attempts >= 0)
);
CREATE INDEX channel_deliveries_pending ON channel_deliveries (user_id, channel_id, place) WHERE state = 'PENDING';
CREATE INDEX channel_deliveries_by_time ON channel_deliveries (created_at);

DO $$ BEGIN
    IF to_regclass('parked.u20261129_13_channels') IS NOT NULL THEN
        INSERT INTO channels (user_id, id, name, kind, origin, secret, notification_kinds, rhythm, off_because, since, day,
            last_place, failing_since, failures, retry_at, delivered_at, error, version, created_at, updated_at)
        SELECT p.user_id, p.id, p.name, p.kind, p.origin, p.secret, p.notification_kinds, p.rhythm, p.off_because, p.since,
            p.day, p.last_place, p.failing_since, p.failures, p.retry_at, p.delivered_at, p.error, p.version, p.created_at,
            p.updated_at
        FROM parked.u20261129_13_channels p
        JOIN users u ON u.id = p.user_id;
        INSERT INTO channel_places (user_id, channel_id, inventory_id, notified_at, notification_id)
        SELECT p.user_id, p.channel_id, p.inventory_id, p.notified_at, p.notification_id
        FROM parked.u20261129_13_channel_places p
        JOIN channels c ON c.user_id = p.user_id AND c.id = p.channel_id;
        INSERT INTO channel_deliveries (user_id, id, channel_id, place, content, state, attempts, status_code, answer,
            attempted_at, created_at)
        SELECT p.user_id, p.id, p.channel_id, p.place, p.content, p.state, p.attempts, p.status_code, p.answer,
            p.attempted_at, p.created_at
        FROM parked.u20261129_13_channel_deliveries p
        JOIN channels c ON c.user_id = p.user_id AND c.id = p.channel_id;
        DROP TABLE parked.u20261129_13_channel_deliveries;
        DROP TABLE parked.u20261129_13_channel_places;
        DROP TABLE parked.u20261129_13_channels;
    END IF;
END $$;

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
