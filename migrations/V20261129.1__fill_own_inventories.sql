-- Gives each user who had registered before the inventory of their own, in which what they hold is already.
SET LOCAL lock_timeout = '130ms';
SET LOCAL client_min_messages = warning;

INSERT INTO inventories (id, owner_id, name, time_zone, lead_days, turn_hour, next_day_at, last_day, active, created_at)
SELECT id, id, username || '''s inventory', time_zone, lead_days, turn_hour, next_day_at, last_day, active, created_at
FROM users
    ON CONFLICT DO NOTHING;
INSERT INTO members (inventory_id, user_id, role, joined_at)
SELECT id, id, 'OWNER', created_at
FROM users
    ON CONFLICT DO NOTHING;
