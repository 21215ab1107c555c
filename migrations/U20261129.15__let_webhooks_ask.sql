-- Undoes that a webhook has its payload by a query. The queries are parked, and leave with the owner of the inventory; their
-- webhooks are switched off, as their receivers do not expect another payload.
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid -- on parked tables, made in this step
-- squawk-ignore-file ban-drop-column -- the way back; what was in them is parked
SET LOCAL lock_timeout = '130ms';
SET LOCAL client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS parked;
LOCK TABLE webhooks IN ACCESS EXCLUSIVE MODE;
CREATE TABLE parked.u20261129_15_webhooks AS
    SELECT i.owner_id, w.user_id, w.id, w.query, w.query_maker_id, w.query_token_id, w.off_because
    FROM webhooks w
    JOIN inventories i ON i.id = w.user_id
    WHERE w.query IS NOT NULL;
ALTER TABLE parked.u20261129_15_webhooks
    ADD FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE CASCADE;
UPDATE webhooks SET off_because = 'MEMBER' WHERE query IS NOT NULL AND off_because IS NULL OR off_because = 'QUERY';
ALTER TABLE webhooks
    DROP CONSTRAINT webhooks_off_known,
    DROP CONSTRAINT webhooks_query_length,
    DROP CONSTRAINT webhooks_query_made,
    DROP CONSTRAINT webhooks_query_token,
    DROP COLUMN query,
    DROP COLUMN query_maker_id,
    DROP COLUMN query_token_id,
    ADD CONSTRAINT webhooks_off_known CHECK (off_because IN ('MEMBER', 'FAILED', 'GONE')) NOT VALID;
ALTER TABLE webhooks VALIDATE CONSTRAINT webhooks_off_known;
