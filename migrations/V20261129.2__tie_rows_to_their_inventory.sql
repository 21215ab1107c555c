-- Ties what is in an inventory to it; until the step after next to its user as well, who is the same as long as each has but
-- one.
-- squawk-ignore-file adding-foreign-key-constraint -- not validated here: the locks are held for a moment only
SET LOCAL lock_timeout = '70ms';
SET LOCAL client_min_messages = warning;

ALTER TABLE feeds
    ADD CONSTRAINT feeds_inventory_fkey FOREIGN KEY (user_id) REFERENCES inventories (id) ON DELETE CASCADE NOT VALID;
ALTER TABLE activities
    ADD CONSTRAINT activities_inventory_fkey FOREIGN KEY (user_id) REFERENCES inventories (id) ON DELETE CASCADE NOT VALID;
ALTER TABLE categories
    ADD CONSTRAINT categories_inventory_fkey FOREIGN KEY (user_id) REFERENCES inventories (id) ON DELETE CASCADE NOT VALID;
ALTER TABLE items
    ADD CONSTRAINT items_inventory_fkey FOREIGN KEY (user_id) REFERENCES inventories (id) ON DELETE CASCADE NOT VALID;
ALTER TABLE take_outs
    ADD CONSTRAINT take_outs_inventory_fkey FOREIGN KEY (user_id) REFERENCES inventories (id) ON DELETE CASCADE NOT VALID;
ALTER TABLE notifications
    ADD CONSTRAINT notifications_inventory_fkey FOREIGN KEY (user_id) REFERENCES inventories (id) ON DELETE CASCADE NOT VALID;
ALTER TABLE acknowledgements
    ADD CONSTRAINT acknowledgements_inventory_fkey FOREIGN KEY (user_id) REFERENCES inventories (id) ON DELETE CASCADE NOT VALID;
ALTER TABLE category_reminders
    ADD CONSTRAINT category_reminders_inventory_fkey FOREIGN KEY (user_id) REFERENCES inventories (id) ON DELETE CASCADE NOT VALID;
ALTER TABLE reports
    ADD CONSTRAINT reports_inventory_fkey FOREIGN KEY (user_id) REFERENCES inventories (id) ON DELETE CASCADE NOT VALID;
ALTER TABLE stuck_turns
    ADD CONSTRAINT stuck_turns_inventory_fkey FOREIGN KEY (user_id) REFERENCES inventories (id) ON DELETE CASCADE NOT VALID;
