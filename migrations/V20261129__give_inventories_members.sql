-- Makes what people hold an inventory: with settings, an owner and members. Each user gets one of their own, which bears their
-- id, so that every row keeps its keys. Nodes of the former release know users alone: what they write of a user, a trigger
-- carries over to the user's own inventory. What its U file parked comes back.
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid -- of a small table, to one that is made in this step
-- squawk-ignore-file require-concurrent-index-creation -- on tables that are made in this step
SET LOCAL lock_timeout = '130ms';
SET LOCAL client_min_messages = warning;

CREATE TABLE inventories (
    id          uuid PRIMARY KEY,
    owner_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name        text NOT NULL,
    currency    text,
    time_zone   text NOT NULL DEFAULT 'UTC',
    lead_days   smallint NOT NULL DEFAULT 30,
    turn_hour   smallint NOT NULL DEFAULT 0,
    next_day_at timestamptz NOT NULL DEFAULT now(),
    last_day    date,
    active      boolean NOT NULL DEFAULT true,
    version     integer NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT inventories_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT inventories_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT inventories_time_zone_length CHECK (char_length(time_zone) BETWEEN 1 AND 64),
    CONSTRAINT inventories_lead_days_range CHECK (lead_days BETWEEN 0 AND 3650),
    CONSTRAINT inventories_turn_hour_range CHECK (turn_hour BETWEEN 0 AND 23)
);
CREATE INDEX inventories_of_owner ON inventories (owner_id);
CREATE INDEX inventories_due ON inventories (next_day_at) WHERE active;

CREATE TABLE members (
    inventory_id uuid NOT NULL REFERENCES inventories (id) ON DELETE CASCADE,
    user_id      uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role         text NOT NULL,
    joined_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (inventory_id, user_id),
    CONSTRAINT members_role_known CHECK (role IN ('OWNER', 'EDITOR', 'VIEWER'))
);
CREATE INDEX members_of_user ON members (user_id);

CREATE TABLE invitations (
    inventory_id uuid NOT NULL REFERENCES inventories (id) ON DELETE CASCADE,
    id           uuid NOT NULL,
    hash         bytea NOT NULL,
    role         text NOT NULL,
    email        text,
    invited_by   uuid NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    PRIMARY KEY (inventory_id, id),
    CONSTRAINT invitations_role_known CHECK (role IN ('EDITOR', 'VIEWER')),
    CONSTRAINT invitations_email_length CHECK (char_length(email) BETWEEN 3 AND 320)
);
CREATE INDEX invitations_outdated ON invitations (expires_at);

ALTER TABLE api_tokens
    ADD COLUMN inventory_id uuid,
    ADD CONSTRAINT api_tokens_inventory_not_own CHECK (inventory_id <> user_id),
    ADD CONSTRAINT api_tokens_member_fkey FOREIGN KEY (inventory_id, user_id) REFERENCES members (inventory_id, user_id)
        ON DELETE CASCADE;
CREATE INDEX api_tokens_of_member ON api_tokens (inventory_id, user_id) WHERE inventory_id IS NOT NULL;

CREATE FUNCTION keep_own_inventory() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO inventories AS own (id, owner_id, name, time_zone, lead_days, turn_hour, next_day_at, last_day, active)
    VALUES (NEW.id, NEW.id, NEW.username || '''s inventory', NEW.time_zone, NEW.lead_days, NEW.turn_hour, NEW.next_day_at,
            NEW.last_day, NEW.active)
    ON CONFLICT (id) DO UPDATE
       SET time_zone = excluded.time_zone, lead_days = excluded.lead_days, turn_hour = excluded.turn_hour,
           active = excluded.active, version = own.version + 1, updated_at = now(),
           next_day_at = CASE WHEN own.time_zone = excluded.time_zone AND own.turn_hour = excluded.turn_hour
                              THEN own.next_day_at
                              ELSE coalesce(
                                  day_begins_at(own.last_day + 1, excluded.turn_hour, excluded.time_zone),
                                  excluded.next_day_at) END
     WHERE (own.time_zone, own.lead_days, own.turn_hour, own.active)
           IS DISTINCT FROM (excluded.time_zone, excluded.lead_days, excluded.turn_hour, excluded.active);
    INSERT INTO members (inventory_id, user_id, role)
    VALUES (NEW.id, NEW.id, 'OWNER')
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_own_inventory
    AFTER INSERT OR UPDATE OF time_zone, lead_days, turn_hour, active ON users
    FOR EACH ROW EXECUTE FUNCTION keep_own_inventory();

DO $$ BEGIN
    IF to_regclass('parked.u20261129_inventories') IS NOT NULL THEN
        -- An own inventory follows its user, who may have changed since, but for its name and currency.
        INSERT INTO inventories AS i (
            id, owner_id, name, currency, time_zone, lead_days, turn_hour, next_day_at, last_day, active, version, created_at,
            updated_at)
        SELECT p.id, p.owner_id, p.name, p.currency, coalesce(u.time_zone, p.time_zone), coalesce(u.lead_days, p.lead_days),
               coalesce(u.turn_hour, p.turn_hour), coalesce(u.next_day_at, p.next_day_at),
               CASE WHEN u.id IS NULL THEN p.last_day ELSE u.last_day END, coalesce(u.active, p.active), p.version,
               p.created_at, p.updated_at
        FROM parked.u20261129_inventories p
        LEFT JOIN users u ON u.id = p.id
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, currency = excluded.currency;
        INSERT INTO members (inventory_id, user_id, role, joined_at)
        SELECT inventory_id, user_id, role, joined_at FROM parked.u20261129_members
            ON CONFLICT DO NOTHING;
        INSERT INTO invitations (inventory_id, id, hash, role, email, invited_by, created_at, expires_at)
        SELECT inventory_id, id, hash, role, email, invited_by, created_at, expires_at FROM parked.u20261129_invitations
            ON CONFLICT DO NOTHING;
        INSERT INTO api_tokens (user_id, id, name, hash, scopes, created_at, expires_at, last_used_at, revoked_at, inventory_id)
        SELECT user_id, id, name, hash, scopes, created_at, expires_at, last_used_at, revoked_at, inventory_id
        FROM parked.u20261129_api_tokens
            ON CONFLICT DO NOTHING;
        -- Unless a day was turned since.
        UPDATE users u SET next_day_at = t.next_day_at, last_day = t.last_day
        FROM parked.u20261129_turns t
        JOIN parked.u20261129_inventories p ON p.id = t.id
        WHERE u.id = t.id AND (u.next_day_at, u.last_day) IS NOT DISTINCT FROM (p.next_day_at, p.last_day);
        DROP TABLE parked.u20261129_turns;
        DROP TABLE parked.u20261129_api_tokens;
        DROP TABLE parked.u20261129_invitations;
        DROP TABLE parked.u20261129_members;
        DROP TABLE parked.u20261129_inventories;
    END IF;
END $$;

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
