-- Undoes that what people hold is an inventory: names, currencies, members, invitations, the inventories beside each user's
-- own, and the API tokens that work in these, are parked, and leave with their owner.
-- squawk-ignore-file ban-drop-table, ban-drop-column -- the way back; what was in them is parked
-- squawk-ignore-file adding-serial-primary-key-field, adding-foreign-key-constraint, constraint-missing-not-valid -- on parked tables, made in this step
SET LOCAL lock_timeout = '130ms';
SET LOCAL client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS parked;
LOCK TABLE users, api_tokens IN ACCESS EXCLUSIVE MODE;
LOCK TABLE inventories, members, invitations IN ACCESS EXCLUSIVE MODE;
CREATE TABLE parked.u20261129_inventories AS SELECT * FROM inventories;
ALTER TABLE parked.u20261129_inventories
    ADD PRIMARY KEY (id),
    ADD FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE CASCADE;
CREATE TABLE parked.u20261129_members AS SELECT * FROM members;
ALTER TABLE parked.u20261129_members
    ADD PRIMARY KEY (inventory_id, user_id),
    ADD FOREIGN KEY (inventory_id) REFERENCES parked.u20261129_inventories (id) ON DELETE CASCADE,
    ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
CREATE TABLE parked.u20261129_invitations AS SELECT * FROM invitations;
ALTER TABLE parked.u20261129_invitations
    ADD PRIMARY KEY (inventory_id, id),
    ADD FOREIGN KEY (inventory_id) REFERENCES parked.u20261129_inventories (id) ON DELETE CASCADE;
CREATE TABLE parked.u20261129_api_tokens AS
    SELECT *
    FROM api_tokens
    WHERE inventory_id IS NOT NULL;
ALTER TABLE parked.u20261129_api_tokens
    ADD PRIMARY KEY (user_id, id),
    ADD FOREIGN KEY (inventory_id, user_id) REFERENCES parked.u20261129_members (inventory_id, user_id) ON DELETE CASCADE;
DELETE FROM api_tokens WHERE inventory_id IS NOT NULL;

-- The turns of the days go on where they are; where users said they were is parked.
CREATE TABLE parked.u20261129_turns AS
    SELECT u.id, u.next_day_at, u.last_day
    FROM users u
    JOIN inventories i ON i.id = u.id
    WHERE (u.next_day_at, u.last_day) IS DISTINCT FROM (i.next_day_at, i.last_day);
ALTER TABLE parked.u20261129_turns
    ADD PRIMARY KEY (id),
    ADD FOREIGN KEY (id) REFERENCES users (id) ON DELETE CASCADE;
UPDATE users u SET next_day_at = i.next_day_at, last_day = i.last_day
FROM inventories i
WHERE i.id = u.id AND (u.next_day_at, u.last_day) IS DISTINCT FROM (i.next_day_at, i.last_day);

DROP TRIGGER keep_own_inventory ON users;
DROP FUNCTION keep_own_inventory();
ALTER TABLE api_tokens DROP COLUMN inventory_id;
DROP TABLE invitations;
DROP TABLE members;
DROP TABLE inventories;
