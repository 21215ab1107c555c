-- The interface of Citus, and not Citus: its catalogs and functions by their documented names and signatures, of which the
-- functions refuse what the real ones refuse, note that they were called, and move no row anywhere. For tests of what is asked
-- of Citus and in which order; whether Citus does it is tried elsewhere (docs/distribution.md).

SET allow_system_table_mods = on;
SET search_path = pg_catalog;

INSERT INTO pg_extension
SELECT 99999, 'citus', extowner, extnamespace, false, '13.2-1', NULL, NULL
  FROM pg_extension
 LIMIT 1;

CREATE SCHEMA citus;
CREATE TYPE citus.distribution_type AS ENUM ('hash', 'range', 'append');

CREATE TABLE pg_catalog.pg_dist_node (
    nodeid integer PRIMARY KEY, groupid integer NOT NULL, nodename text NOT NULL, nodeport integer NOT NULL DEFAULT 5432,
    noderack text NOT NULL DEFAULT 'default', hasmetadata boolean NOT NULL DEFAULT true,
    isactive boolean NOT NULL DEFAULT true, noderole text NOT NULL DEFAULT 'primary',
    nodecluster name NOT NULL DEFAULT 'default', metadatasynced boolean NOT NULL DEFAULT true,
    shouldhaveshards boolean NOT NULL DEFAULT true);
INSERT INTO pg_dist_node (nodeid, groupid, nodename, shouldhaveshards)
VALUES (1, 0, 'coordinator', false), (2, 1, 'one', true), (3, 2, 'two', true);

CREATE TABLE pg_catalog.pg_dist_partition (
    logicalrelid regclass PRIMARY KEY, partmethod "char" NOT NULL, partkey text, colocationid integer NOT NULL DEFAULT 0,
    repmodel "char" NOT NULL, autoconverted boolean NOT NULL DEFAULT false);
CREATE TABLE pg_catalog.pg_dist_object (classid oid NOT NULL, objid oid NOT NULL, objsubid integer NOT NULL);

-- Of this stand-in alone: what was called, what a call is to meet, and what a node says of its settings.
CREATE TABLE citus.calls (place integer GENERATED ALWAYS AS IDENTITY, call text NOT NULL);
CREATE TABLE citus.trouble (call text PRIMARY KEY, kind text NOT NULL);
CREATE TABLE citus.settings (name text PRIMARY KEY, value text NOT NULL);
INSERT INTO citus.settings VALUES ('jit', 'off'), ('TimeZone', 'UTC'), ('lock_timeout', '5s');
CREATE SEQUENCE citus.colocations;

CREATE FUNCTION citus.note(called text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    met text := (SELECT kind FROM citus.trouble WHERE call = called);
BEGIN
    IF met = 'killed' THEN
        PERFORM pg_terminate_backend(pg_backend_pid());
        PERFORM pg_sleep(10);
    ELSIF met = 'refused' THEN
        RAISE EXCEPTION 'connection to the remote node one:5432 failed' USING ERRCODE = '08006';
    END IF;
    INSERT INTO citus.calls (call) VALUES (called);
END $$;

CREATE FUNCTION pg_catalog.citus_is_coordinator() RETURNS boolean LANGUAGE sql
    RETURN EXISTS (SELECT FROM pg_dist_node WHERE groupid = 0);

CREATE FUNCTION pg_catalog.citus_get_active_worker_nodes(OUT node_name text, OUT node_port bigint)
    RETURNS SETOF record LANGUAGE sql
    BEGIN ATOMIC
        SELECT nodename, nodeport::bigint FROM pg_dist_node WHERE groupid <> 0 AND isactive;
    END;

CREATE FUNCTION pg_catalog.run_command_on_all_nodes(
        command text, parallel boolean DEFAULT true, give_warning_for_connection_errors boolean DEFAULT false,
        OUT nodeid integer, OUT success boolean, OUT result text)
    RETURNS SETOF record LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config(name, value, true) FROM citus.settings;
    FOR nodeid IN SELECT n.nodeid FROM pg_dist_node n WHERE n.isactive ORDER BY n.nodeid LOOP
        EXECUTE command INTO result;
        success := true;
        RETURN NEXT;
    END LOOP;
END $$;

CREATE FUNCTION pg_catalog.column_to_column_name(table_name regclass, column_var_text text) RETURNS text
    LANGUAGE sql STRICT RETURN column_var_text;

CREATE FUNCTION pg_catalog.create_distributed_function(
        function_name regprocedure, distribution_arg_name text DEFAULT NULL, colocate_with text DEFAULT 'default',
        force_delegation boolean DEFAULT NULL)
    RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM citus.note('create_distributed_function ' || function_name);
    INSERT INTO pg_dist_object VALUES ('pg_proc'::regclass, function_name, 0);
END $$;

CREATE FUNCTION pg_catalog.create_distributed_table(
        table_name regclass, distribution_column text, distribution_type citus.distribution_type DEFAULT 'hash',
        colocate_with text DEFAULT 'default', shard_count integer DEFAULT NULL)
    RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text := (SELECT relname FROM pg_class WHERE oid = table_name);
    key smallint := (SELECT attnum FROM pg_attribute WHERE attrelid = table_name AND attname = distribution_column);
    colocation integer;
    fault text;
BEGIN
    PERFORM citus.note('create_distributed_table ' || name || ' ' || distribution_column || ' ' || colocate_with
                       || coalesce(' ' || shard_count, ''));
    IF EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = table_name) THEN
        RAISE EXCEPTION 'table "%" is already distributed', name;
    END IF;
    IF shard_count IS NOT NULL AND colocate_with NOT IN ('default', 'none') THEN
        RAISE EXCEPTION 'Cannot use colocate_with with a table and shard_count at the same time';
    END IF;
    IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = table_name AND NOT tgisinternal) THEN
        RAISE EXCEPTION 'cannot distribute relation "%" because it has triggers', name;
    END IF;
    IF colocate_with = 'none' THEN
        colocation := nextval('citus.colocations');
    ELSE
        SELECT colocationid INTO STRICT colocation FROM pg_dist_partition WHERE logicalrelid = colocate_with::regclass;
    END IF;
    SELECT i.indexrelid::regclass INTO fault
      FROM pg_index i WHERE i.indrelid = table_name AND i.indisunique AND NOT key = ANY (i.indkey) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'cannot create constraint on "%"', name
            USING DETAIL = 'Distributed relations cannot have UNIQUE, EXCLUDE, or PRIMARY KEY constraints that do not include'
                           ' the partition column (with an equality operator if EXCLUDE): ' || fault;
    END IF;
    SELECT k.conname INTO fault
      FROM pg_constraint k
      LEFT JOIN pg_dist_partition p ON p.logicalrelid = k.confrelid AND p.colocationid = colocation
      LEFT JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attname = p.partkey
     WHERE k.contype = 'f' AND k.conrelid = table_name
       AND array_position(k.conkey, key) IS DISTINCT FROM array_position(k.confkey, a.attnum)
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'cannot create foreign key constraint since relations are not colocated or not referencing a reference table'
            USING DETAIL = fault;
    END IF;
    IF EXISTS (SELECT FROM citus.trouble WHERE call = name AND kind = 'loses a row') THEN
        EXECUTE format('DELETE FROM %s WHERE ctid = (SELECT ctid FROM %1$s LIMIT 1)', table_name);
    END IF;
    INSERT INTO pg_dist_partition VALUES (table_name, 'h', distribution_column, colocation, 's', false);
END $$;

CREATE FUNCTION pg_catalog.truncate_local_data_after_distributing_table(function_name regclass) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM citus.note('truncate_local_data_after_distributing_table '
                       || (SELECT relname FROM pg_class WHERE oid = function_name));
    IF EXISTS (SELECT FROM pg_constraint
                WHERE contype = 'f' AND confrelid = function_name
                  AND conrelid NOT IN (SELECT logicalrelid FROM pg_dist_partition)) THEN
        RAISE EXCEPTION 'cannot truncate a table referenced in a foreign key constraint by a local table';
    END IF;
END $$;

SET search_path = public;
RESET allow_system_table_mods;
