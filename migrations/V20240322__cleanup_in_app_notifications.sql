-- Cleanup in-app notifications: status and kind have replaced is_read and type, and every notification
-- is an in-app one, so is_read, type, channel and sent_at go, and with them the trigger that kept old and
-- new in step. Channel and sending time are parked, and the U file restores them.
-- squawk-ignore-file adding-serial-primary-key-field, adding-foreign-key-constraint -- on parked tables, made in this step
-- squawk-ignore-file constraint-missing-not-valid, require-concurrent-index-deletion -- all or nothing in one transaction, under locks it holds anyway
-- squawk-ignore-file ban-drop-column -- 20240308 replaced is_read and type; channel and sent_at are parked
SET LOCAL lock_timeout = '800ms';
SET LOCAL client_min_messages = warning;

LOCK TABLE notifications IN ACCESS EXCLUSIVE MODE;
CREATE SCHEMA IF NOT EXISTS parked;
CREATE TABLE parked.v20240322_notifications AS
    SELECT user_id, id, channel, sent_at FROM notifications WHERE channel <> 'in_app' OR sent_at IS NOT NULL;
ALTER TABLE parked.v20240322_notifications
    ADD PRIMARY KEY (user_id, id),
    ADD FOREIGN KEY (user_id, id) REFERENCES notifications (user_id, id) ON DELETE CASCADE;
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM parked.v20240322_notifications) THEN
        DROP TABLE parked.v20240322_notifications;
    END IF;
END $$;

DROP TRIGGER notifications_keep_in_step ON notifications;
DROP FUNCTION notifications_keep_in_step();
DROP INDEX notifications_not_read;
ALTER TABLE notifications
    DROP COLUMN is_read,
    DROP COLUMN type,
    DROP COLUMN channel,
    DROP COLUMN sent_at;

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
