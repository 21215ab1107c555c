package org.expirytracker.distribution;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.expirytracker.distribution.TableCatalog.Distributed;

/**
 * Distributes a database over the workers of a Citus cluster. Blocking.
 *
 * <p>Each table is one transaction: its rows are counted, it is distributed, they are counted again, and its keys are
 * compared with what they were. What is done is read from the catalog of Citus and nowhere else. So whatever ends the program
 * in the middle, the same command goes on, and run once more on a database that is distributed it does nothing but look.
 *
 * <p>Nobody may work with the database meanwhile: between two tables a reference may lead from one that is distributed to
 * one that is not. Before each table it is looked whether somebody is connected.
 */
public final class Distributor {

    private final Connection connection;
    private final DistributionProgress progress;

    /**
     * On the coordinator.
     *
     * @param connection whose session no limits of time break off; it is left as it was
     */
    public Distributor(Connection connection, DistributionProgress progress) {
        this.connection = connection;
        this.progress = progress;
    }

    /**
     * What a look showed.
     *
     * @param version of Citus, such as {@code 13.2-1}; empty on plain PostgreSQL
     * @param workers how many servers take shards
     * @param obstacles why nothing would be done, those of the plan included
     */
    public record Look(String version, int workers, DistributionPlan plan, List<Obstacle> obstacles) {}

    /**
     * What was done.
     *
     * @param tables that were distributed
     * @param rows in these
     */
    public record Done(List<Placement> tables, long rows) {}

    /**
     * Looks at everything, and changes nothing.
     *
     * @throws DistributionFailure when the database does not answer
     */
    public Look look() {
        try {
            List<Obstacle> obstacles = new ArrayList<>(Citus.obstacles(connection));
            DistributionPlan plan = DistributionPlan.of(connection);
            boolean reachable = obstacles.isEmpty();
            obstacles.addAll(plan.obstacles());
            String version = Citus.version(connection);
            return new Look(version, reachable ? Citus.workers(connection) : 0, plan, obstacles);
        } catch (SQLException e) {
            throw new DistributionFailure(
                    "The database cannot be looked at: " + e.getMessage() + " (SQLSTATE " + e.getSQLState()
                            + "). Nothing has changed.",
                    e);
        }
    }

    /**
     * Distributes what is not distributed yet.
     *
     * @param shards into how many parts each group is cut; empty for what the server has as citus.shard_count. Counts for a
     *     group that has no table yet
     * @throws DistributionFailure with the reasons when something is in the way: nothing has changed then; and when a step
     *     fails: what was done before stays
     */
    public Done run(OptionalInt shards) {
        Look look = look();
        List<Obstacle> obstacles = new ArrayList<>(look.obstacles());
        try {
            if (obstacles.isEmpty()) {
                obstacles.addAll(connected());
            }
            if (!obstacles.isEmpty()) {
                throw new DistributionFailure(refusal(obstacles));
            }
            execute("SET statement_timeout = 0");
            execute("SET lock_timeout = '30s'");
            prepare(look.plan());
            List<Placement> moved = new ArrayList<>();
            long rows = 0;
            for (Placement each : look.plan().moves()) {
                requireNobody();
                rows += move(each, shards);
                moved.add(each);
            }
            removeLeftOvers();
            return new Done(moved, rows);
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    /** The reasons as a text, the first line of which says that nothing was done. */
    public static String refusal(List<Obstacle> obstacles) {
        return "Not distributed:\n" + obstacles.stream().map(Obstacle::toString).collect(Collectors.joining("\n"));
    }

    private static DistributionFailure failed(SQLException e) {
        return new DistributionFailure(
                "A step failed and was rolled back; those before it stay. The database says: " + e.getMessage()
                        + " (SQLSTATE " + e.getSQLState() + "). Put that right, and run expiry db distribute again: it"
                        + " goes on where it stopped. Until it has ended, start no node.",
                e);
    }

    private List<Obstacle> connected() throws SQLException {
        List<String> others = Citus.otherSessions(connection);
        return others.isEmpty()
                ? List.of()
                : List.of(
                        new Obstacle(
                                "Others are connected to this database:\n  " + String.join("\n  ", others),
                                "Stop every node of Expiry Tracker, and whatever else works with it, until this command has ended."));
    }

    private void requireNobody() throws SQLException {
        List<Obstacle> others = connected();
        if (!others.isEmpty()) {
            throw new DistributionFailure("Stopped between two tables; run expiry db distribute again when this is put"
                    + " right, and it goes on there.\n" + others.getFirst());
        }
    }

    private void prepare(DistributionPlan plan) throws SQLException {
        if (!plan.removals().isEmpty()) {
            inTransaction(() -> {
                for (Omission each : plan.removals()) {
                    execute(each.drop());
                }
                return 0L;
            });
            plan.removals().forEach(each -> progress.did("without " + each + ": " + each.because()));
        }
        for (String function : Citus.functions(connection)) {
            call("SELECT create_distributed_function(?::regprocedure)", function);
            progress.did("function " + function + " on every node");
        }
    }

    private long move(Placement placement, OptionalInt shards) throws SQLException {
        long begun = System.nanoTime();
        long rows = inTransaction(() -> {
            execute("LOCK TABLE " + placement.relation() + " IN EXCLUSIVE MODE");
            List<String> keys = keys(placement);
            long before = count(placement);
            distribute(connection, placement, shards);
            long after = count(placement);
            if (before != after) {
                throw new DistributionFailure(
                        "Table %s had %,d rows and would have had %,d: it was left as it was. Please report it."
                                .formatted(placement.table(), before, after));
            }
            if (!keys.equals(keys(placement))) {
                throw new DistributionFailure("The keys of table " + placement.table()
                        + " would not have been what they were: it was left as it was. Please report it.");
            }
            return after;
        });
        execute("ANALYZE " + placement.relation());
        progress.did(String.format(
                Locale.ROOT,
                "%s by %s: %,d rows, in %.1f s",
                placement.table(),
                placement.key(),
                rows,
                (System.nanoTime() - begun) / 1e9));
        return rows;
    }

    private static final String DISTRIBUTE_FIRST = """
            SELECT create_distributed_table(?::regclass, ?, colocate_with => 'none', shard_count => ?)
            """;

    private static final String DISTRIBUTE_FIRST_AS_USUAL = """
            SELECT create_distributed_table(?::regclass, ?, colocate_with => 'none')
            """;

    private static final String DISTRIBUTE = """
            SELECT create_distributed_table(?::regclass, ?, colocate_with => ?)
            """;

    private static void distribute(Connection connection, Placement placement, OptionalInt shards) throws SQLException {
        boolean counted = placement.leads() && shards.isPresent();
        try (PreparedStatement statement = connection.prepareStatement(
                counted ? DISTRIBUTE_FIRST : placement.leads() ? DISTRIBUTE_FIRST_AS_USUAL : DISTRIBUTE)) {
            statement.setString(1, placement.relation());
            statement.setString(2, placement.key());
            if (counted) {
                statement.setInt(3, shards.getAsInt());
            } else if (!placement.leads()) {
                statement.setString(3, "public." + placement.group());
            }
            statement.execute();
        }
    }

    /**
     * Distributes tables that have come since with a migration, inside its transaction, when the others are distributed. The
     * next migration may let them refer to others.
     *
     * @throws SQLException when Citus refuses it
     */
    public static void follow(Connection connection) throws SQLException {
        if (!Citus.hasDistributed(connection)) {
            return;
        }
        TableCatalog catalog = TableCatalog.read(connection);
        for (Placement each : DistributionPlan.of(catalog).moves()) {
            Distributed first = catalog.distributed().get(each.group());
            if (first != null) {
                distribute(connection, each, OptionalInt.empty());
            }
        }
    }

    private long count(Placement placement) throws SQLException {
        return TableCatalog.rows(connection, "SELECT count(*) FROM " + placement.relation(), row -> row.getLong(1))
                .getFirst();
    }

    private static final String KEYS = """
            SELECT conname || ' ' || pg_get_constraintdef(oid) || CASE WHEN convalidated THEN '' ELSE ' ?' END
              FROM pg_constraint
             WHERE conrelid = 'public.%1$s'::regclass AND contype IN ('p', 'u', 'f', 'c', 'x')
             UNION ALL
            SELECT pg_get_indexdef(indexrelid)
              FROM pg_index
             WHERE indrelid = 'public.%1$s'::regclass AND indisvalid
             ORDER BY 1
            """;

    /** Its constraints and indexes, as SQL has them. */
    private List<String> keys(Placement placement) throws SQLException {
        return TableCatalog.rows(connection, KEYS.formatted(placement.table()), row -> row.getString(1));
    }

    private static final String WITH_LEFT_OVERS = """
            SELECT t.relname
              FROM pg_dist_partition p
              JOIN pg_class t ON t.oid = p.logicalrelid AND t.relnamespace = 'public'::regnamespace
             WHERE p.partmethod = 'h' AND pg_relation_size(t.oid) > 0
             ORDER BY t.relname
            """;

    /**
     * Frees the disk of what was copied to the workers. Not before all is distributed: what is truncated takes along whatever
     * refers to it and is not.
     */
    private void removeLeftOvers() throws SQLException {
        DistributionPlan plan = DistributionPlan.of(connection);
        if (!plan.complete()) {
            throw new DistributionFailure("After all steps this is left: " + plan.moves() + plan.removals()
                    + plan.obstacles() + ". Please report it. No row was deleted.");
        }
        int freed = 0;
        for (String table : TableCatalog.rows(connection, WITH_LEFT_OVERS, row -> row.getString(1))) {
            call("SELECT truncate_local_data_after_distributing_table(?::regclass)", "public." + table);
            freed++;
        }
        if (freed > 0) {
            progress.did("the coordinator's copies of " + freed + " tables removed");
        }
    }

    @FunctionalInterface
    private interface Work {
        long run() throws SQLException;
    }

    private long inTransaction(Work work) throws SQLException {
        connection.setAutoCommit(false);
        try {
            long result = work.run();
            connection.commit();
            return result;
        } catch (SQLException | RuntimeException e) {
            try {
                connection.rollback();
            } catch (SQLException broken) {
                e.addSuppressed(broken);
            }
            throw e;
        } finally {
            if (!connection.isClosed()) {
                connection.setAutoCommit(true);
            }
        }
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private void call(String sql, String argument) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, argument);
            statement.execute();
        }
    }
}
