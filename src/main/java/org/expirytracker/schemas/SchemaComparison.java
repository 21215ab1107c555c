package org.expirytracker.schemas;

import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.migrations.MigrationFailure;
import org.expirytracker.migrations.MigrationSession;
import org.jspecify.annotations.Nullable;
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
import org.pgcodekeeper.core.schema.ISimpleOptionContainer;
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
 * comments, an invalid index, a constraint that is not validated, a disabled trigger, also one of PostgreSQL's own that
 * enforces a key, the replica identity, casts, publications, and a collation whose order the server's library has
 * changed since.
 *
 * <p>What is compared is what statements can declare. What a build of PostgreSQL keeps in its catalogs besides, such as
 * entries of its own among the options of columns and tables, is none of it.
 */
public final class SchemaComparison {

    private static final String SCHEMA = "public";
    private static final String HISTORY = "flyway_schema_history";

    /** Not the kinds that lie outside of a schema; of these only extensions count. */
    private static final Set<DbObjType> KINDS = EnumSet.complementOf(EnumSet.of(
            DbObjType.DATABASE,
            DbObjType.SCHEMA,
            DbObjType.EVENT_TRIGGER,
            DbObjType.FOREIGN_DATA_WRAPPER,
            DbObjType.SERVER,
            DbObjType.USER_MAPPING,
            DbObjType.ROLE,
            DbObjType.USER));

    /** All options of a column that ALTER TABLE … SET takes (PostgreSQL manual, "ALTER TABLE"). */
    private static final Pattern COLUMN_OPTION = Pattern.compile("n_distinct(?:_inherited)?");

    /** Those of a table (PostgreSQL manual, "CREATE TABLE", storage parameters). */
    private static final Pattern TABLE_OPTION = Pattern.compile("(?:toast\\.)?(?:log_)?(?:auto)?vacuum_\\w+"
            + "|autovacuum_enabled|fillfactor|toast_tuple_target|parallel_workers|user_catalog_table");

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
        ignoreUndeclared(left.model, right.model);
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
        compareUnmodelled(left, right, differences, repairs);
        List<SchemaScript> scripts = differences.isEmpty()
                ? List.of()
                : SchemaScript.drafts(left.model, right.model, changed, repairs.toString());
        List<Difference> sorted = differences.values().stream()
                .sorted(Comparator.comparingInt((Difference found) -> order(found.kind))
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

    /** Options that no statement sets become those of the other side: then they are no difference. */
    private static void ignoreUndeclared(PgDatabase left, PgDatabase right) {
        AbstractSchema before = left.getSchema(SCHEMA);
        AbstractSchema after = right.getSchema(SCHEMA);
        if (before == null || after == null) {
            return;
        }
        for (AbstractTable table : before.getTables()) {
            AbstractTable twin = after.getTable(table.getName());
            if (twin != null) {
                ignoreUndeclared(table, twin, TABLE_OPTION);
                for (AbstractColumn column : table.getColumns()) {
                    AbstractColumn same = twin.getColumn(column.getName());
                    if (same != null) {
                        ignoreUndeclared(column, same, COLUMN_OPTION);
                    }
                }
            }
        }
    }

    private static void ignoreUndeclared(PgStatement one, PgStatement other, Pattern declared) {
        if (one instanceof ISimpleOptionContainer left && other instanceof ISimpleOptionContainer right) {
            Map<String, String> here = Map.copyOf(left.getOptions());
            Map<String, String> there = Map.copyOf(right.getOptions());
            there.forEach((name, value) -> {
                if (!declared.matcher(name).matches()) {
                    left.addOption(name, value);
                }
            });
            here.forEach((name, value) -> {
                if (!declared.matcher(name).matches() && !there.containsKey(name)) {
                    right.addOption(name, value);
                }
            });
        }
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
                    addColumns(before, after, element, changed, left, right);
                }
            }
            changed.sort(new CompareTree());
            return changed;
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static void addColumns(
            AbstractTable before,
            AbstractTable after,
            TreeElement table,
            List<TreeElement> changed,
            Schema left,
            Schema right) {
        for (AbstractColumn column : before.getColumns()) {
            AbstractColumn twin = after.getColumn(column.getName());
            if (twin != null && (column.getCollation() == null) != (twin.getCollation() == null)) {
                // Without its name the library writes no statement that brings the usual collation back.
                (twin.getCollation() == null ? twin : column).setCollation("pg_catalog.\"default\"");
            }
            if (twin instanceof PgColumn then && column instanceof PgColumn now) {
                nameStorage(now, then, left, right);
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

    /** Nor does it know what is usual for a type. */
    private static void nameStorage(PgColumn before, PgColumn after, Schema left, Schema right) {
        if (before.getStorage() == null && after.getStorage() != null) {
            before.setStorage(left.storages.get(name(before)));
        } else if (after.getStorage() == null && before.getStorage() != null) {
            after.setStorage(right.storages.get(name(after)));
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
            case AbstractColumn column -> SchemaScript.normalized(column.getFullDefinition());
            case AbstractConstraint constraint ->
                SchemaScript.normalized(constraint.getDefinition()) + (constraint.isNotValid() ? " NOT VALID" : "");
            case AbstractTable table -> "";
            default ->
                SchemaScript.create(object).strip().replaceAll("\\s+", " ").replaceFirst(";$", "");
        };
    }

    private static String kind(PgStatement object) {
        return object.getStatementType().name().replace('_', ' ');
    }

    /** As the library sorts kinds; those that it does not know come last. */
    private static int order(String kind) {
        return Stream.of(DbObjType.values())
                .filter(type -> type.name().equals(kind.replace(' ', '_')))
                .findFirst()
                .map(DbObjType::ordinal)
                .orElse(Integer.MAX_VALUE);
    }

    private static void compareUnmodelled(
            Schema left, Schema right, Map<String, Difference> differences, StringBuilder repairs) {
        Set<String> all = new TreeSet<>(left.unmodelled.keySet());
        all.addAll(right.unmodelled.keySet());
        for (String key : all) {
            Unmodelled is = left.unmodelled.get(key);
            Unmodelled should = right.unmodelled.get(key);
            Optional<Difference> difference = is == null ? missing(should) : altered(is, should);
            difference.ifPresent(found -> {
                differences.put(key, found);
                repairs.append(found.sql);
            });
        }
    }

    private static Optional<Difference> missing(@Nullable Unmodelled should) {
        return should == null
                ? Optional.empty()
                : Optional.of(new Difference(
                        should.kind,
                        should.name,
                        Change.MISSING,
                        "is missing: " + should.definition,
                        should.make + "\n"));
    }

    private static Optional<Difference> altered(Unmodelled is, @Nullable Unmodelled should) {
        if (should == null) {
            return Optional.of(new Difference(
                    is.kind, is.name, Change.UNEXPECTED, "is not expected: " + is.definition, is.unmake + "\n"));
        }
        return is.definition.equals(should.definition)
                ? Optional.empty()
                : Optional.of(new Difference(
                        is.kind,
                        is.name,
                        Change.ALTERED,
                        "is " + is.definition + ", and should be " + should.definition,
                        is.unmake + "\n" + should.make + "\n"));
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
     * What the library has no model of.
     *
     * @param definition as it is declared, without its name
     * @param make the statement that makes it so
     * @param unmake the statement that makes it as if nobody had
     */
    private record Unmodelled(String kind, String name, String definition, String make, String unmake) {}

    /**
     * A database as the library reads it, and what the library does not see.
     *
     * @param unsound what exists and does not work, such as an invalid index, by kind and name
     * @param unmodelled replica identities and publications, by kind and name
     * @param storages how columns are stored when nothing is declared of it, by table and name
     * @param foreign extensions that belong to a role whose rights ours does not have
     */
    private record Schema(
            PgDatabase model,
            Map<String, Difference> unsound,
            Map<String, Unmodelled> unmodelled,
            Map<String, String> storages,
            Set<String> foreign) {

        /** Where the analysis of a body went wrong, in the words of its message. */
        private static final Pattern PLACE = Pattern.compile("(jdbc:/\\S+)");

        static Schema read(DatabaseUrl url) {
            IgnoreSchemaList schemas = new IgnoreSchemaList();
            schemas.setShow(false);
            schemas.add(new IgnoredObject(SCHEMA, null, true, false, false, false, Set.of()));
            JdbcPgLoader loader = new JdbcPgLoader(new Connector(url), "UTC", settings(), new NullMonitor(), schemas);
            try (Connection connection = MigrationSession.open(url)) {
                PgDatabase model = (PgDatabase) loader.loadAndAnalyze();
                requireReadable(url, model, loader.getErrors());
                strip(model);
                prettify(model, connection);
                return new Schema(
                        model, unsound(connection), unmodelled(connection), storages(connection), foreign(connection));
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
                String path =
                        error instanceof AntlrError antlr ? antlr.getFilePath() : place.find() ? place.group(1) : "";
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
                statement.execute("SET search_path = public");
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
                UNION ALL
                SELECT 'CONSTRAINT', t.relname || '.' || c.conname,
                       'is not enforced: triggers of PostgreSQL behind it are switched off',
                       string_agg(format('ALTER TABLE %s ENABLE TRIGGER %I;', g.tgrelid::regclass, g.tgname), E'\\n'
                                  ORDER BY g.tgname)
                FROM pg_trigger g
                JOIN pg_constraint c ON c.oid = g.tgconstraint
                JOIN pg_class t ON t.oid = c.conrelid
                WHERE t.relnamespace = 'public'::regnamespace AND g.tgisinternal AND g.tgenabled <> 'O'
                GROUP BY 2
                UNION ALL
                SELECT 'COLLATION', 'default',
                       format('sorted as version %s when indexes were built, and the server''s library is version %s now:'
                              ' what they find may be wrong', datcollversion, actual),
                       format('REINDEX DATABASE %I;' || E'\\n' || 'ALTER DATABASE %I REFRESH COLLATION VERSION;',
                              datname, datname)
                FROM pg_database, pg_database_collation_actual_version(oid) AS actual
                WHERE datname = current_database() AND datcollversion <> actual
                UNION ALL
                SELECT 'COLLATION', o.collname,
                       format('sorted as version %s when indexes were built, and the server''s library is version %s now:'
                              ' what they find may be wrong', o.collversion, actual),
                       format('REINDEX DATABASE %I;' || E'\\n' || 'ALTER COLLATION %s REFRESH VERSION;',
                              current_database(), o.oid::regcollation)
                FROM pg_collation o, pg_collation_actual_version(o.oid) AS actual
                WHERE o.collversion <> actual
                  AND EXISTS (SELECT FROM pg_attribute a JOIN pg_class t ON t.oid = a.attrelid
                              WHERE a.attcollation = o.oid AND t.relnamespace = 'public'::regnamespace)
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

        private static final String UNMODELLED = """
                SELECT 'REPLICA IDENTITY', t.relname, declared.identity,
                       format('ALTER TABLE %I REPLICA IDENTITY %s;', t.relname, declared.identity),
                       format('ALTER TABLE %I REPLICA IDENTITY DEFAULT;', t.relname)
                FROM pg_class t
                LEFT JOIN pg_index x ON x.indrelid = t.oid AND x.indisreplident
                LEFT JOIN pg_class i ON i.oid = x.indexrelid
                CROSS JOIN LATERAL (SELECT CASE t.relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING'
                                           ELSE format('USING INDEX %I', i.relname) END) AS declared (identity)
                WHERE t.relnamespace = 'public'::regnamespace AND t.relkind IN ('r', 'p')
                  AND (t.relreplident IN ('f', 'n') OR i.relname IS NOT NULL)
                UNION ALL
                SELECT 'PUBLICATION', p.pubname, declared.publication,
                       format('CREATE PUBLICATION %I %s;', p.pubname, declared.publication),
                       format('DROP PUBLICATION %I;', p.pubname)
                FROM pg_publication p
                CROSS JOIN LATERAL (
                    SELECT CASE WHEN p.puballtables THEN 'FOR ALL TABLES ' ELSE
                        (SELECT 'FOR ' || string_agg(part, ', ' ORDER BY part) || ' ' FROM (
                            SELECT 'TABLE ' || r.prrelid::regclass
                                   || (SELECT coalesce(format(' (%s)', string_agg(quote_ident(a.attname), ', ')), '')
                                       FROM pg_attribute a
                                       WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs))
                                   || coalesce(format(' WHERE (%s)', pg_get_expr(r.prqual, r.prrelid)), '')
                            FROM pg_publication_rel r WHERE r.prpubid = p.oid
                            UNION ALL
                            SELECT format('TABLES IN SCHEMA %I', n.nspname)
                            FROM pg_publication_namespace s JOIN pg_namespace n ON n.oid = s.pnnspid
                            WHERE s.pnpubid = p.oid) AS parts (part)) END,
                        concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
                                  CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END),
                        CASE WHEN p.pubviaroot THEN ', publish_via_partition_root' ELSE '' END) AS of (tables, kinds, root)
                CROSS JOIN LATERAL (SELECT coalesce(of.tables, '') || format('WITH (publish = %L%s)', of.kinds, of.root))
                    AS declared (publication)
                """;

        private static Map<String, Unmodelled> unmodelled(Connection connection) throws SQLException {
            Map<String, Unmodelled> found = new LinkedHashMap<>();
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(UNMODELLED)) {
                while (row.next()) {
                    found.put(
                            row.getString(1) + " " + row.getString(2),
                            new Unmodelled(
                                    row.getString(1),
                                    row.getString(2),
                                    row.getString(3),
                                    row.getString(4),
                                    row.getString(5)));
                }
            }
            return found;
        }

        private static final String STORAGES = """
                SELECT t.relname || '.' || a.attname,
                       CASE y.typstorage WHEN 'p' THEN 'PLAIN' WHEN 'm' THEN 'MAIN' WHEN 'e' THEN 'EXTERNAL'
                                         ELSE 'EXTENDED' END
                FROM pg_attribute a
                JOIN pg_class t ON t.oid = a.attrelid
                JOIN pg_type y ON y.oid = a.atttypid
                WHERE t.relnamespace = 'public'::regnamespace AND t.relkind IN ('r', 'p') AND a.attnum > 0
                """;

        private static Map<String, String> storages(Connection connection) throws SQLException {
            Map<String, String> storages = new HashMap<>();
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(STORAGES)) {
                while (row.next()) {
                    storages.put(row.getString(1), row.getString(2));
                }
            }
            return storages;
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
                return MigrationSession.open(url);
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
