-- Undoes lots and lead days: the new values of items and categories and the whole table of take-outs are
-- parked, and leave with the row or the user they belong to; derived columns and functions go.
-- squawk-ignore-file adding-serial-primary-key-field, adding-foreign-key-constraint -- on parked tables, made in this step
-- squawk-ignore-file constraint-missing-not-valid, require-concurrent-index-creation, require-concurrent-index-deletion -- all or nothing in one transaction, under locks it holds anyway
-- squawk-ignore-file ban-drop-column -- the way back; what was in them is parked or derived
SET LOCAL lock_timeout = '260ms';
SET LOCAL client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS parked;
LOCK TABLE categories, items IN ACCESS EXCLUSIVE MODE;
CREATE TABLE parked.u20261122_3_categories AS
    SELECT user_id, id, color, lead_days, version, updated_at FROM categories;
ALTER TABLE parked.u20261122_3_categories
    ADD PRIMARY KEY (user_id, id),
    ADD FOREIGN KEY (user_id, id) REFERENCES categories (user_id, id) ON DELETE CASCADE;
CREATE TABLE parked.u20261122_3_items AS
    SELECT i.user_id, i.id, i.location, i.barcode, i.lot_number, i.lead_days, i.effective_lead_days, i.version,
           i.category_id, u.lead_days AS user_lead_days
    FROM items i
    JOIN users u ON u.id = i.user_id;
ALTER TABLE parked.u20261122_3_items
    ADD PRIMARY KEY (user_id, id),
    ADD FOREIGN KEY (user_id, id) REFERENCES items (user_id, id) ON DELETE CASCADE;
ALTER TABLE take_outs SET SCHEMA parked;

-- The indexes over these columns go with them.
ALTER TABLE items
    DROP COLUMN search_text,
    DROP COLUMN used_up,
    DROP COLUMN expiring_from,
    DROP COLUMN location,
    DROP COLUMN barcode,
    DROP COLUMN lot_number,
    DROP COLUMN lead_days,
    DROP COLUMN effective_lead_days,
    DROP COLUMN version;
CREATE INDEX items_by_expiry_date ON items (user_id, expiry_date, id);
CREATE INDEX items_by_category ON items (user_id, category_id);
DROP INDEX categories_by_name;
ALTER TABLE categories
    DROP COLUMN color,
    DROP COLUMN lead_days,
    DROP COLUMN version,
    DROP COLUMN updated_at;

DROP FUNCTION item_status(date, date, date);
DROP FUNCTION new_id();
DROP FUNCTION fold(text);
-- What an administrator has installed stays: only its owner can drop it.
DO $$
DECLARE
    own text;
BEGIN
    FOR own IN SELECT extname FROM pg_extension
               WHERE extname IN ('btree_gin', 'pg_trgm') AND pg_has_role(extowner, 'USAGE')
    LOOP
        EXECUTE format('DROP EXTENSION %I', own);
    END LOOP;
END $$;
