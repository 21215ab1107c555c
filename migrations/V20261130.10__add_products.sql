-- Adds products: what lots of the same thing have in common, with their barcodes, and of which product an item is a lot. What
-- its U file parked comes back.
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid -- of tables made in this step, or all or nothing in one transaction, under locks it holds anyway
-- squawk-ignore-file require-concurrent-index-creation -- on tables made in this step, and of a column that is new
SET LOCAL lock_timeout = '130ms';
SET LOCAL client_min_messages = warning;

LOCK TABLE categories, items IN ACCESS EXCLUSIVE MODE;

-- What lots of the same thing have in common.
CREATE TABLE products (
    inventory_id     uuid NOT NULL CONSTRAINT products_inventory_fkey
        REFERENCES inventories (id) ON DELETE CASCADE,
    id               uuid NOT NULL,
    name             text NOT NULL,
    unit             text NOT NULL,
    category_id      uuid,
    location         text,
    shelf_life_days  integer,
    minimum_quantity numeric(15, 3),
    notes            text,
    -- What another program calls it.
    external_id      text COLLATE "C",
    version          integer NOT NULL DEFAULT 1,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    PRIMARY KEY (inventory_id, id),
    CONSTRAINT products_category_fkey FOREIGN KEY (inventory_id, category_id) REFERENCES categories (user_id, id),
    CONSTRAINT products_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT products_unit_length CHECK (char_length(unit) BETWEEN 1 AND 32),
    CONSTRAINT products_location_length CHECK (char_length(location) BETWEEN 1 AND 200),
    CONSTRAINT products_shelf_life_days_range CHECK (shelf_life_days BETWEEN 0 AND 36500),
    CONSTRAINT products_minimum_quantity_range CHECK (minimum_quantity BETWEEN 0 AND 999999999.999),
    CONSTRAINT products_notes_length CHECK (char_length(notes) <= 2000),
    CONSTRAINT products_external_id_length CHECK (char_length(external_id) BETWEEN 1 AND 200)
);
CREATE UNIQUE INDEX products_name_key ON products (inventory_id, text_identity(name) COLLATE "C");
CREATE UNIQUE INDEX products_external_id_key ON products (inventory_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX products_by_name ON products (inventory_id, fold(name) COLLATE "C", id);
CREATE INDEX products_by_category ON products (inventory_id, category_id) WHERE category_id IS NOT NULL;

-- What packages of a product say to a scanner, in the order in which people gave them.
CREATE TABLE product_barcodes (
    inventory_id uuid NOT NULL,
    product_id   uuid NOT NULL,
    place        integer NOT NULL,
    code         text NOT NULL,
    PRIMARY KEY (inventory_id, product_id, place),
    CONSTRAINT product_barcodes_product_fkey FOREIGN KEY (inventory_id, product_id)
        REFERENCES products (inventory_id, id) ON DELETE CASCADE,
    CONSTRAINT product_barcodes_place_range CHECK (place BETWEEN 1 AND 50),
    CONSTRAINT product_barcodes_code_length CHECK (char_length(code) BETWEEN 1 AND 200)
);
CREATE UNIQUE INDEX product_barcodes_code_key ON product_barcodes (inventory_id, code_identity(code) COLLATE "C");

ALTER TABLE items
    ADD COLUMN product_id uuid,
    ADD CONSTRAINT items_product_fkey FOREIGN KEY (user_id, product_id) REFERENCES products (inventory_id, id) NOT VALID;
DO $$ BEGIN
    IF to_regclass('parked.u20261130_10_products') IS NOT NULL THEN
        INSERT INTO products (inventory_id, id, name, unit, category_id, location, shelf_life_days, minimum_quantity, notes,
            external_id, version, created_at, updated_at)
        SELECT p.inventory_id, p.id, p.name, p.unit, c.id, p.location, p.shelf_life_days, p.minimum_quantity, p.notes,
            p.external_id, p.version, p.created_at, p.updated_at
        FROM parked.u20261130_10_products p
        JOIN inventories i ON i.id = p.inventory_id
        LEFT JOIN categories c ON c.user_id = p.inventory_id AND c.id = p.category_id;
        INSERT INTO product_barcodes (inventory_id, product_id, place, code)
        SELECT b.inventory_id, b.product_id, b.place, b.code
        FROM parked.u20261130_10_product_barcodes b
        JOIN products p ON p.inventory_id = b.inventory_id AND p.id = b.product_id;
        UPDATE items i SET product_id = l.product_id
        FROM parked.u20261130_10_items l
        JOIN products p ON p.inventory_id = l.user_id AND p.id = l.product_id
        WHERE l.user_id = i.user_id AND l.id = i.id;
        DROP TABLE parked.u20261130_10_items;
        DROP TABLE parked.u20261130_10_product_barcodes;
        DROP TABLE parked.u20261130_10_products;
    END IF;
END $$;
ALTER TABLE items VALIDATE CONSTRAINT items_product_fkey;
CREATE INDEX items_by_product ON items (user_id, product_id, used_up, COALESCE(expiry_date, 'infinity'), id)
    WHERE product_id IS NOT NULL;

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
