-- Deletes budgets with their user: the budgets of users and of their API tokens say whose they are, so that nothing of a
-- user who is gone stays until they are full again. What its U file parked comes back.
-- squawk-ignore-file adding-foreign-key-constraint, require-concurrent-index-creation -- a small table, all or nothing in one transaction, under locks it holds anyway
SET LOCAL lock_timeout = '390ms';
SET LOCAL client_min_messages = warning;

LOCK TABLE users, budgets IN ACCESS EXCLUSIVE MODE;
ALTER TABLE budgets
    ADD COLUMN user_id uuid,
    ADD CONSTRAINT budgets_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE NOT VALID;
UPDATE budgets b SET user_id = u.id
FROM users u
WHERE b.key = 'user:' || u.id;
UPDATE budgets b SET user_id = t.user_id
FROM api_tokens t
WHERE b.key = 'token:' || t.id;
DO $$ BEGIN
    IF to_regclass('parked.u20261126_1_budgets') IS NOT NULL THEN
        UPDATE budgets b SET user_id = p.user_id
        FROM parked.u20261126_1_budgets p
        WHERE p.key = b.key;
        DROP TABLE parked.u20261126_1_budgets;
    END IF;
END $$;
ALTER TABLE budgets VALIDATE CONSTRAINT budgets_user_id_fkey;
CREATE INDEX budgets_of_user ON budgets (user_id) WHERE user_id IS NOT NULL;

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
