-- Adds a table of work that is due, from which one node at a time claims: first what deletes outdated rows.
SET LOCAL lock_timeout = '130ms';
SET LOCAL client_min_messages = warning;

ALTER TABLE IF EXISTS parked.jobs SET SCHEMA public;
CREATE TABLE IF NOT EXISTS jobs (
    tenant_id       uuid NOT NULL,
    kind            text NOT NULL,
    object_id       uuid NOT NULL,
    due_at          timestamptz NOT NULL,
    claim_id        uuid,
    tries           smallint NOT NULL DEFAULT 0,
    error           text,
    first_failed_at timestamptz,
    last_failed_at  timestamptz,
    done_at         timestamptz,
    PRIMARY KEY (tenant_id, kind, object_id),
    CONSTRAINT jobs_kind_length CHECK (char_length(kind) BETWEEN 1 AND 60),
    CONSTRAINT jobs_tries_range CHECK (tries >= 0),
    CONSTRAINT jobs_error_length CHECK (char_length(error) <= 2000)
);
CREATE INDEX IF NOT EXISTS jobs_due ON jobs (due_at);
