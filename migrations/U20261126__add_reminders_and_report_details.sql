-- Undoes reminders and the complete daily report: settings, acknowledgements and what was added to items, notifications,
-- take-outs and reports are parked, and leave with the row they belong to. Of several reminders of one item and date,
-- which this schema does not know, the first stays and the others are parked.
-- squawk-ignore-file adding-serial-primary-key-field, adding-foreign-key-constraint -- on parked tables, made in this step
-- squawk-ignore-file constraint-missing-not-valid, disallowed-unique-constraint, require-concurrent-index-creation -- all or nothing in one transaction, under locks it holds anyway
-- squawk-ignore-file ban-drop-column -- the way back; what was in them is parked
SET LOCAL lock_timeout = '65ms';
SET LOCAL client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS parked;
LOCK TABLE users, categories, items, notifications, take_outs, reports, acknowledgements, reminder_settings,
    category_reminders, percent_reminders, stuck_turns, stuck_items IN ACCESS EXCLUSIVE MODE;
CREATE TABLE parked.u20261126_items AS
    SELECT user_id, id, purchase_date FROM items WHERE purchase_date IS NOT NULL;
ALTER TABLE parked.u20261126_items
    ADD PRIMARY KEY (user_id, id),
    ADD FOREIGN KEY (user_id, id) REFERENCES items (user_id, id) ON DELETE CASCADE;
ALTER TABLE items
    DROP COLUMN purchase_date;

CREATE TABLE parked.u20261126_more_notifications AS
    SELECT n.*
    FROM notifications n
    WHERE EXISTS (SELECT FROM notifications o
                  WHERE o.user_id = n.user_id AND o.item_id = n.item_id AND o.kind = n.kind
                    AND o.expiry_date = n.expiry_date AND o.id < n.id);
ALTER TABLE parked.u20261126_more_notifications
    ADD PRIMARY KEY (user_id, id),
    ADD FOREIGN KEY (user_id, item_id) REFERENCES items (user_id, id) ON DELETE CASCADE;
DELETE FROM notifications n USING parked.u20261126_more_notifications p WHERE p.user_id = n.user_id AND p.id = n.id;
CREATE TABLE parked.u20261126_notifications AS
    SELECT user_id, id, reminder, snoozed_until, resolution, resolved_at FROM notifications;
ALTER TABLE parked.u20261126_notifications
    ADD PRIMARY KEY (user_id, id),
    ADD FOREIGN KEY (user_id, id) REFERENCES notifications (user_id, id) ON DELETE CASCADE;
ALTER TABLE notifications
    DROP CONSTRAINT notifications_once,
    DROP COLUMN reminder,
    DROP COLUMN snoozed_until,
    DROP COLUMN resolution,
    DROP COLUMN resolved_at,
    ADD CONSTRAINT notifications_once UNIQUE (user_id, item_id, kind, expiry_date);

ALTER TABLE acknowledgements SET SCHEMA parked;
ALTER TABLE reminder_settings SET SCHEMA parked;
ALTER TABLE category_reminders SET SCHEMA parked;
ALTER TABLE percent_reminders SET SCHEMA parked;
ALTER TABLE stuck_turns SET SCHEMA parked;
ALTER TABLE stuck_items SET SCHEMA parked;

CREATE TABLE parked.u20261126_take_outs AS
    SELECT user_id, id, name FROM take_outs;
ALTER TABLE parked.u20261126_take_outs
    ADD PRIMARY KEY (user_id, id),
    ADD FOREIGN KEY (user_id, id) REFERENCES take_outs (user_id, id) ON DELETE CASCADE;
CREATE TABLE parked.u20261126_reports AS
    SELECT user_id, id, by_location, aging, outcomes FROM reports;
ALTER TABLE parked.u20261126_reports
    ADD PRIMARY KEY (user_id, id),
    ADD FOREIGN KEY (user_id, id) REFERENCES reports (user_id, id) ON DELETE CASCADE;

ALTER TABLE take_outs
    DROP COLUMN name;
ALTER TABLE reports
    DROP COLUMN by_location,
    DROP COLUMN aging,
    DROP COLUMN outcomes;
