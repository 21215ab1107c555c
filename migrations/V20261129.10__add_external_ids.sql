-- Lets other programs know items and categories by ids of their own: each at most once in an inventory. What its U file
-- parked comes back.
-- squawk-ignore-file constraint-missing-not-valid, require-concurrent-index-creation -- all or nothing in one transaction, under locks it holds anyway
SET LOCAL lock_timeout = '130ms';
SET LOCAL client_min_messages = warning;

LOCK TABLE categories, items IN ACCESS EXCLUSIVE MODE;
ALTER TABLE categories
    ADD COLUMN external_id text COLLATE "C",
    ADD CONSTRAINT categories_external_id_length CHECK (char_length(external_id) BETWEEN 1 AND 200) NOT VALID;
ALTER TABLE items
    ADD COLUMN external_id text COLLATE "C",
    ADD CONSTRAINT items_external_id_length CHECK (char_length(external_id) BETWEEN 1 AND 200) NOT VALID;
DO $$ BEGIN
    IF to_regclass('parked.u20261129_10_items') IS NOT NULL THEN
        UPDATE categories c SET external_id = p.external_id
        FROM parked.u20261129_10_categories p
        WHERE p.user_id = c.user_id AND p.id = c.id;
        UPDATE items i SET external_id = p.external_id
        FROM parked.u20261129_10_items p
        WHERE p.user_id = i.user_id AND p.id = i.id;
        DROP TABLE parked.u20261129_10_categories;
        DROP TABLE parked.u20261129_10_items;
    END IF;
END $$;
ALTER TABLE categories VALIDATE CONSTRAINT categories_external_id_length;
ALTER TABLE items VALIDATE CONSTRAINT items_external_id_length;
CREATE UNIQUE INDEX categories_external_id_key ON categories (user_id, external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX items_external_id_key ON items (user_id, external_id) WHERE external_id IS NOT NULL;

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
