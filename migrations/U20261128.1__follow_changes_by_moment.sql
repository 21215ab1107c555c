-- Undoes that changes are followed by their moment. Of notifications that differ in nothing but how often the date was set
-- anew the last one stays, and the others are parked; so is how often that was, and the moment of each user's last change.
-- All leave with the user.
-- squawk-ignore-file adding-serial-primary-key-field, adding-foreign-key-constraint, constraint-missing-not-valid -- on parked tables, made in this step
-- squawk-ignore-file require-concurrent-index-deletion -- dropping takes no time, once the lock is there
-- squawk-ignore-file ban-drop-column, disallowed-unique-constraint -- this is the way down, under a lock it holds anyway
SET LOCAL lock_timeout = '130ms';
SET LOCAL client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS parked;
LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE;
LOCK TABLE feeds, activities, notifications IN ACCESS EXCLUSIVE MODE;
CREATE TABLE parked.u20261128_1_notifications AS
    SELECT former.*
    FROM notifications former
    WHERE EXISTS (
        SELECT FROM notifications later
        WHERE later.user_id = former.user_id AND later.item_id = former.item_id AND later.kind = former.kind
          AND later.expiry_date = former.expiry_date AND later.reminder = former.reminder
          AND later.renewal > former.renewal);
ALTER TABLE parked.u20261128_1_notifications
    ADD PRIMARY KEY (user_id, id),
    ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
DELETE FROM notifications n USING parked.u20261128_1_notifications p
WHERE p.user_id = n.user_id AND p.id = n.id;
CREATE TABLE parked.u20261128_1_renewals AS
    SELECT user_id, id, renewal
    FROM notifications
    WHERE renewal <> 0;
ALTER TABLE parked.u20261128_1_renewals
    ADD PRIMARY KEY (user_id, id),
    ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
CREATE TABLE parked.u20261128_1_feeds AS
    SELECT user_id, last_seq, last_at
    FROM feeds;
ALTER TABLE parked.u20261128_1_feeds
    ADD PRIMARY KEY (user_id),
    ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;

ALTER TABLE notifications
    DROP CONSTRAINT notifications_once,
    DROP COLUMN renewal;
ALTER TABLE notifications
    ADD CONSTRAINT notifications_once UNIQUE (user_id, item_id, kind, expiry_date, reminder);
DROP INDEX activities_by_kind;
DROP INDEX activities_by_subject;
ALTER TABLE feeds DROP COLUMN last_at;
