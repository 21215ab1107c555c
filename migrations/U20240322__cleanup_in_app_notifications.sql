-- Undoes the cleanup of in-app notifications: the old columns come back, with the values they had or that
-- follow from status and kind, and the trigger that keeps old and new in step.
-- squawk-ignore-file constraint-missing-not-valid, adding-not-nullable-field, require-concurrent-index-creation -- all or nothing in one transaction, under locks it holds anyway
SET LOCAL lock_timeout = '800ms';
SET LOCAL client_min_messages = warning;

ALTER TABLE notifications
    ADD COLUMN is_read boolean NOT NULL DEFAULT false,
    ADD COLUMN type    text,
    ADD COLUMN channel text NOT NULL DEFAULT 'in_app',
    ADD COLUMN sent_at timestamptz;

UPDATE notifications
SET is_read = status = 'READ',
    type = CASE kind WHEN 'EXPIRING_SOON' THEN 'expiring' WHEN 'EXPIRED' THEN 'expired' ELSE 'info' END;
DO $$ BEGIN
    IF to_regclass('parked.v20240322_notifications') IS NOT NULL THEN
        UPDATE notifications n SET channel = p.channel, sent_at = p.sent_at
        FROM parked.v20240322_notifications p
        WHERE p.user_id = n.user_id AND p.id = n.id;
        DROP TABLE parked.v20240322_notifications;
    END IF;
END $$;

ALTER TABLE notifications
    ALTER COLUMN type SET NOT NULL,
    ADD CONSTRAINT notifications_type_known CHECK (type IN ('expiring', 'expired', 'info')) NOT VALID,
    ADD CONSTRAINT notifications_channel_known CHECK (channel IN ('in_app', 'email')) NOT VALID;
ALTER TABLE notifications VALIDATE CONSTRAINT notifications_type_known;
ALTER TABLE notifications VALIDATE CONSTRAINT notifications_channel_known;
CREATE INDEX notifications_not_read ON notifications (user_id, created_at, id) WHERE NOT is_read;

CREATE FUNCTION notifications_keep_in_step() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.is_read THEN
            NEW.status := 'READ';
        END IF;
    ELSIF NEW.status IS NOT DISTINCT FROM OLD.status AND NEW.is_read IS DISTINCT FROM OLD.is_read THEN
        NEW.status := CASE WHEN NEW.is_read THEN 'READ' ELSE 'UNREAD' END;
    END IF;
    IF TG_OP = 'INSERT' AND NEW.kind IS NULL
        OR TG_OP = 'UPDATE' AND NEW.kind IS NOT DISTINCT FROM OLD.kind AND NEW.type IS DISTINCT FROM OLD.type
    THEN
        NEW.kind := CASE NEW.type WHEN 'expiring' THEN 'EXPIRING_SOON' WHEN 'expired' THEN 'EXPIRED'
                                  WHEN 'info' THEN 'SYSTEM' END;
    END IF;
    NEW.type := CASE NEW.kind WHEN 'EXPIRING_SOON' THEN 'expiring' WHEN 'EXPIRED' THEN 'expired'
                              WHEN 'SYSTEM' THEN 'info' ELSE NEW.type END;
    NEW.is_read := NEW.status = 'READ';
    NEW.read_at := CASE WHEN NEW.status = 'READ' THEN coalesce(NEW.read_at, now()) END;
    RETURN NEW;
END $$;
CREATE TRIGGER notifications_keep_in_step BEFORE INSERT OR UPDATE ON notifications
    FOR EACH ROW EXECUTE FUNCTION notifications_keep_in_step();

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
