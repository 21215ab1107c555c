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
import org.expirytracker.credentials.EncryptedColumn;
import org.expirytracker.credentials.SecretKeys;
import org.expirytracker.db.Database;
import org.expirytracker.db.Rows;

/**
 * Encrypts every secret anew under the first key, a few at a time, while servers run. A secret that someone else writes
 * meanwhile is left as they wrote it. It may be stopped anywhere, and may run any number of times.
 */
public final class KeyRotation {

    private static final int BATCH = 200;
    private static final UUID NIL = new UUID(0, 0);

    private final Database database;
    private final SecretKeys keys;
    private final List<EncryptedColumn> columns;

    /**
     * A rotation to the first of these keys.
     *
     * @param columns of the rooms that keep something encrypted
     */
    public KeyRotation(Database database, SecretKeys keys, List<EncryptedColumn> columns) {
        this.database = database;
        this.keys = keys;
        this.columns = List.copyOf(columns);
    }

    /**
     * What was done so far.
     *
     * @param renewed how many secrets were encrypted anew
     * @param unreadable why others could not be: one sentence for the operator each
     */
    public record Outcome(int renewed, List<String> unreadable) {}

    /** Where the next batch begins: behind this tenant and owner. */
    private record Place(UUID tenant, UUID owner) {}

    private record Secret(UUID tenant, SecretKeys.Owner owner, Buffer encrypted) {

        Place place() {
            return new Place(tenant, owner.id());
        }
    }

    private record Renewed(Secret former, Buffer encrypted) {}

    /**
     * Encrypts anew whatever is not under the first key.
     *
     * @param progress gets how many secrets are done, after each batch
     */
    public Future<Outcome> run(Consumer<Integer> progress) {
        Future<Outcome> done = awaitWriters().map(settled -> new Outcome(0, List.of()));
        for (EncryptedColumn column : columns) {
            done = done.compose(sofar -> from(column, new Place(NIL, NIL), sofar, progress));
        }
        return done;
    }

    private static final String AWAIT_WRITERS = """
            SELECT pg_advisory_xact_lock($1)
            """;

    /** Returns when everyone who might still write under a former key has finished; later ones know the first key. */
    private Future<Integer> awaitWriters() {
        return database.transaction(connection -> Rows.change(connection, AWAIT_WRITERS, Tuple.of(SecretKeys.LOCK)));
    }

    private Future<Outcome> from(EncryptedColumn column, Place place, Outcome sofar, Consumer<Integer> progress) {
        return listFormer(column, place).compose(batch -> {
            if (batch.isEmpty()) {
                return Future.succeededFuture(sofar);
            }
            List<String> unreadable = new ArrayList<>(sofar.unreadable);
            return renew(column, batch, unreadable)
                    .compose(renewed -> replace(column, renewed))
                    .compose(replaced -> {
                        Outcome grown = new Outcome(sofar.renewed + replaced, unreadable);
                        progress.accept(grown.renewed);
                        return from(column, batch.getLast().place(), grown, progress);
                    });
        });
    }

    private Future<List<Secret>> listFormer(EncryptedColumn column, Place place) {
        Tuple parameters =
                Tuple.of(place.tenant, place.owner, Buffer.buffer(HexFormat.of().parseHex(keys.currentId())), BATCH);
        return Rows.list(
                database.reads(),
                column.listFormer(),
                parameters,
                row -> new Secret(
                        row.getUUID("tenant_id"),
                        new SecretKeys.Owner(column.owner(), row.getUUID("id")),
                        row.getBuffer("encrypted")));
    }

    private Future<List<Renewed>> renew(EncryptedColumn column, List<Secret> batch, List<String> unreadable) {
        List<Renewed> renewed = new ArrayList<>(batch.size());
        List<Future<?>> all = new ArrayList<>(batch.size());
        for (Secret secret : batch) {
            all.add(keys.decrypt(secret.owner, column.column(), secret.encrypted)
                    .map(plain -> renewed.add(new Renewed(secret, keys.encrypt(secret.owner, column.column(), plain))))
                    .recover(failure -> failure instanceof SecretKeys.Unreadable
                            ? Future.succeededFuture(unreadable.add(failure.getMessage()))
                            : Future.failedFuture(failure)));
        }
        return Future.join(all).map(joined -> renewed);
    }

    private Future<Integer> replace(EncryptedColumn column, List<Renewed> renewed) {
        Tuple parameters = Tuple.tuple()
                .addArrayOfUUID(renewed.stream().map(each -> each.former.tenant).toArray(UUID[]::new))
                .addArrayOfUUID(
                        renewed.stream().map(each -> each.former.owner.id()).toArray(UUID[]::new))
                .addArrayOfBuffer(
                        renewed.stream().map(each -> each.former.encrypted).toArray(Buffer[]::new))
                .addArrayOfBuffer(renewed.stream().map(Renewed::encrypted).toArray(Buffer[]::new));
        return database.transaction(connection -> Rows.change(connection, column.replace(), parameters));
    }

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
        Map<String, Integer> counts = new TreeMap<>();
        return Future.all(columns.stream()
                        .map(column -> Rows.list(
                                database.reads(),
                                column.countByKey(),
                                Tuple.tuple(),
                                row -> counts.merge(row.getString("key"), row.getInteger("secrets"), Integer::sum)))
                        .toList())
                .map(all -> counts);
    }
}
