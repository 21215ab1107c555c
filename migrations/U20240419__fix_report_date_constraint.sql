-- Undoes the report date constraint: reports that were merged come back as they were (a merged report that
-- has changed since keeps its new numbers), and the counts and values per status are parked.
-- squawk-ignore-file adding-serial-primary-key-field, adding-foreign-key-constraint -- on parked tables, made in this step
-- squawk-ignore-file constraint-missing-not-valid, require-concurrent-index-creation -- all or nothing in one transaction, under locks it holds anyway
-- squawk-ignore-file ban-drop-column -- the way back; what was in them is parked
SET LOCAL lock_timeout = '800ms';
SET LOCAL client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS parked;
LOCK TABLE reports IN ACCESS EXCLUSIVE MODE;
CREATE TABLE parked.u20240419_reports AS
    SELECT user_id, id, date, type, notes, total_items, active_items, expiring_items, expired_items,
           total_value, active_value, expiring_value, expired_value, NULL::text AS fingerprint
    FROM reports;
ALTER TABLE parked.u20240419_reports
    ADD PRIMARY KEY (user_id, id),
    ADD FOREIGN KEY (user_id, id) REFERENCES reports (user_id, id) ON DELETE CASCADE;

ALTER TABLE reports
    DROP CONSTRAINT reports_user_id_date_key,
    DROP CONSTRAINT reports_counts_range,
    ADD CONSTRAINT reports_counts_range CHECK (least(total_items, expiring_items, expired_items) >= 0) NOT VALID,
    DROP CONSTRAINT reports_values_range,
    ADD CONSTRAINT reports_values_range CHECK (total_value >= 0) NOT VALID,
    DROP COLUMN active_items,
    DROP COLUMN active_value,
    DROP COLUMN expiring_value,
    DROP COLUMN expired_value;
ALTER TABLE reports VALIDATE CONSTRAINT reports_counts_range;
ALTER TABLE reports VALIDATE CONSTRAINT reports_values_range;

DO $$ BEGIN
    IF to_regclass('parked.v20240419_reports') IS NOT NULL THEN
        UPDATE reports r
        SET type = p.type, notes = p.notes, total_items = p.total_items, expiring_items = p.expiring_items,
            expired_items = p.expired_items, total_value = p.total_value
        FROM parked.v20240419_reports p,
             (SELECT user_id, merged_into, max(total_items) AS total_items, max(expiring_items) AS expiring_items,
                     max(expired_items) AS expired_items, max(total_value) AS total_value,
                     string_agg(notes, E'\n' ORDER BY created_at, id) AS notes
              FROM parked.v20240419_reports
              GROUP BY user_id, merged_into) AS m
        WHERE p.user_id = r.user_id AND p.id = r.id AND m.user_id = r.user_id AND m.merged_into = r.id
          AND (r.total_items, r.expiring_items, r.expired_items, r.total_value)
              = (m.total_items, m.expiring_items, m.expired_items, m.total_value)
          AND r.notes IS NOT DISTINCT FROM m.notes;
        INSERT INTO reports (user_id, id, date, type, notes, total_items, expiring_items, expired_items,
                             total_value, created_at)
        SELECT user_id, id, date, type, notes, total_items, expiring_items, expired_items, total_value, created_at
        FROM parked.v20240419_reports
        WHERE id <> merged_into;
        DROP TABLE parked.v20240419_reports;
    END IF;
END $$;
CREATE INDEX reports_by_date ON reports (user_id, date);

UPDATE parked.u20240419_reports p SET fingerprint = day.value
FROM (
           SELECT user_id, date,
                  md5(string_agg(ROW (id, type, notes, total_items, expiring_items, expired_items, total_value,
                                      extract(epoch FROM created_at))::text, ',' ORDER BY id)) AS value
           FROM reports
           GROUP BY user_id, date) AS day
WHERE day.user_id = p.user_id AND day.date = p.date;
