-- Undoes that stock is counted by day. The counts are parked, and leave with the owner of the inventory.
-- squawk-ignore-file ban-drop-table, ban-drop-column -- the way back; what was in them is parked
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid -- on parked tables, made in this step
SET LOCAL lock_timeout = '200ms';
SET LOCAL client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS parked;
LOCK TABLE feeds, stock_days IN ACCESS EXCLUSIVE MODE;
CREATE TABLE parked.u20261129_8_stock_days AS
    SELECT i.owner_id, s.*
    FROM stock_days s
    JOIN inventories i ON i.id = s.user_id;
ALTER TABLE parked.u20261129_8_stock_days
    ADD FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE CASCADE;
CREATE TABLE parked.u20261129_8_feeds AS
    SELECT i.owner_id, f.user_id, f.counted_seq
    FROM feeds f
    JOIN inventories i ON i.id = f.user_id
    WHERE f.counted_seq <> -1;
ALTER TABLE parked.u20261129_8_feeds
    ADD FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE CASCADE;
DROP TABLE stock_days;
ALTER TABLE feeds DROP COLUMN counted_seq;
