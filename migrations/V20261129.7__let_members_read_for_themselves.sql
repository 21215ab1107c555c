-- Lets each member of an inventory read for themselves, and keeps to whom a notification is not addressed. What the owner has
-- read stays with the notification, where nodes of the former release look. What its U file parked comes back.
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid -- of a table that is made in this step
-- squawk-ignore-file require-concurrent-index-creation -- on a table that is made in this step
SET LOCAL lock_timeout = '200ms';
SET LOCAL client_min_messages = warning;

ALTER TABLE notifications ADD COLUMN not_for uuid[];
CREATE TABLE notification_marks (
    user_id         uuid NOT NULL,
    notification_id uuid NOT NULL,
    member_id       uuid NOT NULL,
    status          text NOT NULL,
    marked_at       timestamptz NOT NULL,
    PRIMARY KEY (user_id, notification_id, member_id),
    CONSTRAINT notification_marks_notification_fkey FOREIGN KEY (user_id, notification_id)
        REFERENCES notifications (user_id, id) ON DELETE CASCADE,
    CONSTRAINT notification_marks_member_fkey FOREIGN KEY (user_id, member_id)
        REFERENCES members (inventory_id, user_id) ON DELETE CASCADE,
    CONSTRAINT notification_marks_status_known CHECK (status IN ('UNREAD', 'READ'))
);
CREATE INDEX notification_marks_of_member ON notification_marks (user_id, member_id);

DO $$ BEGIN
    IF to_regclass('parked.u20261129_7_notification_marks') IS NOT NULL THEN
        UPDATE notifications n SET not_for = p.not_for
        FROM parked.u20261129_7_notifications p
        WHERE n.user_id = p.user_id AND n.id = p.id;
        INSERT INTO notification_marks (user_id, notification_id, member_id, status, marked_at)
        SELECT p.user_id, p.notification_id, p.member_id, p.status, p.marked_at
        FROM parked.u20261129_7_notification_marks p
        JOIN notifications n ON n.user_id = p.user_id AND n.id = p.notification_id
        JOIN members m ON m.inventory_id = p.user_id AND m.user_id = p.member_id;
        DROP TABLE parked.u20261129_7_notification_marks;
        DROP TABLE parked.u20261129_7_notifications;
    END IF;
END $$;

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
