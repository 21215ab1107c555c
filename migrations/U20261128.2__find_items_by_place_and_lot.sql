-- Undoes that items are found by index where they are kept and by their lot number.
-- squawk-ignore-file require-concurrent-index-deletion -- dropping takes no time, once the lock is there
SET LOCAL lock_timeout = '130ms';
SET LOCAL client_min_messages = warning;

LOCK TABLE items IN ACCESS EXCLUSIVE MODE;
DROP INDEX items_by_lot_number;
DROP INDEX items_by_location;
