-- Finds items by index where they are kept and by their lot number, as filters compare these texts.
-- squawk-ignore-file require-concurrent-index-creation -- all or nothing in one transaction; nobody who reads waits for it
SET LOCAL lock_timeout = '130ms';
SET LOCAL client_min_messages = warning;

LOCK TABLE items IN SHARE MODE;
CREATE INDEX items_by_location ON items (user_id, used_up, location_identity) WHERE location_identity IS NOT NULL;
CREATE INDEX items_by_lot_number ON items (user_id, text_identity(lot_number)) WHERE lot_number IS NOT NULL;
