-- Add status column to notifications: status UNREAD or READ, read_at, held together by a constraint; and
-- kind, the clearer successor of type. The old columns is_read and type stay for the former release; a
-- trigger keeps both in step until the next migration removes them.
-- squawk-ignore-file constraint-missing-not-valid, adding-not-nullable-field, require-concurrent-index-creation -- all or nothing in one transaction, under locks it holds anyway
SET LOCAL lock_timeout = '800ms';
SET LOCAL client_min_messages = warning;

ALTER TABLE notifications
    ADD COLUMN status  text NOT NULL DEFAULT 'UNREAD',
    ADD COLUMN read_at timestamptz,
    ADD COLUMN kind    text;

-- When a notification was read was not recorded before: not earlier than it was sent.
UPDATE notifications
SET status = CASE WHEN is_read THEN 'READ' ELSE 'UNREAD' END,
    read_at = CASE WHEN is_read THEN coalesce(sent_at, created_at) END,
    kind = CASE type WHEN 'expiring' THEN 'EXPIRING_SOON' WHEN 'expired' THEN 'EXPIRED' ELSE 'SYSTEM' END;

DO $$ BEGIN
    IF to_regclass('parked.u20240308_notifications') IS NOT NULL THEN
        UPDATE notifications n SET read_at = p.read_at
        FROM parked.u20240308_notifications p
        WHERE p.user_id = n.user_id AND p.id = n.id AND n.is_read;
        DROP TABLE parked.u20240308_notifications;
    END IF;
END $$;

ALTER TABLE notifications
    ALTER COLUMN kind SET NOT NULL,
    ADD CONSTRAINT notifications_kind_known CHECK (kind IN ('EXPIRING_SOON', 'EXPIRED', 'SYSTEM')) NOT VALID,
    ADD CONSTRAINT notifications_status_known CHECK (status IN ('UNREAD', 'READ')) NOT VALID,
    ADD CONSTRAINT notifications_read_at_matches_status
        CHECK ((status = 'READ') = (read_at IS NOT NULL)) NOT VALID;
ALTER TABLE notifications VALIDATE CONSTRAINT notifications_kind_known;
ALTER TABLE notifications VALIDATE CONSTRAINT notifications_status_known;
ALTER TABLE notifications VALIDATE CONSTRAINT notifications_read_at_matches_status;
CREATE INDEX notifications_unread ON notifications (user_id, created_at, id) WHERE status = 'UNREAD';

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
