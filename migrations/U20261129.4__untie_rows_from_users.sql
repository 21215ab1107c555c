-- Undoes that there is something in inventories that are not a user's own: it is parked, and leaves with their owner. The rest
-- is tied to its user again.
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid -- all or nothing in one transaction, under locks it holds anyway
SET LOCAL lock_timeout = '55ms';
SET LOCAL client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS parked;
LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE;
LOCK TABLE feeds, activities, categories, items, take_outs, notifications, acknowledgements, category_reminders,
    percent_reminders, stuck_items, reports, stuck_turns IN ACCESS EXCLUSIVE MODE;
DO $$
DECLARE
    tab text;
    tables CONSTANT text[] := ARRAY[
        'feeds', 'activities', 'categories', 'items', 'take_outs', 'notifications', 'acknowledgements', 'category_reminders',
        'percent_reminders', 'stuck_items', 'reports', 'stuck_turns'];
BEGIN
    FOREACH tab IN ARRAY tables LOOP
        EXECUTE format(
            'CREATE TABLE parked.%I AS SELECT i.owner_id, t.* FROM %I t JOIN inventories i ON i.id = t.user_id '
            'WHERE i.id <> i.owner_id',
            'u20261129_4_' || tab, tab);
        EXECUTE format(
            'ALTER TABLE parked.%I ADD FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE CASCADE', 'u20261129_4_' || tab);
    END LOOP;
    -- From the last to the first: one may refer to those before it.
    FOR place IN REVERSE cardinality(tables)..1 LOOP
        EXECUTE format(
            'DELETE FROM %I t USING inventories i WHERE i.id = t.user_id AND i.id <> i.owner_id', tables[place]);
    END LOOP;
END $$;

ALTER TABLE feeds ADD CONSTRAINT feeds_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
ALTER TABLE activities ADD CONSTRAINT activities_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
ALTER TABLE categories ADD CONSTRAINT categories_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
ALTER TABLE items ADD CONSTRAINT items_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
ALTER TABLE take_outs ADD CONSTRAINT take_outs_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
ALTER TABLE notifications ADD CONSTRAINT notifications_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
ALTER TABLE acknowledgements ADD CONSTRAINT acknowledgements_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
ALTER TABLE category_reminders ADD CONSTRAINT category_reminders_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
ALTER TABLE reports ADD CONSTRAINT reports_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
ALTER TABLE stuck_turns ADD CONSTRAINT stuck_turns_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
