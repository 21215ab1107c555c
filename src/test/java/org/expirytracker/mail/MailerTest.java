package org.expirytracker.mail;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.vertx.core.Vertx;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class MailerTest {

    private static final long PATIENCE_MILLIS = 60_000;
    private static final List<Duration> PAUSES = Collections.nCopies(100, Duration.ofMillis(50));
    private static final String FROM = "Expiry Tracker <no-reply@example.org>";
    private static final Message HELLO = new Message("ann@example.org", "Hello", "Secret words");

    private final Vertx vertx = Vertx.vertx();
    private final GreenMail server = new GreenMail(ServerSetup.SMTP.dynamicPort());
    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(Mailer.class);

    @BeforeEach
    void start() {
        server.setUser("expiry", "hunter two");
        server.start();
        logged.start();
        logger.setLevel(Level.INFO);
        logger.addAppender(logged);
    }

    @AfterEach
    void stop() throws InterruptedException, ExecutionException, TimeoutException {
        logger.detachAppender(logged);
        logger.setLevel(null);
        server.stop();
        vertx.close().toCompletionStage().toCompletableFuture().get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    }

    private int port() {
        return server.getSmtp().getPort();
    }

    private Mailer by(String url) {
        return Mailer.by(SmtpUrl.parse(url), FROM, vertx, PAUSES);
    }

    private Mailer mailer() {
        return by("smtp://expiry:hunter%20two@127.0.0.1:" + port() + "?starttls=disabled");
    }

    private MimeMessage received() {
        assertThat(server.waitForIncomingEmail(PATIENCE_MILLIS, 1)).isTrue();
        return server.getReceivedMessages()[0];
    }

    private static void close(Mailer mailer) {
        assertThat(mailer.close().toCompletionStage().toCompletableFuture())
                .succeedsWithin(Duration.ofMillis(PATIENCE_MILLIS));
    }

    private Stream<String> lines() {
        return logged.list.stream().map(event -> event.getFormattedMessage() + " " + event.getKeyValuePairs());
    }

    @Nested
    class Send {

        @Test
        void brings_any_text_to_the_one_address() throws MessagingException, IOException {
            String text = "Grüße — 期限 🧀\n\n.\nA line that begins with a dot, and one of " + "x".repeat(1_200) + "\n";

            mailer().send(new Message("ann@example.org", "Läuft ab: 期限", text));

            MimeMessage message = received();
            assertThat(message.getSubject()).isEqualTo("Läuft ab: 期限");
            assertThat(((String) message.getContent()).replace("\r\n", "\n").strip())
                    .isEqualTo(text.strip());
            assertThat(message.getContentType()).isEqualToIgnoringCase("text/plain; charset=utf-8");
            assertThat(message.getFrom())
                    .extracting(Object::toString)
                    .containsExactly("Expiry Tracker <no-reply@example.org>");
            assertThat(message.getAllRecipients()).extracting(Object::toString).containsExactly("ann@example.org");
            assertThat(message.getHeader("Auto-Submitted")).containsExactly("auto-generated");
            assertThat(message.getHeader("Message-ID")).hasSize(1);
            assertThat(message.getHeader("MIME-Version")).containsExactly("1.0");
            assertThat(message.getSentDate()).isNotNull();
        }

        @Test
        void writes_a_domain_of_another_script_in_ascii() throws MessagingException {
            mailer().send(new Message("ann@bücher.example", "Hello", "text"));

            assertThat(received().getAllRecipients())
                    .extracting(Object::toString)
                    .containsExactly("ann@xn--bcher-kva.example");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "ann@example.org\r\nBcc: eve@example.org",
                    "ann@example.org,eve@example.org",
                    "eve@example.org (ann@example.org)",
                    "ann@example.org>\r\nRCPT TO:<eve@example.org",
                    "<eve@example.org>",
                    "ann",
                    "ann@",
                    "änn@example.org"
                })
        void takes_no_address_that_is_more_than_an_address(String to) throws MessagingException {
            Mailer mailer = mailer();

            mailer.send(new Message(to, "Hello", "text"));
            mailer.send(HELLO);

            assertThat(received().getSubject()).isEqualTo(HELLO.subject());
            close(mailer);
            assertThat(server.getReceivedMessages()).hasSize(1);
            assertThat(lines()).anyMatch(line -> line.contains("given up"));
        }

        @Test
        void lets_no_subject_begin_another_header() throws MessagingException {
            mailer().send(new Message("ann@example.org", "Hello\r\nBcc: eve@example.org", "text"));

            MimeMessage message = received();
            assertThat(message.getHeader("Bcc")).isNull();
            assertThat(message.getAllRecipients()).extracting(Object::toString).containsExactly("ann@example.org");
        }

        @Test
        void waits_for_a_server_that_is_away_at_first() throws MessagingException {
            int port = port();
            server.stop();
            GreenMail later = new GreenMail(new ServerSetup(port, "127.0.0.1", "smtp"));

            by("smtp://127.0.0.1:" + port + "?starttls=disabled").send(HELLO);
            assertThat(later.getReceivedMessages()).isEmpty();
            later.start();
            try {
                assertThat(later.waitForIncomingEmail(PATIENCE_MILLIS, 1)).isTrue();
                assertThat(later.getReceivedMessages()[0].getSubject()).isEqualTo("Hello");
            } finally {
                later.stop();
            }
        }

        @Test
        void gives_up_after_the_last_try_and_says_so_without_the_words() throws InterruptedException {
            int port = port();
            server.stop();
            Mailer mailer = Mailer.by(
                    SmtpUrl.parse("smtp://u:pw@127.0.0.1:" + port + "?starttls=disabled"),
                    FROM,
                    vertx,
                    List.of(Duration.ofMillis(1), Duration.ofMillis(1)));

            mailer.send(HELLO);

            String line = awaitLine();
            assertThat(line).contains("given up", "failures=\"3\"").doesNotContain("Secret", "ann@", "pw");
        }

        @Test
        void never_sends_unprotected_what_must_be_protected() throws InterruptedException {
            Mailer mailer =
                    Mailer.by(SmtpUrl.parse("smtp://expiry:hunter%20two@127.0.0.1:" + port()), FROM, vertx, List.of());

            mailer.send(HELLO);

            assertThat(awaitLine()).contains("given up");
            assertThat(server.getReceivedMessages()).isEmpty();
        }

        @Test
        void trusts_no_server_whose_certificate_nobody_vouches_for() throws InterruptedException {
            GreenMail selfSigned = new GreenMail(ServerSetup.SMTPS.dynamicPort());
            selfSigned.start();
            try {
                String url = "smtps://127.0.0.1:" + selfSigned.getSmtps().getPort();
                Mailer.by(SmtpUrl.parse(url), FROM, vertx, List.of()).send(HELLO);

                assertThat(awaitLine()).contains("given up");
                assertThat(selfSigned.getReceivedMessages()).isEmpty();
            } finally {
                selfSigned.stop();
            }
        }

        @Test
        void drops_what_would_be_too_much_to_keep() throws InterruptedException {
            int port = port();
            server.stop();
            Mailer mailer =
                    Mailer.by(SmtpUrl.parse("smtp://127.0.0.1:" + port), FROM, vertx, List.of(Duration.ofHours(1)));

            for (int sent = 0; sent < 1_001; sent++) {
                mailer.send(HELLO);
            }

            assertThat(awaitLine()).contains("Too many messages are waiting");
        }

        private String awaitLine() throws InterruptedException {
            long end = System.currentTimeMillis() + PATIENCE_MILLIS;
            while (logged.list.isEmpty() && System.currentTimeMillis() < end) {
                Thread.onSpinWait();
            }
            return lines().findFirst().orElseThrow();
        }
    }

    @Nested
    class WithoutServer {

        @Test
        void shows_the_message_to_whoever_runs_the_embedded_server() {
            Mailer.without(vertx, true).send(HELLO);

            assertThat(lines()).singleElement().asString().contains("Hello", "Secret words", "ann@example.org");
        }

        @Test
        void drops_it_elsewhere_and_says_so_once() {
            Mailer mailer = Mailer.without(vertx, false);

            mailer.send(HELLO);
            mailer.send(HELLO);

            assertThat(lines())
                    .singleElement()
                    .asString()
                    .contains("EXPIRY_SMTP_URL")
                    .doesNotContain("Hello", "Secret", "ann@");
        }
    }

    @Nested
    class Close {

        @Test
        void lets_what_is_being_sent_arrive() throws MessagingException {
            Mailer mailer = mailer();
            mailer.send(new Message("ann@example.org", "Before", "text"));
            received();

            close(mailer);
            mailer.send(new Message("ann@example.org", "After", "text"));

            assertThat(server.getReceivedMessages()).hasSize(1);
            assertThat(server.getReceivedMessages()[0].getSubject()).isEqualTo("Before");
        }
    }
}
