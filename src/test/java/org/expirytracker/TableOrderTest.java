package org.expirytracker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.expirytracker.migrations.ProgramStatements;
import org.expirytracker.migrations.ProgramStatements.Asked;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * The order of the rooms holds for their tables too: a statement names only tables of its own room or of rooms to its
 * left. Which room owns a table, its {@code package-info} says. Where a room on the left must reach a table on its right,
 * the owner registers the statement.
 */
@ProvenRoom("product")
class TableOrderTest {

    private static final Pattern TABLE = Pattern.compile("^CREATE TABLE (\\w+)", Pattern.MULTILINE);
    private static final Pattern OWNS = Pattern.compile("\\bOwns\\b(.*?)[.;]\\s", Pattern.DOTALL);
    private static final Pattern CODE = Pattern.compile("(?<!\\bof\\s)\\{@code (\\w+)}");
    private static final Pattern NAMED =
            Pattern.compile("\\b(?:CONSTRAINT|CREATE(?: UNIQUE)? INDEX) (\\w+)(?:\\s+ON (\\w+))?");

    /** These rooms ask the catalogs and the history at any revision; their statements are made while they run. */
    private static final List<String> AT_ANY_REVISION = List.of("distribution", "migrations", "schemas", "backups");

    /** It says of every table where it is, and no more. */
    private static final String WHERE_EACH_IS = "distribution.Placements.";

    private static final Pattern SQL =
            Pattern.compile("\\b(?:SELECT|FROM|JOIN|INSERT|UPDATE|DELETE|MERGE|TRUNCATE|COPY|TABLE|WHERE)\\b");

    /** In the order of the rooms, and within a room of its {@code package-info}. */
    private static Map<String, String> owners() throws IOException {
        List<String> tables = tables();
        Map<String, String> owners = new TreeMap<>();
        for (String room : PackageOrderTest.ORDER) {
            for (String table : owned(room)) {
                if (tables.contains(table)) {
                    assertThat(owners.put(table, room))
                            .as("another owner of " + table)
                            .isNull();
                }
            }
        }
        return owners;
    }

    private static List<String> owned(String room) throws IOException {
        String face = Files.readString(Path.of("src/main/java/org/expirytracker", room, "package-info.java"))
                .replaceAll("\\s+\\*\\s+", " ");
        return OWNS.matcher(face)
                .results()
                .flatMap(sentence -> CODE.matcher(sentence.group(1)).results())
                .map(code -> code.group(1))
                .toList();
    }

    private static List<String> tables() throws IOException {
        return TABLE.matcher(schema()).results().map(found -> found.group(1)).toList();
    }

    private static String schema() throws IOException {
        return Files.readString(Path.of("migrations/schema.sql"));
    }

    /** The table of every index and constraint that has a name of its own. */
    private static Map<String, String> constraints() throws IOException {
        Map<String, String> tables = new TreeMap<>();
        String table = "";
        for (String line : schema().lines().toList()) {
            for (MatchResult found : TABLE.matcher(line).results().toList()) {
                table = found.group(1);
            }
            for (MatchResult found : NAMED.matcher(line).results().toList()) {
                tables.put(found.group(1), Objects.requireNonNullElse(found.group(2), table));
            }
        }
        return tables;
    }

    /** Every table whose name stands in a statement, be it as such or not: rather one too many. */
    private static List<String> namedIn(String sql, Collection<String> tables) {
        String bare = sql.replaceAll("--.*", "").replaceAll("'(?:[^']|'')*'", "''");
        return tables.stream()
                .filter(table -> Pattern.compile("(?<![\\w.])(?:public\\.)?" + table + "(?!\\w)")
                        .matcher(bare)
                        .find())
                .toList();
    }

    private static List<String> breaches(
            Collection<Asked> texts, Function<String, List<String>> tables, Map<String, String> owners) {
        TreeSet<String> breaches = new TreeSet<>();
        for (Asked text : texts) {
            if (text.origin().startsWith(WHERE_EACH_IS)) {
                continue;
            }
            String room = text.origin().substring(0, text.origin().indexOf('.'));
            for (String table : tables.apply(text.sql())) {
                String owner = Objects.requireNonNull(owners.get(table), table);
                if (PackageOrderTest.ORDER.indexOf(owner) > PackageOrderTest.ORDER.indexOf(room)) {
                    breaches.add(text.origin() + " names " + table + " of the room " + owner);
                }
            }
        }
        return List.copyOf(breaches);
    }

    private static List<String> breachesOf(Collection<Asked> statements) throws IOException {
        Map<String, String> owners = owners();
        return breaches(statements, sql -> namedIn(sql, owners.keySet()), owners);
    }

    @Test
    void every_table_is_owned_by_one_room() throws IOException {
        assertThat(owners().keySet()).containsExactlyInAnyOrderElementsOf(tables());
    }

    @Nested
    class AStatement {

        @Test
        void names_only_tables_of_its_own_room_and_of_rooms_to_the_left() throws Exception {
            assertThat(breachesOf(ProgramStatements.all())).isEmpty();
        }

        @Test
        void is_found_out_whatever_way_it_names_a_table() throws IOException {
            assertThat(Stream.of(
                                    "SELECT 1 FROM items",
                                    "SELECT 1 FROM feeds, items",
                                    "WITH old AS (DELETE FROM public.items) SELECT 1",
                                    "UPDATE feeds SET last_seq = (SELECT count(*) FROM items)")
                            .map(sql -> new Asked("activities.ActivityLog." + sql, sql)))
                    .allSatisfy(asked -> assertThat(breachesOf(List.of(asked)))
                            .containsExactly(asked.origin() + " names items of the room items"));
        }

        @Test
        void may_bear_the_name_of_a_table_in_a_text_or_a_comment() throws IOException {
            assertThat(breachesOf(List.of(new Asked("activities.ActivityLog.LOOK", """
                            -- Of all items.
                            SELECT 'items', other.items, items_seen FROM feeds
                            """))))
                    .isEmpty();
        }
    }

    @Nested
    class ARoomThatWorksAtAnyRevision {

        @Test
        void names_no_table_of_a_room_to_the_right() throws Exception {
            Map<String, String> owners = owners();
            List<Asked> texts = ProgramStatements.texts().stream()
                    .filter(text -> AT_ANY_REVISION.stream()
                            .anyMatch(room -> text.origin().startsWith(room + ".")))
                    .filter(text -> owners.containsKey(text.sql())
                            || SQL.matcher(text.sql()).find())
                    .map(text -> new Asked(text.origin(), text.sql().replace("'", " ")))
                    .toList();

            assertThat(texts).hasSizeGreaterThan(20);
            assertThat(breaches(texts, sql -> namedIn(sql, owners.keySet()), owners))
                    .isEmpty();
        }
    }

    @Nested
    class AConstraint {

        @Test
        void is_named_only_by_the_room_that_owns_its_table_and_rooms_to_the_right() throws Exception {
            Map<String, String> owners = owners();
            Map<String, String> constraints = constraints();
            assertThat(constraints).hasSizeGreaterThan(80).containsEntry("users_email_key", "users");
            Pattern unnamed = Pattern.compile(
                    "(" + String.join("|", owners.keySet()) + ")_(?:pkey|\\w+_key|\\w+_fkey|\\w+_check)");

            assertThat(breaches(
                            ProgramStatements.texts(),
                            text -> constraints.containsKey(text)
                                    ? List.of(constraints.get(text))
                                    : unnamed.matcher(text)
                                            .results()
                                            .filter(found -> found.group().equals(text))
                                            .map(found -> found.group(1))
                                            .toList(),
                            owners))
                    .isEmpty();
        }
    }
}
