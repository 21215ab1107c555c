package org.expirytracker.administration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestApi.each;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What administrators do with the accounts of others. */
@Timeout(60)
@ProvenRoom("product")
class AdministrationFieldsTest {

    private static final TestApi NODE = TestApi.node();
    private static final TestApi OTHER_NODE = TestApi.otherNode();
    private static final Stock DATABASE = new Stock(TestDatabase.migrated());
    private static final String USER = "user { id username role active lockedUntil }";
    private static final String VIEWER = "{ viewer { id } }";
    private static final Duration A_SECOND = Duration.ofSeconds(1);
    /** Five seconds are promised; the machine that tests may be busy. */
    private static final Duration SOON = Duration.ofSeconds(10);

    private final User admin = NODE.newAdministrator();
    private final User user = NODE.newUser();
    private final String id = idOf(user);

    private static String idOf(User whose) {
        return whose.query(VIEWER).getJsonObject("viewer").getString("id");
    }

    private static UUID rowId(String id) {
        return NodeId.decode(id, org.expirytracker.users.User.TYPE).orElseThrow();
    }

    private JsonObject act(String mutation) {
        return admin.mutate(mutation, USER, new JsonObject().put("userId", id)).getJsonObject("user");
    }

    private JsonObject lock(Duration span) {
        return admin.mutate(
                        "lockUser",
                        USER,
                        new JsonObject()
                                .put("userId", id)
                                .put("until", Instant.now().plus(span).toString()))
                .getJsonObject("user");
    }

    private static JsonObject input(String mutation, String userId) {
        JsonObject input = new JsonObject().put("userId", userId);
        return mutation.equals("lockUser") ? input.put("until", "2999-01-01T00:00:00Z") : input;
    }

    private static String errorCode(User asking, String document) {
        JsonArray errors = asking.answer(document, new JsonObject()).getJsonArray("errors");
        return errors == null
                ? "none"
                : errors.getJsonObject(0).getJsonObject("extensions").getString("code");
    }

    /** After how long the last request was sent that was still answered. */
    private static Duration untilUnauthenticated(User asking) {
        Instant begin = Instant.now();
        Duration last = Duration.ZERO;
        Duration sent = Duration.ZERO;
        while (errorCode(asking, VIEWER).equals("none") && sent.compareTo(Duration.ofSeconds(20)) < 0) {
            last = sent;
            sent = Duration.between(begin, Instant.now());
        }
        return last;
    }

    private List<String> refusalsOfLogin() {
        return new User(NODE, user.name(), "")
                .refusals("login", new JsonObject().put("username", user.name()).put("password", TestApi.PASSWORD));
    }

    private JsonObject latestActivity() {
        Map<String, Object> row =
                Map.of("kind", column("kind"), "actor", column("actor"), "actorId", column("actor_id"));
        return new JsonObject(row);
    }

    private String column(String name) {
        return Objects.requireNonNullElse(
                DATABASE.column(
                                "SELECT " + name + " FROM activities WHERE user_id = ? ORDER BY seq DESC LIMIT 1",
                                rowId(id))
                        .getFirst(),
                "none");
    }

    private void assertLogged(String kind) {
        assertThat(latestActivity().getMap())
                .containsEntry("kind", kind)
                .containsEntry("actor", "ADMIN")
                .containsEntry("actorId", rowId(idOf(admin)).toString());
    }

    @Nested
    class Everyone {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "lockUser",
                    "unlockUser",
                    "deactivateUser",
                    "activateUser",
                    "promoteUser",
                    "demoteUser",
                    "resetTwoFactor",
                    "issuePasswordReset"
                })
        void is_refused_on_their_own_account_and_told_when_there_is_no_such_user(String mutation) {
            String missing = new NodeId(org.expirytracker.users.User.TYPE, UUID.randomUUID()).encoded();

            assertThat(admin.refusals(mutation, input(mutation, idOf(admin)))).containsExactly("CONFLICT ");
            assertThat(admin.refusals(mutation, input(mutation, missing))).containsExactly("NOT_FOUND ");
        }

        @Test
        void sees_in_their_own_log_that_an_administrator_did_it() {
            act("unlockUser");

            JsonObject latest = user.query("{ activities(first: 1) { nodes { kind actor subjectId } } }")
                    .getJsonObject("activities")
                    .getJsonArray("nodes")
                    .getJsonObject(0);
            assertThat(latest.getMap())
                    .containsEntry("kind", "ACCOUNT_UNLOCKED")
                    .containsEntry("actor", "ADMIN")
                    .containsEntry("subjectId", id);
        }

        @Test
        void keeps_what_they_hold_from_administrators() {
            String item = user.createItem(new JsonObject().put("name", "secret milk"));

            JsonObject seen = admin.query(
                    "query ($item: ID!, $user: ID!) { nodes(ids: [$item, $user]) { id } item(id: $item) { name }"
                            + " items { totalCount } }",
                    new JsonObject().put("item", item).put("user", id));

            assertThat(seen.getJsonArray("nodes")).containsOnlyNulls();
            assertThat(seen.getJsonObject("item")).isNull();
            assertThat(seen.getJsonObject("items").getInteger("totalCount")).isZero();
        }
    }

    @Nested
    class LockUser {

        @Test
        void ends_every_access_within_a_second_and_sockets_within_five() {
            try (TestApi.Events here = user.subscribe("subscription { itemChanged { action } }");
                    TestApi.Events there = user.on(OTHER_NODE).subscribe("subscription { itemChanged { action } }")) {
                assertThat(errorCode(user.on(OTHER_NODE), VIEWER)).isEqualTo("none");

                JsonObject locked = lock(Duration.ofHours(1));

                assertThat(locked.getString("lockedUntil")).isNotNull();
                assertThat(errorCode(user, VIEWER)).isEqualTo("UNAUTHENTICATED");
                assertThat(untilUnauthenticated(user.on(OTHER_NODE))).isLessThan(A_SECOND);
                assertThat(here.closeCode(SOON)).isEqualTo(4401);
                assertThat(there.closeCode(SOON)).isEqualTo(4401);
            }
            assertLogged("ACCOUNT_LOCKED");
        }

        @Test
        void lets_nobody_in_until_it_is_over() {
            lock(Duration.ofHours(1));

            assertThat(refusalsOfLogin()).isNotEmpty();
            DATABASE.run("UPDATE users SET locked_until = now() - interval '1 second' WHERE id = ?", rowId(id));
            assertThat(refusalsOfLogin()).isEmpty();
        }

        @Test
        void refuses_an_end_that_is_past() {
            assertThat(admin.refusals(
                            "lockUser", new JsonObject().put("userId", id).put("until", "2026-01-01T00:00:00Z")))
                    .containsExactly("INVALID input.until");
        }
    }

    @Nested
    class UnlockUser {

        @Test
        void ends_the_lock_and_forgets_what_was_wrong() {
            lock(Duration.ofHours(1));
            DATABASE.run(
                    "INSERT INTO credential_guards (subject_id, kind, user_id, failures, blocked_until)"
                            + " SELECT id, unnest(ARRAY['LOGIN', 'TWO_FACTOR', 'ANSWER', 'CONFIRMATION']), id, 10,"
                            + " now() + interval '1 hour' FROM users WHERE id = ?",
                    rowId(id));

            assertThat(act("unlockUser").getString("lockedUntil")).isNull();

            assertThat(DATABASE.column("SELECT kind FROM credential_guards WHERE subject_id = ?", rowId(id)))
                    .isEmpty();
            assertThat(refusalsOfLogin()).isEmpty();
        }
    }

    @Nested
    class DeactivateUser {

        @Test
        void ends_every_access_until_the_user_is_activated_again() {
            assertThat(errorCode(user.on(OTHER_NODE), VIEWER)).isEqualTo("none");

            assertThat(act("deactivateUser").getBoolean("active")).isFalse();

            assertThat(errorCode(user, VIEWER)).isEqualTo("UNAUTHENTICATED");
            assertThat(untilUnauthenticated(user.on(OTHER_NODE))).isLessThan(A_SECOND);
            assertThat(refusalsOfLogin()).isNotEmpty();
            assertLogged("ACCOUNT_DEACTIVATED");

            assertThat(act("activateUser").getBoolean("active")).isTrue();

            assertLogged("ACCOUNT_ACTIVATED");
            assertThat(errorCode(user, VIEWER)).as("The session stays ended").isEqualTo("UNAUTHENTICATED");
            assertThat(refusalsOfLogin()).isEmpty();
        }
    }

    @Nested
    class PromoteUser {

        @Test
        void makes_an_administrator_until_they_are_demoted() {
            assertThat(errorCode(user, "{ users { totalCount } }")).isEqualTo("FORBIDDEN");

            assertThat(act("promoteUser").getString("role")).isEqualTo("ADMIN");

            assertLogged("ACCOUNT_PROMOTED");
            assertThat(errorCode(user, "{ users { totalCount } }")).isEqualTo("none");

            try (TestApi.Events socket = user.subscribe("subscription { itemChanged { action } }")) {
                assertThat(act("demoteUser").getString("role")).isEqualTo("USER");

                assertLogged("ACCOUNT_DEMOTED");
                assertThat(errorCode(user, "{ users { totalCount } }")).isEqualTo("FORBIDDEN");
                assertThat(socket.closeCode(SOON)).isEqualTo(4403);
            }
        }

        @Test
        void twice_changes_and_logs_nothing_more() {
            act("promoteUser");
            int activities = user.activityCount();

            act("promoteUser");

            assertThat(user.activityCount()).isEqualTo(activities);
        }
    }

    @Nested
    class ResetTwoFactor {

        @Test
        void turns_it_off_with_all_that_belongs_to_it_and_ends_the_sessions() {
            DATABASE.run(
                    "UPDATE users SET two_factor_enabled = true, two_factor_secret = '\\x00', two_factor_last_step = 1"
                            + " WHERE id = ?",
                    rowId(id));
            DATABASE.run("INSERT INTO recovery_codes (user_id, hash) VALUES (?, '\\x01')", rowId(id));

            act("resetTwoFactor");

            assertThat(DATABASE.column(
                            "SELECT two_factor_enabled::text || coalesce(two_factor_secret::text, '') FROM users WHERE id = ?",
                            rowId(id)))
                    .containsExactly("false");
            assertThat(DATABASE.column("SELECT hash FROM recovery_codes WHERE user_id = ?", rowId(id)))
                    .isEmpty();
            assertThat(errorCode(user, VIEWER)).isEqualTo("UNAUTHENTICATED");
            assertLogged("ACCOUNT_TWO_FACTOR_RESET");
        }

        @Test
        void is_refused_when_it_is_off() {
            assertThat(admin.refusals("resetTwoFactor", new JsonObject().put("userId", id)))
                    .containsExactly("TWO_FACTOR_NOT_SET_UP ");
        }
    }

    @Nested
    class IssuePasswordReset {

        @Test
        void tells_a_token_once_and_keeps_its_hash() {
            JsonObject issued =
                    admin.mutate("issuePasswordReset", "token expiresAt", new JsonObject().put("userId", id));

            assertThat(issued.getString("token")).startsWith("eto_");
            assertThat(Instant.parse(issued.getString("expiresAt"))).isAfter(Instant.now());
            assertThat(DATABASE.column("SELECT purpose FROM one_time_tokens WHERE user_id = ?", rowId(id)))
                    .containsExactly("PASSWORD_RESET");
            assertLogged("ACCOUNT_PASSWORD_RESET_ISSUED");
            assertThat(errorCode(user, VIEWER)).as("Nothing has ended yet").isEqualTo("none");
        }

        @ParameterizedTest
        @CsvSource({"lockUser, unlockUser", "deactivateUser, activateUser", "resetTwoFactor, unlockUser"})
        void tells_a_token_that_ends_when_the_account_is_secured(String secured, String opened) {
            DATABASE.run(
                    "UPDATE users SET two_factor_enabled = true, two_factor_secret = '\\x00' WHERE id = ?", rowId(id));
            String token = admin.mutate("issuePasswordReset", "token", new JsonObject().put("userId", id))
                    .getString("token");

            admin.mutate(secured, USER, input(secured, id));
            act(opened);

            assertThat(new User(NODE, user.name(), "")
                            .refusals(
                                    "resetPassword",
                                    new JsonObject().put("token", token).put("newPassword", "something entirely new")))
                    .containsExactly("WRONG_CREDENTIALS input.token");
        }
    }

    @Nested
    class UserLoginAttempts {

        @Test
        void tell_who_tried_to_log_in_as_a_user() {
            new User(NODE, user.name(), "")
                    .refusals(
                            "login",
                            new JsonObject().put("username", user.name()).put("password", "wrong"));
            String document =
                    "query ($id: ID!) { userLoginAttempts(userId: $id, first: 1) { totalCount nodes { outcome address } } }";

            JsonObject attempts =
                    admin.query(document, new JsonObject().put("id", id)).getJsonObject("userLoginAttempts");

            assertThat(attempts.getJsonArray("nodes").getJsonObject(0).getMap())
                    .containsEntry("outcome", "WRONG_PASSWORD")
                    .containsEntry("address", "127.0.0.1");
            assertThat(user.answer(document, new JsonObject().put("id", id)).encode())
                    .contains("FORBIDDEN");
        }
    }

    @Nested
    class Users {

        private JsonObject users(String arguments) {
            return admin.query("{ users(" + arguments
                            + ") { totalCount nodes { username } pageInfo { endCursor hasNextPage } } }")
                    .getJsonObject("users");
        }

        @Test
        void are_found_by_a_part_of_their_name_or_address_and_read_page_by_page() {
            String part = UUID.randomUUID().toString().substring(0, 12);
            for (String name : List.of("b", "A", "c")) {
                DATABASE.run(
                        "INSERT INTO users (id, username, email, password_hash) VALUES (?, ?, ?, '-')",
                        UUID.randomUUID(),
                        name + part,
                        name + part + "@example.org");
            }

            JsonObject first = users("first: 2, search: \"" + part.toUpperCase(java.util.Locale.ROOT) + "\"");
            JsonObject rest = users("first: 2, search: \"%s\", after: \"%s\""
                    .formatted(part, first.getJsonObject("pageInfo").getString("endCursor")));
            JsonObject last = users("last: 1, search: \"" + part + "@example\"");

            assertThat(first.getInteger("totalCount")).isEqualTo(3);
            assertThat(each(first.getJsonArray("nodes"), "username")).containsExactly("A" + part, "b" + part);
            assertThat(each(rest.getJsonArray("nodes"), "username")).containsExactly("c" + part);
            assertThat(each(last.getJsonArray("nodes"), "username")).containsExactly("c" + part);
        }

        @Test
        void are_searched_for_by_what_is_written_not_by_patterns() {
            assertThat(users("search: \"%\"").getInteger("totalCount")).isZero();
        }
    }
}
