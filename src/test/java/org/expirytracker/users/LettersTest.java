package org.expirytracker.users;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestNode.await;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.vertx.core.Vertx;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.MimeMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.expirytracker.MovedClock;
import org.expirytracker.mail.Mailer;
import org.expirytracker.mail.SmtpUrl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LettersTest {

    private static final long PATIENCE_MILLIS = 60_000;
    private static final String ANN = "ann@example.org";
    private static final String TAKEN = "You already have an account";

    private final Vertx vertx = Vertx.vertx();
    private final GreenMail server = started();
    private final Mailer mailer = Mailer.by(
            SmtpUrl.parse("smtp://127.0.0.1:" + server.getSmtp().getPort() + "?starttls=disabled"),
            "no-reply@example.org",
            vertx);
    private final MovedClock clock = new MovedClock();
    private final Letters letters = new Letters(mailer, () -> "https://expiry.example.org", clock);

    private static GreenMail started() {
        GreenMail server = new GreenMail(ServerSetup.SMTP.dynamicPort());
        server.start();
        return server;
    }

    @AfterEach
    void stop() {
        await(vertx.close());
        server.stop();
    }

    /** The subjects of all that arrives, which is so many letters at least. */
    private List<String> received(int count) throws MessagingException {
        assertThat(server.waitForIncomingEmail(PATIENCE_MILLIS, count)).isTrue();
        await(mailer.close());
        List<String> subjects = new ArrayList<>();
        for (MimeMessage message : server.getReceivedMessages()) {
            subjects.add(message.getSubject());
        }
        return subjects;
    }

    @Nested
    class OfOneKind {

        @Test
        void come_to_an_address_once_a_minute() throws MessagingException {
            for (int times = 0; times < 5; times++) {
                letters.addressTaken(ANN, "ann");
            }
            clock.pass(Duration.ofSeconds(59));
            letters.addressTaken(ANN, "ann");
            clock.pass(Duration.ofSeconds(1));
            letters.addressTaken(ANN, "ann");

            assertThat(received(2)).containsExactly(TAKEN, TAKEN);
        }

        @Test
        void come_once_whatever_they_say() throws MessagingException {
            letters.usernameTaken(ANN, "one name");
            letters.usernameTaken(ANN, "another name");

            assertThat(received(1)).hasSize(1);
        }

        @ParameterizedTest
        @CsvSource({
            "ann@example.org, ANN@Example.org",
            "ann@bücher.example, ann@xn--bcher-kva.example",
            "ann@bücher.example, ann@BÜCHER.example"
        })
        void come_once_however_the_address_is_spelled(String address, String spelled) throws MessagingException {
            letters.addressTaken(address, "ann");
            letters.addressTaken(spelled, "ann");

            assertThat(received(1)).containsExactly(TAKEN);
        }

        @Test
        void come_to_each_address() throws MessagingException {
            letters.addressTaken(ANN, "ann");
            letters.addressTaken("bob@example.org", "bob");

            assertThat(received(2)).containsExactly(TAKEN, TAKEN);
        }
    }

    @Nested
    class OfDifferentKinds {

        @Test
        void do_not_hold_each_other_up() throws MessagingException {
            letters.addressTaken(ANN, "ann");
            letters.usernameTaken(ANN, "ann");
            letters.verification(ANN, "ann", "token");
            letters.passwordReset(ANN, "ann", "token");
            letters.addressChanged(ANN, "ann");
            letters.passwordWasReset(ANN, "ann");

            assertThat(received(6)).doesNotHaveDuplicates().hasSize(6);
        }
    }
}
