package org.expirytracker.notifications;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.expirytracker.db.Database;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.UserId;
import org.expirytracker.mail.Mailer;
import org.expirytracker.mail.Message;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daily digest: one mail to each user who wants it, to a verified address, after the turn of their day and outside
 * their quiet hours, of what has come due since the one before in any inventory of which they are a member, and is not
 * resolved; none when that is nothing. It follows the turn of their own inventory.
 *
 * <p>Any number of nodes may send. One claims a digest for some minutes, and notes that it was sent once the mail server
 * has taken it; a digest whose node dies between the two is sent again when the claim ends. The claim lasts as long as the
 * mail is under way. While the mail server is away a digest is tried again, at most each hour; the digest of the next day
 * holds what is still not sent.
 *
 * <p>For use on one event loop.
 */
public final class Digests {

    private static final Logger LOG = LoggerFactory.getLogger(Digests.class);

    /** Digests that are sent at the same time. */
    private static final int MOST_AT_ONCE = 4;

    private static final int MOST_ENTRIES = 100;

    /** Well within the time for which a digest is claimed. */
    private static final Duration PATIENCE = Duration.ofSeconds(25);

    private final Database database;
    private final Mailer mailer;
    private final Supplier<String> home;
    private final Duration patience;
    private int underWay;
    private volatile boolean stopping;

    /**
     * Digests over one event loop's connections.
     *
     * @param home where people find this server, without a slash at the end; asked for with each digest
     */
    public Digests(Database database, Mailer mailer, Supplier<String> home) {
        this(database, mailer, home, PATIENCE);
    }

    /**
     * As {@link #Digests(Database, Mailer, Supplier)}.
     *
     * @param patience how long others wait for a digest, and for how much longer it is claimed each time that has passed
     */
    Digests(Database database, Mailer mailer, Supplier<String> home, Duration patience) {
        this.database = database;
        this.mailer = mailer;
        this.home = home;
        this.patience = patience;
    }

    // What is claimed may be under way, and so comes again only when its claim has ended. It is moved by as little as
    // can be told, so that whoever sends it leaves it due: what was told meanwhile is in the next mail.
    private static final String DAYS_BEGAN = """
            UPDATE reminder_settings
               SET digest_due_at = CASE WHEN digest_tries > 0 AND digest_due_at > now()
                                        THEN digest_due_at + interval '1 microsecond' ELSE now() END,
                   digest_tries = CASE WHEN digest_due_at > now() THEN digest_tries ELSE 0 END
              FROM users
             WHERE reminder_settings.user_id = ANY ($1) AND reminder_settings.digest
               AND users.id = reminder_settings.user_id AND users.email_verified
            """;

    /** Has a digest sent to those of the users who want one, once the transaction has committed. */
    public static Future<Integer> daysBegan(SqlConnection connection, List<InventoryDay> days) {
        Tuple parameters = Tuple.tuple()
                .addArrayOfUUID(
                        days.stream().map(day -> day.inventoryId().value()).toArray(UUID[]::new));
        return Rows.change(connection, DAYS_BEGAN, parameters);
    }

    /**
     * Sends every digest that is due, a few at a time. One that takes long is not waited for, but keeps its place among
     * those few.
     *
     * @return how many the mail server took; fails with {@code UNAVAILABLE} when the database does not answer in time
     */
    public Future<Integer> sendDue() {
        Promise<Integer> done = Promise.promise();
        sendMore(0, done);
        return done.future();
    }

    // Not one future composed of all of them: there may be many thousands.
    private void sendMore(int sent, Promise<Integer> done) {
        if (stopping || !mailer.sends() || underWay >= MOST_AT_ONCE) {
            done.complete(sent);
            return;
        }
        claim(MOST_AT_ONCE - underWay)
                .onComplete(
                        claimed -> {
                            if (claimed.isEmpty()) {
                                done.complete(sent);
                            } else {
                                sendAll(claimed).onComplete(more -> sendMore(sent + more, done), done::fail);
                            }
                        },
                        done::fail);
    }

    private Future<Integer> sendAll(List<Claimed> claimed) {
        return Future.join(claimed.stream().map(this::send).toList())
                .map(all ->
                        all.<Integer>list().stream().mapToInt(Integer::intValue).sum());
    }

    /** Lets what is being sent just now be the last. */
    public void stop() {
        stopping = true;
    }

    /**
     * A digest that this node is to send.
     *
     * @param until when another node may send it
     */
    private record Claimed(UserId user, String username, String address, OffsetDateTime until) {

        Claimed longer(Duration by) {
            return new Claimed(user, username, address, until.plus(by));
        }
    }

    // Whoever claims it again waits longer each time: so long is the pause after a failure as well.
    private static final String CLAIM = """
            WITH due AS (
                SELECT reminder_settings.user_id, users.username, users.email,
                       reminder_settings.digest AND users.active AND users.email_verified AS wanted
                  FROM reminder_settings
                  JOIN users ON users.id = reminder_settings.user_id
                 WHERE reminder_settings.digest_due_at <= now()
                 ORDER BY reminder_settings.digest_due_at
                 LIMIT $1
                   FOR NO KEY UPDATE OF reminder_settings SKIP LOCKED
            ), claimed AS (
                UPDATE reminder_settings
                   SET digest_tries = least(digest_tries + 1, 10),
                       digest_due_at = CASE WHEN due.wanted
                                            THEN now() + least(power(2, digest_tries + 1), 60) * interval '1 minute' END
                  FROM due
                 WHERE reminder_settings.user_id = due.user_id
             RETURNING reminder_settings.user_id, due.username, due.email, digest_due_at
            )
            SELECT user_id, username, email, digest_due_at
              FROM claimed
             WHERE digest_due_at IS NOT NULL
            """;

    private Future<List<Claimed>> claim(int most) {
        return Rows.list(
                database.reads(),
                CLAIM,
                Tuple.of(most),
                row -> new Claimed(
                        new UserId(row.getUUID("user_id")),
                        row.getString("username"),
                        row.getString("email"),
                        row.get(OffsetDateTime.class, "digest_due_at")));
    }

    private static final String WAIT_FOR_QUIET_HOURS = """
            UPDATE reminder_settings
               SET digest_tries = 0,
                   digest_due_at = day_begins_at(
                       clock.day + CASE WHEN clock.hour >= quiet_to THEN 1 ELSE 0 END, quiet_to, clock.time_zone)
              FROM (SELECT time_zone, (now() AT TIME ZONE time_zone)::date AS day,
                           extract(hour FROM now() AT TIME ZONE time_zone) AS hour
                      FROM users
                     WHERE id = $1) AS clock
             WHERE user_id = $1 AND digest_due_at >= $2
               AND CASE WHEN quiet_from < quiet_to THEN clock.hour >= quiet_from AND clock.hour < quiet_to
                        ELSE clock.hour >= quiet_from OR clock.hour < quiet_to END
            """;

    private static final String ENTRIES = """
            SELECT notifications.title, notifications.message,
                   count(*) OVER ()::integer AS amount, max(notifications.created_at) OVER () AS latest
              FROM reminder_settings
              JOIN members ON members.user_id = reminder_settings.user_id
              JOIN notifications ON notifications.user_id = members.inventory_id
             WHERE reminder_settings.user_id = $1 AND notifications.kind <> 'SYSTEM'
               AND notifications.resolution IS NULL AND notifications.snoozed_until IS NULL
               AND notifications.created_at > coalesce(reminder_settings.digested_to, '-infinity')
             ORDER BY notifications.expiry_date, notifications.title, notifications.id
             LIMIT $2
            """;

    private record Entry(String title, String message, int amount, OffsetDateTime latest) {}

    /**
     * Whether it was sent, as 0 or 1; 0 as well when that takes too long to be waited for. Never fails for the digest's own
     * sake: then it stays claimed, and comes again.
     */
    private Future<Integer> send(Claimed digest) {
        underWay++;
        return settled(digest)
                .onComplete(settled -> underWay--)
                .timeout(patience.toMillis(), TimeUnit.MILLISECONDS)
                .otherwise(0);
    }

    private Future<Integer> settled(Claimed digest) {
        Tuple claim = Tuple.of(digest.user.value(), digest.until);
        return Rows.change(database.reads(), WAIT_FOR_QUIET_HOURS, claim)
                .compose(waits -> waits > 0
                        ? Future.succeededFuture(0)
                        : Rows.list(
                                        database.reads(),
                                        ENTRIES,
                                        Tuple.of(digest.user.value(), MOST_ENTRIES),
                                        row -> new Entry(
                                                row.getString("title"),
                                                row.getString("message"),
                                                row.getInteger("amount"),
                                                row.get(OffsetDateTime.class, "latest")))
                                .compose(entries -> send(digest, entries)))
                .recover(failure -> {
                    LOG.warn(
                            "A digest could not be sent and is tried again: {}",
                            failure.getClass().getSimpleName());
                    return Future.succeededFuture(0);
                });
    }

    private Future<Integer> send(Claimed digest, List<Entry> entries) {
        if (entries.isEmpty()) {
            return end(digest, null).map(0);
        }
        return settle(digest, entries.getFirst().latest, mailer.deliver(message(digest, entries)));
    }

    /** Notes what became of a mail; until that is known, the digest stays claimed. */
    private Future<Integer> settle(Claimed digest, OffsetDateTime latest, Future<Void> delivered) {
        return delivered.timeout(patience.toMillis(), TimeUnit.MILLISECONDS).transform((sent, failure) -> {
            if (!delivered.isComplete()) {
                return hold(digest).compose(held -> settle(held, latest, delivered));
            }
            if (delivered.succeeded()) {
                return end(digest, latest).map(1);
            }
            return Mailer.isForGood(delivered.cause())
                    ? end(digest, null).compose(ended -> Future.failedFuture(delivered.cause()))
                    : Future.failedFuture(delivered.cause());
        });
    }

    private static final String HOLD = """
            UPDATE reminder_settings
               SET digest_due_at = digest_due_at + make_interval(secs => $3)
             WHERE user_id = $1 AND digest_due_at >= $2
            """;

    /** Makes a claim last longer, if the database answers; if not, it still lasts for the next try to do so. */
    private Future<Claimed> hold(Claimed digest) {
        return Rows.change(
                        database.reads(),
                        HOLD,
                        Tuple.of(digest.user.value(), digest.until, patience.toMillis() / 1_000.0))
                .map(held -> held == 0 ? digest : digest.longer(patience))
                .otherwise(digest);
    }

    private static final String END = """
            UPDATE reminder_settings
               SET digested_to = greatest(digested_to, $3), digest_tries = 0,
                   digest_due_at = CASE WHEN digest_due_at <> $2 THEN digest_due_at END
             WHERE user_id = $1
            """;

    /** Ends a claim; what a turn meanwhile made due stays due. A digest that was not sent is part of the next one. */
    private Future<Integer> end(Claimed digest, @Nullable OffsetDateTime digestedTo) {
        return Rows.change(database.reads(), END, Tuple.of(digest.user.value(), digest.until, digestedTo));
    }

    private Message message(Claimed digest, List<Entry> entries) {
        int amount = entries.getFirst().amount;
        StringBuilder text = new StringBuilder("Hello " + digest.username + ",\n\nthis has come due:\n\n");
        for (Entry entry : entries) {
            text.append("- ")
                    .append(entry.title)
                    .append("\n  ")
                    .append(entry.message)
                    .append('\n');
        }
        if (amount > entries.size()) {
            text.append("\nand ").append(amount - entries.size()).append(" more.\n");
        }
        text.append("\nWhat to do about it, and how to end these mails:\n\n")
                .append(home.get())
                .append("/\n");
        return new Message(
                digest.address,
                amount == 1 ? entries.getFirst().title : amount + " things have come due",
                text.toString());
    }
}
