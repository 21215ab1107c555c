-- Complete the daily report: stock by time to the expiry date and by place, and what left it since the report before.
-- Whatever is taken out keeps the name it had, from which the rate of use is known when the item is gone. Former
-- reports say nothing of it and stay as they are. What its U file parked comes back.
SET LOCAL lock_timeout = '400ms';
SET LOCAL client_min_messages = warning;

LOCK TABLE take_outs, reports IN ACCESS EXCLUSIVE MODE;
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
    IF to_regclass('parked.u20261125_1_take_outs') IS NOT NULL THEN
        UPDATE take_outs t SET name = p.name
        FROM parked.u20261125_1_take_outs p
        WHERE p.user_id = t.user_id AND p.id = t.id;
        UPDATE reports r SET by_location = p.by_location, aging = p.aging, outcomes = p.outcomes
        FROM parked.u20261125_1_reports p
        WHERE p.user_id = r.user_id AND p.id = r.id;
        DROP TABLE parked.u20261125_1_take_outs;
        DROP TABLE parked.u20261125_1_reports;
    END IF;
END $$;

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
