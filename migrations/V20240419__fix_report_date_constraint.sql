-- Fix report date constraint: one report per user and date, with counts and values per status. Reports of
-- the same day are merged into the latest one: the greatest of each number, all notes; the originals are
-- parked, and the U file restores them. Older reports never knew the values per status: those stay zero.
-- Numbers that the U file parked come back to every day whose reports have not changed since.
-- squawk-ignore-file adding-serial-primary-key-field, adding-foreign-key-constraint -- on parked tables, made in this step
-- squawk-ignore-file constraint-missing-not-valid, disallowed-unique-constraint, require-concurrent-index-deletion -- all or nothing in one transaction, under locks it holds anyway
SET LOCAL lock_timeout = '800ms';
SET LOCAL client_min_messages = warning;

LOCK TABLE reports IN ACCESS EXCLUSIVE MODE;
DO $$ BEGIN
    IF to_regclass('parked.u20240419_reports') IS NOT NULL THEN
        DELETE FROM parked.u20240419_reports p
        WHERE NOT EXISTS (
           SELECT FROM (
           SELECT user_id, date,
                  md5(string_agg(ROW (id, type, notes, total_items, expiring_items, expired_items, total_value,
                                      extract(epoch FROM created_at))::text, ',' ORDER BY id)) AS value
           FROM reports
           GROUP BY user_id, date) AS day
           WHERE day.user_id = p.user_id AND day.date = p.date AND day.value = p.fingerprint);
    END IF;
END $$;

CREATE SCHEMA IF NOT EXISTS parked;
CREATE TABLE parked.v20240419_reports AS
    WITH same_day AS (
        SELECT user_id, id, date, type, notes, total_items, expiring_items, expired_items, total_value, created_at,
               count(*) OVER (PARTITION BY user_id, date) AS reports,
               first_value(id) OVER (PARTITION BY user_id, date ORDER BY created_at DESC, id DESC) AS merged_into
        FROM reports)
    SELECT user_id, id, date, type, notes, total_items, expiring_items, expired_items, total_value, created_at,
           merged_into
    FROM same_day
    WHERE reports > 1;
ALTER TABLE parked.v20240419_reports
    ADD PRIMARY KEY (user_id, id),
    ADD FOREIGN KEY (user_id, merged_into) REFERENCES reports (user_id, id) ON DELETE CASCADE;

UPDATE reports r
SET total_items = m.total_items, expiring_items = m.expiring_items, expired_items = m.expired_items,
    total_value = m.total_value, notes = m.notes
FROM (SELECT user_id, merged_into, max(total_items) AS total_items, max(expiring_items) AS expiring_items,
             max(expired_items) AS expired_items, max(total_value) AS total_value,
             string_agg(notes, E'\n' ORDER BY created_at, id) AS notes
      FROM parked.v20240419_reports
      GROUP BY user_id, merged_into) AS m
WHERE r.user_id = m.user_id AND r.id = m.merged_into;
DELETE FROM reports r
USING parked.v20240419_reports p
WHERE r.user_id = p.user_id AND r.id = p.id AND p.id <> p.merged_into;
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM parked.v20240419_reports) THEN
        DROP TABLE parked.v20240419_reports;
    END IF;
END $$;

ALTER TABLE reports
    ADD COLUMN active_items   integer NOT NULL DEFAULT 0,
    ADD COLUMN active_value   numeric(30, 7) NOT NULL DEFAULT 0,
    ADD COLUMN expiring_value numeric(30, 7) NOT NULL DEFAULT 0,
    ADD COLUMN expired_value  numeric(30, 7) NOT NULL DEFAULT 0,
    ADD CONSTRAINT reports_user_id_date_key UNIQUE (user_id, date),
    DROP CONSTRAINT reports_counts_range,
    ADD CONSTRAINT reports_counts_range
        CHECK (least(total_items, active_items, expiring_items, expired_items) >= 0) NOT VALID,
    DROP CONSTRAINT reports_values_range,
    ADD CONSTRAINT reports_values_range
        CHECK (least(total_value, active_value, expiring_value, expired_value) >= 0) NOT VALID;
DROP INDEX reports_by_date;

UPDATE reports
SET active_items = greatest(total_items::bigint - expiring_items - expired_items, 0)::integer;
DO $$ BEGIN
    IF to_regclass('parked.u20240419_reports') IS NOT NULL THEN
        UPDATE reports r
        SET type = p.type, notes = p.notes,
            total_items = p.total_items, active_items = p.active_items,
            expiring_items = p.expiring_items, expired_items = p.expired_items,
            total_value = p.total_value, active_value = p.active_value,
            expiring_value = p.expiring_value, expired_value = p.expired_value
        FROM parked.u20240419_reports p
        WHERE p.user_id = r.user_id AND p.id = r.id;
        DROP TABLE parked.u20240419_reports;
    END IF;
END $$;

ALTER TABLE reports VALIDATE CONSTRAINT reports_counts_range;
ALTER TABLE reports VALIDATE CONSTRAINT reports_values_range;

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
