-- Undoes the budgets that go with their user: whose they are is parked, and leaves with the user.
-- squawk-ignore-file adding-serial-primary-key-field, adding-foreign-key-constraint -- on parked tables, made in this step
-- squawk-ignore-file constraint-missing-not-valid -- all or nothing in one transaction, under locks it holds anyway
-- squawk-ignore-file ban-drop-column -- the way back; what was in them is parked
SET LOCAL lock_timeout = '390ms';
SET LOCAL client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS parked;
LOCK TABLE users, budgets IN ACCESS EXCLUSIVE MODE;
CREATE TABLE parked.u20261126_1_budgets AS
    SELECT key, user_id FROM budgets WHERE user_id IS NOT NULL;
ALTER TABLE parked.u20261126_1_budgets
    ADD PRIMARY KEY (key),
    ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
ALTER TABLE budgets
    DROP COLUMN user_id;
