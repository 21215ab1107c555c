-- Undoes that notifications do not refer to their item: those of items that are gone are parked, and leave with the user.
-- squawk-ignore-file adding-serial-primary-key-field, adding-foreign-key-constraint -- on a parked table, made in this step
-- squawk-ignore-file constraint-missing-not-valid -- all or nothing in one transaction, under locks it holds anyway
SET LOCAL lock_timeout = '130ms';
SET LOCAL client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS parked;
LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE;
LOCK TABLE items, notifications IN ACCESS EXCLUSIVE MODE;
CREATE TABLE parked.u20261126_2_notifications AS
    SELECT n.*
    FROM notifications n
    WHERE n.item_id IS NOT NULL
      AND NOT EXISTS (SELECT FROM items i WHERE i.user_id = n.user_id AND i.id = n.item_id);
ALTER TABLE parked.u20261126_2_notifications
    ADD PRIMARY KEY (user_id, id),
    ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;

DELETE FROM notifications n USING parked.u20261126_2_notifications p
WHERE p.user_id = n.user_id AND p.id = n.id;
ALTER TABLE notifications
    ADD CONSTRAINT notifications_item_fkey FOREIGN KEY (user_id, item_id) REFERENCES items (user_id, id)
        ON DELETE CASCADE NOT VALID;
ALTER TABLE notifications VALIDATE CONSTRAINT notifications_item_fkey;
ALTER TABLE feeds RESET (fillfactor);
