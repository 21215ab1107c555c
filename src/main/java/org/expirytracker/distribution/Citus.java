package org.expirytracker.distribution;

import io.vertx.core.json.JsonObject;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is asked of Citus, the extension of PostgreSQL that spreads tables over servers, by the functions and catalogs that
 * its documentation has of versions 12 to 14 ("Citus Utility Functions", "Citus Tables and Views").
 */
public final class Citus {

    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final Duration POLL = Duration.ofMillis(50);
    private static final int OLDEST = 12;
    private static final int NEWEST = 14;
    private static final Set<String> UTC = Set.of("UTC", "Etc/UTC", "UCT", "Etc/UCT", "Zulu", "GMT", "Etc/GMT");

    private Citus() {}

    private static final String HAS_CATALOG = """
            SELECT to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL
            """;

    /** Whether the extension is installed in this database. */
    static boolean hasCatalog(Connection connection) throws SQLException {
        return TableCatalog.rows(connection, HAS_CATALOG, row -> row.getBoolean(1))
                .getFirst();
    }

    private static final String HAS_DISTRIBUTED = """
            SELECT EXISTS (SELECT FROM pg_dist_partition p
                             JOIN pg_class t ON t.oid = p.logicalrelid AND t.relnamespace = 'public'::regnamespace
                            WHERE p.partmethod = 'h')
            """;

    /**
     * Whether tables of this database are distributed.
     *
     * @throws SQLException when it does not answer
     */
    public static boolean hasDistributed(Connection connection) throws SQLException {
        return hasCatalog(connection)
                && TableCatalog.rows(connection, HAS_DISTRIBUTED, row -> row.getBoolean(1))
                        .getFirst();
    }

    // Connections of Citus itself, of other nodes and for rebalancing, say so in their names.
    private static final String SESSIONS = """
            SELECT format('%s of %s from %s, process %s, since %s UTC',
                          coalesce(nullif(application_name, ''), 'a program without a name'), usename,
                          coalesce(host(client_addr), 'this machine'), pid,
                          to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'))
              FROM pg_stat_activity
             WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
               AND application_name NOT LIKE 'citus\\_%'
             ORDER BY backend_start, pid
            """;

    /**
     * Who else is connected to this database, a line for each session. Blocks for some seconds while there is anybody: a
     * session that has just been closed is still seen for a moment.
     *
     * @throws SQLException when it does not answer
     */
    public static List<String> otherSessions(Connection connection) throws SQLException {
        List<String> others = TableCatalog.rows(connection, SESSIONS, row -> row.getString(1));
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!others.isEmpty() && System.nanoTime() < deadline) {
            try {
                Thread.sleep(POLL);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return others;
            }
            others = TableCatalog.rows(connection, SESSIONS, row -> row.getString(1));
        }
        return others;
    }

    private static final String VERSION = """
            SELECT extversion FROM pg_extension WHERE extname = 'citus'
            """;

    /** Such as {@code 13.2-1}; empty where it is not installed. */
    static String version(Connection connection) throws SQLException {
        return TableCatalog.rows(connection, VERSION, row -> row.getString(1)).stream()
                .findFirst()
                .orElse("");
    }

    private static final String WORKERS = """
            SELECT count(*) FROM citus_get_active_worker_nodes()
            """;

    /** How many servers take shards. */
    static int workers(Connection connection) throws SQLException {
        return TableCatalog.rows(connection, WORKERS, row -> row.getInt(1)).getFirst();
    }

    private static final String PLAIN = "The extension citus is not installed in this database, so there is nothing to"
            + " distribute it over: it is on plain PostgreSQL.";

    private static final String HOW =
            "One PostgreSQL is enough up to some hundred million items. To go further, make this"
                    + " database the coordinator of a Citus cluster: docs/distribution.md has the commands.";

    /** What has to be true before anything is distributed, and is not; empty when all is well. Changes nothing. */
    static List<Obstacle> obstacles(Connection connection) throws SQLException {
        String version = version(connection);
        if (version.isEmpty()) {
            return List.of(new Obstacle(PLAIN, HOW));
        }
        int major = Integer.parseInt(version.replaceFirst("\\D.*", ""));
        if (major < OLDEST || major > NEWEST) {
            return List.of(new Obstacle(
                    "Citus " + version + " is installed, and this is written for " + OLDEST + " to " + NEWEST + ".",
                    "Install one of these on every node, then ALTER EXTENSION citus UPDATE;"));
        }
        if (!TableCatalog.rows(connection, "SELECT citus_is_coordinator()", row -> row.getBoolean(1))
                .getFirst()) {
            return List.of(new Obstacle(
                    "This server is a worker of the cluster, not its coordinator.",
                    "Point DATABASE_URL at the coordinator: SELECT * FROM pg_dist_node WHERE groupid = 0;"));
        }
        List<Obstacle> found = new ArrayList<>(ofNodes(connection));
        if (found.isEmpty()) {
            found.addAll(ofSettings(connection));
        }
        return found;
    }

    private static final String AWAY = """
            SELECT nodename || ':' || nodeport
              FROM pg_dist_node
             WHERE noderole = 'primary' AND groupid <> 0 AND NOT (isactive AND metadatasynced)
             ORDER BY 1
            """;

    private static final String REPLICATION = """
            SELECT coalesce(current_setting('citus.shard_replication_factor', true), '1')
            """;

    private static List<Obstacle> ofNodes(Connection connection) throws SQLException {
        List<Obstacle> found = new ArrayList<>();
        if (workers(connection) == 0) {
            found.add(
                    new Obstacle(
                            "The cluster has no active worker.",
                            "Add one, on which PostgreSQL runs with the same extensions: SELECT citus_add_node('<host>', 5432);"));
        }
        List<String> away = TableCatalog.rows(connection, AWAY, row -> row.getString(1));
        if (!away.isEmpty()) {
            found.add(new Obstacle(
                    "These workers are not active, or do not have the cluster's metadata: " + String.join(", ", away)
                            + ".",
                    "SELECT citus_activate_node('<host>', <port>); for each, or citus_remove_node when it is gone."));
        }
        String copies = TableCatalog.rows(connection, REPLICATION, row -> row.getString(1))
                .getFirst();
        if (!copies.equals("1")) {
            found.add(new Obstacle(
                    "citus.shard_replication_factor is " + copies + ", and foreign keys need 1.",
                    "ALTER DATABASE … SET citus.shard_replication_factor = 1; standbys keep the copies."));
        }
        return found;
    }

    // Answered by each node as text: settings that a session of the program sets do not reach a worker.
    private static final String OF_EACH_NODE = """
            SELECT nodeid, success, result FROM run_command_on_all_nodes($node$
                SELECT json_build_object(
                           'jit', current_setting('jit'), 'zone', current_setting('TimeZone'),
                           'lock', current_setting('lock_timeout'),
                           'server', current_setting('server_version_num')::integer / 10000,
                           'encoding', pg_encoding_to_char(encoding), 'collation', datcollate || ' ' || datctype,
                           'extensions', (SELECT string_agg(name, ' ' ORDER BY name) FROM pg_available_extensions))::text
                  FROM pg_database WHERE datname = current_database()
            $node$) ORDER BY nodeid
            """;

    private static final String EXTENSIONS = """
            SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' AND extname NOT LIKE 'citus%' ORDER BY 1
            """;

    private record Node(int id, JsonObject says) {}

    private static List<Obstacle> ofSettings(Connection connection) throws SQLException {
        List<Obstacle> found = new ArrayList<>();
        List<Node> nodes = new ArrayList<>();
        for (Object each : TableCatalog.rows(
                connection,
                OF_EACH_NODE,
                row -> row.getBoolean(2)
                        ? new Node(row.getInt(1), new JsonObject(row.getString(3)))
                        : new Obstacle(
                                "Node " + row.getInt(1) + " does not answer: " + row.getString(3) + ".",
                                "See that it runs and that the coordinator may log in to it: SELECT * FROM pg_dist_node;"))) {
            switch (each) {
                case Node node -> nodes.add(node);
                case Obstacle silent -> found.add(silent);
                default -> throw new IllegalStateException(each.toString());
            }
        }
        List<String> extensions = TableCatalog.rows(connection, EXTENSIONS, row -> row.getString(1));
        for (Node node : nodes) {
            found.addAll(ofNode(node, nodes.getFirst(), extensions));
        }
        return found;
    }

    private static List<Obstacle> ofNode(Node node, Node first, List<String> extensions) {
        List<Obstacle> found = new ArrayList<>();
        String name = "On node " + node.id + " ";
        JsonObject says = node.says;
        if (!says.getString("jit").equals("off")) {
            found.add(new Obstacle(
                    name + "jit is on, with which statements take seconds there.",
                    "On that node: ALTER DATABASE <name> SET jit = off;"));
        }
        if (!UTC.contains(says.getString("zone"))) {
            found.add(new Obstacle(
                    name + "the time zone is " + says.getString("zone") + ", and must be UTC.",
                    "On that node: ALTER DATABASE <name> SET timezone = 'UTC';"));
        }
        if (says.getString("lock").equals("0")) {
            found.add(new Obstacle(
                    name + "there is no lock_timeout, so that a migration could hold up everybody without end.",
                    "On that node: ALTER DATABASE <name> SET lock_timeout = '5s';"));
        }
        for (String same : List.of("server", "encoding", "collation")) {
            if (!says.getValue(same).equals(first.says.getValue(same))) {
                found.add(new Obstacle(
                        name + "the " + (same.equals("server") ? "version of PostgreSQL" : same) + " is "
                                + says.getValue(same) + ", and on node " + first.id + " "
                                + first.says.getValue(same) + ".",
                        "All nodes have to be alike: make that node again."));
            }
        }
        Set<String> missing = new TreeSet<>(extensions);
        missing.removeAll(Set.of(says.getString("extensions").split(" ")));
        if (!missing.isEmpty()) {
            found.add(new Obstacle(
                    name + "extensions are not available: " + String.join(", ", missing) + ".",
                    "Install their packages there (postgresql-contrib has pg_trgm and btree_gin)."));
        }
        return found;
    }

    // A function that only queries call goes to no worker by itself; what a table needs goes with the table.
    private static final String FUNCTIONS = """
            SELECT p.oid::regprocedure::text
              FROM pg_proc p
             WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f' AND p.prorettype <> 'trigger'::regtype
               AND NOT EXISTS (SELECT FROM pg_depend e
                                WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e')
               AND NOT EXISTS (SELECT FROM pg_dist_object d
                                WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid)
             ORDER BY 1
            """;

    /** Functions of the program that workers do not know yet. */
    static List<String> functions(Connection connection) throws SQLException {
        return TableCatalog.rows(connection, FUNCTIONS, row -> row.getString(1));
    }
}
