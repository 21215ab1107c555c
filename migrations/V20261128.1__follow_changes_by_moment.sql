-- Follows changes by their moment: each gets one under the lock on the user's log, later than that of every former change,
-- so that whoever asks for what changed since misses nothing that commits later. The log is found by what something
-- happened to, and by kind. A date that is set anew is told of anew: notifications say how often that was so before. What
-- its U file parked comes back.
-- squawk-ignore-file require-concurrent-index-creation -- all or nothing in one transaction; readers do not wait
-- squawk-ignore-file disallowed-unique-constraint, constraint-missing-not-valid -- wider than the one it replaces, under a lock it holds anyway
SET LOCAL lock_timeout = '130ms';
SET LOCAL client_min_messages = warning;

LOCK TABLE feeds, notifications IN ACCESS EXCLUSIVE MODE;
LOCK TABLE activities IN SHARE MODE;
ALTER TABLE feeds
    ADD COLUMN last_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE notifications
    DROP CONSTRAINT notifications_once,
    ADD COLUMN renewal integer NOT NULL DEFAULT 0;
ALTER TABLE notifications
    ADD CONSTRAINT notifications_once UNIQUE (user_id, item_id, kind, expiry_date, reminder, renewal);
CREATE INDEX activities_by_subject ON activities (user_id, subject_id, seq);
CREATE INDEX activities_by_kind ON activities (user_id, kind, seq);
DO $$ BEGIN
    IF to_regclass('parked.u20261128_1_notifications') IS NOT NULL THEN
        INSERT INTO notifications (
            user_id, id, item_id, kind, title, message, status, read_at, created_at, expiry_date, reminder, snoozed_until,
            resolution, resolved_at, renewal)
        SELECT user_id, id, item_id, kind, title, message, status, read_at, created_at, expiry_date, reminder, snoozed_until,
               resolution, resolved_at, renewal
        FROM parked.u20261128_1_notifications
            ON CONFLICT DO NOTHING;
        UPDATE notifications n SET renewal = p.renewal
        FROM parked.u20261128_1_renewals p
        WHERE p.user_id = n.user_id AND p.id = n.id AND n.renewal <> p.renewal;
        -- Of who has changed something since, the moment is that of this migration, which is later.
        UPDATE feeds f SET last_at = p.last_at
        FROM parked.u20261128_1_feeds p
        WHERE p.user_id = f.user_id AND p.last_seq = f.last_seq;
        DROP TABLE parked.u20261128_1_feeds;
        DROP TABLE parked.u20261128_1_notifications;
        DROP TABLE parked.u20261128_1_renewals;
    END IF;
END $$;

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
