package org.expirytracker.notifications;

import static org.assertj.core.api.Assertions.assertThat;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.vertx.core.Vertx;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Stock;
import org.expirytracker.TestDatabase;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.db.Database;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.jobs.LookingNode;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.mail.Mailer;
import org.expirytracker.mail.SmtpUrl;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Digests through a real mail server. Each test has a database of its own, because every digest in it is sent. */
@Timeout(60)
@ProvenRoom("product")
class DigestsTest {

    private static final Vertx VERTX = Vertx.vertx();

    private static final int MANY = 2_000;

    private final LocalDate today = LocalDate.now(ZoneOffset.UTC);

    private final DatabaseUrl url = TestDatabase.freshMigrated();
    private final Stock stock = new Stock(url);
    private final Database database = new Database(VERTX, url.connectOptions(), 3);
    private final ExpiryNotices notices = new ExpiryNotices();
    private final GreenMail server = new GreenMail(ServerSetup.SMTP.dynamicPort());
    private final InventoryId user = stock.user();

    @BeforeEach
    void start() {
        server.start();
        stock.run("UPDATE users SET username = 'anna', email = 'anna@example.org', email_verified = true");
        stock.run("INSERT INTO reminder_settings (user_id, digest) VALUES (?, true)", user.value());
    }

    @AfterEach
    void stop() {
        server.stop();
        database.close().await();
    }

    /** A node that waits for each mail. */
    private LookingNode node() {
        return new LookingNode(
                database, List.of(Digests.job(mailer(server.getSmtp().getPort()), () -> "https://expiry.example.org")));
    }

    /** A node whose mails wait, and which so makes its claims longer. */
    private LookingNode node(Queue queue) {
        return new LookingNode(
                database,
                List.of(Digests.job(
                        mailer(queue.door.getLocalPort()), () -> "https://expiry.example.org", Duration.ofMillis(50))));
    }

    private static Mailer mailer(int port) {
        SmtpUrl smtp = SmtpUrl.parse("smtp://127.0.0.1:" + port + "?starttls=disabled");
        return Mailer.by(smtp, "no-reply@example.org", VERTX);
    }

    /** Where those who come wait, connected and without an answer, until they are let in to the mail server. */
    private final class Queue implements AutoCloseable {

        private final ServerSocket door = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());

        Queue() throws IOException {}

        void letIn() {
            Thread.ofVirtual().start(() -> {
                try {
                    while (true) {
                        Socket client = door.accept();
                        Socket inside = new Socket(
                                InetAddress.getLoopbackAddress(),
                                server.getSmtp().getPort());
                        Thread.ofVirtual().start(() -> pump(client, inside));
                        Thread.ofVirtual().start(() -> pump(inside, client));
                    }
                } catch (IOException closed) {
                    // The test is over.
                }
            });
        }

        private static void pump(Socket from, Socket to) {
            try (from;
                    to) {
                from.getInputStream().transferTo(to.getOutputStream());
            } catch (IOException cut) {
                // One side is gone, and with it the other.
            }
        }

        @Override
        public void close() throws IOException {
            door.close();
        }
    }

    private void eventuallyHeldLonger(@Nullable String due) {
        eventually("(SELECT max(due_at) > '" + due + "'::timestamptz + interval '100 milliseconds' FROM jobs)");
    }

    private void eventually(String expression) {
        Instant patience = Instant.now().plusSeconds(20);
        while (!"t".equals(stock.column("SELECT " + expression).getFirst())) {
            assertThat(Instant.now()).as(expression).isBefore(patience);
        }
    }

    private void eventuallyClaimed(int digests) {
        eventually("(SELECT count(*) = " + digests + " FROM jobs WHERE claim_id IS NOT NULL)");
    }

    private void eventuallyNoneIsDue() {
        eventually("(SELECT count(*) = 0 FROM jobs)");
    }

    /** The user's day turns. */
    private void dayBegan() {
        List<InventoryDay> days = List.of(new InventoryDay(user, today, null));
        database.transaction(connection -> ActivityLog.lockFree(connection, List.of(user))
                        .compose(locked -> notices.daysBegan(connection, days, false))
                        .compose(notified -> Digests.daysBegan(connection, days)))
                .await();
    }

    /** A node does what is due; how many mails came of it. */
    private int send() {
        int before = mails().size();
        node().doDue();
        return mails().size() - before;
    }

    private List<MimeMessage> mails() {
        return List.of(server.getReceivedMessages());
    }

    private static String text(MimeMessage mail) throws MessagingException, IOException {
        return ((String) mail.getContent()).replace("\r\n", "\n");
    }

    private @Nullable String settings(String expression) {
        return stock.column("SELECT " + expression + " FROM reminder_settings").getFirst();
    }

    /** Of the job of the digest; null when there is none. */
    private @Nullable String job(String expression) {
        List<@Nullable String> found = stock.column("SELECT " + expression + " FROM jobs WHERE kind = 'digest'");
        return found.isEmpty() ? null : found.getFirst();
    }

    private void claimEnds() {
        stock.run("UPDATE jobs SET due_at = now()");
    }

    @Test
    void tell_in_one_mail_what_has_come_due() throws MessagingException, IOException {
        stock.item(user, "milk", today.plusDays(1), 3);
        stock.item(user, "eggs", today.minusDays(1), 3);
        stock.item(user, "rice", today.plusDays(99), 3);
        dayBegan();

        assertThat(send()).isEqualTo(1);

        MimeMessage mail = mails().getFirst();
        assertThat(mails()).hasSize(1);
        assertThat(mail.getAllRecipients()).extracting(Object::toString).containsExactly("anna@example.org");
        assertThat(mail.getSubject()).isEqualTo("2 things have come due");
        assertThat(text(mail))
                .startsWith("Hello anna,\n")
                .containsSubsequence(
                        "- eggs expired on " + today.minusDays(1) + "\n  You have 2 l of eggs (Fridge).",
                        "- milk expires on " + today.plusDays(1),
                        "https://expiry.example.org/")
                .doesNotContain("rice");
    }

    @Test
    void tell_nothing_twice_and_the_next_day_only_what_is_new() throws MessagingException {
        stock.item(user, "milk", today, 3);
        dayBegan();
        send();

        assertThat(send()).isZero();
        dayBegan();
        assertThat(send()).isZero();
        stock.item(user, "eggs", today, 3);
        dayBegan();
        assertThat(send()).isEqualTo(1);

        assertThat(mails()).hasSize(2);
        assertThat(mails().getLast().getSubject()).isEqualTo("eggs expires today");
        assertThat(job("due_at")).isNull();
    }

    @Test
    void are_sent_once_however_many_nodes_send() {
        stock.item(user, "milk", today, 3);
        dayBegan();

        List<LookingNode> nodes = Stream.generate(this::node).limit(4).toList();
        nodes.forEach(LookingNode::look);
        nodes.forEach(LookingNode::doDue);

        assertThat(mails()).hasSize(1);
    }

    @Test
    void leave_out_what_is_not_addressed_to_them() throws MessagingException {
        stock.item(user, "milk", today, 3);
        stock.item(user, "eggs", today, 3);
        dayBegan();
        stock.run("UPDATE notifications SET not_for = ARRAY[?::uuid] WHERE title LIKE 'milk%'", user.value());

        assertThat(send()).isEqualTo(1);

        assertThat(mails().getLast().getSubject()).isEqualTo("eggs expires today");
    }

    @Test
    void leave_out_what_is_resolved_or_snoozed_and_are_not_sent_when_nothing_is_left() {
        stock.item(user, "milk", today, 3);
        stock.item(user, "eggs", today, 3);
        dayBegan();
        stock.run("UPDATE notifications SET resolution = 'ACKNOWLEDGED', resolved_at = now() WHERE title LIKE 'milk%'");
        stock.run("UPDATE notifications SET snoozed_until = ? WHERE title LIKE 'eggs%'", today.plusDays(1));

        assertThat(send()).isZero();

        assertThat(mails()).isEmpty();
        assertThat(job("due_at")).isNull();
    }

    @Test
    void go_to_nobody_who_does_not_want_them_or_whose_address_is_not_verified() {
        stock.item(user, "milk", today, 3);
        for (String change : List.of(
                "UPDATE users SET email_verified = false",
                "UPDATE users SET email_verified = true, active = false",
                "UPDATE users SET active = true; UPDATE reminder_settings SET digest = false")) {
            dayBegan();
            stock.run(change);
            assertThat(send()).as(change).isZero();
            dayBegan();
            assertThat(send()).as(change).isZero();
        }
        assertThat(mails()).isEmpty();
    }

    @Test
    void are_kept_while_the_mail_server_is_away_and_tried_after_longer_and_longer_pauses() throws MessagingException {
        stock.item(user, "milk", today, 3);
        dayBegan();
        int port = server.getSmtp().getPort();
        LookingNode away = node();
        server.stop();

        for (int minutes : List.of(2, 4, 8, 16, 32, 60, 60)) {
            away.doDue();
            assertThat(job("round(extract(epoch FROM due_at - now()) / 60)::integer"))
                    .isEqualTo(Integer.toString(minutes));
            claimEnds();
        }
        // The day after, before the server is back.
        stock.item(user, "eggs", today, 3);
        dayBegan();
        GreenMail back = new GreenMail(new ServerSetup(port, "127.0.0.1", "smtp"));
        back.start();
        try {
            away.doDue();
            assertThat(back.getReceivedMessages()).hasSize(1);
            assertThat(back.getReceivedMessages()[0].getSubject()).isEqualTo("2 things have come due");
        } finally {
            back.stop();
        }
    }

    @Test
    void to_an_address_that_no_mail_can_be_sent_to_wait_for_the_next_day() {
        stock.run("UPDATE users SET email = 'anna@'");
        stock.item(user, "milk", today, 3);
        dayBegan();

        assertThat(send()).isZero();

        assertThat(job("due_at")).isNull();
        assertThat(settings("digested_to")).isNull();
    }

    /** Hours from now on, in the user's own zone. */
    @ParameterizedTest
    @CsvSource({"0, 2, true", "-3, 2, true", "-20, 2, true", "2, 4, false", "-2, 0, false", "3, -1, false"})
    void wait_for_the_end_of_quiet_hours(int from, int to, boolean quiet) {
        stock.run("UPDATE users SET time_zone = 'Asia/Tokyo'");
        stock.run(
                "UPDATE reminder_settings SET quiet_from = (hour + 48 + ?) % 24, quiet_to = (hour + 48 + ?) % 24"
                        + " FROM (SELECT extract(hour FROM now() AT TIME ZONE 'Asia/Tokyo')::integer AS hour) AS clock",
                from, to);
        stock.item(user, "milk", today, 3);
        dayBegan();

        assertThat(send()).isEqualTo(quiet ? 0 : 1);

        if (quiet) {
            assertThat(job("(due_at AT TIME ZONE 'Asia/Tokyo')::time"
                            + " = (SELECT make_time(quiet_to, 0, 0) FROM reminder_settings)"
                            + " AND due_at BETWEEN now() AND now() + interval '2 hours'"))
                    .isEqualTo("t");
            stock.run("UPDATE reminder_settings SET quiet_from = NULL, quiet_to = NULL");
            claimEnds();
            assertThat(send()).isEqualTo(1);
        }
        assertThat(mails()).hasSize(1);
    }

    @Test
    void of_very_much_say_how_much_more_there_is() throws MessagingException, IOException {
        for (int item = 0; item < 103; item++) {
            stock.item(user, "item " + item, today, 3);
        }
        dayBegan();

        assertThat(send()).isEqualTo(1);

        assertThat(mails().getFirst().getSubject()).isEqualTo("103 things have come due");
        assertThat(text(mails().getFirst())).contains("\nand 3 more.\n");
    }

    @Test
    void of_a_node_that_died_meanwhile_are_sent_by_another_when_its_claim_ends() {
        stock.item(user, "milk", today, 3);
        dayBegan();
        stock.run("UPDATE jobs SET tries = 1, claim_id = new_id(), due_at = now() + interval '30 seconds'");
        assertThat(send()).isZero();

        claimEnds();

        assertThat(send()).isEqualTo(1);
    }

    @Test
    void of_which_it_is_not_known_whether_they_were_taken_are_claimed_until_it_is() throws IOException {
        stock.item(user, "milk", today, 3);
        dayBegan();
        try (Queue queue = new Queue()) {
            node(queue).look();
            eventuallyClaimed(1);
            String due = job("due_at");

            eventuallyHeldLonger(due);
            assertThat(send()).isZero();
            queue.letIn();

            eventuallyNoneIsDue();
            assertThat(mails()).hasSize(1);
            assertThat(send()).isZero();
        }
    }

    @Test
    void that_are_under_way_when_the_day_turns_are_not_sent_by_another_and_the_next_one_tells_what_is_new()
            throws IOException, MessagingException {
        stock.item(user, "milk", today, 3);
        dayBegan();
        try (Queue queue = new Queue()) {
            node(queue).look();
            eventuallyClaimed(1);
            String due = job("due_at");
            stock.item(user, "eggs", today, 3);
            dayBegan();
            stock.item(user, "rice", today, 3);
            dayBegan();

            assertThat(send()).isZero();
            eventuallyHeldLonger(due);
            assertThat(send()).isZero();
            queue.letIn();
            eventuallyNoneIsDue();
        }
        assertThat(mails()).hasSize(2);
        assertThat(mails().getFirst().getSubject()).isEqualTo("milk expires today");
        assertThat(mails().getLast().getSubject()).isEqualTo("2 things have come due");
        assertThat(job("due_at")).isNull();
    }

    @Test
    void that_take_long_are_never_more_than_a_few_at_a_time() throws IOException {
        stock.run("INSERT INTO users (id, username, email, email_verified, password_hash)"
                + " SELECT new_id(), 'user-' || n, 'user-' || n || '@example.org', true, '-'"
                + " FROM generate_series(1, 5) AS n");
        stock.run("INSERT INTO reminder_settings (user_id, digest) SELECT id, true FROM users ON CONFLICT DO NOTHING");
        stock.run("INSERT INTO notifications (user_id, id, kind, title, message)"
                + " SELECT id, new_id(), 'EXPIRED', 'Milk expired', '' FROM users");
        stock.run("INSERT INTO jobs (tenant_id, kind, object_id, due_at)"
                + " SELECT id, 'digest', '00000000-0000-0000-0000-000000000000', now() FROM users");
        try (Queue queue = new Queue()) {
            LookingNode node = node(queue);
            node.look();
            eventuallyClaimed(4);
            node.look();
            eventuallyHeldLonger(stock.column("SELECT max(due_at) FROM jobs WHERE claim_id IS NOT NULL")
                    .getFirst());
            eventuallyClaimed(4);
            queue.letIn();

            node.doDue();
            eventuallyNoneIsDue();
        }
        assertThat(mails()).hasSize(6);
    }

    @Test
    void are_sent_however_many_there_are() {
        stock.run(
                "WITH many AS (INSERT INTO users (id, username, email, email_verified, password_hash)"
                        + " SELECT new_id(), 'user-' || n, 'user-' || n || '@example.org', true, '-'"
                        + " FROM generate_series(1, ?) AS n RETURNING id)"
                        + ", wanting AS (INSERT INTO reminder_settings (user_id, digest) SELECT id, true FROM many)"
                        + " INSERT INTO jobs (tenant_id, kind, object_id, due_at)"
                        + " SELECT id, 'digest', '00000000-0000-0000-0000-000000000000', now() FROM many",
                MANY);

        assertThat(send()).isZero();

        assertThat(stock.column("SELECT count(*) FROM jobs")).containsExactly("0");
    }

    @Test
    void are_only_of_what_is_told_after_they_were_asked_for() {
        stock.run("DELETE FROM reminder_settings");
        stock.item(user, "milk", today, 3);
        dayBegan();
        ReminderRepository reminders = new ReminderRepository();
        ReminderSettings wanted = new ReminderSettings(List.of(7), List.of(), null, true);
        reminders.save(database.reads(), Stock.ownerOf(user), wanted).await();
        UUID eggs = stock.item(user, "eggs", today, 3);
        dayBegan();

        assertThat(send()).isEqualTo(1);

        assertThat(mails()).hasSize(1);
        assertThat(stock.column(
                        "SELECT digested_to = (SELECT created_at FROM notifications WHERE item_id = ?)"
                                + " FROM reminder_settings",
                        eggs))
                .containsExactly("t");
    }
}
