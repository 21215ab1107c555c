-- Add reminders and complete the daily report. Reminders: how many days before its date, or at what percentage of its
-- life left, something is told; what was told is acknowledged, snoozed and resolved; quiet hours and a daily digest; the
-- date of purchase of items. The report: stock by time to the expiry date and by place, and what left it since the
-- report before; former reports say nothing of it and stay as they are. Whatever is taken out keeps the name it had, from
-- which the rate of use is known when the item is gone. What its U file parked comes back.
-- squawk-ignore-file adding-serial-primary-key-field, adding-foreign-key-constraint -- on parked tables, made in this step
-- squawk-ignore-file constraint-missing-not-valid, disallowed-unique-constraint, require-concurrent-index-creation -- all or nothing in one transaction, under locks it holds anyway
SET LOCAL lock_timeout = '130ms';
SET LOCAL client_min_messages = warning;

LOCK TABLE users, items, notifications, take_outs, reports IN ACCESS EXCLUSIVE MODE;
ALTER TABLE items
    ADD COLUMN purchase_date date,
    ADD CONSTRAINT items_purchase_date_range CHECK (purchase_date BETWEEN '0001-01-01' AND '9999-12-31') NOT VALID;
DO $$ BEGIN
    IF to_regclass('parked.u20261126_items') IS NOT NULL THEN
        UPDATE items i SET purchase_date = p.purchase_date
        FROM parked.u20261126_items p
        WHERE p.user_id = i.user_id AND p.id = i.id;
        DROP TABLE parked.u20261126_items;
    END IF;
END $$;
ALTER TABLE items VALIDATE CONSTRAINT items_purchase_date_range;

ALTER TABLE notifications
    DROP CONSTRAINT notifications_once,
    ADD COLUMN reminder      text NOT NULL DEFAULT '',
    ADD COLUMN snoozed_until date,
    ADD COLUMN resolution    text,
    ADD COLUMN resolved_at   timestamptz,
    ADD CONSTRAINT notifications_reminder_form CHECK (reminder ~ '^([DP][0-9]{1,4}|S[0-9]{8})?$') NOT VALID,
    ADD CONSTRAINT notifications_resolution_known
        CHECK (resolution IN ('ACKNOWLEDGED', 'SUPERSEDED', 'USED_UP', 'REDATED')) NOT VALID,
    ADD CONSTRAINT notifications_resolved_at_matches_resolution
        CHECK ((resolution IS NULL) = (resolved_at IS NULL)) NOT VALID;
DO $$ BEGIN
    IF to_regclass('parked.u20261126_notifications') IS NOT NULL THEN
        UPDATE notifications n
        SET reminder = p.reminder, snoozed_until = p.snoozed_until, resolution = p.resolution, resolved_at = p.resolved_at
        FROM parked.u20261126_notifications p
        WHERE p.user_id = n.user_id AND p.id = n.id;
        INSERT INTO notifications (user_id, id, item_id, kind, title, message, status, read_at, created_at, expiry_date,
                                   reminder, snoozed_until, resolution, resolved_at)
        SELECT user_id, id, item_id, kind, title, message, status, read_at, created_at, expiry_date,
               reminder, snoozed_until, resolution, resolved_at
        FROM parked.u20261126_more_notifications;
        DROP TABLE parked.u20261126_notifications;
        DROP TABLE parked.u20261126_more_notifications;
    ELSE
        -- What was told when an item came within its lead days need not be told again.
        UPDATE notifications n SET reminder = 'D' || i.effective_lead_days
        FROM items i
        WHERE i.user_id = n.user_id AND i.id = n.item_id AND n.kind = 'EXPIRING_SOON' AND n.expiry_date IS NOT NULL;
    END IF;
END $$;
ALTER TABLE notifications VALIDATE CONSTRAINT notifications_reminder_form;
ALTER TABLE notifications VALIDATE CONSTRAINT notifications_resolution_known;
ALTER TABLE notifications VALIDATE CONSTRAINT notifications_resolved_at_matches_resolution;
ALTER TABLE notifications
    ADD CONSTRAINT notifications_once UNIQUE (user_id, item_id, kind, expiry_date, reminder);
CREATE INDEX notifications_snoozed ON notifications (user_id, snoozed_until) WHERE snoozed_until IS NOT NULL;

-- What is not told again of an item and its date: one reminder, or * for all.
ALTER TABLE IF EXISTS parked.acknowledgements SET SCHEMA public;
CREATE TABLE IF NOT EXISTS acknowledgements (
    user_id     uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    item_id     uuid NOT NULL,
    expiry_date date NOT NULL,
    reminder    text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, item_id, expiry_date, reminder),
    FOREIGN KEY (user_id, item_id) REFERENCES items (user_id, id) ON DELETE CASCADE
);

-- When and how a user is told; without a row the defaults hold.
ALTER TABLE IF EXISTS parked.reminder_settings SET SCHEMA public;
CREATE TABLE IF NOT EXISTS reminder_settings (
    user_id        uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    days           smallint[] NOT NULL DEFAULT '{30,7,1,0}',
    percents       smallint[] NOT NULL DEFAULT '{}',
    quiet_from     smallint,
    quiet_to       smallint,
    digest         boolean NOT NULL DEFAULT false,
    -- When the next digest is to be sent, how often it was tried, and up to when notifications were in one.
    digest_due_at  timestamptz,
    digest_tries   smallint NOT NULL DEFAULT 0,
    digested_to    timestamptz,
    CONSTRAINT reminder_settings_days_range CHECK (cardinality(days) <= 20 AND 0 <= ALL (days) AND 3650 >= ALL (days)),
    CONSTRAINT reminder_settings_percents_range
        CHECK (cardinality(percents) <= 20 AND 1 <= ALL (percents) AND 99 >= ALL (percents)),
    CONSTRAINT reminder_settings_quiet_from_range CHECK (quiet_from BETWEEN 0 AND 23),
    CONSTRAINT reminder_settings_quiet_to_range CHECK (quiet_to BETWEEN 0 AND 23),
    CONSTRAINT reminder_settings_quiet_both CHECK ((quiet_from IS NULL) = (quiet_to IS NULL))
);
CREATE INDEX IF NOT EXISTS reminder_settings_digest_due ON reminder_settings (digest_due_at) WHERE digest_due_at IS NOT NULL;

-- Reminders of a category's items instead of the user's.
ALTER TABLE IF EXISTS parked.category_reminders SET SCHEMA public;
CREATE TABLE IF NOT EXISTS category_reminders (
    user_id     uuid NOT NULL,
    category_id uuid NOT NULL,
    days        smallint[] NOT NULL,
    percents    smallint[] NOT NULL,
    PRIMARY KEY (user_id, category_id),
    FOREIGN KEY (user_id, category_id) REFERENCES categories (user_id, id) ON DELETE CASCADE,
    CONSTRAINT category_reminders_days_range CHECK (cardinality(days) <= 20 AND 0 <= ALL (days) AND 3650 >= ALL (days)),
    CONSTRAINT category_reminders_percents_range
        CHECK (cardinality(percents) <= 20 AND 1 <= ALL (percents) AND 99 >= ALL (percents))
);

-- The days on which only so much is left of the life of an item, worked out when it changes: found by index when due.
ALTER TABLE IF EXISTS parked.percent_reminders SET SCHEMA public;
CREATE TABLE IF NOT EXISTS percent_reminders (
    user_id uuid NOT NULL,
    item_id uuid NOT NULL,
    percent smallint NOT NULL,
    due_on  date NOT NULL,
    PRIMARY KEY (user_id, item_id, percent),
    FOREIGN KEY (user_id, item_id) REFERENCES items (user_id, id) ON DELETE CASCADE,
    CONSTRAINT percent_reminders_percent_range CHECK (percent BETWEEN 1 AND 99)
);
CREATE INDEX IF NOT EXISTS percent_reminders_due ON percent_reminders (user_id, due_on);

-- Users whose day could not be turned, and items of which it could not be told: tried again at retry_at, at infinity by
-- an operator alone.
ALTER TABLE IF EXISTS parked.stuck_turns SET SCHEMA public;
CREATE TABLE IF NOT EXISTS stuck_turns (
    user_id         uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    tries           smallint NOT NULL DEFAULT 1,
    error           text NOT NULL,
    first_failed_at timestamptz NOT NULL DEFAULT now(),
    last_failed_at  timestamptz NOT NULL DEFAULT now(),
    retry_at        timestamptz NOT NULL,
    CONSTRAINT stuck_turns_tries_positive CHECK (tries > 0),
    CONSTRAINT stuck_turns_error_length CHECK (length(error) <= 2000)
);
CREATE INDEX IF NOT EXISTS stuck_turns_retry ON stuck_turns (retry_at);
ALTER TABLE IF EXISTS parked.stuck_items SET SCHEMA public;
CREATE TABLE IF NOT EXISTS stuck_items (
    user_id         uuid NOT NULL,
    item_id         uuid NOT NULL,
    tries           smallint NOT NULL DEFAULT 1,
    error           text NOT NULL,
    first_failed_at timestamptz NOT NULL DEFAULT now(),
    last_failed_at  timestamptz NOT NULL DEFAULT now(),
    retry_at        timestamptz NOT NULL,
    PRIMARY KEY (user_id, item_id),
    FOREIGN KEY (user_id, item_id) REFERENCES items (user_id, id) ON DELETE CASCADE,
    CONSTRAINT stuck_items_tries_positive CHECK (tries > 0),
    CONSTRAINT stuck_items_error_length CHECK (length(error) <= 2000)
);
CREATE INDEX IF NOT EXISTS stuck_items_retry ON stuck_items (retry_at);

ALTER TABLE take_outs
    ADD COLUMN name text;
ALTER TABLE reports
    ADD COLUMN by_location jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN aging       jsonb,
    ADD COLUMN outcomes    jsonb;

UPDATE take_outs t SET name = i.name
FROM items i
WHERE i.user_id = t.user_id AND i.id = t.item_id;
DO $$ BEGIN
    IF to_regclass('parked.u20261126_take_outs') IS NOT NULL THEN
        UPDATE take_outs t SET name = p.name
        FROM parked.u20261126_take_outs p
        WHERE p.user_id = t.user_id AND p.id = t.id;
        UPDATE reports r SET by_location = p.by_location, aging = p.aging, outcomes = p.outcomes
        FROM parked.u20261126_reports p
        WHERE p.user_id = r.user_id AND p.id = r.id;
        DROP TABLE parked.u20261126_take_outs;
        DROP TABLE parked.u20261126_reports;
    END IF;
END $$;

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
