-- Unties what is in an inventory from users: it may be in one that is not a user's own. What its U file parked comes back.
SET LOCAL lock_timeout = '70ms';
SET LOCAL client_min_messages = warning;

LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE;
ALTER TABLE feeds DROP CONSTRAINT feeds_user_id_fkey;
ALTER TABLE activities DROP CONSTRAINT activities_user_id_fkey;
ALTER TABLE categories DROP CONSTRAINT categories_user_id_fkey;
ALTER TABLE items DROP CONSTRAINT items_user_id_fkey;
ALTER TABLE take_outs DROP CONSTRAINT take_outs_user_id_fkey;
ALTER TABLE notifications DROP CONSTRAINT notifications_user_id_fkey;
ALTER TABLE acknowledgements DROP CONSTRAINT acknowledgements_user_id_fkey;
ALTER TABLE category_reminders DROP CONSTRAINT category_reminders_user_id_fkey;
ALTER TABLE reports DROP CONSTRAINT reports_user_id_fkey;
ALTER TABLE stuck_turns DROP CONSTRAINT stuck_turns_user_id_fkey;

DO $$
DECLARE
    tab text;
    columns text;
BEGIN
    FOREACH tab IN ARRAY ARRAY[
        'feeds', 'activities', 'categories', 'items', 'take_outs', 'notifications', 'acknowledgements', 'category_reminders',
        'percent_reminders', 'stuck_items', 'reports', 'stuck_turns']
    LOOP
        IF to_regclass('parked.u20261129_4_' || tab) IS NOT NULL THEN
            SELECT string_agg(format('%I', attname), ', ' ORDER BY attnum) INTO columns
            FROM pg_attribute
            WHERE attrelid = tab::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
            EXECUTE format(
                'INSERT INTO %I (%s) SELECT %s FROM parked.%I p WHERE EXISTS (SELECT FROM inventories i WHERE i.id = p.user_id) '
                'ON CONFLICT DO NOTHING',
                tab, columns, columns, 'u20261129_4_' || tab);
            EXECUTE format('DROP TABLE parked.%I', 'u20261129_4_' || tab);
        END IF;
    END LOOP;
END $$;

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
