package org.expirytracker.users;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestNode.PASSWORD;
import static org.expirytracker.TestNode.freshName;
import static org.expirytracker.TestNode.overtaken;
import static org.expirytracker.TestNode.sql;
import static org.expirytracker.TestNode.value;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.ZoneId;
import java.util.List;
import java.util.UUID;
import org.expirytracker.TestNode;
import org.expirytracker.activities.Activity;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Role;
import org.expirytracker.kernel.UserId;
import org.expirytracker.sessions.Sessions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class UserFetchersTest {

    private static final TestNode NODE = new TestNode();
    private static final String VIEWER =
            "viewer { id username email emailVerified role timeZone leadDays turnHour twoFactorEnabled version createdAt updatedAt }";
    private static final String ERRORS = "userErrors { code message field }";

    private final Sessions.Opened opened = NODE.register();
    private final Caller caller = NODE.caller(opened.session());

    @AfterAll
    static void close() {
        NODE.close();
    }

    private static JsonObject mutate(@Nullable Caller caller, String field, String input, String selection) {
        return NODE.graphQL(caller, "mutation { %s(input: {%s}) { %s %s } }".formatted(field, input, selection, ERRORS))
                .getJsonObject("data")
                .getJsonObject(field);
    }

    private static JsonObject firstError(JsonObject payload) {
        return payload.getJsonArray("userErrors").getJsonObject(0);
    }

    private JsonObject update(String input) {
        return mutate(caller, "updateProfile", input, VIEWER);
    }

    @Nested
    class Viewer {

        @Test
        void is_the_caller_with_every_field() {
            JsonObject viewer = NODE.graphQL(caller, "{ " + VIEWER + " }")
                    .getJsonObject("data")
                    .getJsonObject("viewer");

            assertThat(viewer.getMap())
                    .containsEntry("id", new NodeId(User.TYPE, opened.viewer().id()).encoded())
                    .containsEntry("username", opened.viewer().username())
                    .containsEntry("email", opened.viewer().email())
                    .containsEntry("emailVerified", false)
                    .containsEntry("role", "USER")
                    .containsEntry("timeZone", "UTC")
                    .containsEntry("leadDays", 30)
                    .containsEntry("turnHour", 0)
                    .containsEntry("twoFactorEnabled", false)
                    .containsEntry("version", 1)
                    .doesNotContainValue(null);
        }

        @Test
        void is_refused_without_a_caller() {
            assertThat(NODE.graphQL(null, "{ viewer { id } }").getJsonArray("errors"))
                    .hasSize(1);
        }
    }

    @Nested
    class DeleteAccount {

        @Test
        void answers_the_id_of_who_is_gone() {
            JsonObject payload = mutate(caller, "deleteAccount", "password: \"" + PASSWORD + "\"", "deletedId");

            assertThat(payload.getString("deletedId"))
                    .isEqualTo(new NodeId(User.TYPE, opened.viewer().id()).encoded());
            assertThat(NODE.isAlive(opened.session())).isFalse();
        }

        @Test
        void is_refused_when_the_password_changes_meanwhile() {
            JsonObject refused = overtaken(
                    caller.userId(),
                    () -> mutate(caller, "deleteAccount", "password: \"" + PASSWORD + "\"", "deletedId"),
                    "UPDATE users SET password_hash = 'another' WHERE id = ?",
                    opened.viewer().id());

            assertThat(firstError(refused).getMap())
                    .containsEntry("code", "WRONG_CREDENTIALS")
                    .containsEntry("field", List.of("input", "password"));
            assertThat(NODE.isAlive(opened.session())).isTrue();
        }
    }

    @Nested
    class UpdateProfile {

        @Test
        void changes_what_is_named_and_counts_the_version_up() {
            String name = freshName();

            JsonObject viewer = update(
                            "username: \"%s\", email: \"%s@example.com\", password: \"%s\", leadDays: 7, turnHour: 6"
                                    .formatted(name, name, PASSWORD))
                    .getJsonObject("viewer");

            assertThat(viewer.getMap())
                    .containsEntry("username", name)
                    .containsEntry("email", name + "@example.com")
                    .containsEntry("leadDays", 7)
                    .containsEntry("turnHour", 6)
                    .containsEntry("timeZone", "UTC")
                    .containsEntry("version", 2);
            Activity updated = NODE.activities(opened.viewer()).getLast();
            assertThat(updated.kind()).isEqualTo(UserActivities.ACCOUNT_UPDATED.name());
            assertThat(updated.before()).contains(opened.viewer().username());
            assertThat(updated.after()).contains(name);
        }

        @Test
        void that_changes_nothing_writes_nothing() {
            JsonObject viewer = update("leadDays: 30").getJsonObject("viewer");

            assertThat(viewer.getInteger("version")).isEqualTo(1);
            assertThat(NODE.activities(opened.viewer())).hasSize(1);
        }

        @Test
        void tells_the_watch_only_of_new_lead_days() {
            update("turnHour: 3");
            assertThat(NODE.leadDaysChanged).doesNotContain(caller.userId());

            update("leadDays: 3");
            assertThat(NODE.leadDaysChanged).containsOnlyOnce(caller.userId());
        }

        @Test
        void makes_a_new_address_count_as_not_verified_and_keeps_an_old_one_verified() {
            sql(
                    "UPDATE users SET email_verified = true WHERE id = ?",
                    opened.viewer().id());

            assertThat(update("leadDays: 1").getJsonObject("viewer").getBoolean("emailVerified"))
                    .isTrue();
            assertThat(update("email: \"%s@example.com\", password: \"%s\"".formatted(freshName(), PASSWORD))
                            .getJsonObject("viewer")
                            .getBoolean("emailVerified"))
                    .isFalse();
        }

        @Test
        void asks_for_the_password_when_the_address_becomes_another_one_meanwhile() {
            String moved = freshName() + "@example.com";

            JsonObject refused = overtaken(
                    caller.userId(),
                    () -> update("email: \"%s\"".formatted(opened.viewer().email())),
                    "UPDATE users SET email = ? WHERE id = ?",
                    moved,
                    opened.viewer().id());

            assertThat(firstError(refused).getMap())
                    .containsEntry("code", "WRONG_CREDENTIALS")
                    .containsEntry("field", List.of("input", "password"));
            assertThat(value(
                            "SELECT email FROM users WHERE id = ?",
                            opened.viewer().id()))
                    .isEqualTo(moved);
        }

        @Test
        void refuses_a_new_address_when_the_password_changes_meanwhile() {
            JsonObject refused = overtaken(
                    caller.userId(),
                    () -> update("email: \"%s@example.com\", password: \"%s\"".formatted(freshName(), PASSWORD)),
                    "UPDATE users SET password_hash = 'another' WHERE id = ?",
                    opened.viewer().id());

            assertThat(firstError(refused).getMap())
                    .containsEntry("code", "WRONG_CREDENTIALS")
                    .containsEntry("field", List.of("input", "password"));
            assertThat(value(
                            "SELECT email FROM users WHERE id = ?",
                            opened.viewer().id()))
                    .isEqualTo(opened.viewer().email());
        }

        @Test
        void refuses_a_stale_version() {
            update("leadDays: 1");

            JsonObject refused = update("leadDays: 2, expectedVersion: 1");

            assertThat(firstError(refused).getString("code")).isEqualTo("STALE_VERSION");
            assertThat(update("leadDays: 2, expectedVersion: 2")
                            .getJsonObject("viewer")
                            .getInteger("leadDays"))
                    .isEqualTo(2);
        }

        @Test
        void refuses_a_name_and_an_address_of_somebody_else() {
            User other = NODE.register().viewer();

            assertThat(firstError(update("username: \"" + other.username() + "\""))
                            .getMap())
                    .containsEntry("code", "CONFLICT")
                    .containsEntry("field", List.of("input", "username"));
            assertThat(firstError(update("email: \"%s\", password: \"%s\"".formatted(other.email(), PASSWORD)))
                            .getMap())
                    .containsEntry("code", "CONFLICT")
                    .containsEntry("field", List.of("input", "email"));
        }

        @Test
        void says_everything_that_is_wrong_at_once() {
            JsonArray errors = update("username: \"a\", email: null, timeZone: \"CET\", leadDays: 3651, turnHour: null")
                    .getJsonArray("userErrors");

            assertThat(errors.stream()
                            .map(error ->
                                    ((JsonObject) error).getJsonArray("field").getString(1)))
                    .containsExactlyInAnyOrder("username", "email", "timeZone", "leadDays", "turnHour");
        }

        @Test
        void gives_the_caller_the_new_zone_at_once() {
            assertThat(NODE.caller(opened.session()).zone()).isEqualTo(ZoneId.of("UTC"));

            update("timeZone: \"Asia/Tokyo\"");

            assertThat(NODE.caller(opened.session()).zone()).isEqualTo(ZoneId.of("Asia/Tokyo"));
        }

        @Test
        void lets_the_next_day_turn_at_the_new_hour_of_the_new_zone() {
            update("timeZone: \"Asia/Tokyo\", turnHour: 5");

            assertThat(value("""
                            SELECT next_day_at AT TIME ZONE 'Asia/Tokyo' = date_trunc('day', next_day_at AT TIME ZONE 'Asia/Tokyo') + interval '5 hours'
                                   AND next_day_at > updated_at AND next_day_at <= updated_at + interval '24 hours'
                              FROM inventories WHERE id = ?
                            """, opened.viewer().id())).isEqualTo("t");
        }

        @Test
        void never_lets_a_date_turn_twice() {
            // Kiritimati is 25 hours ahead of Pago Pago: the date that was turned there begins here tomorrow or later.
            update("timeZone: \"Pacific/Kiritimati\"");
            sql(
                    "UPDATE inventories SET last_day = (now() AT TIME ZONE time_zone)::date WHERE id = ?",
                    opened.viewer().id());

            update("timeZone: \"Pacific/Pago_Pago\"");

            assertThat(value(
                            "SELECT (next_day_at AT TIME ZONE time_zone)::date - last_day FROM inventories WHERE id = ?",
                            opened.viewer().id()))
                    .isEqualTo("1");
        }

        @Test
        void does_not_lose_a_turn_that_is_due() {
            sql("""
                    UPDATE inventories SET last_day = (now() AT TIME ZONE 'UTC')::date - 2, next_day_at = now() - interval '1 minute'
                     WHERE id = ?
                    """, opened.viewer().id());

            update("timeZone: \"Etc/GMT-1\"");

            assertThat(value(
                            "SELECT next_day_at <= now() AND (next_day_at AT TIME ZONE time_zone)::date > last_day FROM inventories WHERE id = ?",
                            opened.viewer().id()))
                    .isEqualTo("t");
        }

        @Test
        void leaves_other_users_alone() {
            User other = NODE.register().viewer();

            update("leadDays: 3");

            assertThat(value("SELECT lead_days FROM users WHERE id = ?", other.id()))
                    .isEqualTo("30");
        }
    }

    @Nested
    class Node {

        @Test
        void is_found_for_its_owner_and_for_nobody_else() {
            UUID own = opened.viewer().id();
            UUID others = NODE.register().viewer().id();

            assertThat(NODE.loadUsers(caller, own, others)).containsOnlyKeys(own);
            assertThat(NODE.loadUsers(
                            new Caller(
                                    new UserId(others),
                                    InventoryId.ownOf(new UserId(others)),
                                    Role.OWNER,
                                    UUID.randomUUID(),
                                    caller.zone(),
                                    caller.holds()),
                            own))
                    .isEmpty();
        }
    }
}
