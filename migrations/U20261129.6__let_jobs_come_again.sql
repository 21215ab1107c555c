-- Undoes that jobs come again. What failed in a turn and the digests that are due go back to where the revision before looks
-- for them, and are due then as they were; which other jobs come again is parked.
-- squawk-ignore-file adding-serial-primary-key-field, constraint-missing-not-valid -- on a parked table, made in this step
-- squawk-ignore-file ban-drop-column, require-concurrent-index-creation, require-concurrent-index-deletion -- few rows, in a transaction that holds the lock anyway
SET LOCAL lock_timeout = '130ms';
SET LOCAL client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS parked;
LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE;
INSERT INTO stuck_turns (user_id, tries, error, first_failed_at, last_failed_at, retry_at)
SELECT j.tenant_id, greatest(j.tries, 1), coalesce(j.error, ''), coalesce(j.first_failed_at, now()),
       coalesce(j.last_failed_at, now()), j.due_at
  FROM jobs j
  JOIN inventories i ON i.id = j.tenant_id
 WHERE j.kind = 'turn'
    ON CONFLICT DO NOTHING;
INSERT INTO stuck_items (user_id, item_id, tries, error, first_failed_at, last_failed_at, retry_at)
SELECT j.tenant_id, j.object_id, greatest(j.tries, 1), coalesce(j.error, ''), coalesce(j.first_failed_at, now()),
       coalesce(j.last_failed_at, now()), j.due_at
  FROM jobs j
  JOIN items i ON i.user_id = j.tenant_id AND i.id = j.object_id
 WHERE j.kind = 'notice'
    ON CONFLICT DO NOTHING;
UPDATE reminder_settings s
   SET digest_due_at = least(s.digest_due_at, j.due_at), digest_tries = least(j.tries, 10)
  FROM jobs j
 WHERE j.tenant_id = s.user_id AND j.kind = 'digest';
DELETE FROM jobs WHERE kind IN ('turn', 'notice', 'digest', 'take-over-from-former-release');

CREATE TABLE parked.u20261129_6_jobs AS SELECT tenant_id, kind, object_id, again FROM jobs WHERE again;
ALTER TABLE parked.u20261129_6_jobs ADD PRIMARY KEY (tenant_id, kind, object_id);

DROP INDEX jobs_due_of_kind;
CREATE INDEX jobs_due ON jobs (due_at);
ALTER TABLE jobs DROP COLUMN again;
