-- Undoes that other programs know items and categories by ids of their own. These are parked, and leave with the owner of
-- the inventory.
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid -- on parked tables, made in this step
-- squawk-ignore-file ban-drop-column -- the way back; what was in them is parked
SET LOCAL lock_timeout = '130ms';
SET LOCAL client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS parked;
LOCK TABLE categories, items IN ACCESS EXCLUSIVE MODE;
CREATE TABLE parked.u20261129_10_categories AS
    SELECT i.owner_id, e.user_id, e.id, e.external_id
    FROM categories e
    JOIN inventories i ON i.id = e.user_id
    WHERE e.external_id IS NOT NULL;
ALTER TABLE parked.u20261129_10_categories
    ADD FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE CASCADE;
CREATE TABLE parked.u20261129_10_items AS
    SELECT i.owner_id, e.user_id, e.id, e.external_id
    FROM items e
    JOIN inventories i ON i.id = e.user_id
    WHERE e.external_id IS NOT NULL;
ALTER TABLE parked.u20261129_10_items
    ADD FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE CASCADE;
ALTER TABLE items
    DROP COLUMN external_id;
ALTER TABLE categories
    DROP COLUMN external_id;
