package org.expirytracker.administration;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestNode.await;
import static org.expirytracker.login.TwoFactorRepository.SECRET;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.crypto.SecretKey;
import org.expirytracker.TestDatabase;
import org.expirytracker.credentials.SecretKeys;
import org.expirytracker.db.Database;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.UserId;
import org.expirytracker.login.TwoFactorRepository;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** All users of a database of its own, whose secrets are under one key at first. */
@Timeout(60)
class KeyRotationTest {

    private static final int USERS = 450;

    private final Vertx vertx = Vertx.vertx();
    private final DatabaseUrl url = TestDatabase.freshMigrated();
    private final Database database = new Database(vertx, url.connectOptions(), 8);
    private final SecretKey former = SecretKeys.newKey();
    private final SecretKey latest = SecretKeys.newKey();
    private final SecretKeys rotating = keys(latest, former);
    private final List<UserId> users = new ArrayList<>();

    KeyRotationTest() throws SQLException {
        SecretKeys before = keys(former);
        try (Connection connection = TestDatabase.connect(url);
                PreparedStatement insert = connection.prepareStatement("""
                        INSERT INTO users (id, username, email, password_hash, two_factor_enabled, two_factor_secret)
                        VALUES (?, ?, ?, '', true, ?)
                        """)) {
            for (int at = 0; at < USERS; at++) {
                UserId user = new UserId(UUID.randomUUID());
                users.add(user);
                insert.setObject(1, user.value());
                insert.setString(2, "user" + at);
                insert.setString(3, "user" + at + "@example.org");
                insert.setBytes(4, before.encrypt(user, SECRET, secretOf(user)).getBytes());
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    @AfterEach
    void close() {
        await(database.close());
        await(vertx.close());
        TestDatabase.drop(url);
    }

    private SecretKeys keys(SecretKey... keys) {
        try {
            return new SecretKeys(vertx, () -> List.of(keys));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private static byte[] secretOf(UserId user) {
        return ("secret of " + user.value()).getBytes(UTF_8);
    }

    private KeyRotation rotation() {
        return new KeyRotation(database, rotating, List.of(TwoFactorRepository.ENCRYPTED));
    }

    /** Reads every secret with the new key alone. */
    private void assertThatNothingIsLost() {
        SecretKeys alone = keys(latest);
        for (UserId user : users) {
            assertThat(await(alone.decrypt(user, SECRET, stored(user)))).isEqualTo(secretOf(user));
        }
        assertThat(await(rotation().countByKey())).isEqualTo(Map.of(SecretKeys.idOf(latest), USERS));
    }

    private Buffer stored(UserId user) {
        return await(Rows.first(
                        database.reads(),
                        "SELECT two_factor_secret FROM users WHERE id = $1",
                        Tuple.of(user.value()),
                        row -> row.getBuffer("two_factor_secret")))
                .orElseThrow();
    }

    private void store(UserId user, Buffer encrypted) throws SQLException {
        try (Connection connection = TestDatabase.connect(url)) {
            store(connection, user, encrypted);
        }
    }

    private static void store(Connection connection, UserId user, Buffer encrypted) throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement("UPDATE users SET two_factor_secret = ? WHERE id = ?")) {
            update.setBytes(1, encrypted.getBytes());
            update.setObject(2, user.value());
            update.executeUpdate();
        }
    }

    private void awaitSomeoneWaitingForALock() throws SQLException {
        try (Connection connection = TestDatabase.connect(url)) {
            while (TestDatabase.strings(connection, """
                    SELECT pid::text FROM pg_locks JOIN pg_stat_activity USING (pid)
                     WHERE NOT granted AND datname = current_database()
                    """).isEmpty()) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void encrypts_every_secret_anew_a_few_hundred_at_a_time() {
        List<Integer> told = new ArrayList<>();

        KeyRotation.Outcome outcome = await(rotation().run(told::add));

        assertThat(outcome).isEqualTo(new KeyRotation.Outcome(USERS, List.of()));
        assertThat(told).containsExactly(200, 400, USERS);
        assertThatNothingIsLost();
    }

    @Test
    void has_nothing_to_do_the_second_time() {
        await(rotation().run(told -> {}));

        assertThat(await(rotation().run(told -> {}))).isEqualTo(new KeyRotation.Outcome(0, List.of()));
        assertThatNothingIsLost();
    }

    @Test
    void goes_on_where_it_was_broken_off() {
        Future<KeyRotation.Outcome> broken = rotation().run(told -> {
            throw new IllegalStateException("killed");
        });
        await(broken.otherwiseEmpty());
        assertThat(broken.failed()).isTrue();
        assertThat(await(rotation().countByKey()))
                .isEqualTo(Map.of(SecretKeys.idOf(latest), 200, SecretKeys.idOf(former), USERS - 200));

        assertThat(await(rotation().run(told -> {})).renewed()).isEqualTo(USERS - 200);

        assertThatNothingIsLost();
    }

    @Test
    void runs_several_times_at_once() {
        List<Future<KeyRotation.Outcome>> all = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            all.add(rotation().run(told -> {}));
        }

        List<KeyRotation.Outcome> outcomes = await(Future.all(all)).list();

        assertThat(outcomes)
                .extracting(KeyRotation.Outcome::renewed)
                .satisfies(renewed -> assertThat(
                                renewed.stream().mapToInt(Integer::intValue).sum())
                        .isEqualTo(USERS));
        assertThatNothingIsLost();
    }

    @Test
    void leaves_alone_what_someone_else_writes_meanwhile() throws SQLException {
        UserId enrolling = users.getFirst();
        byte[] another = "another secret".getBytes(UTF_8);
        Future<KeyRotation.Outcome> rotated;
        try (Connection connection = TestDatabase.connect(url)) {
            connection.setAutoCommit(false);
            store(connection, enrolling, rotating.encrypt(enrolling, SECRET, another));
            rotated = rotation().run(told -> {});
            awaitSomeoneWaitingForALock();
            connection.commit();
        }

        assertThat(await(rotated).renewed()).isEqualTo(USERS - 1);
        assertThat(await(keys(latest).decrypt(enrolling, SECRET, stored(enrolling))))
                .isEqualTo(another);
    }

    @Test
    void waits_for_whoever_is_about_to_write_under_a_former_key() throws SQLException {
        UserId enrolling = users.getLast();
        Promise<Void> held = Promise.promise();
        Promise<Void> mayWrite = Promise.promise();
        Future<Integer> enrolled = database.transaction(connection -> keys(former)
                .encrypt(connection, enrolling, SECRET, secretOf(enrolling))
                .onSuccess(encrypted -> held.complete())
                .compose(encrypted -> mayWrite.future()
                        .compose(now -> Rows.change(
                                connection,
                                "UPDATE users SET two_factor_secret = $2 WHERE id = $1",
                                Tuple.of(enrolling.value(), encrypted)))));
        await(held.future().map(true));

        Future<KeyRotation.Outcome> rotated = rotation().run(told -> {});
        awaitSomeoneWaitingForALock();
        assertThat(rotated.isComplete()).isFalse();
        mayWrite.complete();

        assertThat(await(enrolled)).isEqualTo(1);
        assertThat(await(rotated).renewed()).isEqualTo(USERS);
        assertThatNothingIsLost();
    }

    @Test
    void tells_how_many_secrets_are_under_keys_that_are_missing() throws SQLException {
        SecretKey lost = SecretKeys.newKey();
        assertThat(await(rotation().countUnderMissingKeys())).isEmpty();
        for (UserId user : users.subList(0, 3)) {
            store(user, keys(lost).encrypt(user, SECRET, secretOf(user)));
        }
        store(users.get(3), Buffer.buffer(new byte[] {0}));

        assertThat(await(rotation().countUnderMissingKeys())).isEqualTo(Map.of(SecretKeys.idOf(lost), 3));
    }

    @Test
    void names_what_it_cannot_read_and_does_the_rest() throws SQLException {
        SecretKey lost = SecretKeys.newKey();
        UserId locked = users.get(3);
        UserId robbed = users.get(400);
        store(locked, keys(lost).encrypt(locked, SECRET, secretOf(locked)));
        store(robbed, stored(users.get(5)));

        KeyRotation.Outcome outcome = await(rotation().run(told -> {}));

        assertThat(outcome.renewed()).isEqualTo(USERS - 2);
        assertThat(outcome.unreadable())
                .hasSize(2)
                .anySatisfy(why -> assertThat(why).contains(locked.value().toString(), SecretKeys.idOf(lost)))
                .anySatisfy(why -> assertThat(why).contains(robbed.value().toString(), "altered or moved"));
        assertThat(await(rotation().countByKey()))
                .isEqualTo(Map.of(
                        SecretKeys.idOf(latest), USERS - 2, SecretKeys.idOf(lost), 1, SecretKeys.idOf(former), 1));
    }
}
