-- Undoes the status of notifications. is_read and type say the same; the moment of reading is parked.
-- Keeps notifications.status, notifications.kind: the triggers held is_read and type in step with them.
-- squawk-ignore-file adding-serial-primary-key-field, adding-foreign-key-constraint -- on parked tables, made in this step
-- squawk-ignore-file constraint-missing-not-valid, require-concurrent-index-deletion -- all or nothing in one transaction, under locks it holds anyway
-- squawk-ignore-file ban-drop-column -- the way back; the values follow from is_read and type or are parked
SET LOCAL lock_timeout = '800ms';
SET LOCAL client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS parked;
LOCK TABLE notifications IN ACCESS EXCLUSIVE MODE;
CREATE TABLE parked.u20240308_notifications AS
    SELECT user_id, id, read_at FROM notifications WHERE read_at IS NOT NULL;
ALTER TABLE parked.u20240308_notifications
    ADD PRIMARY KEY (user_id, id),
    ADD FOREIGN KEY (user_id, id) REFERENCES notifications (user_id, id) ON DELETE CASCADE;

DROP TRIGGER notifications_keep_in_step ON notifications;
DROP FUNCTION notifications_keep_in_step();
DROP INDEX notifications_unread;
ALTER TABLE notifications
    DROP CONSTRAINT notifications_read_at_matches_status,
    DROP COLUMN status,
    DROP COLUMN read_at,
    DROP COLUMN kind;
