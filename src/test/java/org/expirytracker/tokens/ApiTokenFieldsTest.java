package org.expirytracker.tokens;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestApi.each;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.expirytracker.kernel.NodeId;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
@ProvenRoom("product")
class ApiTokenFieldsTest {

    private static final TestApi NODE = TestApi.node();
    private static final TestApi OTHER_NODE = TestApi.otherNode();
    private static final Stock DATABASE = new Stock(TestDatabase.migrated());
    private static final String FIELDS = "id name scopes createdAt expiresAt lastUsedAt revokedAt";
    private static final String ITEMS = "{ items { totalCount } }";
    private static final Duration A_SECOND = Duration.ofSeconds(1);
    /** Five seconds are promised; the machine that tests may be busy. */
    private static final Duration SOON = Duration.ofSeconds(10);

    private final User user = NODE.newUser();

    private JsonObject create(JsonObject input) {
        return user.mutate("createApiToken", "token apiToken { " + FIELDS + " }", input);
    }

    private JsonObject create(String... scopes) {
        return create(new JsonObject().put("name", "a program").put("scopes", new JsonArray(List.of(scopes))));
    }

    /** A program that sends the token of an answer of {@link #create}. */
    private User program(JsonObject created) {
        return new User(NODE, user.name(), created.getString("token"));
    }

    private User program(String... scopes) {
        return program(create(scopes));
    }

    private static String id(JsonObject created) {
        return created.getJsonObject("apiToken").getString("id");
    }

    private static UUID rowId(String id) {
        return NodeId.decode(id, ApiToken.TYPE).orElseThrow();
    }

    private void revoke(JsonObject created) {
        user.mutate("revokeApiToken", "apiToken { id }", new JsonObject().put("id", id(created)));
    }

    private JsonArray listed() {
        return user.query("{ apiTokens { nodes { " + FIELDS + " } } }")
                .getJsonObject("apiTokens")
                .getJsonArray("nodes");
    }

    private JsonObject listed(String id) {
        return listed().stream()
                .map(JsonObject.class::cast)
                .filter(token -> token.getString("id").equals(id))
                .findFirst()
                .orElseThrow();
    }

    private UUID userId() {
        String id = user.query("{ viewer { id } }").getJsonObject("viewer").getString("id");
        return NodeId.decode(id, org.expirytracker.users.User.TYPE).orElseThrow();
    }

    private static String errorCode(User asking, String document) {
        JsonArray errors = asking.answer(document, new JsonObject()).getJsonArray("errors");
        return errors == null
                ? "none"
                : errors.getJsonObject(0).getJsonObject("extensions").getString("code");
    }

    /** Asks until the answer is this one. After how long the last was sent that was answered otherwise; a slow answer does not count. */
    private static Duration until(String code, User asking, String document) {
        Instant begin = Instant.now();
        Duration last = Duration.ZERO;
        Duration sent = Duration.ZERO;
        while (!errorCode(asking, document).equals(code) && sent.compareTo(Duration.ofSeconds(20)) < 0) {
            last = sent;
            sent = Duration.between(begin, Instant.now());
        }
        return last;
    }

    @Nested
    class CreateApiToken {

        @Test
        void shows_a_token_that_opens_what_its_scopes_name() {
            JsonObject created = create("ITEMS_READ");

            assertThat(created.getString("token")).matches("etp_[A-Za-z0-9_-]{86}");
            assertThat(created.getJsonObject("apiToken").getMap())
                    .containsEntry("name", "a program")
                    .containsEntry("scopes", List.of("ITEMS_READ"))
                    .containsEntry("expiresAt", null)
                    .containsEntry("revokedAt", null);
            assertThat(program(created).query(ITEMS)).isNotNull();
        }

        @Test
        void shows_it_once_and_keeps_only_its_hash() {
            JsonObject created = create("ITEMS_READ");
            String token = created.getString("token");
            byte[] secret = Base64.getUrlDecoder().decode(token.substring("etp_".length()));

            assertThat(listed().encode()).contains(id(created)).doesNotContain(token);
            assertThat(user.query("{ activities { nodes { before after } } }").encode())
                    .contains("a program")
                    .doesNotContain(token);
            assertThat(DATABASE.column(
                            "SELECT hash = sha256(?) FROM api_tokens WHERE id = ?", secret, rowId(id(created))))
                    .containsExactly("t");
        }

        @Test
        void keeps_each_scope_once_and_in_order() {
            JsonObject created = create("REPORTS_READ", "ITEMS_READ", "REPORTS_READ");

            assertThat(created.getJsonObject("apiToken").getJsonArray("scopes"))
                    .isEqualTo(JsonArray.of("ITEMS_READ", "REPORTS_READ"));
        }

        @Test
        void is_logged_with_name_and_scopes() {
            JsonObject created = create("ITEMS_READ");

            JsonObject latest = user.query(
                            "{ activities(first: 1) { nodes { kind actor subjectId after subject { id } } } }")
                    .getJsonObject("activities")
                    .getJsonArray("nodes")
                    .getJsonObject(0);
            assertThat(latest.getMap())
                    .containsEntry("kind", "API_TOKEN_CREATED")
                    .containsEntry("actor", "USER")
                    .containsEntry("subjectId", id(created))
                    .containsEntry("subject", Map.of("id", id(created)));
            assertThat(latest.getJsonObject("after").getMap())
                    .containsEntry("name", "a program")
                    .containsEntry("scopes", List.of("ITEMS_READ"))
                    .doesNotContainKeys("hash", "token");
        }

        @Test
        void refuses_no_scope_no_name_and_an_end_that_is_past() {
            JsonObject input = new JsonObject()
                    .put("name", " ")
                    .put("scopes", new JsonArray())
                    .put("expiresAt", Instant.now().minusSeconds(1).toString());

            assertThat(user.refusals("createApiToken", input))
                    .containsExactly("INVALID input.name", "INVALID input.scopes", "INVALID input.expiresAt");
        }

        @ParameterizedTest
        @ValueSource(strings = {"SESSION", "ADMIN", "ANYONE", "CALLER"})
        void knows_no_scope_beyond_the_seven(String scope) {
            String document = "mutation { createApiToken(input: { name: \"x\", scopes: [" + scope + "] }) { token } }";

            assertThat(errorCode(user, document)).isEqualTo("INVALID");
        }

        @Test
        void refuses_the_fifty_first_that_would_work_at_once() {
            for (int at = 0; at < 50; at++) {
                create("ITEMS_READ");
            }
            JsonObject input = new JsonObject().put("name", "one more").put("scopes", JsonArray.of("ITEMS_READ"));

            assertThat(user.refusals("createApiToken", input)).containsExactly("CONFLICT ");
            user.mutate(
                    "revokeApiToken",
                    "apiToken { id }",
                    new JsonObject().put("id", listed().getJsonObject(0).getString("id")));
            assertThat(user.refusals("createApiToken", input)).isEmpty();
        }

        @Test
        void cannot_be_repeated_by_key_because_a_token_is_never_kept() {
            JsonObject input = new JsonObject().put("name", "x").put("scopes", JsonArray.of("ITEMS_READ"));

            JsonObject payload = user.attempt("createApiToken", "@idempotent(key: \"k\")", "token", input);

            assertThat(each(payload.getJsonArray("userErrors"), "code")).containsExactly("INVALID");
        }
    }

    @Nested
    class ATokenOfAllScopes {

        private final User program = program(
                "ITEMS_READ",
                "ITEMS_WRITE",
                "NOTIFICATIONS_READ",
                "NOTIFICATIONS_WRITE",
                "REPORTS_READ",
                "REPORTS_WRITE",
                "ACCOUNT");

        @Test
        void does_a_programs_work_in_its_users_name() {
            String item = program.createItem(new JsonObject().put("name", "Oat milk"));

            assertThat(user.query("{ items { nodes { id } } viewer { id } }")
                            .getJsonObject("items")
                            .encode())
                    .contains(item);
            assertThat(program.query("{ viewer { username } reports { totalCount } notifications { totalCount } }")
                            .getJsonObject("viewer")
                            .getString("username"))
                    .isEqualTo(user.name());
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{ apiTokens { totalCount } }",
                    "mutation { createApiToken(input: { name: \"x\", scopes: [ACCOUNT] }) { token } }",
                    "mutation { logoutEverywhere(input: {}) { endedSessions } }",
                    "mutation { changePassword(input: { currentPassword: \"x\", newPassword: \"y\" }) { userErrors { code } } }",
                    "mutation { deleteAccount(input: { password: \"x\" }) { deletedId } }",
                    "{ activities { nodes { subject { ... on ApiToken { name } } } } }",
                    "{ activities { nodes { subject { ...token } } } } fragment token on ApiToken { name }",
                })
        void never_decides_over_access(String document) {
            assertThat(errorCode(program, document)).isEqualTo("FORBIDDEN");
        }

        @Test
        void opens_sockets() {
            try (TestApi.Events events = program.subscribe("subscription { itemChanged { action } }")) {
                user.createItem(new JsonObject().put("name", "Oat milk"));

                assertThat(events.next().encode()).contains("CREATED");
            }
        }
    }

    @Nested
    class Caller {

        private static final String CALLER =
                "{ caller { userId username timeZone today holds apiToken { name scopes expiresAt } } }";

        @Test
        void tells_a_token_of_one_scope_what_it_is_and_whose() {
            String end = "2030-01-01T00:00:00Z";
            JsonObject created = create(
                    JsonObject.of("name", "kitchen display", "scopes", JsonArray.of("ITEMS_READ"), "expiresAt", end));

            JsonObject caller = program(created).query(CALLER).getJsonObject("caller");

            JsonObject viewer =
                    user.query("{ viewer { id username timeZone } }").getJsonObject("viewer");
            assertThat(caller.getString("userId")).isEqualTo(viewer.getString("id"));
            assertThat(caller.getString("username")).isEqualTo(viewer.getString("username"));
            assertThat(caller.getString("timeZone")).isEqualTo(viewer.getString("timeZone"));
            assertThat(caller.getString("today"))
                    .isEqualTo(user.query("{ inventory { asOf } }")
                            .getJsonObject("inventory")
                            .getString("asOf"));
            assertThat(caller.getJsonArray("holds")).containsExactly("ANYONE", "CALLER", "ITEMS_READ");
            assertThat(caller.getJsonObject("apiToken"))
                    .isEqualTo(JsonObject.of(
                            "name", "kitchen display", "scopes", JsonArray.of("ITEMS_READ"), "expiresAt", end));
        }

        @Test
        void tells_a_session_that_it_is_none() {
            JsonObject caller = user.query(CALLER).getJsonObject("caller");

            assertThat(caller.getJsonObject("apiToken")).isNull();
            assertThat(caller.getJsonArray("holds")).contains("SESSION").doesNotContain("ADMIN");
        }
    }

    @Nested
    class ATokenThatProvesNothing {

        @Test
        void is_refused_however_little_is_wrong_with_it() {
            String token = create("ITEMS_READ").getString("token");
            List<String> wrong = new ArrayList<>(IntStream.of(4, 10, 30, 60, 88)
                    .mapToObj(at ->
                            token.substring(0, at) + (token.charAt(at) == 'A' ? 'B' : 'A') + token.substring(at + 1))
                    .toList());
            wrong.addAll(List.of(
                    token + "A",
                    token.substring(0, token.length() - 1),
                    "etp_",
                    "ETP_" + token.substring(4),
                    "etr_" + token.substring(4),
                    token.substring(4),
                    token.toLowerCase(Locale.ROOT)));
            User good = new User(NODE, user.name(), token);

            assertThat(errorCode(good, ITEMS)).isEqualTo("none");
            // While the good one is remembered, forged ones with the same ids come.
            assertThat(wrong)
                    .allSatisfy(text -> assertThat(errorCode(new User(NODE, user.name(), text), ITEMS))
                            .isEqualTo("UNAUTHENTICATED"));
        }
    }

    @Nested
    class RevokeApiToken {

        @Test
        void ends_it_at_once_on_this_node_and_within_a_second_on_others() {
            JsonObject created = create("ITEMS_READ");
            User here = program(created);
            User there = here.on(OTHER_NODE);
            assertThat(errorCode(here, ITEMS)).isEqualTo("none");
            assertThat(errorCode(there, ITEMS)).isEqualTo("none");

            revoke(created);

            assertThat(errorCode(here, ITEMS)).isEqualTo("UNAUTHENTICATED");
            assertThat(until("UNAUTHENTICATED", there, ITEMS)).isLessThan(A_SECOND);
        }

        @Test
        void ends_its_sockets_on_every_node_within_five_seconds() {
            JsonObject created = create("ITEMS_READ", "ACCOUNT");
            String document = "subscription { itemChanged { action } }";
            try (TestApi.Events here = program(created).subscribe(document);
                    TestApi.Events there = program(created).on(OTHER_NODE).subscribe(document)) {
                revoke(created);

                assertThat(here.closeCode(SOON)).isEqualTo(4401);
                assertThat(there.closeCode(SOON)).isEqualTo(4401);
            }
        }

        @Test
        void leaves_the_others_and_the_sessions_alone() {
            JsonObject revoked = create("ITEMS_READ");
            User other = program("ITEMS_READ");

            revoke(revoked);

            assertThat(errorCode(other, ITEMS)).isEqualTo("none");
            assertThat(errorCode(user, ITEMS)).isEqualTo("none");
        }

        @Test
        void twice_changes_nothing_more() {
            JsonObject created = create("ITEMS_READ");
            revoke(created);
            JsonObject once = listed(id(created));
            int activities = user.activityCount();

            revoke(created);

            assertThat(listed(id(created))).isEqualTo(once);
            assertThat(once.getString("revokedAt")).isNotNull();
            assertThat(user.activityCount()).isEqualTo(activities);
        }

        @Test
        void is_logged() {
            revoke(create("ITEMS_READ"));

            assertThat(user.query("{ activities(first: 1) { nodes { kind } } }").encode())
                    .contains("API_TOKEN_REVOKED");
        }

        @Test
        void finds_none_of_another_users() {
            JsonObject created = create("ITEMS_READ");

            assertThat(NODE.newUser().refusals("revokeApiToken", new JsonObject().put("id", id(created))))
                    .containsExactly("NOT_FOUND input.id");
            assertThat(errorCode(program(created), ITEMS)).isEqualTo("none");
        }
    }

    @Nested
    class ATokenEndsAsWell {

        private final JsonObject created = create(new JsonObject()
                .put("name", "a program")
                .put("scopes", JsonArray.of("ITEMS_READ", "ACCOUNT"))
                .put("expiresAt", Instant.now().plusSeconds(3_600).toString()));
        private final User program = program(created);

        private void endsWithinASecond(String sql, UUID id) {
            assertThat(errorCode(program, ITEMS)).isEqualTo("none");
            assertThat(errorCode(program.on(OTHER_NODE), ITEMS)).isEqualTo("none");
            try (TestApi.Events events = program.subscribe("subscription { itemChanged { action } }")) {
                DATABASE.run(sql, id);

                assertThat(until("UNAUTHENTICATED", program, ITEMS)).isLessThan(A_SECOND);
                assertThat(until("UNAUTHENTICATED", program.on(OTHER_NODE), ITEMS))
                        .isLessThan(A_SECOND);
                assertThat(events.closeCode(SOON)).isEqualTo(4401);
            }
        }

        @Test
        void when_it_expires() {
            endsWithinASecond(
                    "UPDATE api_tokens SET expires_at = now() - interval '1 second' WHERE id = ?", rowId(id(created)));
        }

        @Test
        void when_its_user_is_deactivated() {
            endsWithinASecond("UPDATE users SET active = false WHERE id = ?", userId());
        }

        @Test
        void when_its_user_is_locked_and_works_again_after_that() {
            UUID id = userId();

            endsWithinASecond("UPDATE users SET locked_until = now() + interval '1 hour' WHERE id = ?", id);

            DATABASE.run("UPDATE users SET locked_until = now() - interval '1 second' WHERE id = ?", id);
            assertThat(until("none", program, ITEMS)).isLessThan(A_SECOND);
        }

        @Test
        void but_not_with_the_sessions() {
            user.mutate("logoutEverywhere", "endedSessions", new JsonObject());

            assertThat(errorCode(program, ITEMS)).isEqualTo("none");
        }
    }

    @Nested
    class ANewPassword {

        private static final String NEW_PASSWORD = "something entirely new";

        private final JsonObject first = create("ITEMS_READ", "ACCOUNT");
        private final JsonObject second = create("ACCOUNT");

        private JsonObject change() {
            return new JsonObject().put("currentPassword", TestApi.PASSWORD).put("newPassword", NEW_PASSWORD);
        }

        private void bothEndWithinASecond(Runnable change) {
            User program = program(first);
            User another = program(second);
            assertThat(errorCode(program, ITEMS)).isEqualTo("none");
            assertThat(errorCode(program.on(OTHER_NODE), ITEMS)).isEqualTo("none");
            try (TestApi.Events events = program.on(OTHER_NODE).subscribe("subscription { itemChanged { action } }")) {
                change.run();

                assertThat(errorCode(program, ITEMS)).isEqualTo("UNAUTHENTICATED");
                assertThat(errorCode(another, "{ viewer { id } }")).isEqualTo("UNAUTHENTICATED");
                assertThat(until("UNAUTHENTICATED", program.on(OTHER_NODE), ITEMS))
                        .isLessThan(A_SECOND);
                assertThat(events.closeCode(SOON)).isEqualTo(4401);
            }
        }

        @Test
        void ends_every_token_on_every_node_within_a_second() {
            bothEndWithinASecond(() -> user.mutate("changePassword", "viewer { id }", change()));

            assertThat(each(listed(), "revokedAt")).hasSize(2).doesNotContainNull();
            assertThat(each(
                            user.query("{ activities(first: 3) { nodes { kind } } }")
                                    .getJsonObject("activities")
                                    .getJsonArray("nodes"),
                            "kind"))
                    .containsExactly("API_TOKEN_REVOKED", "API_TOKEN_REVOKED", "ACCOUNT_PASSWORD_CHANGED");
        }

        @Test
        void leaves_them_alone_if_that_is_asked() {
            user.mutate("changePassword", "viewer { id }", change().put("keepApiTokens", true));

            assertThat(errorCode(program(first), ITEMS)).isEqualTo("none");
            assertThat(each(listed(), "revokedAt")).containsOnlyNulls();
        }

        @Test
        void that_is_refused_leaves_them_alone() {
            assertThat(user.refusals("changePassword", change().put("currentPassword", "wrong password")))
                    .isNotEmpty();

            assertThat(each(listed(), "revokedAt")).containsOnlyNulls();
        }

        @Test
        void ends_them_as_well_when_it_comes_by_a_reset() {
            String token = NODE.newAdministrator()
                    .mutate(
                            "issuePasswordReset",
                            "token",
                            new JsonObject()
                                    .put("userId", new NodeId(org.expirytracker.users.User.TYPE, userId()).encoded()))
                    .getString("token");

            bothEndWithinASecond(() -> new User(NODE, user.name(), "")
                    .mutate(
                            "resetPassword",
                            "__typename",
                            new JsonObject().put("token", token).put("newPassword", NEW_PASSWORD)));
        }
    }

    @Nested
    class LastUsedAt {

        private String used(JsonObject created) {
            String at = listed(id(created)).getString("lastUsedAt");
            return at == null ? "never" : at;
        }

        /** Uses tokens in turn until the last of them was noted. */
        private void useUntilNoted(JsonObject... tokens) {
            JsonObject last = tokens[tokens.length - 1];
            String before = used(last);
            Instant begin = Instant.now();
            do {
                for (JsonObject token : tokens) {
                    assertThat(errorCode(program(token), ITEMS)).isEqualTo("none");
                }
            } while (used(last).equals(before) && Instant.now().isBefore(begin.plusSeconds(20)));
            assertThat(Instant.parse(used(last)))
                    .isBetween(begin.minusSeconds(1), Instant.now().plusSeconds(1));
        }

        @Test
        void tells_soon_that_a_token_is_used_and_nothing_of_one_that_is_not() {
            JsonObject idle = create("ITEMS_READ");
            JsonObject busy = create("ITEMS_READ");

            useUntilNoted(busy);

            assertThat(used(idle)).isEqualTo("never");
        }

        @Test
        void is_written_once_a_minute_at_most() {
            JsonObject recent = create("ITEMS_READ");
            JsonObject early = create("ITEMS_READ");
            useUntilNoted(recent, early);
            String sql = "UPDATE api_tokens SET last_used_at = now() - ?::interval WHERE id = ?";
            DATABASE.run(sql, "50 seconds", rowId(id(recent)));
            DATABASE.run(sql, "61 seconds", rowId(id(early)));
            String noted = used(recent);

            useUntilNoted(recent, early);

            assertThat(used(recent)).isEqualTo(noted);
        }
    }

    @Nested
    class ApiTokens {

        @Test
        void are_listed_newest_first_page_by_page() {
            List<String> ids = IntStream.range(0, 3)
                    .mapToObj(at -> id(create("ITEMS_READ")))
                    .toList();

            JsonObject first = user.query("{ apiTokens(first: 2) { totalCount nodes { id } pageInfo { endCursor } } }")
                    .getJsonObject("apiTokens");
            JsonObject rest = user.query(
                            "query ($after: String) { apiTokens(first: 2, after: $after) { nodes { id } } }",
                            new JsonObject()
                                    .put(
                                            "after",
                                            first.getJsonObject("pageInfo").getString("endCursor")))
                    .getJsonObject("apiTokens");
            JsonObject last =
                    user.query("{ apiTokens(last: 1) { nodes { id } } }").getJsonObject("apiTokens");

            assertThat(first.getInteger("totalCount")).isEqualTo(3);
            assertThat(each(first.getJsonArray("nodes"), "id")).containsExactly(ids.get(2), ids.get(1));
            assertThat(each(rest.getJsonArray("nodes"), "id")).containsExactly(ids.get(0));
            assertThat(each(last.getJsonArray("nodes"), "id")).containsExactly(ids.get(0));
        }
    }
}
