-- Undoes imports. They, their files, and how files are read, are parked, and leave with the owner of the inventory.
-- squawk-ignore-file ban-drop-table -- the way back; what was in them is parked
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid -- on parked tables, made in this step
SET LOCAL lock_timeout = '200ms';
SET LOCAL client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS parked;
LOCK TABLE imports, import_chunks, import_refusals, import_mappings IN ACCESS EXCLUSIVE MODE;
CREATE TABLE parked.u20261129_12_imports AS
    SELECT i.owner_id, p.*
    FROM imports p
    JOIN inventories i ON i.id = p.user_id;
ALTER TABLE parked.u20261129_12_imports
    ADD FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE CASCADE;
CREATE TABLE parked.u20261129_12_import_chunks AS
    SELECT i.owner_id, p.*
    FROM import_chunks p
    JOIN inventories i ON i.id = p.user_id;
ALTER TABLE parked.u20261129_12_import_chunks
    ADD FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE CASCADE;
CREATE TABLE parked.u20261129_12_import_refusals AS
    SELECT i.owner_id, p.*
    FROM import_refusals p
    JOIN inventories i ON i.id = p.user_id;
ALTER TABLE parked.u20261129_12_import_refusals
    ADD FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE CASCADE;
CREATE TABLE parked.u20261129_12_import_mappings AS
    SELECT i.owner_id, p.*
    FROM import_mappings p
    JOIN inventories i ON i.id = p.user_id;
ALTER TABLE parked.u20261129_12_import_mappings
    ADD FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE CASCADE;
DROP TABLE import_chunks;
DROP TABLE import_refusals;
DROP TABLE import_mappings;
DROP TABLE imports;
