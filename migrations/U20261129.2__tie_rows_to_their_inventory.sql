-- Undoes that what is in an inventory is tied to it; to its user it is.
SET LOCAL lock_timeout = '70ms';
SET LOCAL client_min_messages = warning;

ALTER TABLE feeds DROP CONSTRAINT feeds_inventory_fkey;
ALTER TABLE activities DROP CONSTRAINT activities_inventory_fkey;
ALTER TABLE categories DROP CONSTRAINT categories_inventory_fkey;
ALTER TABLE items DROP CONSTRAINT items_inventory_fkey;
ALTER TABLE take_outs DROP CONSTRAINT take_outs_inventory_fkey;
ALTER TABLE notifications DROP CONSTRAINT notifications_inventory_fkey;
ALTER TABLE acknowledgements DROP CONSTRAINT acknowledgements_inventory_fkey;
ALTER TABLE category_reminders DROP CONSTRAINT category_reminders_inventory_fkey;
ALTER TABLE reports DROP CONSTRAINT reports_inventory_fkey;
ALTER TABLE stuck_turns DROP CONSTRAINT stuck_turns_inventory_fkey;
