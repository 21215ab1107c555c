-- Lets people bring items in files: the files while they are imported, what came of each, and how files of the same columns
-- are read. What its U file parked comes back.
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid -- of tables that are made in this step
SET LOCAL lock_timeout = '200ms';
SET LOCAL client_min_messages = warning;

-- A file that became items, or is to.
CREATE TABLE imports (
    user_id         uuid NOT NULL CONSTRAINT imports_inventory_fkey
        REFERENCES inventories (id) ON DELETE CASCADE,
    id              uuid NOT NULL,
    name            text NOT NULL,
    -- The member who brought it, and their session or API token.
    maker_id        uuid NOT NULL,
    session_id      uuid NOT NULL,
    state           text NOT NULL DEFAULT 'UPLOADING',
    bytes           bigint NOT NULL DEFAULT 0,
    utf8            boolean NOT NULL DEFAULT true,
    -- How it becomes items, as JSON; null until somebody has looked into it.
    options         text,
    -- Why nothing, or no more, was done.
    problem         text,
    -- Null until all rows were seen.
    row_count       integer,
    -- Up to which row all is done: what was written goes with it in one transaction.
    rows_done       integer NOT NULL DEFAULT 0,
    created_count   integer NOT NULL DEFAULT 0,
    updated_count   integer NOT NULL DEFAULT 0,
    unchanged_count integer NOT NULL DEFAULT 0,
    skipped_count   integer NOT NULL DEFAULT 0,
    refused_count   integer NOT NULL DEFAULT 0,
    -- Of the reasons why rows were refused; a row may have several.
    refusal_count   integer NOT NULL DEFAULT 0,
    begun_at        timestamptz,
    ended_at        timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, id),
    CONSTRAINT imports_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT imports_state_known CHECK (state IN ('UPLOADING', 'PREVIEWING', 'READY', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED')),
    CONSTRAINT imports_bytes_range CHECK (bytes >= 0),
    CONSTRAINT imports_problem_length CHECK (char_length(problem) <= 1000),
    CONSTRAINT imports_row_count_range CHECK (row_count >= 0),
    CONSTRAINT imports_rows_done_range CHECK (rows_done >= 0)
);

-- The file itself, in pieces, until the import has ended.
CREATE TABLE import_chunks (
    user_id   uuid NOT NULL,
    import_id uuid NOT NULL,
    place     integer NOT NULL,
    data      bytea NOT NULL,
    PRIMARY KEY (user_id, import_id, place),
    CONSTRAINT import_chunks_import_fkey FOREIGN KEY (user_id, import_id)
        REFERENCES imports (user_id, id) ON DELETE CASCADE,
    CONSTRAINT import_chunks_place_range CHECK (place >= 0),
    CONSTRAINT import_chunks_data_length CHECK (octet_length(data) BETWEEN 1 AND 1048576)
);

-- Why rows were refused, or would be: the first of them.
CREATE TABLE import_refusals (
    user_id     uuid NOT NULL,
    import_id   uuid NOT NULL,
    place       integer NOT NULL,
    -- By which people find the row: a line of a file of text, a row of a sheet.
    row_number  integer NOT NULL,
    column_name text,
    value       text,
    reason      text NOT NULL,
    PRIMARY KEY (user_id, import_id, place),
    CONSTRAINT import_refusals_import_fkey FOREIGN KEY (user_id, import_id)
        REFERENCES imports (user_id, id) ON DELETE CASCADE,
    CONSTRAINT import_refusals_place_range CHECK (place >= 0)
);

-- How files of the same columns were read the last time.
CREATE TABLE import_mappings (
    user_id     uuid NOT NULL CONSTRAINT import_mappings_inventory_fkey
        REFERENCES inventories (id) ON DELETE CASCADE,
    -- A hash of the names of the columns.
    columns_key text NOT NULL,
    options     text NOT NULL,
    used_at     timestamptz NOT NULL,
    PRIMARY KEY (user_id, columns_key),
    CONSTRAINT import_mappings_columns_key_length CHECK (char_length(columns_key) BETWEEN 1 AND 100)
);

DO $$ BEGIN
    IF to_regclass('parked.u20261129_12_imports') IS NOT NULL THEN
        INSERT INTO imports (user_id, id, name, maker_id, session_id, state, bytes, utf8, options, problem, row_count,
            rows_done, created_count, updated_count, unchanged_count, skipped_count, refused_count, refusal_count, begun_at,
            ended_at, created_at, updated_at)
        SELECT p.user_id, p.id, p.name, p.maker_id, p.session_id, p.state, p.bytes, p.utf8, p.options, p.problem, p.row_count,
            p.rows_done, p.created_count, p.updated_count, p.unchanged_count, p.skipped_count, p.refused_count,
            p.refusal_count, p.begun_at, p.ended_at, p.created_at, p.updated_at
        FROM parked.u20261129_12_imports p
        JOIN inventories i ON i.id = p.user_id;
        INSERT INTO import_chunks (user_id, import_id, place, data)
        SELECT p.user_id, p.import_id, p.place, p.data
        FROM parked.u20261129_12_import_chunks p
        JOIN imports i ON i.user_id = p.user_id AND i.id = p.import_id;
        INSERT INTO import_refusals (user_id, import_id, place, row_number, column_name, value, reason)
        SELECT p.user_id, p.import_id, p.place, p.row_number, p.column_name, p.value, p.reason
        FROM parked.u20261129_12_import_refusals p
        JOIN imports i ON i.user_id = p.user_id AND i.id = p.import_id;
        INSERT INTO import_mappings (user_id, columns_key, options, used_at)
        SELECT p.user_id, p.columns_key, p.options, p.used_at
        FROM parked.u20261129_12_import_mappings p
        JOIN inventories i ON i.id = p.user_id;
        DROP TABLE parked.u20261129_12_import_chunks;
        DROP TABLE parked.u20261129_12_import_refusals;
        DROP TABLE parked.u20261129_12_import_mappings;
        DROP TABLE parked.u20261129_12_imports;
    END IF;
END $$;

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
