-- Undoes the fix of the users table. The fields of user management are parked; names and addresses that
-- the V file had to change come back, unless their owner has chosen another since or someone else has
-- taken the original.
-- squawk-ignore-file adding-serial-primary-key-field, adding-foreign-key-constraint -- on parked tables, made in this step
-- squawk-ignore-file constraint-missing-not-valid, disallowed-unique-constraint, require-concurrent-index-deletion -- all or nothing in one transaction, under locks it holds anyway
-- squawk-ignore-file ban-drop-column -- the way back; what was in them is parked
SET LOCAL lock_timeout = '160ms';
SET LOCAL client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS parked;
LOCK TABLE users IN ACCESS EXCLUSIVE MODE;
CREATE TABLE parked.u20240202_users AS
    SELECT id AS user_id, role, active, email_verified, last_login_at, updated_at FROM users;
ALTER TABLE parked.u20240202_users
    ADD PRIMARY KEY (user_id),
    ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;

DROP INDEX users_username_key;
DROP INDEX users_email_key;
ALTER TABLE users
    DROP CONSTRAINT users_username_length,
    DROP CONSTRAINT users_email_form,
    DROP COLUMN role,
    DROP COLUMN active,
    DROP COLUMN email_verified,
    DROP COLUMN last_login_at,
    DROP COLUMN updated_at;

DO $$ BEGIN
    IF to_regclass('parked.v20240202_users') IS NOT NULL THEN
        UPDATE users u SET username = p.username
        FROM parked.v20240202_users p
        WHERE p.user_id = u.id AND u.username = p.new_username
          AND NOT EXISTS (SELECT FROM users other WHERE other.username = p.username AND other.id <> u.id);
        UPDATE users u SET email = p.email
        FROM parked.v20240202_users p
        WHERE p.user_id = u.id AND u.email = p.new_email
          AND NOT EXISTS (SELECT FROM users other WHERE other.email = p.email AND other.id <> u.id);
        DROP TABLE parked.v20240202_users;
    END IF;
END $$;

ALTER TABLE users
    ADD CONSTRAINT users_username_key UNIQUE (username),
    ADD CONSTRAINT users_email_key UNIQUE (email);

ALTER TABLE categories
    DROP CONSTRAINT categories_user_id_fkey,
    ADD CONSTRAINT categories_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;
ALTER TABLE items
    DROP CONSTRAINT items_user_id_fkey,
    ADD CONSTRAINT items_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;
ALTER TABLE notifications
    DROP CONSTRAINT notifications_user_id_fkey,
    ADD CONSTRAINT notifications_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID,
    DROP CONSTRAINT notifications_item_fkey,
    ADD CONSTRAINT notifications_item_fkey
        FOREIGN KEY (user_id, item_id) REFERENCES items (user_id, id) NOT VALID;
ALTER TABLE reports
    DROP CONSTRAINT reports_user_id_fkey,
    ADD CONSTRAINT reports_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;
ALTER TABLE categories VALIDATE CONSTRAINT categories_user_id_fkey;
ALTER TABLE items VALIDATE CONSTRAINT items_user_id_fkey;
ALTER TABLE notifications VALIDATE CONSTRAINT notifications_user_id_fkey;
ALTER TABLE notifications VALIDATE CONSTRAINT notifications_item_fkey;
ALTER TABLE reports VALIDATE CONSTRAINT reports_user_id_fkey;
