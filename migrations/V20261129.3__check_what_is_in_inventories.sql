-- Checks that everything is in an inventory that there is; writers do not wait for it.
SET LOCAL lock_timeout = '70ms';
SET LOCAL client_min_messages = warning;

ALTER TABLE feeds VALIDATE CONSTRAINT feeds_inventory_fkey;
ALTER TABLE activities VALIDATE CONSTRAINT activities_inventory_fkey;
ALTER TABLE categories VALIDATE CONSTRAINT categories_inventory_fkey;
ALTER TABLE items VALIDATE CONSTRAINT items_inventory_fkey;
ALTER TABLE take_outs VALIDATE CONSTRAINT take_outs_inventory_fkey;
ALTER TABLE notifications VALIDATE CONSTRAINT notifications_inventory_fkey;
ALTER TABLE acknowledgements VALIDATE CONSTRAINT acknowledgements_inventory_fkey;
ALTER TABLE category_reminders VALIDATE CONSTRAINT category_reminders_inventory_fkey;
ALTER TABLE reports VALIDATE CONSTRAINT reports_inventory_fkey;
ALTER TABLE stuck_turns VALIDATE CONSTRAINT stuck_turns_inventory_fkey;
