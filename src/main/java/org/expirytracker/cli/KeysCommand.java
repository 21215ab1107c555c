package org.expirytracker.cli;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import javax.crypto.SecretKey;
import org.expirytracker.administration.KeyRotation;
import org.expirytracker.credentials.SecretKeys;
import org.expirytracker.db.Database;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.migrations.MigrationFiles;
import org.expirytracker.migrations.Migrations;
import org.expirytracker.migrations.Progress;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code expiry keys}: what an operator does with the keys that encrypt secrets at rest. */
@Command(
        name = "keys",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        description = {
            "Exchanges the key that encrypts the secrets of two-factor authentication, webhooks and channels in the database.",
            "Works on the database of DATABASE_URL, else on the embedded one in EXPIRY_DATA, while servers run on it."
        },
        footer = {
            "",
            "With the embedded database, one command does it all, whether or not its server runs:",
            "  expiry keys rotate",
            "",
            "With DATABASE_URL the keys are in EXPIRY_SECRET_KEYS, and nobody is disturbed in this order:",
            "  1. Make a key:  openssl rand -base64 32",
            "  2. Add it after the others:  EXPIRY_SECRET_KEYS=old,new  and restart the nodes, one by one.",
            "     Now every node can read what any of them will write.",
            "  3. Put it first:  EXPIRY_SECRET_KEYS=new,old  and restart the nodes, one by one.",
            "     Now every node writes under the new key.",
            "  4. With that same EXPIRY_SECRET_KEYS:  expiry keys rotate",
            "     Now nothing is left under the old key. Broken off, it goes on when run again.",
            "  5. Take the old key away:  EXPIRY_SECRET_KEYS=new  and restart the nodes, one by one.",
            "A backup holds secrets under the key of its day: keep that key for as long as the backup, or make a new one.",
            "",
            "A key has an id, 8 digits made of its hash, by which messages name it; the id is no secret.",
            "If a key is lost, the users concerned log in with a recovery code and turn two-factor on anew;",
            "webhooks get another secret by rotateWebhookSecret, channels their settings anew by updateChannel.",
        })
final class KeysCommand implements Runnable {

    private static final int CONNECTIONS = 4;
    private static final int MOST_TOLD = 10;

    private final Map<String, String> environment;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--json",
            scope = CommandLine.ScopeType.INHERIT,
            description = "Print one JSON document instead of text for people.")
    private boolean json;

    KeysCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public void run() {
        throw new ParameterException(Objects.requireNonNull(spec).commandLine(), "Which command? Known are: rotate");
    }

    /**
     * What came of a rotation.
     *
     * @param current id of the key that encrypts
     * @param made whether this key was made for it
     * @param counts how many secrets are under which key, by its id
     */
    private record Done(String current, boolean made, KeyRotation.Outcome outcome, Map<String, Integer> counts) {

        /** How many secrets are under another key still. */
        int left() {
            return counts.entrySet().stream()
                    .filter(under -> !under.getKey().equals(current))
                    .mapToInt(Map.Entry::getValue)
                    .sum();
        }
    }

    @Command(
            name = "rotate",
            mixinStandardHelpOptions = true,
            description = {
                "Encrypts every secret in the database anew under the first key, a few hundred at a time.",
                "Nothing is lost when it is killed or run twice. Without EXPIRY_SECRET_KEYS it also makes the new key,"
                        + " and removes the former one when nothing is left under it.",
                "expiry keys --help teaches how several nodes get a new key."
            })
    int rotate() throws IOException {
        Config config = Config.forMaintenance(environment);
        Logging.configure(config.logFormat(), Config.LogLevel.WARN);
        if (config.databaseUrl().isPresent() && config.secretKeys().isEmpty()) {
            throw new Config.Invalid(
                    List.of("EXPIRY_SECRET_KEYS is required with DATABASE_URL: the keys of the nodes, the"
                            + " new one first. expiry keys --help teaches how."));
        }
        try (DatabaseAccess database = DatabaseAccess.open(config)) {
            requireHead(database.url());
            return config.secretKeys().isPresent()
                    ? rotate(database.url(), config.secretKeys().get())
                    : rotate(database.url(), SecretKeyFile.of(config));
        }
    }

    private static void requireHead(DatabaseUrl url) throws IOException {
        var state = new Migrations(url, MigrationFiles.ofProgram(), Progress.SILENT).state();
        if (!state.pending().isEmpty()) {
            throw new IOException("The database is not at the revision of this program. First: expiry db upgrade");
        }
    }

    private int rotate(DatabaseUrl url, List<SecretKey> keys) throws IOException {
        Done done = rotate(url, () -> keys, false);
        List<String> others = keys.stream()
                .map(SecretKeys::idOf)
                .filter(id -> !id.equals(done.current))
                .toList();
        return print(
                done,
                others.isEmpty()
                        ? "EXPIRY_SECRET_KEYS has this key alone. To exchange it: expiry keys --help"
                        : "Next: take %s out of EXPIRY_SECRET_KEYS on every node, and restart the nodes one by one."
                                .formatted(String.join(", ", others)));
    }

    // The lock is held, not used.
    @SuppressWarnings("try")
    private int rotate(DatabaseUrl url, SecretKeyFile file) throws IOException {
        try (FileChannel alone = file.lock()) {
            List<SecretKey> keys = file.read();
            // With more than one, a former rotation was broken off: it is completed.
            boolean fresh = keys.size() == 1;
            if (fresh) {
                file.write(List.of(SecretKeys.newKey(), keys.getFirst()));
            }
            Done done = rotate(url, file, fresh);
            if (done.left() == 0) {
                file.write(List.of(file.read().getFirst()));
            }
            return print(
                    done,
                    "The former key is removed from %s; a running server has noticed. Backups made until now hold"
                                    .formatted(file.path())
                            + " secrets under it. Next: expiry db backup");
        }
    }

    private Done rotate(DatabaseUrl url, SecretKeys.Source source, boolean made) throws IOException {
        Vertx vertx = Vertx.vertx();
        try {
            Database database = new Database(vertx, url.connectOptions(), CONNECTIONS);
            SecretKeys keys = new SecretKeys(vertx, source);
            KeyRotation rotation = new KeyRotation(database, keys, Registered.ENCRYPTED);
            Future<Done> done = onEventLoop(
                    vertx,
                    () -> rotation.run(this::print)
                            .compose(outcome -> rotation.countByKey()
                                    .map(counts -> new Done(keys.currentId(), made, outcome, counts))));
            return await(done);
        } finally {
            await(vertx.close());
        }
    }

    private void print(int renewed) {
        if (!json) {
            out().printf("Secrets encrypted anew: %,d%n", renewed);
            out().flush();
        }
    }

    private int print(Done done, String next) {
        List<String> unreadable = done.outcome.unreadable();
        if (json) {
            out().println(new JsonObject()
                    .put("key", done.current)
                    .put("made", done.made)
                    .put("renewed", done.outcome.renewed())
                    .put("left", done.left())
                    .put("unreadable", new JsonArray(unreadable))
                    .encodePrettily());
        } else {
            out().println(done.made ? "Made the key " + done.current + "." : "The key is " + done.current + ".");
            unreadable.stream().limit(MOST_TOLD).forEach(out()::println);
            if (unreadable.size() > MOST_TOLD) {
                out().printf("… and %,d more.%n", unreadable.size() - MOST_TOLD);
            }
            out().println(
                            done.left() == 0
                                    ? "Every secret is encrypted under it. " + next
                                    : "Secrets under other keys still: %,d, of which %,d cannot be read. No key was removed. %s"
                                            .formatted(
                                                    done.left(),
                                                    unreadable.size(),
                                                    unreadable.isEmpty()
                                                            ? "A node writes under another key: give every node this one first,"
                                                                    + " restart it, and run this again."
                                                            : "Add the keys that are named above, and run this again; or let the"
                                                                    + " users turn two-factor off with a recovery code."));
        }
        return done.left() == 0 ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }

    private PrintWriter out() {
        return Objects.requireNonNull(spec).commandLine().getOut();
    }

    private static <T> Future<T> onEventLoop(Vertx vertx, Supplier<Future<T>> work) {
        Promise<T> done = Promise.promise();
        vertx.runOnContext(now -> work.get().onComplete(done));
        return done.future();
    }

    // A rotation may take long, and each of its statements has a deadline.
    private static <T> T await(Future<T> future) throws IOException {
        try {
            return future.toCompletionStage().toCompletableFuture().get();
        } catch (ExecutionException failed) {
            throw new IOException(
                    "The keys could not be rotated; nothing is lost, run it again: "
                            + Objects.requireNonNull(failed.getCause()).getMessage(),
                    failed.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted; nothing is lost, run it again", interrupted);
        }
    }
}
