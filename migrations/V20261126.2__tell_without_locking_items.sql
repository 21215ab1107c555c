-- Lets items be told of without a lock on each, which wrote the page of every item anew: notifications no longer refer to
-- their item. They change under the lock on the user's log, as items do, and deleting an item deletes what was told of
-- it. The counters of the logs get room to change in place. What its U file parked comes back.
SET LOCAL lock_timeout = '130ms';
SET LOCAL client_min_messages = warning;

LOCK TABLE items, notifications IN ACCESS EXCLUSIVE MODE;
ALTER TABLE notifications
    DROP CONSTRAINT notifications_item_fkey;
ALTER TABLE feeds SET (fillfactor = 70);
DO $$ BEGIN
    IF to_regclass('parked.u20261126_2_notifications') IS NOT NULL THEN
        INSERT INTO notifications (
            user_id, id, item_id, kind, title, message, status, read_at, created_at, expiry_date, reminder, snoozed_until,
            resolution, resolved_at)
        SELECT user_id, id, item_id, kind, title, message, status, read_at, created_at, expiry_date, reminder, snoozed_until,
               resolution, resolved_at
        FROM parked.u20261126_2_notifications
            ON CONFLICT DO NOTHING;
        DROP TABLE parked.u20261126_2_notifications;
    END IF;
END $$;

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
