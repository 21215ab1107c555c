-- Adds bulk exports: what a member asks of GraphQL for all that an inventory holds, and the lines that came of it. What its
-- U file parked comes back.
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid -- of tables that are made in this step
-- squawk-ignore-file require-concurrent-index-creation -- on a table that is made in this step
SET LOCAL lock_timeout = '130ms';
SET LOCAL client_min_messages = warning;

-- What a member asks of GraphQL for all that an inventory holds.
CREATE TABLE bulk_exports (
    inventory_id  uuid NOT NULL REFERENCES inventories (id) ON DELETE CASCADE,
    id            uuid NOT NULL,
    -- Whose rights count, each time that it goes on.
    maker_id      uuid NOT NULL,
    -- The API token by which they asked; null for a session.
    token_id      uuid,
    query         text NOT NULL,
    state         text NOT NULL DEFAULT 'RUNNING',
    -- Where it goes on: JSON of the program, null at the start.
    position      text,
    row_count     bigint NOT NULL DEFAULT 0,
    byte_count    bigint NOT NULL DEFAULT 0,
    chunk_count   integer NOT NULL DEFAULT 0,
    error         text,
    created_at    timestamptz NOT NULL,
    finished_at   timestamptz,
    PRIMARY KEY (inventory_id, id),
    CONSTRAINT bulk_exports_query_length CHECK (char_length(query) BETWEEN 1 AND 100000),
    CONSTRAINT bulk_exports_state_known CHECK (state IN ('RUNNING', 'COMPLETED', 'FAILED', 'CANCELED')),
    CONSTRAINT bulk_exports_finished CHECK ((state = 'RUNNING') = (finished_at IS NULL)),
    CONSTRAINT bulk_exports_error_length CHECK (char_length(error) <= 2000),
    CONSTRAINT bulk_exports_counts_range CHECK (row_count >= 0 AND byte_count >= 0 AND chunk_count >= 0)
);
CREATE UNIQUE INDEX bulk_exports_running_key ON bulk_exports (inventory_id) WHERE state = 'RUNNING';
CREATE INDEX bulk_exports_by_time ON bulk_exports (created_at);

-- Lines of JSON, compressed; in the order of their numbers they are one file.
CREATE TABLE bulk_export_chunks (
    inventory_id uuid NOT NULL,
    export_id    uuid NOT NULL,
    number       integer NOT NULL,
    -- Of the file, uncompressed.
    first_byte   bigint NOT NULL,
    byte_count   integer NOT NULL,
    lines        bytea NOT NULL,
    PRIMARY KEY (inventory_id, export_id, number),
    CONSTRAINT bulk_export_chunks_export_fkey FOREIGN KEY (inventory_id, export_id)
        REFERENCES bulk_exports (inventory_id, id) ON DELETE CASCADE,
    CONSTRAINT bulk_export_chunks_range CHECK (number >= 0 AND first_byte >= 0 AND byte_count > 0)
);

DO $$ BEGIN
    IF to_regclass('parked.u20261129_14_bulk_exports') IS NOT NULL THEN
        INSERT INTO bulk_exports (inventory_id, id, maker_id, token_id, query, state, position, row_count, byte_count,
            chunk_count, error, created_at, finished_at)
        SELECT p.inventory_id, p.id, p.maker_id, p.token_id, p.query, p.state, p.position, p.row_count, p.byte_count,
            p.chunk_count, p.error, p.created_at, p.finished_at
        FROM parked.u20261129_14_bulk_exports p
        JOIN inventories i ON i.id = p.inventory_id;
        INSERT INTO bulk_export_chunks (inventory_id, export_id, number, first_byte, byte_count, lines)
        SELECT p.inventory_id, p.export_id, p.number, p.first_byte, p.byte_count, p.lines
        FROM parked.u20261129_14_bulk_export_chunks p
        JOIN bulk_exports e ON e.inventory_id = p.inventory_id AND e.id = p.export_id;
        DROP TABLE parked.u20261129_14_bulk_export_chunks;
        DROP TABLE parked.u20261129_14_bulk_exports;
    END IF;
END $$;

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
