package org.expirytracker.schemas;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.db.Reachability;
import org.expirytracker.distribution.Citus;
import org.expirytracker.distribution.Placements;
import org.expirytracker.migrations.Finding;
import org.expirytracker.migrations.Finding.Kind;
import org.expirytracker.migrations.MigrationFailure;
import org.expirytracker.migrations.MigrationFiles;
import org.expirytracker.migrations.MigrationSession;
import org.expirytracker.migrations.Migrations;
import org.expirytracker.migrations.Progress;
import org.expirytracker.migrations.Revision;
import org.expirytracker.migrations.SchemaState;
import org.expirytracker.schemas.SchemaComparison.Change;
import org.expirytracker.schemas.SchemaComparison.Difference;

/**
 * Holds a database, its history, the migration files and the declared schema against each other. What the files build
 * is built, in a {@link ScratchDatabase}.
 */
public final class SchemaCheck {

    private final DatabaseUrl url;
    private final MigrationFiles files;

    /** Of the database at {@code url} against these files. */
    public SchemaCheck(DatabaseUrl url, MigrationFiles files) {
        this.url = url;
        this.files = files;
    }

    /**
     * Everything that is wrong, each with its remedy; empty when all is well. Changes nothing. A database behind the
     * head is compared with the revision it is at.
     *
     * @param deep whether every stored value that a function gave is compared with what it gives now, and not only those
     *     of the first {@value StoredValues#LOOKED_AT} rows of a table
     * @throws MigrationFailure when the database cannot be reached, or a migration fails on an empty database
     */
    public List<Finding> findings(boolean deep) {
        SchemaState state = migrations(url).state();
        List<Finding> found = new ArrayList<>(state.conflicts());
        found.addAll(state.irreversible());
        if (found.stream().allMatch(finding -> canStillBuild(finding.kind()))) {
            try (ScratchDatabase built = ScratchDatabase.like(url)) {
                List<Finding> drift = drift(state.current(), built);
                migrations(built.url()).upgrade(files.head());
                found.addAll(undeclared(built));
                found.addAll(drift);
            }
            found.addAll(stale(deep));
        }
        return found;
    }

    /**
     * How the live schema differs from what the migrations up to a revision build.
     *
     * @throws MigrationFailure as {@link #findings}
     */
    public List<Finding> drift(Revision revision) {
        try (ScratchDatabase scratch = ScratchDatabase.like(url)) {
            return drift(revision, scratch);
        }
    }

    private List<Finding> drift(Revision revision, ScratchDatabase scratch) {
        migrations(scratch.url()).upgrade(revision);
        boolean distributed = isDistributed();
        return inOrderOfRemedies(SchemaComparison.between(url, scratch.url()).differences()).stream()
                .filter(difference -> !comesOfDistribution(difference, distributed))
                .map(difference ->
                        new Finding(Kind.DRIFT, name(difference), driftOf(difference, revision), remedyOf(difference)))
                .toList();
    }

    private boolean isDistributed() {
        try (Connection connection = MigrationSession.open(url)) {
            return Citus.hasDistributed(connection);
        } catch (SQLException e) {
            throw new MigrationFailure(Reachability.explain(url, e), e);
        }
    }

    /** Whether it is what Citus brings along, or what a distributed database does without. */
    private static boolean comesOfDistribution(Difference difference, boolean distributed) {
        return switch (difference.change()) {
            case UNEXPECTED ->
                difference.kind().equals("EXTENSION") && difference.name().matches("citus(_columnar)?");
            case MISSING ->
                distributed
                        && Placements.OMISSIONS.stream()
                                .anyMatch(omission -> omission.kind().label().equals(difference.kind())
                                        && Set.of(omission.name(), omission.table() + "." + omission.name())
                                                .contains(difference.name()));
            case ALTERED -> false;
        };
    }

    /** What is there too much goes first, and what depends on something before that. */
    private static List<Difference> inOrderOfRemedies(List<Difference> differences) {
        return Stream.concat(
                        differences.reversed().stream().filter(difference -> difference.change() == Change.UNEXPECTED),
                        differences.stream().filter(difference -> difference.change() != Change.UNEXPECTED))
                .toList();
    }

    private List<Finding> undeclared(ScratchDatabase built) {
        if (!files.has(MigrationFiles.DECLARED)) {
            return List.of(new Finding(
                    Kind.UNDECLARED,
                    MigrationFiles.DECLARED,
                    "There is no schema.sql beside the migrations, so nothing declares what they build.",
                    "Write it; expiry db migrate generates the migrations from it."));
        }
        try (ScratchDatabase declared = built.another()) {
            DeclaredSchema.of(files).build(declared.url());
            return SchemaComparison.between(built.url(), declared.url()).differences().stream()
                    .map(difference -> new Finding(
                            Kind.UNDECLARED,
                            name(difference),
                            "schema.sql and the migrations disagree: " + name(difference) + " " + difference.words()
                                    + " in what the migrations build.",
                            "Run expiry db migrate -m \"...\" if schema.sql is right; otherwise correct schema.sql."))
                    .toList();
        } catch (MigrationFailure failure) {
            return List.of(new Finding(
                    Kind.UNDECLARED,
                    MigrationFiles.DECLARED,
                    String.valueOf(failure.getMessage()),
                    "Then check again."));
        } catch (SQLException e) {
            throw new MigrationFailure("A scratch database failed: " + e.getMessage() + " Start again.", e);
        }
    }

    /** What stands between database and files does not keep the files from building a schema to compare with. */
    private static boolean canStillBuild(Kind kind) {
        return switch (kind) {
            case MISNAMED, SAME_VERSION, OUT_OF_ORDER, UNMARKED, UNFIT, NEWER, MISSING, ALTERED, RENAMED, FAILED ->
                false;
            case IRREVERSIBLE, UNDECLARED, DRIFT, STALE, MISCOUNTED -> true;
        };
    }

    private static String name(Difference difference) {
        return difference.kind() + " " + difference.name();
    }

    private static String driftOf(Difference difference, Revision revision) {
        return "The live schema is not what " + revision + " built: " + difference + ".";
    }

    private static String remedyOf(Difference difference) {
        String sql = difference.sql().isBlank()
                ? ""
                : " To put it right by hand:\n" + difference.sql().strip();
        return difference.change() == Change.UNEXPECTED
                ? "Declare it in schema.sql and run expiry db migrate if it is wanted; otherwise remove it." + sql
                : "Someone changed it by hand." + (sql.isEmpty() ? " Change it back." : sql);
    }

    private List<Finding> stale(boolean deep) {
        try (Connection connection = MigrationSession.open(url)) {
            return StoredValues.stale(connection, deep).stream()
                    .map(stale -> new Finding(
                            Kind.STALE,
                            stale.stored().kind() + " " + stale.stored().label(),
                            stale.stored().fault()
                                    + String.format(
                                            Locale.ROOT,
                                            ", in %,d of %,d rows",
                                            stale.looked().stale(),
                                            stale.looked().rows())
                                    + (deep || stale.looked().rows() < StoredValues.LOOKED_AT
                                            ? "."
                                            : ", the first ones (--deep looks at all)."),
                            "The function was changed after they were written, and PostgreSQL computes nothing anew by"
                                    + " itself. "
                                    + stale.stored().remedy()))
                    .toList();
        } catch (SQLException e) {
            throw new MigrationFailure(
                    "The stored values of the database at " + url.address() + " cannot be compared with what their"
                            + " functions give now: " + e.getMessage()
                            + " Correct the function or the row that it cannot"
                            + " take.",
                    e);
        }
    }

    private Migrations migrations(DatabaseUrl database) {
        return new Migrations(database, files, Progress.SILENT);
    }
}
