-- Adds directories of usernames and e-mail addresses, by what counts as the same: every look-up by a name goes through them,
-- and their keys make names and addresses unique where users are distributed by id. The unique indexes of users go with the
-- next release. Nodes of the former release write users alone: what they write, a trigger carries over. What its U file parked
-- goes, since all of it comes from users.
-- squawk-ignore-file ban-drop-table -- parked ones, which are made anew
SET LOCAL lock_timeout = '130ms';
SET LOCAL client_min_messages = warning;

DROP TABLE IF EXISTS parked.user_names;
DROP TABLE IF EXISTS parked.email_addresses;
CREATE TABLE user_names (
    identity text COLLATE "C" PRIMARY KEY,
    user_id  uuid NOT NULL
);
CREATE TABLE email_addresses (
    identity text COLLATE "C" PRIMARY KEY,
    user_id  uuid NOT NULL
);

CREATE FUNCTION keep_directories() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.username IS DISTINCT FROM OLD.username THEN
        DELETE FROM user_names
         WHERE identity = text_identity(OLD.username) AND identity IS DISTINCT FROM text_identity(NEW.username)
           AND user_id = OLD.id;
        INSERT INTO user_names (identity, user_id)
        SELECT text_identity(NEW.username), NEW.id
         WHERE NEW.id IS NOT NULL
           AND NOT EXISTS (SELECT FROM user_names WHERE identity = text_identity(NEW.username) AND user_id = NEW.id);
    END IF;
    IF NEW.email IS DISTINCT FROM OLD.email THEN
        DELETE FROM email_addresses
         WHERE identity = text_identity(OLD.email) AND identity IS DISTINCT FROM text_identity(NEW.email)
           AND user_id = OLD.id;
        INSERT INTO email_addresses (identity, user_id)
        SELECT text_identity(NEW.email), NEW.id
         WHERE NEW.id IS NOT NULL
           AND NOT EXISTS (SELECT FROM email_addresses WHERE identity = text_identity(NEW.email) AND user_id = NEW.id);
    END IF;
    RETURN NULL;
END $$;

-- Everybody there is, while people go on writing; then, for a moment without them, again whoever was changed meanwhile: by a
-- transaction that was not over when the first began, whose id is no less than "since". So few texts are computed under the
-- lock.
DO $$
DECLARE
    since CONSTANT xid := pg_snapshot_xmin(pg_current_snapshot())::xid;
BEGIN
    INSERT INTO user_names (identity, user_id) SELECT text_identity(username), id FROM users;
    INSERT INTO email_addresses (identity, user_id) SELECT text_identity(email), id FROM users;

    LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM user_names n
     WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = n.user_id AND age(u.xmin) > age(since));
    DELETE FROM email_addresses a
     WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = a.user_id AND age(u.xmin) > age(since));
    INSERT INTO user_names (identity, user_id)
    SELECT text_identity(username), id FROM users WHERE age(xmin) <= age(since);
    INSERT INTO email_addresses (identity, user_id)
    SELECT text_identity(email), id FROM users WHERE age(xmin) <= age(since);
END $$;

CREATE TRIGGER keep_directories
    AFTER INSERT OR DELETE OR UPDATE OF username, email ON users
    FOR EACH ROW EXECUTE FUNCTION keep_directories();

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
