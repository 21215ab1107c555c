-- Undoes that the ties to inventories are checked.
-- squawk-ignore-file adding-foreign-key-constraint -- not validated here: the locks are held for a moment only
SET LOCAL lock_timeout = '70ms';
SET LOCAL client_min_messages = warning;

ALTER TABLE feeds
    DROP CONSTRAINT feeds_inventory_fkey,
    ADD CONSTRAINT feeds_inventory_fkey FOREIGN KEY (user_id) REFERENCES inventories (id) ON DELETE CASCADE NOT VALID;
ALTER TABLE activities
    DROP CONSTRAINT activities_inventory_fkey,
    ADD CONSTRAINT activities_inventory_fkey FOREIGN KEY (user_id) REFERENCES inventories (id) ON DELETE CASCADE NOT VALID;
ALTER TABLE categories
    DROP CONSTRAINT categories_inventory_fkey,
    ADD CONSTRAINT categories_inventory_fkey FOREIGN KEY (user_id) REFERENCES inventories (id) ON DELETE CASCADE NOT VALID;
ALTER TABLE items
    DROP CONSTRAINT items_inventory_fkey,
    ADD CONSTRAINT items_inventory_fkey FOREIGN KEY (user_id) REFERENCES inventories (id) ON DELETE CASCADE NOT VALID;
ALTER TABLE take_outs
    DROP CONSTRAINT take_outs_inventory_fkey,
    ADD CONSTRAINT take_outs_inventory_fkey FOREIGN KEY (user_id) REFERENCES inventories (id) ON DELETE CASCADE NOT VALID;
ALTER TABLE notifications
    DROP CONSTRAINT notifications_inventory_fkey,
    ADD CONSTRAINT notifications_inventory_fkey FOREIGN KEY (user_id) REFERENCES inventories (id) ON DELETE CASCADE NOT VALID;
ALTER TABLE acknowledgements
    DROP CONSTRAINT acknowledgements_inventory_fkey,
    ADD CONSTRAINT acknowledgements_inventory_fkey FOREIGN KEY (user_id) REFERENCES inventories (id) ON DELETE CASCADE NOT VALID;
ALTER TABLE category_reminders
    DROP CONSTRAINT category_reminders_inventory_fkey,
    ADD CONSTRAINT category_reminders_inventory_fkey FOREIGN KEY (user_id) REFERENCES inventories (id) ON DELETE CASCADE NOT VALID;
ALTER TABLE reports
    DROP CONSTRAINT reports_inventory_fkey,
    ADD CONSTRAINT reports_inventory_fkey FOREIGN KEY (user_id) REFERENCES inventories (id) ON DELETE CASCADE NOT VALID;
ALTER TABLE stuck_turns
    DROP CONSTRAINT stuck_turns_inventory_fkey,
    ADD CONSTRAINT stuck_turns_inventory_fkey FOREIGN KEY (user_id) REFERENCES inventories (id) ON DELETE CASCADE NOT VALID;
