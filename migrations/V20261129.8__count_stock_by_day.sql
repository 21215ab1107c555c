-- Keeps what is in stock counted by day: counts and values as of any day are sums of these rows, however much there is. Each
-- change of an inventory counts along; what counted_seq does not stand for (all that is there now, and what a node of the
-- former release changes) is counted anew by the program when it is asked for, so that this step
-- need not read an item. What its U file parked comes back; what was changed since is counted anew all the same.
-- squawk-ignore-file adding-field-with-default -- a constant: no row is written anew
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid -- of a table that is made in this step
SET LOCAL lock_timeout = '200ms';
SET LOCAL client_min_messages = warning;

CREATE TABLE stock_days (
    user_id       uuid NOT NULL CONSTRAINT stock_days_inventory_fkey
        REFERENCES inventories (id) ON DELETE CASCADE,
    part          text NOT NULL,
    part_key      text COLLATE "C" NOT NULL,
    expiry_date   date NOT NULL,
    expiring_from date NOT NULL,
    item_count    integer NOT NULL,
    value         numeric NOT NULL,
    PRIMARY KEY (user_id, part, part_key, expiry_date, expiring_from),
    CONSTRAINT stock_days_part_known CHECK (part IN ('WHOLE', 'CATEGORY', 'LOCATION'))
) WITH (fillfactor = 80);

ALTER TABLE feeds ADD COLUMN counted_seq bigint NOT NULL DEFAULT -1;

DO $$ BEGIN
    IF to_regclass('parked.u20261129_8_stock_days') IS NOT NULL THEN
        INSERT INTO stock_days (user_id, part, part_key, expiry_date, expiring_from, item_count, value)
        SELECT p.user_id, p.part, p.part_key, p.expiry_date, p.expiring_from, p.item_count, p.value
        FROM parked.u20261129_8_stock_days p
        JOIN inventories i ON i.id = p.user_id;
        UPDATE feeds f SET counted_seq = p.counted_seq
        FROM parked.u20261129_8_feeds p
        WHERE f.user_id = p.user_id;
        DROP TABLE parked.u20261129_8_stock_days;
        DROP TABLE parked.u20261129_8_feeds;
    END IF;
END $$;

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
