-- Fix users table: usernames and addresses are unique whatever their case and have a sane form; users
-- gain role, active, email_verified, last_login_at and updated_at; and the foreign keys are corrected,
-- so that deleting a user, or an item, takes along what belonged to it.
-- A name or address that breaks the new rules (of two that clash, the later one) gets the user's id as
-- suffix; the original is parked, and the U file restores it.
-- squawk-ignore-file adding-serial-primary-key-field, adding-foreign-key-constraint -- on parked tables, made in this step
-- squawk-ignore-file constraint-missing-not-valid, require-concurrent-index-creation -- all or nothing in one transaction, under locks it holds anyway
SET LOCAL lock_timeout = '160ms';
SET LOCAL client_min_messages = warning;

LOCK TABLE users IN ACCESS EXCLUSIVE MODE;
CREATE SCHEMA IF NOT EXISTS parked;
CREATE TABLE parked.v20240202_users AS
    WITH judged AS (
        SELECT id, username, email, replace(id::text, '-', '') AS suffix,
               char_length(username) NOT BETWEEN 3 AND 60
                   OR row_number() OVER (PARTITION BY lower(username) ORDER BY created_at, id) > 1 AS username_bad,
               char_length(email) NOT BETWEEN 3 AND 320 OR position('@' IN email) < 2
                   OR row_number() OVER (PARTITION BY lower(email) ORDER BY created_at, id) > 1 AS email_bad
        FROM users)
    SELECT id AS user_id, username, email,
           CASE WHEN username_bad THEN left(username, 27) || '-' || suffix ELSE username END AS new_username,
           -- Under .invalid (RFC 2606) no mail ever reaches a stranger.
           CASE WHEN NOT email_bad THEN email
                WHEN position('@' IN left(email, 279)) > 1 THEN left(email, 279) || '.' || suffix || '.invalid'
                ELSE suffix || '@unknown.invalid' END AS new_email
    FROM judged
    WHERE username_bad OR email_bad;
ALTER TABLE parked.v20240202_users
    ADD PRIMARY KEY (user_id),
    ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;

UPDATE users u SET username = p.new_username, email = p.new_email
FROM parked.v20240202_users p
WHERE p.user_id = u.id;

DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM parked.v20240202_users) THEN
        DROP TABLE parked.v20240202_users;
    END IF;
END $$;

ALTER TABLE users
    DROP CONSTRAINT users_username_key,
    DROP CONSTRAINT users_email_key,
    ADD COLUMN role           text NOT NULL DEFAULT 'USER',
    ADD COLUMN active         boolean NOT NULL DEFAULT true,
    ADD COLUMN email_verified boolean NOT NULL DEFAULT false,
    ADD COLUMN last_login_at  timestamptz,
    ADD COLUMN updated_at     timestamptz NOT NULL DEFAULT now(),
    ADD CONSTRAINT users_username_length CHECK (char_length(username) BETWEEN 3 AND 60) NOT VALID,
    ADD CONSTRAINT users_email_form
        CHECK (char_length(email) BETWEEN 3 AND 320 AND position('@' IN email) > 1) NOT VALID,
    ADD CONSTRAINT users_role_known CHECK (role IN ('USER', 'ADMIN')) NOT VALID;
CREATE UNIQUE INDEX users_username_key ON users (lower(username));
CREATE UNIQUE INDEX users_email_key ON users (lower(email));

UPDATE users SET updated_at = created_at;
DO $$ BEGIN
    IF to_regclass('parked.u20240202_users') IS NOT NULL THEN
        UPDATE users u
        SET role = p.role, active = p.active, email_verified = p.email_verified,
            last_login_at = p.last_login_at, updated_at = p.updated_at
        FROM parked.u20240202_users p
        WHERE p.user_id = u.id;
        DROP TABLE parked.u20240202_users;
    END IF;
END $$;

ALTER TABLE users VALIDATE CONSTRAINT users_username_length;
ALTER TABLE users VALIDATE CONSTRAINT users_email_form;
ALTER TABLE users VALIDATE CONSTRAINT users_role_known;

ALTER TABLE categories
    DROP CONSTRAINT categories_user_id_fkey,
    ADD CONSTRAINT categories_user_id_fkey
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE NOT VALID;
ALTER TABLE items
    DROP CONSTRAINT items_user_id_fkey,
    ADD CONSTRAINT items_user_id_fkey
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE NOT VALID;
ALTER TABLE notifications
    DROP CONSTRAINT notifications_user_id_fkey,
    ADD CONSTRAINT notifications_user_id_fkey
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE NOT VALID,
    DROP CONSTRAINT notifications_item_fkey,
    ADD CONSTRAINT notifications_item_fkey
        FOREIGN KEY (user_id, item_id) REFERENCES items (user_id, id) ON DELETE CASCADE NOT VALID;
ALTER TABLE reports
    DROP CONSTRAINT reports_user_id_fkey,
    ADD CONSTRAINT reports_user_id_fkey
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE NOT VALID;
ALTER TABLE categories VALIDATE CONSTRAINT categories_user_id_fkey;
ALTER TABLE items VALIDATE CONSTRAINT items_user_id_fkey;
ALTER TABLE notifications VALIDATE CONSTRAINT notifications_user_id_fkey;
ALTER TABLE notifications VALIDATE CONSTRAINT notifications_item_fkey;
ALTER TABLE reports VALIDATE CONSTRAINT reports_user_id_fkey;

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
