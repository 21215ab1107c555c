package org.expirytracker.distribution;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.expirytracker.distribution.TableCatalog.Distributed;
import org.expirytracker.distribution.TableCatalog.Reference;
import org.expirytracker.distribution.TableCatalog.Trigger;
import org.expirytracker.distribution.TableCatalog.UniqueKey;

/**
 * What is left to do until the tables are where {@link Placements} says, computed from that and the catalogs alone. So it is
 * the same after a crash: less is left.
 *
 * @param removals what is taken away before, as long as it is there
 * @param moves tables that are not distributed yet, in their order
 * @param done those that are
 * @param local tables that stay on the coordinator
 * @param obstacles why nothing may be done; empty when it may
 */
public record DistributionPlan(
        List<Omission> removals,
        List<Placement> moves,
        List<Placement> done,
        List<String> local,
        List<Obstacle> obstacles) {

    private static final String BY_HAND = "It is nothing that this program has made. Drop it, or change the table back;"
            + " expiry db check says how it should be.";

    /**
     * Of the database of this connection, as it is now.
     *
     * @throws SQLException when it does not answer
     */
    public static DistributionPlan of(Connection connection) throws SQLException {
        return of(TableCatalog.read(connection));
    }

    static DistributionPlan of(TableCatalog catalog) {
        List<Placement> there = Placements.ALL.stream()
                .filter(each -> catalog.tables().contains(each.table()))
                .toList();
        List<Placement> done =
                there.stream().filter(each -> isDistributed(catalog, each)).toList();
        List<Placement> moves = inOrder(
                catalog, there.stream().filter(each -> !done.contains(each)).toList());
        List<String> local = catalog.tables().stream()
                .filter(table -> Placements.of(table).isEmpty())
                .toList();
        List<Omission> removals = new ArrayList<>();
        List<Obstacle> obstacles = new ArrayList<>();
        missing(catalog).ifPresent(obstacles::add);
        for (Reference reference : catalog.references()) {
            if (!staysTogether(reference)) {
                judge(
                        Omission.Kind.FOREIGN_KEY,
                        reference.from(),
                        reference.name(),
                        "leads from one tenant's rows to another's, or from a table on the coordinator to distributed"
                                + " ones",
                        removals,
                        obstacles);
            }
        }
        for (UniqueKey unique : catalog.uniqueKeys()) {
            if (!hasKey(unique)) {
                judge(
                        Omission.Kind.INDEX,
                        unique.table(),
                        unique.name(),
                        "does not hold the column by which the table is distributed",
                        removals,
                        obstacles);
            }
        }
        for (Trigger trigger : catalog.triggers()) {
            if (Placements.of(trigger.table()).isPresent()) {
                judge(
                        Omission.Kind.TRIGGER,
                        trigger.table(),
                        trigger.name(),
                        "is on a table to be distributed",
                        removals,
                        obstacles);
            }
        }
        obstacles.addAll(otherwise(catalog, there));
        return new DistributionPlan(removals, moves, done, local, obstacles);
    }

    /** Whether any table of the program is distributed already. */
    public boolean begun() {
        return !done.isEmpty();
    }

    /** Whether nothing is left to do. */
    public boolean complete() {
        return moves.isEmpty() && removals.isEmpty() && obstacles.isEmpty();
    }

    private static Optional<Obstacle> missing(TableCatalog catalog) {
        String missing = Placements.ALL.stream()
                .map(Placement::table)
                .filter(table -> !catalog.tables().contains(table))
                .collect(Collectors.joining(", "));
        return missing.isEmpty()
                ? Optional.empty()
                : Optional.of(new Obstacle(
                        "Tables of this program are missing: " + missing + ".",
                        "Bring the schema to this program's revision first: expiry db upgrade"));
    }

    private static void judge(
            Omission.Kind kind,
            String table,
            String name,
            String fault,
            List<Omission> removals,
            List<Obstacle> obstacles) {
        Optional<Omission> known = Placements.OMISSIONS.stream()
                .filter(each -> each.kind() == kind
                        && each.table().equals(table)
                        && each.name().equals(name))
                .findFirst();
        known.ifPresentOrElse(
                removals::add,
                () -> obstacles.add(new Obstacle(
                        new Omission(kind, table, name, "") + " " + fault
                                + ", so that the table cannot be distributed.",
                        BY_HAND)));
    }

    /** Whether both rows are always at one place: of one group, with the key of one leading to the key of the other. */
    private static boolean staysTogether(Reference reference) {
        Optional<Placement> from = Placements.of(reference.from());
        Optional<Placement> to = Placements.of(reference.to());
        if (to.isEmpty()) {
            return from.isEmpty();
        }
        return from.isPresent()
                && from.get().group().equals(to.get().group())
                && reference.columns().contains(from.get().key())
                && reference.columns().indexOf(from.get().key())
                        == reference.toColumns().indexOf(to.get().key());
    }

    private static boolean hasKey(UniqueKey unique) {
        return Placements.of(unique.table())
                .map(placement -> unique.columns().contains(placement.key()))
                .orElse(true);
    }

    private static boolean isDistributed(TableCatalog catalog, Placement placement) {
        Distributed as = catalog.distributed().get(placement.table());
        return as != null && as.method().equals("h") && as.column().equals(placement.key());
    }

    /** What is distributed, but not as it should be. */
    private static List<Obstacle> otherwise(TableCatalog catalog, List<Placement> there) {
        List<Obstacle> found = new ArrayList<>();
        for (Placement each : there) {
            Distributed as = catalog.distributed().get(each.table());
            Distributed first = catalog.distributed().get(each.group());
            if (as == null) {
                continue;
            }
            boolean byKey = isDistributed(catalog, each);
            if (!byKey || first == null || as.colocation() != first.colocation()) {
                found.add(new Obstacle(
                        "Table " + each.table() + " is distributed "
                                + (as.column().isEmpty() ? "by no column" : "by " + as.column())
                                + (byKey
                                        ? ", and not together with " + each.group()
                                        : ", and should be by " + each.key())
                                + ".",
                        "SELECT undistribute_table('" + each.relation() + "', cascade_via_foreign_keys => true);"
                                + " then start again."));
            }
        }
        return Stream.concat(
                        found.stream(),
                        catalog.distributed().entrySet().stream()
                                .filter(each -> Placements.ON_COORDINATOR.contains(each.getKey())
                                        && !each.getValue().column().isEmpty())
                                .map(Map.Entry::getKey)
                                .map(table -> new Obstacle(
                                        "Table " + table + " is distributed, and should stay on the coordinator.",
                                        "SELECT undistribute_table('public." + table + "'); then start again.")))
                .toList();
    }

    /** What others refer to first, and the first table of a group before the rest of it. */
    private static List<Placement> inOrder(TableCatalog catalog, List<Placement> left) {
        Function<Placement, Set<String>> before = each -> Stream.concat(
                        Stream.of(each.group()),
                        catalog.references().stream()
                                .filter(DistributionPlan::staysTogether)
                                .filter(reference -> reference.from().equals(each.table()))
                                .map(Reference::to))
                .filter(table -> !table.equals(each.table()))
                .collect(Collectors.toSet());
        LinkedHashSet<Placement> ordered = new LinkedHashSet<>();
        while (ordered.size() < left.size()) {
            List<Placement> next = left.stream()
                    .filter(each -> !ordered.contains(each))
                    .filter(each -> left.stream()
                            .filter(other -> !ordered.contains(other))
                            .noneMatch(other -> before.apply(each).contains(other.table())))
                    .toList();
            if (next.isEmpty()) {
                throw new IllegalStateException("Tables refer to each other in a circle: " + left);
            }
            ordered.addAll(next);
        }
        return List.copyOf(ordered);
    }
}
