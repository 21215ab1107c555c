package org.expirytracker.administration;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.expirytracker.credentials.SecretKeys;
import org.expirytracker.db.Database;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.UserId;
import org.expirytracker.login.TwoFactorRepository;

/**
 * Encrypts every secret anew under the first key, a few at a time, while servers run. A secret that someone else writes
 * meanwhile is left as they wrote it. It may be stopped anywhere, and may run any number of times.
 */
public final class KeyRotation {

    private static final int BATCH = 200;

    private final Database database;
    private final SecretKeys keys;

    /** A rotation to the first of these keys. */
    public KeyRotation(Database database, SecretKeys keys) {
        this.database = database;
        this.keys = keys;
    }

    /**
     * What was done so far.
     *
     * @param renewed how many secrets were encrypted anew
     * @param unreadable why others could not be: one sentence for the operator each
     */
    public record Outcome(int renewed, List<String> unreadable) {}

    private record Secret(UserId userId, Buffer encrypted) {}

    private record Renewed(Secret former, Buffer encrypted) {}

    /**
     * Encrypts anew whatever is not under the first key.
     *
     * @param progress gets how many secrets are done, after each batch
     */
    public Future<Outcome> run(Consumer<Integer> progress) {
        return awaitWriters().compose(settled -> from(new UUID(0, 0), new Outcome(0, List.of()), progress));
    }

    private static final String AWAIT_WRITERS = """
            SELECT pg_advisory_xact_lock($1)
            """;

    /** Returns when everyone who might still write under a former key has finished; later ones know the first key. */
    private Future<Integer> awaitWriters() {
        return database.transaction(connection -> Rows.change(connection, AWAIT_WRITERS, Tuple.of(SecretKeys.LOCK)));
    }

    private Future<Outcome> from(UUID place, Outcome sofar, Consumer<Integer> progress) {
        return listFormer(place).compose(batch -> {
            if (batch.isEmpty()) {
                return Future.succeededFuture(sofar);
            }
            List<String> unreadable = new ArrayList<>(sofar.unreadable);
            return renew(batch, unreadable).compose(this::replace).compose(replaced -> {
                Outcome grown = new Outcome(sofar.renewed + replaced, unreadable);
                progress.accept(grown.renewed);
                return from(batch.getLast().userId.value(), grown, progress);
            });
        });
    }

    private static final String LIST_FORMER = """
            SELECT id, two_factor_secret
              FROM users
             WHERE id > $1 AND two_factor_secret IS NOT NULL AND substring(two_factor_secret FROM 1 FOR 4) <> $2
             ORDER BY id
             LIMIT $3
            """;

    private Future<List<Secret>> listFormer(UUID place) {
        Tuple parameters = Tuple.of(place, Buffer.buffer(HexFormat.of().parseHex(keys.currentId())), BATCH);
        return Rows.list(
                database.reads(),
                LIST_FORMER,
                parameters,
                row -> new Secret(new UserId(row.getUUID("id")), row.getBuffer("two_factor_secret")));
    }

    private Future<List<Renewed>> renew(List<Secret> batch, List<String> unreadable) {
        List<Renewed> renewed = new ArrayList<>(batch.size());
        List<Future<?>> all = new ArrayList<>(batch.size());
        for (Secret secret : batch) {
            all.add(keys.decrypt(secret.userId, TwoFactorRepository.SECRET, secret.encrypted)
                    .map(plain -> renewed.add(
                            new Renewed(secret, keys.encrypt(secret.userId, TwoFactorRepository.SECRET, plain))))
                    .recover(failure -> failure instanceof SecretKeys.Unreadable
                            ? Future.succeededFuture(unreadable.add(failure.getMessage()))
                            : Future.failedFuture(failure)));
        }
        return Future.join(all).map(joined -> renewed);
    }

    private static final String REPLACE = """
            UPDATE users
               SET two_factor_secret = renewed.encrypted
              FROM unnest($1::uuid[], $2::bytea[], $3::bytea[]) AS renewed (user_id, former, encrypted)
             WHERE users.id = renewed.user_id AND users.two_factor_secret = renewed.former
            """;

    private Future<Integer> replace(List<Renewed> renewed) {
        Tuple parameters = Tuple.tuple()
                .addArrayOfUUID(
                        renewed.stream().map(each -> each.former.userId.value()).toArray(UUID[]::new))
                .addArrayOfBuffer(
                        renewed.stream().map(each -> each.former.encrypted).toArray(Buffer[]::new))
                .addArrayOfBuffer(renewed.stream().map(Renewed::encrypted).toArray(Buffer[]::new));
        return database.transaction(connection -> Rows.change(connection, REPLACE, parameters));
    }

    private static final String COUNT_BY_KEY = """
            SELECT encode(substring(two_factor_secret FROM 1 FOR 4), 'hex') AS key, count(*)::integer AS secrets
              FROM users
             WHERE two_factor_secret IS NOT NULL
             GROUP BY key
            """;

    /**
     * How many secrets are encrypted under each key that is not here, by its id. What is too short to name a key is no
     * ciphertext, and no key would help.
     *
     * @return empty when everything can be read
     */
    public Future<Map<String, Integer>> countUnderMissingKeys() {
        return countByKey().map(counts -> {
            Map<String, Integer> missing = new TreeMap<>(counts);
            missing.keySet().removeAll(keys.ids());
            missing.keySet().removeIf(id -> id.length() < 2 * SecretKeys.ID_BYTES);
            return missing;
        });
    }

    /** How many secrets are encrypted under each key, by its id, whether or not the key is here. */
    public Future<Map<String, Integer>> countByKey() {
        return Rows.map(
                database.reads(),
                COUNT_BY_KEY,
                Tuple.tuple(),
                row -> row.getString("key"),
                row -> row.getInteger("secrets"));
    }
}
