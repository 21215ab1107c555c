package org.expirytracker;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.vertx.core.json.JsonObject;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A node that sends mail to a real SMTP server, and asks whoever registers to verify their address. Its clock stands
 * still until a test moves it.
 */
public final class MailingNode implements AutoCloseable {

    public static final String NEW_PASSWORD = "something entirely new";

    private static final long PATIENCE_MILLIS = 60_000;
    private static final Pattern TOKEN = Pattern.compile("/#(?:verify|reset)=(\\S+)");
    private static final Pattern CLOCK_OFFSET =
            Pattern.compile("(?m)^expiry_clock_offset_seconds(?:\\{[^}]*})? (\\S+)$");
    private static final Pattern HASHED =
            Pattern.compile("vertx_pool_completed_total\\{[^}]*pool_name=\"passwords\"[^}]*} ([0-9.E]+)");

    private final GreenMail mail = new GreenMail(ServerSetup.SMTP.dynamicPort());
    private final DatabaseWire wire = new DatabaseWire(TestDatabase.migrated());
    public final MovedClock clock = new MovedClock();
    public final TestApi api;
    public final TestApi.User nobody;

    public MailingNode() {
        mail.start();
        api = TestApi.start(
                wire.url(),
                Map.of(
                        "EXPIRY_SMTP_URL",
                        "smtp://127.0.0.1:" + mail.getSmtp().getPort() + "?starttls=disabled",
                        "EXPIRY_MAIL_FROM",
                        "no-reply@example.org",
                        "EXPIRY_PUBLIC_URL",
                        "https://expiry.example.org",
                        "EXPIRY_TURN_INTERVAL_SECONDS",
                        "3600"),
                clock);
        nobody = new TestApi.User(api, "", "");
    }

    @Override
    public void close() throws IOException {
        api.close();
        mail.stop();
    }

    public static String freshName() {
        return "m" + UUID.randomUUID().toString().substring(0, 18);
    }

    public static String address(String name) {
        return name + "@example.org";
    }

    public static JsonObject registration(String name, String address) {
        return new JsonObject()
                .put("username", name)
                .put("email", address)
                .put("password", TestApi.PASSWORD)
                .put("timeZone", "UTC");
    }

    /** A user with a verified address and a session. */
    public TestApi.User newUser() {
        String name = freshName();
        nobody.mutate("register", "session { accessToken }", registration(name, address(name)));
        nobody.mutate("verifyEmail", "email", new JsonObject().put("token", token(address(name))));
        return login(name, TestApi.PASSWORD);
    }

    public TestApi.User login(String name, String password) {
        JsonObject session = nobody.mutate(
                        "login",
                        "session { accessToken }",
                        new JsonObject().put("username", name).put("password", password))
                .getJsonObject("session");
        return new TestApi.User(api, name, session.getString("accessToken"));
    }

    public List<String> loginRefusals(String name, String password) {
        return nobody.refusals("login", new JsonObject().put("username", name).put("password", password));
    }

    /** Everything that was mailed to an address, in order. */
    public List<MimeMessage> mails(String address) {
        return Stream.of(mail.getReceivedMessages())
                .filter(message -> recipient(message).equals(address))
                .toList();
    }

    /** The text of the latest message to an address, which is the so-manieth. */
    public String text(String address, int count) {
        try {
            return (String) await(address, count).getContent();
        } catch (MessagingException | IOException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private MimeMessage await(String address, int count) {
        long end = System.currentTimeMillis() + PATIENCE_MILLIS;
        while (true) {
            int seen = mail.getReceivedMessages().length;
            List<MimeMessage> mails = mails(address);
            if (mails.size() >= count) {
                return mails.getLast();
            }
            if (!mail.waitForIncomingEmail(end - System.currentTimeMillis(), seen + 1)) {
                throw new AssertionError("Not in time: mail " + count + " to " + address);
            }
        }
    }

    /** The token in the first message to an address. */
    public String token(String address) {
        return token(address, 1);
    }

    /** The token in the latest message to an address, which is the so-manieth. */
    public String token(String address, int count) {
        Matcher found = TOKEN.matcher(text(address, count));
        if (!found.find()) {
            throw new AssertionError("No link with a token");
        }
        return Secrets.remember(found.group(1));
    }

    private static String recipient(MimeMessage message) {
        try {
            return message.getAllRecipients()[0].toString();
        } catch (MessagingException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** All that a stranger and the database see of a request. */
    public record Seen(int status, String body, List<String> statements, long hashed) {}

    /** Sends a request that executes one statement, and sees what follows. */
    public Seen see(Supplier<HttpResponse<String>> request) {
        return see(request, statements -> !statements.isEmpty());
    }

    /** Sends a request and sees what follows, even after the answer, up to the end of its transaction. */
    public Seen seeToCommit(Supplier<HttpResponse<String>> request) {
        return see(request, statements -> statements.contains("COMMIT"));
    }

    private Seen see(Supplier<HttpResponse<String>> request, Predicate<List<String>> ended) {
        long hashed = hashed();
        wire.clear();
        HttpResponse<String> response = request.get();
        await("the end of what follows", () -> ended.test(statements()));
        // Each request takes from what the asker has left, whatever it is about.
        String body = response.body().replaceAll("\"remaining\":\\d+", "\"remaining\":…");
        return new Seen(response.statusCode(), body, statements(), hashed() - hashed);
    }

    /**
     * Without what is sent by itself, now and then: hints that wake subscribers, and what was spent of budgets.
     */
    private List<String> statements() {
        return wire.statements().stream()
                .filter(statement -> !statement.contains("pg_notify") && !statement.contains("INTO budgets"))
                .toList();
    }

    public HttpResponse<String> send(String mutation, String selection, JsonObject input) {
        String type = Character.toUpperCase(mutation.charAt(0)) + mutation.substring(1) + "Input!";
        String document = "mutation ($input: %s) { %s(input: $input) { %s userErrors { code message field } } }"
                .formatted(type, mutation, selection);
        return api.post(
                "",
                new JsonObject()
                        .put("query", document)
                        .put("variables", new JsonObject().put("input", input))
                        .encode());
    }

    /** How many passwords and answers this process has hashed. */
    private long hashed() {
        Matcher found = HASHED.matcher(api.get("/metrics").body());
        return found.find() ? (long) Double.parseDouble(found.group(1)) : 0;
    }

    /**
     * Lets time pass, and the node follow the database's clock again: a token that it issued in between would be of the
     * future.
     */
    public void pass(Duration time) {
        double before = clockOffset();
        clock.pass(time);
        await("the database's clock", () -> clockOffset() < before - time.toSeconds() / 2.0);
    }

    private double clockOffset() {
        Matcher found = CLOCK_OFFSET.matcher(api.get("/metrics").body());
        return found.find() ? Double.parseDouble(found.group(1)) : 0;
    }

    private static void await(String what, BooleanSupplier reached) {
        long end = System.currentTimeMillis() + PATIENCE_MILLIS;
        while (!reached.getAsBoolean()) {
            if (System.currentTimeMillis() > end) {
                throw new AssertionError("Not in time: " + what);
            }
            Thread.onSpinWait();
        }
    }
}
