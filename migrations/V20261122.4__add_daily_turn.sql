-- Add daily turn: when each user's day turns, notifications once per item, kind and date, and the daily
-- report's undated and discarded sums and its breakdown by category. The former report fields type and
-- notes, unused since reports are daily, are parked. What its U file parked comes back.
-- squawk-ignore-file adding-serial-primary-key-field, adding-foreign-key-constraint -- on parked tables, made in this step
-- squawk-ignore-file constraint-missing-not-valid, disallowed-unique-constraint, require-concurrent-index-creation -- all or nothing in one transaction, under locks it holds anyway
-- squawk-ignore-file ban-drop-column -- unused since reports are daily; what was in them is parked
SET LOCAL lock_timeout = '260ms';
SET LOCAL client_min_messages = warning;

-- The instant at which a local day begins for its owner: midnight plus the hour of choice.
-- All due times come from here, so one time-zone database decides.
CREATE FUNCTION day_begins_at(day date, turn_hour smallint, time_zone text) RETURNS timestamptz
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN (day + make_interval(hours => turn_hour)) AT TIME ZONE time_zone;

LOCK TABLE users, notifications, reports IN ACCESS EXCLUSIVE MODE;
ALTER TABLE users
    ADD COLUMN turn_hour   smallint NOT NULL DEFAULT 0,
    ADD COLUMN next_day_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN last_day    date,
    ADD CONSTRAINT users_turn_hour_range CHECK (turn_hour BETWEEN 0 AND 23) NOT VALID;
ALTER TABLE notifications
    ADD COLUMN expiry_date date;

CREATE SCHEMA IF NOT EXISTS parked;
CREATE TABLE parked.v20261122_4_reports AS
    SELECT user_id, id, type, notes FROM reports WHERE type <> 'daily' OR notes IS NOT NULL;
ALTER TABLE parked.v20261122_4_reports
    ADD PRIMARY KEY (user_id, id),
    ADD FOREIGN KEY (user_id, id) REFERENCES reports (user_id, id) ON DELETE CASCADE;
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM parked.v20261122_4_reports) THEN
        DROP TABLE parked.v20261122_4_reports;
    END IF;
END $$;
ALTER TABLE reports
    DROP COLUMN type,
    DROP COLUMN notes,
    ADD COLUMN undated_items   integer NOT NULL DEFAULT 0,
    ADD COLUMN undated_value   numeric(30, 7) NOT NULL DEFAULT 0,
    ADD COLUMN discarded_value numeric(30, 7) NOT NULL DEFAULT 0,
    ADD COLUMN by_category     jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN generated_at    timestamptz NOT NULL DEFAULT now(),
    DROP CONSTRAINT reports_counts_range,
    ADD CONSTRAINT reports_counts_range
        CHECK (least(total_items, active_items, expiring_items, expired_items, undated_items) >= 0) NOT VALID,
    DROP CONSTRAINT reports_values_range,
    ADD CONSTRAINT reports_values_range
        CHECK (least(total_value, active_value, expiring_value, expired_value, undated_value, discarded_value) >= 0) NOT VALID;

UPDATE reports SET generated_at = created_at;
DO $$ BEGIN
    IF to_regclass('parked.u20261122_4_users') IS NOT NULL THEN
        UPDATE users u SET turn_hour = p.turn_hour, next_day_at = p.next_day_at, last_day = p.last_day
        FROM parked.u20261122_4_users p
        WHERE p.user_id = u.id;
        UPDATE notifications n SET expiry_date = p.expiry_date
        FROM parked.u20261122_4_notifications p
        WHERE p.user_id = n.user_id AND p.id = n.id
          AND p.item_id IS NOT DISTINCT FROM n.item_id AND p.kind = n.kind;
        UPDATE reports r
        SET undated_items = p.undated_items, undated_value = p.undated_value,
            discarded_value = p.discarded_value, by_category = p.by_category, generated_at = p.generated_at
        FROM parked.u20261122_4_reports p
        WHERE p.user_id = r.user_id AND p.id = r.id;
        DROP TABLE parked.u20261122_4_users;
        DROP TABLE parked.u20261122_4_notifications;
        DROP TABLE parked.u20261122_4_reports;
    ELSE
        -- What was said of an item as it is dated now need not be said again.
        UPDATE notifications n SET expiry_date = i.expiry_date
        FROM items i,
             (SELECT DISTINCT ON (user_id, item_id, kind) user_id, id
              FROM notifications
              WHERE item_id IS NOT NULL AND kind <> 'SYSTEM'
              ORDER BY user_id, item_id, kind, created_at DESC, id DESC) AS latest
        WHERE i.user_id = n.user_id AND i.id = n.item_id AND latest.user_id = n.user_id AND latest.id = n.id;
    END IF;
END $$;

ALTER TABLE users VALIDATE CONSTRAINT users_turn_hour_range;
ALTER TABLE reports VALIDATE CONSTRAINT reports_counts_range;
ALTER TABLE reports VALIDATE CONSTRAINT reports_values_range;
ALTER TABLE notifications ADD CONSTRAINT notifications_once UNIQUE (user_id, item_id, kind, expiry_date);
CREATE INDEX users_due ON users (next_day_at) WHERE active;

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
