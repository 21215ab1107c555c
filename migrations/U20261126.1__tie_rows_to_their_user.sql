-- Undoes that rows are tied to their user alone: whose budgets are, and the acknowledgements and reminders of items and
-- categories that are gone, are parked, and leave with the user.
-- squawk-ignore-file adding-serial-primary-key-field, adding-foreign-key-constraint -- on parked tables, made in this step, and small ones
-- squawk-ignore-file constraint-missing-not-valid -- all or nothing in one transaction, under locks it holds anyway
-- squawk-ignore-file ban-drop-column -- the way back; what was in them is parked
SET LOCAL lock_timeout = '130ms';
SET LOCAL client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS parked;
LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE;
LOCK TABLE categories, items, acknowledgements, category_reminders, budgets IN ACCESS EXCLUSIVE MODE;
CREATE TABLE parked.u20261126_1_budgets AS
    SELECT key, user_id FROM budgets WHERE user_id IS NOT NULL;
ALTER TABLE parked.u20261126_1_budgets
    ADD PRIMARY KEY (key),
    ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
CREATE TABLE parked.u20261126_1_acknowledgements AS
    SELECT a.*
    FROM acknowledgements a
    WHERE NOT EXISTS (SELECT FROM items i WHERE i.user_id = a.user_id AND i.id = a.item_id);
ALTER TABLE parked.u20261126_1_acknowledgements
    ADD PRIMARY KEY (user_id, item_id, expiry_date, reminder),
    ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
CREATE TABLE parked.u20261126_1_category_reminders AS
    SELECT r.*
    FROM category_reminders r
    WHERE NOT EXISTS (SELECT FROM categories c WHERE c.user_id = r.user_id AND c.id = r.category_id);
ALTER TABLE parked.u20261126_1_category_reminders
    ADD PRIMARY KEY (user_id, category_id),
    ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;

DELETE FROM acknowledgements a USING parked.u20261126_1_acknowledgements p
WHERE p.user_id = a.user_id AND p.item_id = a.item_id AND p.expiry_date = a.expiry_date AND p.reminder = a.reminder;
DELETE FROM category_reminders r USING parked.u20261126_1_category_reminders p
WHERE p.user_id = r.user_id AND p.category_id = r.category_id;
ALTER TABLE acknowledgements
    ADD FOREIGN KEY (user_id, item_id) REFERENCES items (user_id, id) ON DELETE CASCADE;
ALTER TABLE category_reminders
    DROP CONSTRAINT category_reminders_user_id_fkey,
    ADD FOREIGN KEY (user_id, category_id) REFERENCES categories (user_id, id) ON DELETE CASCADE;
ALTER TABLE budgets
    DROP COLUMN user_id;
