-- Add lots and lead days: place, barcode and lot number of items, lead days of items and categories, the
-- derived columns behind status, orderings and search, and the log of what left the stock.
-- What its U file parked comes back.
-- squawk-ignore-file constraint-missing-not-valid, require-concurrent-index-creation, require-concurrent-index-deletion -- all or nothing in one transaction, under locks it holds anyway
-- squawk-ignore-file adding-field-with-default -- derived columns rewrite the table: all in one statement, so once
SET LOCAL lock_timeout = '260ms';
SET LOCAL client_min_messages = warning;

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;

-- Text as search and ordering see it: without accents, without case.
CREATE FUNCTION fold(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN replace(replace(replace(
        translate(lower(regexp_replace(normalize(value, NFKD), '[\u0300-\u036f]', '', 'g')), 'øłđı', 'oldi'),
        'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe');

-- A time-ordered id (UUID version 7, RFC 9562 section 5.7) for rows that a statement makes by itself.
CREATE FUNCTION new_id() RETURNS uuid
    LANGUAGE sql VOLATILE PARALLEL SAFE
    RETURN encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
        FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid;

-- The one SQL form of an item's status (its Java form: ItemStatus). A thing is good through its printed day.
CREATE FUNCTION item_status(expiry_date date, expiring_from date, today date) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN expiry_date IS NULL THEN 'UNDATED'
        WHEN expiry_date < today THEN 'EXPIRED'
        WHEN expiring_from <= today THEN 'EXPIRING_SOON'
        ELSE 'ACTIVE'
    END;

LOCK TABLE categories, items IN ACCESS EXCLUSIVE MODE;
ALTER TABLE categories
    ADD COLUMN color      text,
    ADD COLUMN lead_days  smallint,
    ADD COLUMN version    integer NOT NULL DEFAULT 1,
    ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now(),
    ADD CONSTRAINT categories_color_form CHECK (color ~ '^#[0-9a-f]{6}$') NOT VALID,
    ADD CONSTRAINT categories_lead_days_range CHECK (lead_days BETWEEN 0 AND 3650) NOT VALID;
ALTER TABLE items
    ADD COLUMN location            text,
    ADD COLUMN barcode             text,
    ADD COLUMN lot_number          text,
    ADD COLUMN lead_days           smallint,
    ADD COLUMN effective_lead_days smallint NOT NULL DEFAULT 30,
    ADD COLUMN version             integer NOT NULL DEFAULT 1;

UPDATE categories SET updated_at = created_at;
UPDATE items i SET effective_lead_days = u.lead_days
FROM users u
WHERE u.id = i.user_id AND u.lead_days <> 30;

DO $$ BEGIN
    IF to_regclass('parked.u20261122_3_items') IS NOT NULL THEN
        UPDATE categories c
        SET color = p.color, lead_days = p.lead_days, version = p.version, updated_at = p.updated_at
        FROM parked.u20261122_3_categories p
        WHERE p.user_id = c.user_id AND p.id = c.id;
        UPDATE items i
        SET location = p.location, barcode = p.barcode, lot_number = p.lot_number, lead_days = p.lead_days,
            effective_lead_days = p.effective_lead_days, version = p.version
        FROM parked.u20261122_3_items p
        WHERE p.user_id = i.user_id AND p.id = i.id;
        -- Not parked, or parked under another category or other lead days of its user.
        UPDATE items i
        SET effective_lead_days = coalesce(i.lead_days,
            (SELECT c.lead_days FROM categories c WHERE c.user_id = i.user_id AND c.id = i.category_id), u.lead_days)
        FROM users u
        WHERE u.id = i.user_id
          AND NOT EXISTS (SELECT FROM parked.u20261122_3_items p
                          WHERE p.user_id = i.user_id AND p.id = i.id AND p.user_lead_days = u.lead_days
                            AND p.category_id IS NOT DISTINCT FROM i.category_id);
        DROP TABLE parked.u20261122_3_categories;
        DROP TABLE parked.u20261122_3_items;
    END IF;
END $$;
ALTER TABLE categories VALIDATE CONSTRAINT categories_color_form;
ALTER TABLE categories VALIDATE CONSTRAINT categories_lead_days_range;
CREATE INDEX categories_by_name ON categories (user_id, fold(name) COLLATE "C", id);

-- The derived columns rewrite the table: together, so once.
ALTER TABLE items
    ADD COLUMN expiring_from date GENERATED ALWAYS AS (expiry_date - effective_lead_days::integer) STORED,
    ADD COLUMN used_up       boolean GENERATED ALWAYS AS (quantity = 0) STORED,
    ADD COLUMN search_text   text GENERATED ALWAYS AS (fold(name || ' ' || coalesce(description, '') || ' '
                                 || coalesce(location, '') || ' ' || coalesce(barcode, '') || ' '
                                 || coalesce(lot_number, ''))) STORED,
    ADD CONSTRAINT items_location_length CHECK (char_length(location) BETWEEN 1 AND 200),
    ADD CONSTRAINT items_barcode_length CHECK (char_length(barcode) BETWEEN 1 AND 64),
    ADD CONSTRAINT items_lot_number_length CHECK (char_length(lot_number) BETWEEN 1 AND 64),
    ADD CONSTRAINT items_lead_days_range CHECK (lead_days BETWEEN 0 AND 3650),
    ADD CONSTRAINT items_effective_lead_days_range CHECK (effective_lead_days BETWEEN 0 AND 3650);

DROP INDEX items_by_expiry_date;
DROP INDEX items_by_category;
CREATE INDEX items_by_expiry_date ON items (user_id, used_up, COALESCE(expiry_date, 'infinity'), id);
CREATE INDEX items_by_name ON items (user_id, used_up, fold(name) COLLATE "C", id);
CREATE INDEX items_by_created_at ON items (user_id, used_up, created_at, id);
CREATE INDEX items_by_updated_at ON items (user_id, used_up, updated_at, id);
CREATE INDEX items_by_category ON items (user_id, category_id, used_up, COALESCE(expiry_date, 'infinity'), id);
CREATE INDEX items_by_expiring_from ON items (user_id, expiring_from) WHERE NOT used_up;
CREATE INDEX items_by_barcode ON items (user_id, barcode) WHERE barcode IS NOT NULL;
CREATE INDEX items_by_search_text ON items USING gin (user_id, search_text gin_trgm_ops);

-- What left the stock, and why. It outlives the item it came from.
ALTER TABLE IF EXISTS parked.take_outs SET SCHEMA public;
CREATE TABLE IF NOT EXISTS take_outs (
    user_id     uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    id          uuid NOT NULL,
    item_id     uuid NOT NULL,
    category_id uuid,
    quantity    numeric(15, 3) NOT NULL,
    unit        text NOT NULL,
    value       numeric(30, 7) NOT NULL,
    outcome     text NOT NULL,
    note        text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, id),
    CONSTRAINT take_outs_quantity_range CHECK (quantity > 0),
    CONSTRAINT take_outs_value_range CHECK (value >= 0),
    CONSTRAINT take_outs_outcome_known CHECK (outcome IN ('USED', 'SOLD', 'DONATED', 'DISCARDED')),
    CONSTRAINT take_outs_note_length CHECK (char_length(note) <= 500)
);
CREATE INDEX IF NOT EXISTS take_outs_by_time ON take_outs (user_id, created_at);

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
