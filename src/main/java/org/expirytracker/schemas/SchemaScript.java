package org.expirytracker.schemas;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.expirytracker.migrations.SqlStatements;
import org.pgcodekeeper.core.PgDiffUtils;
import org.pgcodekeeper.core.model.difftree.DbObjType;
import org.pgcodekeeper.core.model.difftree.TreeElement;
import org.pgcodekeeper.core.model.difftree.TreeElement.DiffSide;
import org.pgcodekeeper.core.model.graph.ActionContainer;
import org.pgcodekeeper.core.model.graph.ActionsToScriptConverter;
import org.pgcodekeeper.core.model.graph.DbObject;
import org.pgcodekeeper.core.model.graph.DepcyResolver;
import org.pgcodekeeper.core.schema.AbstractColumn;
import org.pgcodekeeper.core.schema.AbstractConstraint;
import org.pgcodekeeper.core.schema.AbstractIndex;
import org.pgcodekeeper.core.schema.AbstractSequence;
import org.pgcodekeeper.core.schema.AbstractTable;
import org.pgcodekeeper.core.schema.ObjectState;
import org.pgcodekeeper.core.schema.PgStatement;
import org.pgcodekeeper.core.schema.pg.PgColumn;
import org.pgcodekeeper.core.schema.pg.PgConstraintExclude;
import org.pgcodekeeper.core.schema.pg.PgDatabase;
import org.pgcodekeeper.core.schema.pg.PgEnumType;
import org.pgcodekeeper.core.script.SQLScript;
import org.pgcodekeeper.core.settings.CoreSettings;

/**
 * The statements from one schema to another, and what their reviewer should know.
 *
 * @param sql each statement ended by a semicolon and a line end, names unqualified, as for {@code search_path = public}
 * @param destructive what is lost when they run, a predicate to "this script" for each loss
 * @param review what can make them fail or take long on a table with rows, a sentence each
 */
record SchemaScript(String sql, List<String> destructive, List<String> review) {

    /** What passes, and what does not: the library's own comments and tabs, and names of schemas. */
    private static final Pattern TOKEN = Pattern.compile(
            "(" + SqlStatements.VERBATIM
                    + ")| ?/\\* TYPE change .*?\\*/|\\bpublic\\.|\\bpg_catalog\\.(?=\")|(?<tab>\t)",
            Pattern.DOTALL);

    private static final String NAME = "(?:\"[^\"]+\"|[\\w.])+";
    private static final Pattern ALTER_TABLE = Pattern.compile(
            "ALTER TABLE (" + NAME
                    + ")\\s+((?:ADD COLUMN|DROP COLUMN|ALTER COLUMN|ADD CONSTRAINT|DROP CONSTRAINT)\\s.*)",
            Pattern.DOTALL);
    private static final Pattern VALIDATE = Pattern.compile("ALTER TABLE " + NAME + "\\s+VALIDATE CONSTRAINT\\s.*");
    private static final Pattern SET_DEFAULT =
            Pattern.compile("ALTER TABLE " + NAME + "\\s+ALTER COLUMN " + NAME + " SET DEFAULT\\s.*", Pattern.DOTALL);
    /** Options of columns that another build of PostgreSQL keeps for itself. */
    private static final Pattern UNDECLARED = Pattern.compile(
            "ALTER TABLE (?:ONLY )?" + NAME + "\\s+ALTER COLUMN " + NAME + " SET \\((?!.*\\bn_distinct)[^)]*\\)");

    private static final Pattern SET_NOT_NULL =
            Pattern.compile("ALTER TABLE " + NAME + "\\s+ALTER COLUMN " + NAME + " SET NOT NULL");
    private static final Pattern IDENTITY =
            Pattern.compile("ALTER TABLE " + NAME + "\\s+ALTER COLUMN " + NAME + " ADD (GENERATED .*)", Pattern.DOTALL);
    private static final Pattern CHANGE_TYPE =
            Pattern.compile("ALTER TABLE " + NAME + "\\s+ALTER COLUMN " + NAME + " TYPE .*", Pattern.DOTALL);
    private static final Pattern OWNED_BY =
            Pattern.compile("ALTER SEQUENCE " + NAME + "\\s+OWNED BY .*", Pattern.DOTALL);

    private static final Pattern LITERAL = Pattern.compile("'(?:[^']|'')*+'");

    /** Begins what is said of a table or column that may be another one by a new name. */
    private static final String ONLY_RENAMED = "Only renamed? ";

    private static final Pattern LIBRARY_COMMENT = Pattern.compile("\\A(?:\\s*-- (?:DEPCY|HIDDEN): [^\n]*\n)+");

    private static final Pattern LENGTH = Pattern.compile("character varying\\((\\d+)\\)");
    private static final Pattern PRECISION = Pattern.compile("numeric\\((\\d+)(?:,(\\d+))?\\)");
    private static final List<String> INTEGERS = List.of("smallint", "integer", "bigint");

    /**
     * Several ways that lead to the same schema, the gentlest first: with what depends on a changed column left in
     * place, as PostgreSQL often allows, and values converted only where no cast can cut them; the last one goes the
     * library's own way, which always runs.
     *
     * @param changed every element that differs, sorted by kind as the library wants it
     * @param repairs statements for what the library does not see
     */
    static List<SchemaScript> drafts(PgDatabase from, PgDatabase to, List<TreeElement> changed, String repairs) {
        List<DbObject> objects = changed.stream()
                .map(element -> new DbObject(
                        element.getSide() == DiffSide.RIGHT ? null : element.getPgStatement(from),
                        element.getSide() == DiffSide.LEFT ? null : element.getPgStatement(to)))
                .toList();
        CoreSettings casting = SchemaComparison.settings();
        CoreSettings plain = SchemaComparison.settings();
        plain.setPrintUsing(false);
        List<ActionContainer> all = List.copyOf(DepcyResolver.resolve(
                from, to, List.of(), List.of(), new LinkedHashSet<>(), objects, SchemaComparison.settings()));
        List<ActionContainer> few = withoutRebuilding(all, from, to);
        String rest = notValid(objects) + repairs;
        Set<SchemaScript> drafts = new LinkedHashSet<>();
        for (boolean inPlace : List.of(true, false)) {
            for (List<ActionContainer> actions : List.of(few, all)) {
                for (CoreSettings settings : List.of(plain, casting)) {
                    drafts.add(draft(actions, settings, true, inPlace, rest, from, to));
                }
            }
        }
        drafts.add(draft(all, casting, false, false, rest, from, to));
        return List.copyOf(drafts);
    }

    /** Without what only the one who writes the way up can use. */
    SchemaScript withoutHints() {
        return new SchemaScript(
                sql,
                destructive,
                review.stream().filter(line -> !line.startsWith(ONLY_RENAMED)).toList());
    }

    /**
     * Leaves alone what would only be dropped and made again as it was, because it depends on something that changes;
     * and what goes with its table.
     */
    private static List<ActionContainer> withoutRebuilding(
            List<ActionContainer> actions, PgDatabase from, PgDatabase to) {
        Predicate<ActionContainer> needless = action -> {
            PgStatement object = action.getOldObj();
            PgStatement before = object.getTwin(from);
            PgStatement after = object.getTwin(to);
            boolean rebuilt = action.getState() != ObjectState.ALTER
                    && before != null
                    && after != null
                    && before.compare(after)
                    && before.compareChildren(after);
            boolean gone = action.getState() == ObjectState.DROP
                    && object.getParent() instanceof AbstractTable table
                    && table.getTwin(to) == null;
            return rebuilt || gone;
        };
        return actions.stream().filter(needless.negate()).toList();
    }

    /** A validated constraint becomes one that is not only by being made again, which the library does not think of. */
    private static String notValid(List<DbObject> objects) {
        return objects.stream()
                .filter(object -> object.oldStatement() instanceof AbstractConstraint before
                        && object.newStatement() instanceof AbstractConstraint after
                        && !before.isNotValid()
                        && after.isNotValid())
                .map(object -> alter(object.oldStatement(), object.newStatement()))
                .collect(Collectors.joining());
    }

    private static SchemaScript draft(
            List<ActionContainer> actions,
            CoreSettings settings,
            boolean joined,
            boolean inPlace,
            String rest,
            PgDatabase from,
            PgDatabase to) {
        List<String> statements = new ArrayList<>();
        ColumnsInPlace kept = new ColumnsInPlace(from, to);
        List<ActionContainer> own = new ArrayList<>();
        for (ActionContainer action : actions) {
            if (inPlace && kept.keeps(action.getOldObj())) {
                if (action.getState() == ObjectState.DROP) {
                    statements.addAll(kept.statements(action.getOldObj()));
                }
            } else {
                own.add(action);
                SQLScript script = new SQLScript(settings);
                ActionsToScriptConverter.fillScript(script, Set.of(action), Set.of(), from, to, List.of());
                statements.addAll(onRows(action, statements(script.getFullScript())));
            }
        }
        // A sequence can belong to a column only when there is one.
        List<String> owners = statements.stream()
                .filter(statement -> OWNED_BY.matcher(statement).matches())
                .toList();
        statements.removeAll(owners);
        statements.addAll(owners);
        List<String> validations = statements.stream()
                .filter(statement -> VALIDATE.matcher(statement).matches())
                .toList();
        statements.removeAll(validations);
        List<String> ordered = new ArrayList<>(joined ? joinAlterTables(statements) : statements);
        ordered.addAll(validations);
        Warnings warnings = new Warnings(from, to);
        own.forEach(warnings::add);
        List<String> review = new ArrayList<>(warnings.review());
        if (inPlace) {
            review.addAll(kept.review());
        }
        return new SchemaScript(text(ordered) + rest, warnings.destructive(), List.copyOf(review));
    }

    /** What the library writes for empty tables, as it has to be where there are rows. */
    private static List<String> onRows(ActionContainer action, List<String> statements) {
        PgStatement object = action.getOldObj();
        if (action.getState() == ObjectState.CREATE) {
            return switch (object) {
                case PgConstraintExclude _ ->
                    statements.stream()
                            .filter(statement -> !VALIDATE.matcher(statement).matches())
                            .map(statement -> statement.replaceFirst(" NOT VALID$", ""))
                            .toList();
                case PgColumn column -> withDefault(column, statements);
                default -> statements;
            };
        }
        return object instanceof PgColumn before && action.getNewObj() instanceof PgColumn after
                ? altered(before, after, statements)
                : statements;
    }

    /** Existing rows get the default or the number of a new column, as from anyone who writes ADD COLUMN by hand. */
    private static List<String> withDefault(PgStatement object, List<String> statements) {
        if (!(object instanceof PgColumn column) || column.isGenerated()) {
            return statements;
        }
        String identity = statements.stream()
                .map(IDENTITY::matcher)
                .filter(Matcher::matches)
                .map(matcher -> " " + matcher.group(1))
                .findFirst()
                .orElse("");
        if (identity.isEmpty() && (column.getDefaultValue() == null || column.isNotNull())) {
            return statements;
        }
        List<String> whole = new ArrayList<>();
        whole.add("ALTER TABLE " + normalized(quotedTable(column)) + "\n    ADD COLUMN "
                + normalized(column.getFullDefinition()) + identity);
        statements.stream()
                .skip(1)
                .filter(statement -> !SET_DEFAULT.matcher(statement).matches()
                        && !IDENTITY.matcher(statement).matches()
                        && !SET_NOT_NULL.matcher(statement).matches())
                .forEach(whole::add);
        return whole;
    }

    private static List<String> altered(PgColumn before, PgColumn after, List<String> statements) {
        List<String> altered = new ArrayList<>();
        for (String statement : statements) {
            altered.add(
                    changesTimeZone(before.getType(), after.getType())
                                    && CHANGE_TYPE.matcher(statement).matches()
                            ? statement.replaceFirst(" USING .*$", "") + " USING " + quoted(after)
                                    + " AT TIME ZONE 'UTC'"
                            : statement);
        }
        if (before.getIdentityType() == null && after.getIdentityType() != null) {
            String table = normalized(quotedTable(after));
            // The next number is one that no row has.
            altered.add("SELECT setval(pg_get_serial_sequence('" + table.replace("'", "''") + "', '"
                    + after.getName().replace("'", "''") + "'), max(" + quoted(after) + ")) FROM " + table
                    + " HAVING count(*) > 0");
        }
        return altered;
    }

    private static String quoted(PgStatement object) {
        return PgDiffUtils.getQuotedName(object.getName());
    }

    /** Between moments and times without a zone, which PostgreSQL converts by the zone of whoever runs it. */
    private static boolean changesTimeZone(String before, String after) {
        return before.startsWith("timestamp")
                && after.startsWith("timestamp")
                && before.contains("with time zone") != after.contains("with time zone");
    }

    /**
     * Columns that the library drops and makes again, and that can keep what is in them: generated ones that become
     * plain, and those of an enumeration that changes otherwise than by new values.
     */
    private record ColumnsInPlace(PgDatabase from, PgDatabase to) {

        boolean keeps(PgStatement object) {
            return switch (object) {
                case PgColumn column ->
                    column.getTwin(from) instanceof PgColumn before
                            && column.getTwin(to) instanceof PgColumn after
                            && (becomesPlain(before, after)
                                    || enumeration(before, after).isPresent());
                case PgEnumType type -> changed(type).isPresent();
                default -> false;
            };
        }

        List<String> statements(PgStatement object) {
            return switch (object) {
                case PgColumn column
                when column.getTwin(from) instanceof PgColumn before
                        && column.getTwin(to) instanceof PgColumn after
                        && becomesPlain(before, after) -> plain(before, after);
                case PgEnumType type -> remade(type);
                default -> List.of();
            };
        }

        List<String> review() {
            List<String> review = new ArrayList<>();
            for (PgEnumType type : enumerations()) {
                List<String> gone = new ArrayList<>(values(type));
                changed(type).ifPresent(after -> gone.removeAll(values(after)));
                if (!gone.isEmpty() && changed(type).isPresent()) {
                    columns(type)
                            .forEach(column -> review.add("This fails when column " + SchemaComparison.name(column)
                                    + " holds " + String.join(" or ", gone) + ", which " + type.getName()
                                    + " has no longer. Give those rows another value first: UPDATE "
                                    + column.getParent().getName() + " SET " + column.getName() + " = … WHERE "
                                    + column.getName() + " IN (" + String.join(", ", gone) + ");"));
                }
            }
            return review;
        }

        private static boolean becomesPlain(PgColumn before, PgColumn after) {
            return before.isGenerated()
                    && !after.isGenerated()
                    && before.getType().equals(after.getType())
                    && after.getIdentityType() == null;
        }

        private List<String> plain(PgColumn before, PgColumn after) {
            List<String> statements = new ArrayList<>();
            statements.add(alterColumn(after) + "DROP EXPRESSION");
            if (after.getDefaultValue() != null) {
                statements.add(alterColumn(after) + "SET DEFAULT " + normalized(after.getDefaultValue()));
            }
            if (before.isNotNull() != after.isNotNull()) {
                statements.add(alterColumn(after) + (after.isNotNull() ? "SET NOT NULL" : "DROP NOT NULL"));
            }
            return statements;
        }

        private static List<String> values(PgEnumType type) {
            return LITERAL.matcher(create(type))
                    .results()
                    .map(value -> value.group())
                    .toList();
        }

        private List<PgEnumType> enumerations() {
            return from.getSchemas().stream()
                    .flatMap(schema -> schema.getChildren())
                    .filter(PgEnumType.class::isInstance)
                    .map(PgEnumType.class::cast)
                    .toList();
        }

        /** What an enumeration becomes, when new values alone do not lead there. */
        private Optional<PgEnumType> changed(PgEnumType type) {
            return type.getTwin(from) instanceof PgEnumType before
                            && type.getTwin(to) instanceof PgEnumType after
                            && !isWithin(values(before), values(after))
                    ? Optional.of(after)
                    : Optional.empty();
        }

        /** Whether all values are there in the same order. */
        private static boolean isWithin(List<String> before, List<String> after) {
            return after.stream().filter(before::contains).toList().equals(before);
        }

        private Optional<PgEnumType> enumeration(PgColumn before, PgColumn after) {
            return before.getType().equals(after.getType()) && !before.isGenerated() && !after.isGenerated()
                    ? enumerations().stream()
                            .filter(type -> changed(type).isPresent() && isOf(before, type))
                            .findFirst()
                    : Optional.empty();
        }

        private static boolean isOf(PgColumn column, PgEnumType type) {
            String name = column.getType().replaceFirst("(?:\\[\\])+$", "");
            return name.equals(type.getQualifiedName()) || name.equals(type.getName());
        }

        private List<PgColumn> columns(PgEnumType type) {
            return from.getSchemas().stream()
                    .flatMap(schema -> schema.getTables().stream())
                    .flatMap(table -> table.getColumns().stream())
                    .map(PgColumn.class::cast)
                    .filter(column -> isOf(column, type) && column.getTwin(to) instanceof PgColumn)
                    .toList();
        }

        private List<String> remade(PgEnumType type) {
            List<String> statements = new ArrayList<>();
            String former = PgDiffUtils.getQuotedName(type.getName() + "_former");
            statements.add("ALTER TYPE " + quoted(type) + " RENAME TO " + former);
            changed(type).ifPresent(after -> statements.addAll(SchemaScript.statements(create(after))));
            for (PgColumn before : columns(type)) {
                if (before.getTwin(to) instanceof PgColumn after
                        && enumeration(before, after).isPresent()) {
                    if (before.getDefaultValue() != null) {
                        statements.add(alterColumn(before) + "DROP DEFAULT");
                    }
                    statements.add(alterColumn(before) + "TYPE " + normalized(after.getType()) + " USING "
                            + quoted(before) + "::text::" + normalized(after.getType()));
                    if (after.getDefaultValue() != null) {
                        statements.add(alterColumn(before) + "SET DEFAULT " + normalized(after.getDefaultValue()));
                    }
                    if (before.isNotNull() != after.isNotNull()) {
                        statements.add(alterColumn(before) + (after.isNotNull() ? "SET NOT NULL" : "DROP NOT NULL"));
                    }
                }
            }
            statements.add("DROP TYPE " + former);
            return statements;
        }

        private static String alterColumn(PgColumn column) {
            return "ALTER TABLE " + normalized(quotedTable(column)) + "\n    ALTER COLUMN " + quoted(column) + " ";
        }
    }

    private static String quotedTable(PgColumn column) {
        return ((AbstractTable) column.getParent()).getQualifiedName();
    }

    /** Several changes of one table in a row take its lock, and rewrite it, once. */
    private static List<String> joinAlterTables(List<String> statements) {
        List<String> joined = new ArrayList<>();
        String last = "";
        for (String statement : statements) {
            Matcher alter = ALTER_TABLE.matcher(statement);
            String table = alter.matches() ? alter.group(1) : "";
            if (!table.isEmpty() && table.equals(last)) {
                joined.set(joined.size() - 1, joined.getLast() + ",\n    " + alter.group(2));
            } else {
                joined.add(statement);
            }
            last = table;
        }
        return joined;
    }

    /** Makes one object; of a table without its constraints and indexes. */
    static String create(PgStatement object) {
        SQLScript script = new SQLScript(SchemaComparison.settings());
        object.getCreationSQL(script);
        return text(withDefault(object, statements(script.getFullScript())));
    }

    /** Makes one object, a table with everything that belongs to it. */
    static String createWhole(PgStatement object) {
        return object instanceof AbstractTable table
                ? create(table)
                        + table.getChildren()
                                .filter(child -> !(child instanceof AbstractColumn))
                                .map(SchemaScript::create)
                                .collect(Collectors.joining())
                : create(object);
    }

    static String drop(PgStatement object) {
        SQLScript script = new SQLScript(SchemaComparison.settings());
        object.getDropSQL(script);
        return text(statements(script.getFullScript()));
    }

    /** Turns an object into another of its name; of a table only what is not a column or another object of its own. */
    static String alter(PgStatement before, PgStatement after) {
        SQLScript script = new SQLScript(SchemaComparison.settings());
        return switch (before.appendAlterSQL(after, script)) {
            case ALTER, ALTER_WITH_DEP -> text(statements(script.getFullScript()));
            case NOTHING -> before instanceof AbstractTable ? "" : drop(before) + create(after);
            case RECREATE, CREATE, DROP -> drop(before) + create(after);
        };
    }

    private static String text(List<String> statements) {
        return statements.stream().map(statement -> statement + ";\n").collect(Collectors.joining());
    }

    private static List<String> statements(String script) {
        return SqlStatements.split(script).stream()
                .map(statement -> normalized(LIBRARY_COMMENT.matcher(statement).replaceFirst("")))
                .filter(statement ->
                        !statement.isEmpty() && !UNDECLARED.matcher(statement).matches())
                .toList();
    }

    /** A statement as it is written by hand. */
    static String normalized(String statement) {
        String normalized = TOKEN.matcher(statement.strip())
                .replaceAll(token -> token.group(1) != null
                        ? Matcher.quoteReplacement(token.group(1))
                        : token.group("tab") != null ? "    " : "");
        if (normalized.startsWith("ALTER TABLE ONLY ")) {
            return "ALTER TABLE " + normalized.substring("ALTER TABLE ONLY ".length());
        }
        if (normalized.startsWith("CREATE EXTENSION ")) {
            return normalized.replace(" SCHEMA public", "");
        }
        if (normalized.startsWith("CREATE INDEX ") || normalized.startsWith("CREATE UNIQUE INDEX ")) {
            return normalized.replaceFirst(" USING btree \\(", " (");
        }
        return normalized;
    }

    /** Collects what a reviewer should know, statement by statement. */
    private static final class Warnings {

        private final PgDatabase from;
        private final PgDatabase to;
        private final Set<String> destructive = new LinkedHashSet<>();
        private final Set<String> review = new LinkedHashSet<>();
        private final List<PgColumn> dropped = new ArrayList<>();
        private final List<PgColumn> added = new ArrayList<>();
        private final List<AbstractTable> droppedTables = new ArrayList<>();
        private final List<AbstractTable> addedTables = new ArrayList<>();

        Warnings(PgDatabase from, PgDatabase to) {
            this.from = from;
            this.to = to;
        }

        List<String> destructive() {
            return List.copyOf(destructive);
        }

        List<String> review() {
            List<String> all = new ArrayList<>();
            for (PgColumn gone : dropped) {
                List<PgColumn> like =
                        added.stream().filter(column -> isLike(column, gone)).toList();
                boolean only =
                        dropped.stream().filter(column -> isLike(column, gone)).count() == 1;
                if (like.size() == 1 && only) {
                    all.add(onlyRenamed("column", SchemaComparison.name(gone), SchemaComparison.name(like.getFirst())));
                }
            }
            for (AbstractTable gone : droppedTables) {
                List<AbstractTable> like = addedTables.stream()
                        .filter(table -> isLike(table, gone))
                        .toList();
                if (like.size() == 1) {
                    all.add(onlyRenamed("table", gone.getName(), like.getFirst().getName()));
                }
            }
            all.addAll(review);
            return all;
        }

        private static String onlyRenamed(String kind, String from, String to) {
            return ONLY_RENAMED + "If " + kind + " " + from + " is to be called "
                    + to.substring(to.lastIndexOf('.') + 1)
                    + " from now on, delete both files and say expiry db migrate"
                    + " -m \"...\" --rename " + from + "=" + to + ": nothing is lost then.";
        }

        /** What a renaming leaves as it is. */
        private static boolean isLike(PgColumn one, PgColumn other) {
            return one.getParent().getName().equals(other.getParent().getName())
                    && one.getType().equals(other.getType())
                    && one.isNotNull() == other.isNotNull()
                    && one.isGenerated() == other.isGenerated();
        }

        private static boolean isLike(AbstractTable one, AbstractTable other) {
            return columns(one).equals(columns(other));
        }

        private static Set<String> columns(AbstractTable table) {
            return table.getColumns().stream()
                    .map(column -> column.getName() + " " + column.getType())
                    .collect(Collectors.toSet());
        }

        void add(ActionContainer action) {
            PgStatement object = action.getOldObj();
            switch (action.getState()) {
                case DROP -> addDrop(object);
                case CREATE -> addCreate(object);
                case ALTER, ALTER_WITH_DEP, RECREATE, NOTHING -> {
                    if (object instanceof PgColumn before && action.getNewObj() instanceof PgColumn after) {
                        addAlter(before, after);
                    }
                }
            }
        }

        private void addDrop(PgStatement object) {
            boolean again = object.getTwin(to) != null;
            String name = SchemaComparison.name(object);
            switch (object) {
                case AbstractTable table -> {
                    destructive.add("drops table " + name + " and its rows" + (again ? ", and makes it anew" : ""));
                    if (!again) {
                        droppedTables.add(table);
                    }
                }
                case PgColumn column
                when !column.isGenerated() -> {
                    destructive.add("drops column " + name + " and its data" + (again ? ", and makes it anew" : ""));
                    if (!again) {
                        dropped.add(column);
                    }
                }
                case AbstractSequence sequence -> destructive.add("drops sequence " + name + " and its position");
                default -> {}
            }
        }

        private void addCreate(PgStatement object) {
            PgStatement parent = object.getParent();
            if (object instanceof AbstractTable made && made.getTwin(from) == null) {
                addedTables.add(made);
            }
            if (!(parent instanceof AbstractTable table) || table.getTwin(from) == null) {
                return;
            }
            String name = SchemaComparison.name(object);
            PgStatement before = object.getTwin(from);
            boolean again = before != null && before.compare(object);
            switch (object) {
                case PgColumn column -> {
                    if (before == null) {
                        added.add(column);
                    }
                    if (column.isGenerated()) {
                        review.add(rewrites(table.getName()));
                    } else if (column.isNotNull()
                            && column.getDefaultValue() == null
                            && column.getIdentityType() == null) {
                        review.add("Column " + name + " is NOT NULL without a default: this fails when "
                                + table.getName() + " has rows. Give it a default, or add it without NOT NULL, fill"
                                + " it, and then set NOT NULL.");
                    }
                }
                case AbstractConstraint constraint -> {
                    if (!again && !constraint.isNotValid() && !isOfNewColumns(constraint)) {
                        review.add("This fails when rows of " + table.getName() + " do not satisfy constraint "
                                + constraint.getName() + ".");
                    }
                }
                case AbstractIndex index -> {
                    if (index.isUnique() && !again) {
                        review.add("This fails when rows of " + table.getName() + " are equal in unique index " + name
                                + ".");
                    }
                    review.add("Building index " + name + " holds up every write to " + table.getName()
                            + "; on a big table, build it with CREATE INDEX CONCURRENTLY in a migration of its own.");
                }
                default -> {}
            }
        }

        /** Whether it says something about new columns only, which hold their default in every row. */
        private boolean isOfNewColumns(AbstractConstraint constraint) {
            AbstractTable before = (AbstractTable) constraint.getParent().getTwin(from);
            Set<String> columns = constraint.getDeps().stream()
                    .filter(dependency -> dependency.type == DbObjType.COLUMN)
                    .map(dependency -> dependency.column)
                    .collect(Collectors.toSet());
            return !columns.isEmpty() && columns.stream().noneMatch(column -> before.getColumn(column) != null);
        }

        private void addAlter(PgColumn before, PgColumn after) {
            String name = SchemaComparison.name(before);
            if (changesTimeZone(before.getType(), after.getType())) {
                review.add("Column " + name + " is converted by UTC, whatever the zone of the session"
                        + (after.getType().contains("with time zone")
                                ? "."
                                : ": it holds the time that it was there."));
                review.add(rewrites(before.getParent().getName()));
            } else if (!before.getType().equals(after.getType())) {
                if (!widens(before.getType(), after.getType())) {
                    destructive.add("changes column " + name + " from " + normalized(before.getType()) + " to "
                            + normalized(after.getType()) + ": values that do not fit are cut, rounded or refused");
                }
                if (rewritten(before.getType(), after.getType())) {
                    review.add(rewrites(before.getParent().getName()));
                }
            }
            if (!before.isNotNull() && after.isNotNull()) {
                review.add(
                        after.getDefaultValue() == null
                                ? "This fails when column " + name + " holds a NULL. Fill it first."
                                : "Where column " + name + " is NULL it gets its default, which the way back keeps.");
            }
        }

        private static String rewrites(String table) {
            return "This rewrites table " + table + ", which nobody can read or write meanwhile.";
        }
    }

    /** Whether every value of a type is one of the other type too. */
    static boolean widens(String before, String after) {
        if (isText(before)) {
            return maximum(after) >= maximum(before);
        }
        if (INTEGERS.contains(before)) {
            return after.equals("numeric") || INTEGERS.indexOf(after) > INTEGERS.indexOf(before);
        }
        return switch (before) {
            case "real" -> after.equals("double precision");
            case "date" -> after.startsWith("timestamp");
            default -> {
                Matcher was = PRECISION.matcher(before);
                Matcher becomes = PRECISION.matcher(after);
                yield was.matches()
                        && (after.equals("numeric")
                                || (becomes.matches() && scale(becomes) >= scale(was) && whole(becomes) >= whole(was)));
            }
        };
    }

    /** Whether PostgreSQL has to write every row again. */
    private static boolean rewritten(String before, String after) {
        Matcher was = PRECISION.matcher(before);
        Matcher becomes = PRECISION.matcher(after);
        boolean sameScale =
                was.matches() && (after.equals("numeric") || (becomes.matches() && scale(was) == scale(becomes)));
        return !(widens(before, after) && (isText(before) || sameScale));
    }

    private static boolean isText(String type) {
        return maximum(type) > 0;
    }

    /** The most characters of a value; 0 for what is not text. */
    private static int maximum(String type) {
        Matcher limited = LENGTH.matcher(type);
        if (limited.matches()) {
            return Integer.parseInt(limited.group(1));
        }
        return type.equals("text") || type.equals("character varying") ? Integer.MAX_VALUE : 0;
    }

    private static int scale(Matcher precision) {
        return precision.group(2) == null ? 0 : Integer.parseInt(precision.group(2));
    }

    private static int whole(Matcher precision) {
        return Integer.parseInt(precision.group(1)) - scale(precision);
    }
}
