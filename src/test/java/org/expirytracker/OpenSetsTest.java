package org.expirytracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graphql.language.EnumTypeDefinition;
import graphql.language.EnumValueDefinition;
import graphql.parser.Parser;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.expirytracker.activities.ActivityKind;
import org.expirytracker.kernel.Access;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserId;
import org.expirytracker.kernel.Wiring;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Sets that are open: each room declares what is its own, and no room to its left lists it. */
@ProvenRoom("product")
class OpenSetsTest {

    private static final Path ROOMS = Path.of("src/main/java/org/expirytracker");
    private static final Pattern DECLARATION =
            Pattern.compile("new (ActivityKind|Access|NodeId\\.Type)\\(\\s*(?:'.',\\s*)?\"(\\w+)\"");
    private static final Pattern COMMENT = Pattern.compile("/\\*.*?\\*/|//[^\n]*", Pattern.DOTALL);

    /** One closed list on purpose: clients branch on it, whichever room a problem comes from. */
    private static final List<String> CODES_OF_PROBLEMS =
            Stream.of(Problem.Code.values()).map(Enum::name).toList();

    /**
     * A value that a room declares.
     *
     * @param set of which it is: the type's name
     */
    private record Declared(String set, String name, String room) {}

    private static String code(String room) {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> files = Files.list(ROOMS.resolve(room))) {
            for (Path file : files.sorted().toList()) {
                all.append(COMMENT.matcher(Files.readString(file)).replaceAll(""));
            }
        } catch (IOException e) {
            throw new AssertionError(room, e);
        }
        return all.toString();
    }

    private static List<Declared> declared() {
        List<Declared> all = new ArrayList<>();
        for (String room : PackageOrderTest.ORDER) {
            DECLARATION
                    .matcher(code(room))
                    .results()
                    .map(found -> new Declared(found.group(1), found.group(2), room))
                    .forEach(all::add);
        }
        return all;
    }

    private static List<String> names(String set) {
        return declared().stream()
                .filter(each -> each.set.equals(set))
                .map(Declared::name)
                .toList();
    }

    private static List<String> valuesInSchema(String enumeration) throws IOException {
        return Parser.parse(Files.readString(Path.of("schema.graphqls")))
                .getDefinitionsOfType(EnumTypeDefinition.class)
                .stream()
                .filter(type -> type.getName().equals(enumeration))
                .flatMap(type -> type.getEnumValueDefinitions().stream())
                .map(EnumValueDefinition::getName)
                .toList();
    }

    @Nested
    class Rooms {

        @Test
        void name_nothing_that_a_room_to_their_right_declares() {
            List<String> against = new ArrayList<>();
            for (Declared each : declared()) {
                Pattern named = Pattern.compile(
                        each.set.equals("NodeId.Type") ? "\"" + each.name + "\"" : "\\b" + each.name + "\\b");
                PackageOrderTest.ORDER.stream()
                        .filter(room -> !CODES_OF_PROBLEMS.contains(each.name))
                        .takeWhile(room -> !room.equals(each.room))
                        .filter(room -> named.matcher(code(room)).find())
                        .forEach(room -> against.add(room + " names " + each));
            }

            assertThat(against).isEmpty();
        }

        @Test
        void declare_the_kinds_of_activities_that_the_schema_lists() throws IOException {
            assertThat(names("ActivityKind")).containsExactlyInAnyOrderElementsOf(valuesInSchema("ActivityKind"));
        }

        @Test
        void declare_the_accesses_that_the_schema_lists() throws IOException {
            assertThat(names("Access")).containsExactlyInAnyOrderElementsOf(valuesInSchema("Access"));
            assertThat(names("Access").stream()
                            .map(Access::new)
                            .filter(access -> access.scope().isPresent())
                            .map(Access::name))
                    .containsExactlyInAnyOrderElementsOf(valuesInSchema("ApiTokenScope"));
        }
    }

    @Nested
    class TheServer {

        @Test
        void knows_every_access_in_the_order_of_the_schema() throws IOException {
            TestApi.User user = TestApi.node().newUser();
            List<String> ofSession = new ArrayList<>(valuesInSchema("Access"));
            ofSession.remove("ADMIN");
            List<String> scopes = valuesInSchema("ApiTokenScope");
            JsonObject input =
                    new JsonObject().put("name", "a program").put("scopes", new JsonArray(scopes.reversed()));

            JsonObject created = user.mutate("createApiToken", "apiToken { scopes }", input);

            assertThat(user.query("{ caller { holds } }")
                            .getJsonObject("caller")
                            .getJsonArray("holds"))
                    .containsExactlyElementsOf(ofSession);
            assertThat(created.getJsonObject("apiToken").getJsonArray("scopes")).containsExactlyElementsOf(scopes);
        }
    }

    @Nested
    class Scopes {

        @Test
        void are_written_in_words_and_read_back() {
            Access access = new Access("ITEMS_READ");

            assertThat(access.scope()).contains("items:read");
            assertThat(Access.ofScope("items:read")).isEqualTo(access);
            assertThat(Access.SESSION.scope()).isEmpty();
        }
    }

    @Nested
    class TwoRooms {

        private final NodeId.Type thing = new NodeId.Type('X', "Thing");

        @Test
        void cannot_declare_the_same() {
            Wiring wiring = new Wiring()
                    .declare(new Access("THINGS_READ"), new ActivityKind("THING_MADE", thing, Access.ACCOUNT, "Thing"));

            assertThatThrownBy(() -> wiring.declare(new Access("THINGS_READ"))).hasMessageContaining("THINGS_READ");
            assertThatThrownBy(() -> wiring.declare(new ActivityKind("THING_MADE", thing, Access.CALLER, "Other")))
                    .hasMessageContaining("THING_MADE");
        }

        @Test
        void cannot_give_ids_the_same_letter() {
            Wiring wiring = new Wiring().node(thing, UserId.class, UserId::value, (caller, ids) -> nothing());

            assertThatThrownBy(() -> wiring.node(
                            new NodeId.Type('X', "Other"), UserId.class, UserId::value, (caller, ids) -> nothing()))
                    .hasMessageContaining("letter X");
        }

        private static Future<Map<UUID, UserId>> nothing() {
            return Future.succeededFuture(Map.of());
        }
    }
}
