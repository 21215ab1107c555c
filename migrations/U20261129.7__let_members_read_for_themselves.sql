-- Undoes that each member of an inventory reads for themselves: what members other than the owner have marked, and to whom
-- notifications are not addressed, is parked, and leaves with the owner of the inventory, the marks with their member too.
-- squawk-ignore-file ban-drop-table, ban-drop-column -- the way back; what was in them is parked
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid -- on parked tables, made in this step
SET LOCAL lock_timeout = '200ms';
SET LOCAL client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS parked;
LOCK TABLE notifications, notification_marks IN ACCESS EXCLUSIVE MODE;
CREATE TABLE parked.u20261129_7_notification_marks AS
    SELECT i.owner_id, m.*
    FROM notification_marks m
    JOIN inventories i ON i.id = m.user_id;
ALTER TABLE parked.u20261129_7_notification_marks
    ADD FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE CASCADE,
    ADD FOREIGN KEY (member_id) REFERENCES users (id) ON DELETE CASCADE;
CREATE TABLE parked.u20261129_7_notifications AS
    SELECT i.owner_id, n.user_id, n.id, n.not_for
    FROM notifications n
    JOIN inventories i ON i.id = n.user_id
    WHERE n.not_for IS NOT NULL;
ALTER TABLE parked.u20261129_7_notifications
    ADD FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE CASCADE;
DROP TABLE notification_marks;
ALTER TABLE notifications DROP COLUMN not_for;
