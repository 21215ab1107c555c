package org.expirytracker.migrations;

import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.expirytracker.db.DatabaseUrl;
import org.pgcodekeeper.core.DatabaseType;
import org.pgcodekeeper.core.database.base.jdbc.IJdbcConnector;
import org.pgcodekeeper.core.ignorelist.IgnoreList;
import org.pgcodekeeper.core.ignorelist.IgnoreSchemaList;
import org.pgcodekeeper.core.ignorelist.IgnoredObject;
import org.pgcodekeeper.core.loader.pg.JdbcPgLoader;
import org.pgcodekeeper.core.model.difftree.CompareTree;
import org.pgcodekeeper.core.model.difftree.DbObjType;
import org.pgcodekeeper.core.model.difftree.DiffTree;
import org.pgcodekeeper.core.model.difftree.TreeElement;
import org.pgcodekeeper.core.model.difftree.TreeElement.DiffSide;
import org.pgcodekeeper.core.model.difftree.TreeFlattener;
import org.pgcodekeeper.core.monitor.NullMonitor;
import org.pgcodekeeper.core.parsers.antlr.base.AntlrError;
import org.pgcodekeeper.core.schema.AbstractColumn;
import org.pgcodekeeper.core.schema.AbstractConstraint;
import org.pgcodekeeper.core.schema.AbstractDatabase;
import org.pgcodekeeper.core.schema.AbstractSchema;
import org.pgcodekeeper.core.schema.AbstractTable;
import org.pgcodekeeper.core.schema.PgStatement;
import org.pgcodekeeper.core.schema.pg.PgColumn;
import org.pgcodekeeper.core.schema.pg.PgConstraintCheck;
import org.pgcodekeeper.core.schema.pg.PgDatabase;
import org.pgcodekeeper.core.schema.pg.PgExtension;
import org.pgcodekeeper.core.schema.pg.PgIndex;
import org.pgcodekeeper.core.settings.CoreSettings;

/**
 * What distinguishes the schemas of two databases, and the SQL that turns the first into the second. The one notion of
 * equality in this program: whatever compares schemas, compares them here.
 *
 * <p>A schema is everything in {@code public} but Flyway's history, and the extensions. These are no differences: the
 * order of columns, owners and privileges, the comments that extensions bring along, the names that PostgreSQL 18
 * gives to NOT NULL constraints, and an extension on one side only that another role has installed. These are:
 * comments, an invalid index, a constraint that is not validated, a disabled trigger.
 */
public final class SchemaComparison {

    private static final String SCHEMA = "public";
    private static final String HISTORY = "flyway_schema_history";

    /** Not the kinds that lie outside of a schema; of these only extensions count. */
    private static final Set<DbObjType> KINDS = EnumSet.complementOf(EnumSet.of(
            DbObjType.DATABASE,
            DbObjType.SCHEMA,
            DbObjType.CAST,
            DbObjType.EVENT_TRIGGER,
            DbObjType.FOREIGN_DATA_WRAPPER,
            DbObjType.SERVER,
            DbObjType.USER_MAPPING,
            DbObjType.ROLE,
            DbObjType.USER));

    /** A definition up to this length is quoted in the words about a difference. */
    private static final int QUOTED = 300;

    private final List<Difference> differences;
    private final List<SchemaScript> scripts;

    private SchemaComparison(List<Difference> differences, List<SchemaScript> scripts) {
        this.differences = differences;
        this.scripts = scripts;
    }

    /** In which way the first schema differs in one object. */
    public enum Change {
        /** The object is only in the second schema. */
        MISSING,
        /** The object is only in the first schema. */
        UNEXPECTED,
        /** The object is in both, and not the same. */
        ALTERED
    }

    /**
     * One object that differs.
     *
     * @param kind the kind of object as SQL names it, such as TABLE, COLUMN, INDEX, CONSTRAINT, FUNCTION, TRIGGER or
     *     EXTENSION
     * @param name its name; of what belongs to a table {@code table.name}, but of an index its name alone
     * @param change whether the first schema lacks it, has it in addition, or has it otherwise
     * @param words what differs, a predicate to kind and name, such as "is missing"
     * @param sql the statements that turn the first schema's object into the second's, each ended by a semicolon; empty
     *     when none can
     */
    public record Difference(String kind, String name, Change change, String words, String sql) {

        /** One line for the operator. */
        @Override
        public String toString() {
            return kind + " " + name + " " + words;
        }
    }

    /**
     * Compares two databases, of the same server or of two, PostgreSQL 15 to 18. Only reads. Across major releases
     * views may print differently and so differ.
     *
     * @param from the database as it is
     * @param to the database as it should be
     * @throws MigrationFailure when a database cannot be reached, or an object cannot be compared
     */
    public static SchemaComparison between(DatabaseUrl from, DatabaseUrl to) {
        Schema left = Schema.read(from);
        Schema right = Schema.read(to);
        List<TreeElement> changed = changed(left, right);
        Map<String, Difference> differences = new LinkedHashMap<>();
        for (TreeElement element : changed) {
            difference(element, left.model, right.model)
                    .ifPresent(found -> differences.put(found.kind + " " + found.name, found));
        }
        StringBuilder repairs = new StringBuilder();
        left.unsound.forEach((name, unsound) -> {
            if (!right.unsound.containsKey(name) && !differences.containsKey(name)) {
                differences.put(name, unsound);
                repairs.append(unsound.sql);
            }
        });
        right.unsound.forEach((name, unsound) -> {
            if (!left.unsound.containsKey(name) && !differences.containsKey(name)) {
                differences.put(
                        name,
                        new Difference(
                                unsound.kind,
                                unsound.name,
                                Change.ALTERED,
                                "is valid, and " + unsound.words + " where it is compared to",
                                ""));
            }
        });
        List<SchemaScript> scripts = differences.isEmpty()
                ? List.of()
                : SchemaScript.drafts(left.model, right.model, changed, repairs.toString());
        List<Difference> sorted = differences.values().stream()
                .sorted(Comparator.comparing((Difference found) -> kind(found.kind))
                        .thenComparing(Difference::name))
                .toList();
        return new SchemaComparison(sorted, scripts);
    }

    /** Whether the two schemas are equal. */
    public boolean same() {
        return differences.isEmpty();
    }

    /** Every object that differs, by kind and name; empty when the schemas are equal. */
    public List<Difference> differences() {
        return differences;
    }

    /**
     * All statements that turn the first schema into the second, in an order that runs; empty when the schemas are
     * equal. It takes the way that always goes: what depends on a changed column is dropped and made again.
     */
    public String script() {
        return scripts.isEmpty() ? "" : scripts.getLast().sql();
    }

    /** What {@link #script} would lose, a line for each loss, such as "drops column items.notes and its data". */
    public List<String> destructive() {
        return scripts.isEmpty() ? List.of() : scripts.getLast().destructive();
    }

    /** Ways to the second schema, the gentlest first, the one of {@link #script} last; whether one runs, only a try shows. */
    List<SchemaScript> scripts() {
        return scripts;
    }

    /** Settings for the comparison and for the SQL. */
    static CoreSettings settings() {
        CoreSettings settings = new CoreSettings();
        settings.setDbType(DatabaseType.PG);
        settings.setIgnorePrivileges(true);
        settings.setIgnoreColumnOrder(true);
        settings.setEnableFunctionBodiesDependencies(true);
        settings.setGenerateConstraintNotValid(true);
        return settings;
    }

    private static List<TreeElement> changed(Schema left, Schema right) {
        IgnoreList ignored = new IgnoreList();
        ignored.add(hidden(HISTORY, DbObjType.TABLE));
        Stream.concat(left.foreign.stream(), right.foreign.stream())
                .distinct()
                .filter(name -> left.model.getExtension(name) == null || right.model.getExtension(name) == null)
                .forEach(name -> ignored.add(hidden(name, DbObjType.EXTENSION)));
        try {
            TreeElement root = DiffTree.create(settings(), left.model, right.model);
            root.setAllChecked();
            List<TreeElement> changed = new ArrayList<>(new TreeFlattener()
                    .onlySelected()
                    .useIgnoreList(ignored)
                    .onlyTypes(KINDS)
                    .flatten(root));
            for (TreeElement element : List.copyOf(changed)) {
                if (element.getSide() == DiffSide.BOTH
                        && element.getPgStatement(left.model) instanceof AbstractTable before
                        && element.getPgStatement(right.model) instanceof AbstractTable after) {
                    addColumns(before, after, element, changed);
                }
            }
            changed.sort(new CompareTree());
            return changed;
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static void addColumns(
            AbstractTable before, AbstractTable after, TreeElement table, List<TreeElement> changed) {
        for (AbstractColumn column : before.getColumns()) {
            AbstractColumn twin = after.getColumn(column.getName());
            if (twin != null && (column.getCollation() == null) != (twin.getCollation() == null)) {
                // Without its name the library writes no statement that brings the usual collation back.
                (twin.getCollation() == null ? twin : column).setCollation("pg_catalog.\"default\"");
            }
            if (twin == null || !column.compare(twin)) {
                changed.add(element(column, twin == null ? DiffSide.LEFT : DiffSide.BOTH, table));
            }
        }
        for (AbstractColumn column : after.getColumns()) {
            if (before.getColumn(column.getName()) == null) {
                changed.add(element(column, DiffSide.RIGHT, table));
            }
        }
    }

    private static TreeElement element(PgStatement object, DiffSide side, TreeElement parent) {
        TreeElement element = new TreeElement(object, side);
        parent.addChild(element);
        return element;
    }

    private static IgnoredObject hidden(String name, DbObjType kind) {
        return new IgnoredObject(name, false, true, false, EnumSet.of(kind));
    }

    private static Optional<Difference> difference(TreeElement element, PgDatabase left, PgDatabase right) {
        return switch (element.getSide()) {
            case LEFT -> unexpected(element.getPgStatement(left), right);
            case RIGHT -> missing(element.getPgStatement(right), left);
            case BOTH -> altered(element.getPgStatement(left), element.getPgStatement(right));
        };
    }

    private static Optional<Difference> unexpected(PgStatement object, PgDatabase right) {
        return hasParentIn(right, object)
                ? Optional.of(new Difference(
                        kind(object), name(object), Change.UNEXPECTED, "is not expected", SchemaScript.drop(object)))
                : Optional.empty();
    }

    private static Optional<Difference> missing(PgStatement object, PgDatabase left) {
        return hasParentIn(left, object)
                ? Optional.of(new Difference(
                        kind(object), name(object), Change.MISSING, "is missing", SchemaScript.createWhole(object)))
                : Optional.empty();
    }

    /** What belongs to a table that is missing or unexpected itself need not be named. */
    private static boolean hasParentIn(PgDatabase other, PgStatement object) {
        PgStatement parent = object.getParent();
        return !(parent instanceof AbstractTable) || parent.getTwin(other) != null;
    }

    private static Optional<Difference> altered(PgStatement before, PgStatement after) {
        String sql = SchemaScript.alter(before, after);
        // A table also counts as changed when only something that belongs to it is, which is named by itself.
        if (before instanceof AbstractTable && sql.isEmpty()) {
            return Optional.empty();
        }
        String is = definition(before);
        String should = definition(after);
        String words = is.equals(should) || is.length() > QUOTED || should.length() > QUOTED
                ? "is defined otherwise"
                : "is " + is + ", and should be " + should;
        return Optional.of(new Difference(kind(before), name(before), Change.ALTERED, words, sql));
    }

    private static String definition(PgStatement object) {
        return switch (object) {
            case AbstractColumn column -> SchemaScript.tidy(column.getFullDefinition());
            case AbstractConstraint constraint ->
                SchemaScript.tidy(constraint.getDefinition()) + (constraint.isNotValid() ? " NOT VALID" : "");
            case AbstractTable table -> "";
            default ->
                SchemaScript.create(object).strip().replaceAll("\\s+", " ").replaceFirst(";$", "");
        };
    }

    private static String kind(PgStatement object) {
        return object.getStatementType().name().replace('_', ' ');
    }

    private static DbObjType kind(String kind) {
        return DbObjType.valueOf(kind.replace(' ', '_'));
    }

    static String name(PgStatement object) {
        PgStatement parent = object.getParent();
        boolean ofTable =
                parent != null && !(parent instanceof AbstractSchema) && !(parent instanceof AbstractDatabase);
        return ofTable && object.getStatementType() != DbObjType.INDEX
                ? parent.getName() + "." + object.getName()
                : object.getName();
    }

    private static MigrationFailure interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new MigrationFailure("Interrupted while comparing two schemas. Start again.", e);
    }

    /**
     * A database as the library reads it, and what the library does not see.
     *
     * @param unsound indexes and NOT NULL constraints that exist and do not work, by kind and name
     * @param foreign extensions that belong to a role whose rights ours does not have
     */
    private record Schema(PgDatabase model, Map<String, Difference> unsound, Set<String> foreign) {

        /** Where the analysis of a body went wrong, in the words of its message. */
        private static final Pattern PLACE = Pattern.compile("(jdbc:/\\S+)");

        static Schema read(DatabaseUrl url) {
            IgnoreSchemaList schemas = new IgnoreSchemaList();
            schemas.setShow(false);
            schemas.add(new IgnoredObject(SCHEMA, null, true, false, false, false, Set.of()));
            JdbcPgLoader loader = new JdbcPgLoader(new Connector(url), "UTC", settings(), new NullMonitor(), schemas);
            try (Connection connection = url.dataSource().getConnection()) {
                PgDatabase model = (PgDatabase) loader.loadAndAnalyze();
                requireReadable(url, model, loader.getErrors());
                strip(model);
                prettify(model, connection);
                return new Schema(model, unsound(connection), foreign(connection));
            } catch (IOException | SQLException e) {
                throw new MigrationFailure(
                        "The schema of the database at " + url.address() + " cannot be read: " + e.getMessage(), e);
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
        }

        /**
         * Refuses to compare what was cut while it was parsed. The bodies of functions, the columns of tables and the
         * queries of views are taken as they are; there only dependencies got lost, which matter to the order of
         * statements.
         */
        private static void requireReadable(DatabaseUrl url, PgDatabase model, List<Object> errors) {
            AbstractSchema schema = model.getSchema(SCHEMA);
            for (Object error : errors) {
                Matcher place = PLACE.matcher(error.toString());
                String path = error instanceof AntlrError antlr ? antlr.getFilePath() : place.find() ? place.group(1) : "";
                String name = path.substring(path.indexOf('/', path.indexOf('/') + 1) + 1);
                boolean whole = schema != null
                        && (schema.getTable(name) != null
                                || schema.getView(name) != null
                                || schema.getFunctions().stream()
                                        .anyMatch(function -> name.equals(function.getBareName())));
                if (!whole) {
                    throw new MigrationFailure("The schema of the database at " + url.address()
                            + " cannot be compared: " + (name.isEmpty() ? "" : name.replace('/', '.') + ", ") + error
                            + ". Put the expression that is named there into a SQL function, and use that.");
                }
            }
        }

        private static void strip(PgDatabase model) {
            AbstractSchema schema = model.getSchema(SCHEMA);
            if (schema != null) {
                schema.getTables().stream()
                        .flatMap(table -> table.getColumns().stream())
                        .forEach(column -> ((PgColumn) column).setNotNullConName(null));
            }
            model.getChildren().filter(PgExtension.class::isInstance).forEach(extension -> extension.setComment(null));
        }

        /** Only in this form is what PostgreSQL prints the same when it has read it again and prints it once more. */
        private static final String PRETTY = """
                SELECT t.relname, 'CONSTRAINT', k.conname, pg_get_expr(k.conbin, k.conrelid, true)
                FROM pg_constraint k
                JOIN pg_class t ON t.oid = k.conrelid
                WHERE k.contype = 'c' AND t.relnamespace = 'public'::regnamespace
                UNION ALL
                SELECT t.relname, 'COLUMN', a.attname, pg_get_expr(d.adbin, d.adrelid, true)
                FROM pg_attrdef d
                JOIN pg_class t ON t.oid = d.adrelid
                JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
                WHERE t.relnamespace = 'public'::regnamespace
                UNION ALL
                SELECT t.relname, 'INDEX', i.relname, pg_get_expr(x.indpred, x.indrelid, true)
                FROM pg_index x
                JOIN pg_class t ON t.oid = x.indrelid
                JOIN pg_class i ON i.oid = x.indexrelid
                WHERE x.indpred IS NOT NULL AND t.relnamespace = 'public'::regnamespace
                """;

        private static void prettify(PgDatabase model, Connection connection) throws SQLException {
            AbstractSchema schema = model.getSchema(SCHEMA);
            try (Statement statement = connection.createStatement()) {
                // As the library prints: with the schema before every name.
                statement.execute("SET search_path = pg_catalog");
                try (ResultSet row = statement.executeQuery(PRETTY)) {
                    while (row.next()) {
                        AbstractTable table = schema == null ? null : schema.getTable(row.getString(1));
                        if (table != null) {
                            prettify(table, row.getString(2), row.getString(3), row.getString(4));
                        }
                    }
                }
            }
        }

        private static void prettify(AbstractTable table, String kind, String name, String expression) {
            PgStatement object = switch (kind) {
                case "COLUMN" -> table.getColumn(name);
                case "INDEX" -> table.getIndex(name);
                default -> table.getConstraint(name);
            };
            switch (object) {
                case PgColumn column -> column.setDefaultValue(expression);
                case PgIndex index -> index.setWhere(expression);
                case PgConstraintCheck check -> check.setExpression(expression);
                case null, default -> {}
            }
        }

        private static final String UNSOUND = """
                SELECT 'INDEX', i.relname,
                       'is invalid: it was not built to its end, and speeds up nothing',
                       format('REINDEX INDEX %I;', i.relname)
                FROM pg_index x
                JOIN pg_class i ON i.oid = x.indexrelid
                WHERE i.relnamespace = 'public'::regnamespace AND NOT (x.indisvalid AND x.indisready AND x.indislive)
                  -- Of a partitioned table it is invalid until each partition has one.
                  AND i.relkind = 'i'
                UNION ALL
                SELECT 'COLUMN', t.relname || '.' || a.attname,
                       'is NOT NULL without having been validated',
                       format('ALTER TABLE %I VALIDATE CONSTRAINT %I;', t.relname, c.conname)
                FROM pg_constraint c
                JOIN pg_class t ON t.oid = c.conrelid
                JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
                WHERE t.relnamespace = 'public'::regnamespace AND c.contype = 'n' AND NOT c.convalidated
                """;

        private static Map<String, Difference> unsound(Connection connection) throws SQLException {
            Map<String, Difference> unsound = new LinkedHashMap<>();
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(UNSOUND)) {
                while (row.next()) {
                    unsound.put(
                            row.getString(1) + " " + row.getString(2),
                            new Difference(
                                    row.getString(1),
                                    row.getString(2),
                                    Change.ALTERED,
                                    row.getString(3),
                                    row.getString(4) + "\n"));
                }
            }
            return unsound;
        }

        private static final String FOREIGN =
                "SELECT extname FROM pg_extension WHERE NOT pg_has_role(extowner, 'USAGE')";

        private static Set<String> foreign(Connection connection) throws SQLException {
            Set<String> foreign = new HashSet<>();
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(FOREIGN)) {
                while (row.next()) {
                    foreign.add(row.getString(1));
                }
            }
            return foreign;
        }
    }

    /** Connects the library as everything else here connects: with this URL's login and TLS. */
    private record Connector(DatabaseUrl url) implements IJdbcConnector {

        @Override
        public Connection getConnection() throws IOException {
            try {
                return url.dataSource().getConnection();
            } catch (SQLException e) {
                throw new IOException(e.getMessage(), e);
            }
        }

        @Override
        public String getBatchDelimiter() {
            return ";";
        }

        @Override
        public String getUrl() {
            return "jdbc:postgresql://" + url.address();
        }
    }
}
