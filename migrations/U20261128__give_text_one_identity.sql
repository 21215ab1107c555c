-- Undoes that text has one identity: names are compared by lower() again. Names that were changed stay as they are.
-- Barcodes of more than 64 characters are cut off, and parked whole.
-- squawk-ignore-file constraint-missing-not-valid, require-concurrent-index-creation, require-concurrent-index-deletion -- all or nothing in one transaction, under locks it holds anyway
-- squawk-ignore-file adding-field-with-default, ban-drop-column -- derived columns rewrite the table: all in one statement, so once
-- squawk-ignore-file adding-serial-primary-key-field, adding-foreign-key-constraint -- on parked tables, made in this step
SET LOCAL lock_timeout = '130ms';
SET LOCAL client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS parked;
LOCK TABLE users, categories, items IN ACCESS EXCLUSIVE MODE;
CREATE TABLE parked.u20261128_items AS
    SELECT user_id, id, barcode FROM items WHERE char_length(barcode) > 64;
ALTER TABLE parked.u20261128_items
    ADD PRIMARY KEY (user_id, id),
    ADD FOREIGN KEY (user_id, id) REFERENCES items (user_id, id) ON DELETE CASCADE;
UPDATE items SET barcode = left(barcode, 64) WHERE char_length(barcode) > 64;
-- Or the table cannot be altered: the update has set off the check of its references.
SET CONSTRAINTS ALL IMMEDIATE;

DROP INDEX users_username_key;
DROP INDEX users_email_key;
DROP INDEX users_by_lower_username;
DROP INDEX users_by_lower_email;
DROP INDEX categories_name_key;
DROP INDEX categories_by_name;
DROP INDEX items_by_name;
ALTER TABLE items
    DROP COLUMN search_text,
    DROP COLUMN location_identity,
    DROP COLUMN barcode_identity,
    DROP CONSTRAINT items_barcode_length;

CREATE OR REPLACE FUNCTION fold(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN replace(replace(replace(
        translate(lower(regexp_replace(normalize(value, NFKD), '[\u0300-\u036f]', '', 'g')), 'øłđı', 'oldi'),
        'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe');
DROP FUNCTION searchable(text);
DROP FUNCTION text_identity(text);
DROP FUNCTION code_identity(text);
DROP FUNCTION spelled_both_ways(text);
DROP FUNCTION unaccented(text);
DROP FUNCTION composed(text);
DROP FUNCTION caseless(text);

ALTER TABLE items
    ADD COLUMN search_text text GENERATED ALWAYS AS (fold(name || ' ' || coalesce(description, '') || ' '
                               || coalesce(location, '') || ' ' || coalesce(barcode, '') || ' '
                               || coalesce(lot_number, ''))) STORED,
    ADD CONSTRAINT items_barcode_length CHECK (char_length(barcode) BETWEEN 1 AND 64);
CREATE UNIQUE INDEX users_username_key ON users (lower(username));
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
CREATE UNIQUE INDEX categories_name_key ON categories (user_id, lower(name));
CREATE INDEX categories_by_name ON categories (user_id, fold(name) COLLATE "C", id);
CREATE INDEX items_by_name ON items (user_id, used_up, fold(name) COLLATE "C", id);
CREATE INDEX items_by_barcode ON items (user_id, barcode) WHERE barcode IS NOT NULL;
CREATE INDEX items_by_search_text ON items USING gin (user_id, search_text gin_trgm_ops);
