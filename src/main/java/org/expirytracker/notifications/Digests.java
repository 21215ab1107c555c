package org.expirytracker.notifications;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.expirytracker.db.Rows;
import org.expirytracker.jobs.Job;
import org.expirytracker.jobs.JobRepository;
import org.expirytracker.jobs.Lease;
import org.expirytracker.kernel.Problem;
import org.expirytracker.mail.Mailer;
import org.expirytracker.mail.Message;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daily digest: one mail to each user who wants it, to a verified address, after the turn of their day and outside
 * their quiet hours, of what has come due since the one before in any inventory of which they are a member, and is not
 * resolved; none when that is nothing. It follows the turn of their own inventory.
 *
 * <p>Any number of nodes may send. A digest is a job of its user: one node claims it, and notes that it was sent once the
 * mail server has taken it; a digest whose node dies between the two is sent again when the claim ends. The claim lasts as
 * long as the mail is under way. While the mail server is away a digest is tried again, at most each hour; the digest of
 * the next day holds what is still not sent.
 */
public final class Digests {

    /** The kind of the jobs; their tenant is the user. */
    public static final String KIND = "digest";

    private static final Logger LOG = LoggerFactory.getLogger(Digests.class);

    /** Digests that a node sends at the same time. */
    private static final int MOST_AT_ONCE = 4;

    private static final int MOST_ENTRIES = 100;

    /** Never parked: the one of the next day would be as well. */
    private static final Job.Retries RETRIES = Job.Retries.minutes(Integer.MAX_VALUE, 2, 4, 8, 16, 32, 60);

    /** Well within the lease of a job. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Mailer mailer;
    private final Supplier<String> home;
    private final Duration patience;

    private Digests(Mailer mailer, Supplier<String> home, Duration patience) {
        this.mailer = mailer;
        this.home = home;
        this.patience = patience;
    }

    /**
     * Sends digests.
     *
     * @param home where people find this server, without a slash at the end; asked for with each digest
     */
    public static Job job(Mailer mailer, Supplier<String> home) {
        return job(mailer, home, PATIENCE);
    }

    /**
     * As {@link #job(Mailer, Supplier)}.
     *
     * @param patience how long a mail may be under way until the claim of its digest is made longer
     */
    static Job job(Mailer mailer, Supplier<String> home, Duration patience) {
        return Job.once(KIND, RETRIES, MOST_AT_ONCE, new Digests(mailer, home, patience)::send);
    }

    private static final String DAYS_BEGAN = """
            INSERT INTO jobs (tenant_id, kind, object_id, due_at)
            SELECT users.id, 'digest', '00000000-0000-0000-0000-000000000000'::uuid, now()
              FROM users
              JOIN reminder_settings ON reminder_settings.user_id = users.id
             WHERE users.id = ANY ($1) AND users.email_verified AND reminder_settings.digest
            """ + JobRepository.OR_ONCE_MORE;

    /**
     * Has a digest sent to those of the users who want one, once the transaction has committed. What comes due while one
     * is under way is in the next mail.
     */
    public static Future<Integer> daysBegan(SqlConnection connection, List<InventoryDay> days) {
        Tuple parameters = Tuple.tuple()
                .addArrayOfUUID(
                        days.stream().map(day -> day.inventoryId().value()).toArray(UUID[]::new));
        return Rows.change(connection, DAYS_BEGAN, parameters);
    }

    /** Who wants a digest, and until when they want quiet. */
    private record Recipient(String username, String address, Optional<Instant> quietUntil) {}

    private static final String FIND_RECIPIENT =
            "SELECT users.username, users.email, " + QuietTime.UNTIL + """
              FROM users
              JOIN reminder_settings ON reminder_settings.user_id = users.id
            """ + QuietTime.CLOCK + """
             WHERE users.id = $1 AND reminder_settings.digest AND users.active AND users.email_verified
            """;

    private static Optional<Recipient> findRecipient(Lease lease) {
        return Rows.first(
                        lease.client(),
                        FIND_RECIPIENT,
                        Tuple.of(lease.tenantId()),
                        row -> new Recipient(row.getString("username"), row.getString("email"), QuietTime.until(row)))
                .await();
    }

    private static final String ENTRIES = """
            WITH digested AS MATERIALIZED (
                SELECT coalesce(digested_to, '-infinity') AS up_to
                  FROM reminder_settings
                 WHERE user_id = $1
            )
            SELECT notifications.title, notifications.message,
                   count(*) OVER ()::integer AS amount, max(notifications.created_at) OVER () AS latest
              FROM digested
              JOIN members ON members.user_id = $1
              JOIN notifications ON notifications.user_id = members.inventory_id
             WHERE notifications.kind <> 'SYSTEM'
               AND notifications.resolution IS NULL AND notifications.snoozed_until IS NULL
               AND notifications.created_at > digested.up_to
               AND $1 <> ALL (coalesce(notifications.not_for, '{}'))
             ORDER BY notifications.expiry_date, notifications.title, notifications.id
             LIMIT $2
            """;

    private record Entry(DueList.Entry due, int amount, OffsetDateTime latest) {}

    private static List<Entry> entries(Lease lease) {
        return Rows.list(
                        lease.client(),
                        ENTRIES,
                        Tuple.of(lease.tenantId(), MOST_ENTRIES),
                        row -> new Entry(
                                new DueList.Entry(row.getString("title"), row.getString("message")),
                                row.getInteger("amount"),
                                row.get(OffsetDateTime.class, "latest")))
                .await();
    }

    private void send(Lease lease) {
        Optional<Recipient> found = findRecipient(lease);
        if (found.isEmpty()) {
            return;
        }
        Recipient recipient = found.get();
        if (recipient.quietUntil.isPresent()) {
            lease.postponeTo(recipient.quietUntil.get());
            return;
        }
        List<Entry> entries = entries(lease);
        if (!entries.isEmpty() && isTaken(lease, mailer.deliver(message(recipient, entries)))) {
            noteSent(lease, entries.getFirst().latest);
        }
    }

    /**
     * Waits for what becomes of a mail, and keeps the digest claimed meanwhile: another node must not send it too.
     *
     * @return false when the mail server refuses it for good: then what it holds is part of the next one
     */
    private boolean isTaken(Lease lease, Future<Void> delivered) {
        Future<Void> known = delivered.otherwiseEmpty();
        while (!isKnown(known)) {
            holdIfPossible(lease);
        }
        if (delivered.succeeded()) {
            return true;
        }
        Throwable failure = delivered.cause();
        // Its text may repeat the address, and so goes nowhere.
        String kind = failure.getClass().getSimpleName();
        if (!Mailer.isForGood(failure)) {
            throw new IllegalStateException("The mail server did not take it: " + kind);
        }
        LOG.warn("A digest is refused for good, and waits for the next one: {}", kind);
        return false;
    }

    private boolean isKnown(Future<Void> known) {
        try {
            known.await(patience.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException later) {
            return false;
        }
    }

    /** Where the database does not answer, the claim still lasts for the next try to do so. */
    private static void holdIfPossible(Lease lease) {
        try {
            lease.hold();
        } catch (Problem unavailable) {
            LOG.warn("The claim of a digest could not be made longer: {}", unavailable.getMessage());
        }
    }

    private static final String NOTE_SENT = """
            UPDATE reminder_settings
               SET digested_to = greatest(digested_to, $2)
             WHERE user_id = $1
            """;

    private static void noteSent(Lease lease, OffsetDateTime latest) {
        Rows.change(lease.client(), NOTE_SENT, Tuple.of(lease.tenantId(), latest))
                .await();
    }

    private Message message(Recipient recipient, List<Entry> entries) {
        DueList list = new DueList(entries.stream().map(Entry::due).toList(), entries.getFirst().amount);
        return new Message(
                recipient.address, list.subject(), """
                Hello %s,

                this has come due:

                %s
                What to do about it, and how to end these mails:

                %s/
                """.formatted(recipient.username, list.text(), home.get()));
    }
}
