-- Initial migration: the base tables users, categories, items, notifications and reports, with their
-- relationships, constraints and first indexes. Every tenant-owned key begins with user_id.
-- Tables that its U file moved to schema parked come back with all their rows.
SET LOCAL lock_timeout = '800ms';
SET LOCAL client_min_messages = warning;

ALTER TABLE IF EXISTS parked.users SET SCHEMA public;
ALTER TABLE IF EXISTS parked.categories SET SCHEMA public;
ALTER TABLE IF EXISTS parked.items SET SCHEMA public;
ALTER TABLE IF EXISTS parked.notifications SET SCHEMA public;
ALTER TABLE IF EXISTS parked.reports SET SCHEMA public;

CREATE TABLE IF NOT EXISTS users (
    id            uuid PRIMARY KEY,
    username      text NOT NULL,
    email         text NOT NULL,
    password_hash text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT users_username_key UNIQUE (username),
    CONSTRAINT users_email_key UNIQUE (email)
);

CREATE TABLE IF NOT EXISTS categories (
    user_id     uuid NOT NULL REFERENCES users (id),
    id          uuid NOT NULL,
    name        text NOT NULL,
    description text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, id),
    CONSTRAINT categories_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT categories_description_length CHECK (char_length(description) <= 2000)
);
CREATE UNIQUE INDEX IF NOT EXISTS categories_name_key ON categories (user_id, lower(name));

CREATE TABLE IF NOT EXISTS items (
    user_id       uuid NOT NULL REFERENCES users (id),
    id            uuid NOT NULL,
    category_id   uuid,
    name          text NOT NULL,
    description   text,
    quantity      numeric(15, 3) NOT NULL DEFAULT 1,
    unit          text NOT NULL DEFAULT 'pcs',
    cost_price    numeric(15, 4),
    selling_price numeric(15, 4),
    expiry_date   date,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, id),
    CONSTRAINT items_category_fkey FOREIGN KEY (user_id, category_id) REFERENCES categories (user_id, id),
    CONSTRAINT items_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT items_description_length CHECK (char_length(description) <= 2000),
    CONSTRAINT items_unit_length CHECK (char_length(unit) BETWEEN 1 AND 32),
    CONSTRAINT items_quantity_range CHECK (quantity BETWEEN 0 AND 999999999.999),
    CONSTRAINT items_cost_price_range CHECK (cost_price BETWEEN 0 AND 999999999.9999),
    CONSTRAINT items_selling_price_range CHECK (selling_price BETWEEN 0 AND 999999999.9999),
    CONSTRAINT items_expiry_date_range CHECK (expiry_date BETWEEN '0001-01-01' AND '9999-12-31')
);
CREATE INDEX IF NOT EXISTS items_by_expiry_date ON items (user_id, expiry_date, id);
CREATE INDEX IF NOT EXISTS items_by_category ON items (user_id, category_id);

CREATE TABLE IF NOT EXISTS notifications (
    user_id    uuid NOT NULL REFERENCES users (id),
    id         uuid NOT NULL,
    item_id    uuid,
    type       text NOT NULL,
    channel    text NOT NULL DEFAULT 'in_app',
    title      text NOT NULL,
    message    text NOT NULL,
    is_read    boolean NOT NULL DEFAULT false,
    sent_at    timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, id),
    CONSTRAINT notifications_item_fkey FOREIGN KEY (user_id, item_id) REFERENCES items (user_id, id),
    CONSTRAINT notifications_type_known CHECK (type IN ('expiring', 'expired', 'info')),
    CONSTRAINT notifications_channel_known CHECK (channel IN ('in_app', 'email')),
    CONSTRAINT notifications_title_length CHECK (char_length(title) BETWEEN 1 AND 300),
    CONSTRAINT notifications_message_length CHECK (char_length(message) <= 2000)
);
CREATE INDEX IF NOT EXISTS notifications_by_time ON notifications (user_id, created_at, id);
CREATE INDEX IF NOT EXISTS notifications_not_read ON notifications (user_id, created_at, id) WHERE NOT is_read;

CREATE TABLE IF NOT EXISTS reports (
    user_id        uuid NOT NULL REFERENCES users (id),
    id             uuid NOT NULL,
    date           date NOT NULL,
    type           text NOT NULL DEFAULT 'daily',
    notes          text,
    total_items    integer NOT NULL DEFAULT 0,
    expiring_items integer NOT NULL DEFAULT 0,
    expired_items  integer NOT NULL DEFAULT 0,
    total_value    numeric(30, 7) NOT NULL DEFAULT 0,
    created_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, id),
    CONSTRAINT reports_type_known CHECK (type IN ('daily', 'weekly', 'manual')),
    CONSTRAINT reports_counts_range CHECK (least(total_items, expiring_items, expired_items) >= 0),
    CONSTRAINT reports_values_range CHECK (total_value >= 0)
);
CREATE INDEX IF NOT EXISTS reports_by_date ON reports (user_id, date);

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
