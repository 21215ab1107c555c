-- Lets a webhook have its payload by a query of GraphQL: the query, and whose rights count when it is asked. What its U file
-- parked comes back.
-- squawk-ignore-file constraint-missing-not-valid -- all or nothing in one transaction, under locks it holds anyway
SET LOCAL lock_timeout = '130ms';
SET LOCAL client_min_messages = warning;

LOCK TABLE webhooks IN ACCESS EXCLUSIVE MODE;
ALTER TABLE webhooks
    ADD COLUMN query text,
    ADD COLUMN query_maker_id uuid,
    ADD COLUMN query_token_id uuid,
    DROP CONSTRAINT webhooks_off_known,
    ADD CONSTRAINT webhooks_off_known CHECK (off_because IN ('MEMBER', 'FAILED', 'GONE', 'QUERY')) NOT VALID,
    ADD CONSTRAINT webhooks_query_length CHECK (char_length(query) BETWEEN 1 AND 10000) NOT VALID,
    ADD CONSTRAINT webhooks_query_made CHECK ((query IS NULL) = (query_maker_id IS NULL)) NOT VALID,
    ADD CONSTRAINT webhooks_query_token CHECK (query_token_id IS NULL OR query_maker_id IS NOT NULL) NOT VALID;
DO $$ BEGIN
    IF to_regclass('parked.u20261129_15_webhooks') IS NOT NULL THEN
        UPDATE webhooks w
        SET query = p.query, query_maker_id = p.query_maker_id, query_token_id = p.query_token_id,
            off_because = CASE WHEN w.off_because = 'MEMBER' THEN p.off_because ELSE w.off_because END
        FROM parked.u20261129_15_webhooks p
        WHERE p.user_id = w.user_id AND p.id = w.id;
        DROP TABLE parked.u20261129_15_webhooks;
    END IF;
END $$;
ALTER TABLE webhooks VALIDATE CONSTRAINT webhooks_off_known;
ALTER TABLE webhooks VALIDATE CONSTRAINT webhooks_query_length;
ALTER TABLE webhooks VALIDATE CONSTRAINT webhooks_query_made;
ALTER TABLE webhooks VALIDATE CONSTRAINT webhooks_query_token;

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
