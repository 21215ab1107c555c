-- Ties rows to their user. The budgets of users and of their API tokens say whose they are, so that nothing of a user who
-- is gone stays until they are full again. Acknowledgements and the reminders of categories stay when their item or
-- category is deleted, so that undoing the deletion brings back all of it. What its U file parked comes back.
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid, require-concurrent-index-creation -- small tables, all or nothing in one transaction, under locks it holds anyway
SET LOCAL lock_timeout = '130ms';
SET LOCAL client_min_messages = warning;

LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE;
LOCK TABLE categories, items, acknowledgements, category_reminders, budgets IN ACCESS EXCLUSIVE MODE;
ALTER TABLE acknowledgements
    DROP CONSTRAINT acknowledgements_user_id_item_id_fkey;
ALTER TABLE category_reminders
    DROP CONSTRAINT category_reminders_user_id_category_id_fkey,
    ADD CONSTRAINT category_reminders_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE NOT VALID;
ALTER TABLE budgets
    ADD COLUMN user_id uuid,
    ADD CONSTRAINT budgets_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE NOT VALID;
UPDATE budgets b SET user_id = u.id
FROM users u
WHERE u.id = CASE WHEN b.key ~ '^user:[0-9a-f-]{36}$' THEN substr(b.key, 6)::uuid END;
UPDATE budgets b SET user_id = t.user_id
FROM api_tokens t
WHERE t.id = CASE WHEN b.key ~ '^token:[0-9a-f-]{36}$' THEN substr(b.key, 7)::uuid END;
DO $$ BEGIN
    IF to_regclass('parked.u20261126_1_budgets') IS NOT NULL THEN
        UPDATE budgets b SET user_id = p.user_id
        FROM parked.u20261126_1_budgets p
        WHERE p.key = b.key;
        INSERT INTO acknowledgements (user_id, item_id, expiry_date, reminder, created_at)
        SELECT user_id, item_id, expiry_date, reminder, created_at FROM parked.u20261126_1_acknowledgements
            ON CONFLICT DO NOTHING;
        INSERT INTO category_reminders (user_id, category_id, days, percents)
        SELECT user_id, category_id, days, percents FROM parked.u20261126_1_category_reminders
            ON CONFLICT DO NOTHING;
        DROP TABLE parked.u20261126_1_budgets;
        DROP TABLE parked.u20261126_1_acknowledgements;
        DROP TABLE parked.u20261126_1_category_reminders;
    END IF;
END $$;
ALTER TABLE category_reminders VALIDATE CONSTRAINT category_reminders_user_id_fkey;
ALTER TABLE budgets VALIDATE CONSTRAINT budgets_user_id_fkey;
CREATE INDEX budgets_of_user ON budgets (user_id) WHERE user_id IS NOT NULL;

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
