-- Lets a job that is added while it is under way run once more, and finds those that are due by their kind.
-- What its U file parked comes back.
-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion -- few rows, in a transaction that holds the lock anyway
SET LOCAL lock_timeout = '130ms';
SET LOCAL client_min_messages = warning;

ALTER TABLE jobs ADD COLUMN again boolean NOT NULL DEFAULT false;
DROP INDEX jobs_due;
CREATE INDEX jobs_due_of_kind ON jobs (kind, due_at);
DO $$ BEGIN
    IF to_regclass('parked.u20261129_6_jobs') IS NOT NULL THEN
        UPDATE jobs j SET again = true
        FROM parked.u20261129_6_jobs p
        WHERE p.tenant_id = j.tenant_id AND p.kind = j.kind AND p.object_id = j.object_id;
        DROP TABLE parked.u20261129_6_jobs;
    END IF;
END $$;

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
