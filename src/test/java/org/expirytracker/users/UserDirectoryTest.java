package org.expirytracker.users;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestNode.PASSWORD;
import static org.expirytracker.TestNode.await;
import static org.expirytracker.TestNode.freshName;
import static org.expirytracker.TestNode.refusal;

import io.vertx.core.Future;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.expirytracker.Stock;
import org.expirytracker.TestDatabase;
import org.expirytracker.TestNode;
import org.expirytracker.activities.Actor;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.ExpectedVersion;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserId;
import org.expirytracker.sessions.Device;
import org.expirytracker.sessions.Sessions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class UserDirectoryTest {

    private static final ZoneId UTC = ZoneId.of("UTC");

    /** Names and addresses of users that are not in the directories as they should be, and what is there besides. */
    private static final String DISAGREEMENTS = """
            SELECT coalesce(users.username, identity) FROM users
              FULL JOIN user_names ON identity = text_identity(username) AND user_id = id
             WHERE identity IS NULL OR id IS NULL
             UNION ALL
            SELECT coalesce(users.email, identity) FROM users
              FULL JOIN email_addresses ON identity = text_identity(email) AND user_id = id
             WHERE identity IS NULL OR id IS NULL
            """;

    private final UserDirectory directory = new UserDirectory();

    /** The database as it is to be after the next release: the directories alone keep names apart, and nothing keeps them. */
    @Nested
    class Alone {

        private static final DatabaseUrl URL = TestDatabase.freshMigrated();
        private static final Stock STOCK = new Stock(URL);
        private static final TestNode NODE = new TestNode(URL);

        private final String name = freshName();

        @BeforeAll
        static void goToTheNextRelease() {
            STOCK.run("DROP INDEX users_username_key, users_email_key");
            STOCK.run("DROP TRIGGER keep_directories ON users");
        }

        @AfterAll
        static void close() {
            NODE.close();
        }

        private static void assertAgrees() {
            assertThat(STOCK.column(DISAGREEMENTS)).isEmpty();
        }

        private Optional<UserId> found(String text) {
            return await(directory.find(NODE.database.reads(), text)).user();
        }

        private static UserId id(Sessions.Opened opened) {
            return new UserId(opened.viewer().id());
        }

        private static Future<?> change(Sessions.Opened who, @Nullable String username, @Nullable String email) {
            Caller caller = NODE.caller(who.session());
            return NODE.accounts.updateProfile(
                    Actor.of(caller),
                    new ProfilePatch(ExpectedVersion.ANY, username, email, null, null, null, PASSWORD));
        }

        /** How many succeed; the others are refused because of a field. */
        private static int succeeded(List<Future<?>> all, String field) {
            await(Future.join(all).transform(joined -> Future.succeededFuture()));
            assertThat(all).filteredOn(Future::failed).allSatisfy(failed -> {
                Problem refused = (Problem) failed.cause();
                assertThat(refused.code()).isEqualTo(Problem.Code.CONFLICT);
                assertThat(refused.errors().getFirst().field()).containsExactly("input", field);
            });
            return (int) all.stream().filter(Future::succeeded).count();
        }

        @Test
        void finds_users_by_name_and_address_in_any_spelling_and_nobody_by_others() {
            UserId user = id(NODE.register(name, UTC));

            assertThat(found(name)).contains(user);
            assertThat(found(name.toUpperCase(Locale.ROOT))).contains(user);
            assertThat(found(" " + name + "@EXAMPLE.org")).contains(user);
            assertThat(found(name + "@example.com")).isEmpty();
            assertThat(found("")).isEmpty();
            assertThat(await(directory.find(NODE.database.reads(), name)).byAddress())
                    .isEmpty();
        }

        @Test
        void prefer_whose_username_it_is_to_whose_address() {
            UserId address = id(NODE.register(name, UTC));
            UserId username = new UserId(STOCK.user().value());
            STOCK.run("INSERT INTO user_names VALUES (?, ?)", name + "@example.org", username.value());

            UserDirectory.Named named = await(directory.find(NODE.database.reads(), name + "@Example.org"));

            assertThat(named)
                    .isEqualTo(new UserDirectory.Named(
                            name + "@example.org", Optional.of(username), Optional.of(address)));
            assertThat(named.user()).contains(username);
            STOCK.run("DELETE FROM user_names WHERE user_id = ?", username.value());
            STOCK.run("DELETE FROM users WHERE id = ?", username.value());
        }

        @Test
        void give_a_name_to_one_of_many_who_register_at_once() {
            List<Future<?>> all = new ArrayList<>();
            for (int at = 0; at < 5; at++) {
                all.add(NODE.newcomers.register(
                        at % 2 == 0 ? name : name.toUpperCase(Locale.ROOT),
                        freshName() + "@example.org",
                        PASSWORD,
                        UTC,
                        Device.UNKNOWN));
            }

            assertThat(succeeded(all, "username")).isOne();
            assertAgrees();
        }

        @Test
        void give_an_address_to_one_of_many_who_register_at_once() {
            List<Future<?>> all = new ArrayList<>();
            for (int at = 0; at < 5; at++) {
                all.add(NODE.newcomers.register(
                        freshName(),
                        name + (at % 2 == 0 ? "@example.org" : "@EXAMPLE.ORG"),
                        PASSWORD,
                        UTC,
                        Device.UNKNOWN));
            }

            assertThat(succeeded(all, "email")).isOne();
            assertAgrees();
        }

        @Test
        void leave_both_their_names_where_two_want_to_swap_them_at_once() {
            Sessions.Opened one = NODE.register();
            Sessions.Opened other = NODE.register();

            int swapped = succeeded(
                    List.of(
                            change(one, other.viewer().username(), null),
                            change(other, one.viewer().username(), null)),
                    "username");

            assertThat(swapped).isZero();
            assertThat(found(one.viewer().username())).contains(id(one));
            assertThat(found(other.viewer().username())).contains(id(other));
            assertAgrees();
        }

        @Test
        void leave_both_their_addresses_where_two_want_to_swap_them_at_once() {
            Sessions.Opened one = NODE.register();
            Sessions.Opened other = NODE.register();

            int swapped = succeeded(
                    List.of(
                            change(one, null, other.viewer().email()),
                            change(other, null, one.viewer().email())),
                    "email");

            assertThat(swapped).isZero();
            assertAgrees();
        }

        @Test
        void give_a_name_to_one_of_many_who_take_it_at_once() {
            List<Future<?>> all = IntStream.range(0, 5)
                    .<Future<?>>mapToObj(at -> change(NODE.register(), name, null))
                    .toList();

            assertThat(succeeded(all, "username")).isOne();
            assertAgrees();
        }

        @Test
        void free_the_former_name_and_address_of_whoever_changes_them() {
            Sessions.Opened user = NODE.register(name, UTC);
            String other = freshName();

            await(change(user, other, other + "@example.org"));

            assertThat(found(other)).contains(id(user));
            assertThat(found(other + "@example.org")).contains(id(user));
            assertThat(found(name)).isEmpty();
            assertThat(found(name + "@example.org")).isEmpty();
            assertThat(found(NODE.register(name, UTC).viewer().username())).isPresent();
            assertAgrees();
        }

        @Test
        void let_a_name_be_written_in_another_way_by_whose_it_is() {
            Sessions.Opened user = NODE.register(name, UTC);

            await(change(user, name.toUpperCase(Locale.ROOT), name + "@Example.org"));

            assertThat(found(name)).contains(id(user));
            assertAgrees();
        }

        @Test
        void refuse_a_name_that_is_somebody_elses_and_keep_ones_own() {
            Sessions.Opened user = NODE.register();
            NODE.register(name, UTC);

            Problem refused = refusal(change(user, name.toUpperCase(Locale.ROOT), null));

            assertThat(refused.code()).isEqualTo(Problem.Code.CONFLICT);
            assertThat(found(user.viewer().username())).contains(id(user));
            assertAgrees();
        }

        @Test
        void free_the_name_and_address_of_whoever_leaves() {
            Sessions.Opened user = NODE.register(name, UTC);

            await(NODE.accounts.deleteAccount(NODE.caller(user.session()), PASSWORD));

            assertThat(found(name)).isEmpty();
            assertThat(found(name + "@example.org")).isEmpty();
            assertAgrees();
            assertThat(id(NODE.register(name, UTC))).isNotEqualTo(id(user));
        }
    }

    /** What nodes of the release before write into users alone. */
    @Nested
    class BesideTheFormerRelease {

        private static final DatabaseUrl URL = TestDatabase.freshMigrated();
        private static final Stock STOCK = new Stock(URL);

        private final UUID user = STOCK.user().value();

        private static List<@Nullable String> entriesOf(UUID user) {
            return STOCK.column(
                    "SELECT identity FROM (SELECT * FROM user_names UNION ALL SELECT * FROM email_addresses) AS entries"
                            + " WHERE user_id = ? ORDER BY identity",
                    user);
        }

        @Test
        void is_entered_when_somebody_registers() {
            assertThat(entriesOf(user)).containsExactlyInAnyOrder("user-" + user, user + "@example.org");
            assertThat(STOCK.column(DISAGREEMENTS)).isEmpty();
        }

        @Test
        void is_entered_when_somebody_changes_name_or_address() {
            STOCK.run("UPDATE users SET username = ? WHERE id = ?", "Renamed-" + user, user);
            assertThat(entriesOf(user)).containsExactlyInAnyOrder("renamed-" + user, user + "@example.org");

            STOCK.run("UPDATE users SET email = ? WHERE id = ?", "Renamed-" + user + "@example.org", user);
            assertThat(entriesOf(user))
                    .containsExactlyInAnyOrder("renamed-" + user, "renamed-" + user + "@example.org");

            STOCK.run("UPDATE users SET username = upper(username), email = upper(email) WHERE id = ?", user);
            assertThat(STOCK.column(DISAGREEMENTS)).isEmpty();
        }

        @Test
        void goes_with_who_leaves() {
            STOCK.run("DELETE FROM users WHERE id = ?", user);

            assertThat(entriesOf(user)).isEmpty();
            assertThat(STOCK.column(DISAGREEMENTS)).isEmpty();
        }

        @Test
        void is_written_once_where_this_release_has_written_it() {
            STOCK.run("CREATE TABLE written (name text)");
            STOCK.run("CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS"
                    + " $$ BEGIN INSERT INTO written VALUES (TG_OP || ' ' || TG_TABLE_NAME); RETURN NULL; END $$");
            for (String table : List.of("user_names", "email_addresses")) {
                STOCK.run("CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON " + table
                        + " FOR EACH ROW EXECUTE FUNCTION note()");
            }
            try (TestNode node = new TestNode(URL)) {
                Sessions.Opened opened = node.register();
                await(node.accounts.updateProfile(
                        Actor.of(node.caller(opened.session())),
                        new ProfilePatch(ExpectedVersion.ANY, freshName(), null, null, null, null, "")));
                await(node.accounts.deleteAccount(node.caller(opened.session()), PASSWORD));
            }

            assertThat(STOCK.column("SELECT name FROM written"))
                    .containsExactlyInAnyOrder(
                            "INSERT user_names",
                            "INSERT email_addresses",
                            "DELETE user_names",
                            "INSERT user_names",
                            "DELETE user_names",
                            "DELETE email_addresses");
            for (String table : List.of("user_names", "email_addresses")) {
                STOCK.run("DROP TRIGGER note ON " + table);
            }
        }
    }
}
