package org.expirytracker.login;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestNode.await;
import static org.expirytracker.TestNode.freshName;

import io.vertx.core.Future;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.Stock;
import org.expirytracker.TestDatabase;
import org.expirytracker.TestNode;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.kernel.RowIds;
import org.expirytracker.kernel.UserId;
import org.expirytracker.users.User;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** On a database as it is to be after the next release, where the directories alone keep names apart. */
class NewcomerRepositoryTest {

    private static final DatabaseUrl URL = TestDatabase.freshMigrated();
    private static final Stock STOCK = new Stock(URL);
    private static final TestNode NODE = new TestNode(URL);

    private final NewcomerRepository newcomers = new NewcomerRepository();
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

    private Future<Optional<User>> open(String username, String email) {
        NewcomerRepository.Newcomer newcomer =
                new NewcomerRepository.Newcomer(new UserId(RowIds.next()), username, email, "-", ZoneId.of("UTC"));
        return NODE.database.transaction(connection -> newcomers
                .giveWay(connection, newcomer)
                .compose(gone -> newcomers.insertAwaiting(connection, newcomer)));
    }

    /** Of those who wait for the proof of an address, how many were added and what is left of whom. */
    private static void assertOneAdded(List<Future<Optional<User>>> all) {
        await(Future.all(all));
        assertThat(all).filteredOn(each -> each.result().isPresent()).hasSize(1);
        assertNothingLeftOver();
    }

    private static void assertNothingLeftOver() {
        assertThat(STOCK.column(
                        "SELECT identity FROM (SELECT * FROM user_names UNION ALL SELECT * FROM email_addresses) AS entries"
                                + " WHERE user_id NOT IN (SELECT id FROM users)"))
                .isEmpty();
    }

    @Nested
    class InsertAwaiting {

        @Test
        void adds_one_of_many_who_want_a_name_at_once() {
            List<Future<Optional<User>>> all = new ArrayList<>();
            for (int at = 0; at < 6; at++) {
                all.add(open(at % 2 == 0 ? name : name.toUpperCase(Locale.ROOT), freshName() + "@example.org"));
            }

            assertOneAdded(all);
        }

        @Test
        void adds_one_of_many_who_want_an_address_at_once_and_keeps_the_names_of_the_others_free() {
            List<Future<Optional<User>>> all = new ArrayList<>();
            for (int at = 0; at < 6; at++) {
                all.add(open(name + "-" + at, name + "@example.org"));
            }

            assertOneAdded(all);
            assertThat(STOCK.column("SELECT count(*) FROM user_names WHERE identity LIKE ?", name + "-%"))
                    .containsExactly("1");
        }
    }

    @Nested
    class GiveWay {

        private UUID registered(String username, String email, String ago) {
            UUID id = await(open(username, email)).orElseThrow().id();
            STOCK.run("UPDATE users SET created_at = now() - ?::interval WHERE id = ?", ago, id);
            return id;
        }

        private boolean exists(UUID id) {
            return !STOCK.column("SELECT id FROM users WHERE id = ?", id).isEmpty();
        }

        @Test
        void frees_a_name_and_an_address_that_were_never_proven_and_both_of_each() {
            UUID named = registered(name, name + "-1@example.org", "2 days");
            UUID addressed = registered(name + "-2", name + "@example.org", "2 days");

            assertThat(await(open(name.toUpperCase(Locale.ROOT), name + "@EXAMPLE.org")))
                    .isPresent();

            assertThat(exists(named)).isFalse();
            assertThat(exists(addressed)).isFalse();
            assertThat(await(open(name + "-2", name + "-1@example.org"))).isPresent();
            assertNothingLeftOver();
        }

        @Test
        void leaves_alone_who_registered_within_a_day_and_who_has_proven_the_address() {
            UUID fresh = registered(name, name + "@example.org", "1 hour");
            UUID proven = registered(name + "-2", name + "-2@example.org", "2 days");
            STOCK.run("UPDATE users SET awaits_verification = false WHERE id = ?", proven);

            assertThat(await(open(name, name + "-3@example.org"))).isEmpty();
            assertThat(await(open(name + "-2", name + "-3@example.org"))).isEmpty();

            assertThat(exists(fresh)).isTrue();
            assertThat(exists(proven)).isTrue();
            assertNothingLeftOver();
        }
    }

    @Test
    void find_owner_goes_by_the_address_alone() {
        UUID user = await(open(name, name + "@example.org")).orElseThrow().id();

        assertThat(await(newcomers.findOwner(NODE.database.reads(), name + "@EXAMPLE.org")))
                .map(User::id)
                .contains(user);
        assertThat(await(newcomers.findOwner(NODE.database.reads(), name))).isEmpty();
    }
}
