package org.expirytracker.cli;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Author;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.administration.Administration;
import org.expirytracker.credentials.LiveSessions;
import org.expirytracker.credentials.Passwords;
import org.expirytracker.db.Database;
import org.expirytracker.db.DatabaseClock;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.UserId;
import org.expirytracker.login.LoginAttempt;
import org.expirytracker.privacy.Export;
import org.expirytracker.privacy.ExportWriter;
import org.expirytracker.users.User;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * {@code expiry user}: what an operator does with accounts, by the same rules as an administrator does it by GraphQL.
 * Each command ends with 0 after success and with 1 when it was refused or failed.
 */
@Command(
        name = "user",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        description = {
            "Adds users, shows who they are, locks them, lets them in again, and makes administrators of them.",
            "Works on the database of DATABASE_URL, else on the embedded one in EXPIRY_DATA, also while a server runs"
                    + " on it: what is decided here holds on every node within a second."
        },
        footer = {
            "",
            "A <user> is a username, an e-mail address or an id. Every act is written to that user's own log.",
            "",
            "Examples:",
            "  expiry user add anna anna@example.org    a new account; prints its password",
            "  expiry user promote anna                 the first administrator comes to be like this",
            "  expiry user lock bert --for 7d           nobody acts for bert for a week, API tokens neither",
            "  expiry user list --search example.org    who is here",
            "  expiry user reset-password anna          a token for the mutation resetPassword",
            "  expiry user export anna anna.json        all that is held about her",
        })
final class UserCommand implements Runnable {

    private static final DateTimeFormatter AT =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss'Z'").withZone(ZoneOffset.UTC);
    private static final Author OPERATOR = Author.administrator(null);
    private static final int PASSWORD_BYTES = 15;
    private static final Pattern SPAN = Pattern.compile("([1-9][0-9]{0,4})([mhd])");

    private final Map<String, String> environment;
    private final DatabaseClock clock;
    private final BufferedReader in;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--json",
            scope = ScopeType.INHERIT,
            description = "Print one JSON document instead of text for people.")
    private boolean json;

    UserCommand(Map<String, String> environment, Clock clock, BufferedReader in) {
        this.environment = environment;
        this.clock = new DatabaseClock(clock);
        this.in = in;
    }

    @Override
    public void run() {
        CommandLine user = Objects.requireNonNull(spec).commandLine();
        throw new ParameterException(
                user,
                "Which command? Known are: "
                        + String.join(", ", user.getSubcommands().keySet()));
    }

    @Command(
            name = "add",
            mixinStandardHelpOptions = true,
            description =
                    "Opens an account. Without --password-stdin it gets a random password, which is printed once.")
    int add(
            @Parameters(paramLabel = "<username>", description = "The name to log in with.") String username,
            @Parameters(paramLabel = "<email>", description = "The e-mail address.") String email,
            @Option(
                            names = "--time-zone",
                            defaultValue = "UTC",
                            paramLabel = "<zone>",
                            description = "Where their days begin and end, such as Europe/Paris; by default UTC.")
                    String timeZone,
            @Option(
                            names = "--password-stdin",
                            description = "Read the password from the first line of standard input.")
                    boolean passwordFromInput)
            throws IOException {
        ZoneId zone = zone(timeZone);
        String password = passwordFromInput ? readPassword() : randomPassword();
        return onAccounts(administration -> administration.add(OPERATOR, username, email, password, zone), user -> {
            JsonObject document = document(user);
            if (passwordFromInput) {
                return print(document, "Added " + user.username() + ".");
            }
            return print(
                    document.put("password", password),
                    "Added " + user.username() + ". The password, shown this once: " + password);
        });
    }

    private ZoneId zone(String name) {
        try {
            return ZoneId.of(name);
        } catch (DateTimeException unknown) {
            throw new ParameterException(
                    Objects.requireNonNull(spec).commandLine(), "There is no time zone " + name, unknown);
        }
    }

    private String readPassword() throws IOException {
        String line = in.readLine();
        if (line == null) {
            throw new IOException("There is no password on standard input");
        }
        return line;
    }

    private static String randomPassword() {
        byte[] random = new byte[PASSWORD_BYTES];
        new SecureRandom().nextBytes(random);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists users by username.")
    int list(
            @Option(
                            names = "--search",
                            paramLabel = "<text>",
                            description = "Only those whose username or e-mail address holds this.")
                    @Nullable
                    String search)
            throws IOException {
        return onAccounts(administration -> listFrom(administration, search, null, new ArrayList<>()), users -> {
            if (json) {
                out().println(new JsonArray(
                                users.stream().map(UserCommand::document).toList())
                        .encodePrettily());
                return CommandLine.ExitCode.OK;
            }
            Table table = new Table("username", "e-mail", "role", "state", "last login");
            users.forEach(user ->
                    table.row(user.username(), user.email(), role(user), state(user), text(user.lastLoginAt())));
            table.print(out());
            return CommandLine.ExitCode.OK;
        });
    }

    private static Future<List<User>> listFrom(
            Administration administration, @Nullable String search, @Nullable String place, List<User> before) {
        Page page = new Page(Page.MOST, true, place);
        return administration.list(page, search, place).compose(found -> {
            before.addAll(found.subList(0, Math.min(found.size(), page.size())));
            return found.size() > page.size()
                    ? listFrom(administration, search, before.getLast().username(), before)
                    : Future.succeededFuture(before);
        });
    }

    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            description = "Shows a user: role, state, two-factor, last login.")
    int show(@Parameters(paramLabel = "<user>", description = "Whom.") String name) throws IOException {
        return onAccounts(administration -> administration.find(name), user -> {
            if (json) {
                return print(document(user), "");
            }
            new Table("username", user.username())
                    .row("e-mail", user.email() + (user.emailVerified() ? " (verified)" : " (not verified)"))
                    .row("role", role(user))
                    .row("state", state(user))
                    .row("two-factor", user.twoFactorEnabled() ? "on" : "off")
                    .row("time zone", user.timeZone().getId())
                    .row("last login", text(user.lastLoginAt()))
                    .row("since", text(user.createdAt()))
                    .row("id", user.id().toString())
                    .print(out());
            return CommandLine.ExitCode.OK;
        });
    }

    @Command(
            name = "attempts",
            mixinStandardHelpOptions = true,
            description = "Lists who tried to log in as a user, newest first: the last 100 of the last 90 days.")
    int attempts(@Parameters(paramLabel = "<user>", description = "As whom.") String name) throws IOException {
        return onAccounts(
                administration -> administration
                        .find(name)
                        .compose(user ->
                                administration.attempts(new UserId(user.id()), new Page(Page.MOST, true, null))),
                attempts -> {
                    if (json) {
                        List<JsonObject> documents = attempts.nodes().stream()
                                .map(UserCommand::document)
                                .toList();
                        out().println(new JsonArray(documents).encodePrettily());
                        return CommandLine.ExitCode.OK;
                    }
                    Table table = new Table("when", "what came of it", "from", "with");
                    attempts.nodes()
                            .forEach(attempt -> table.row(
                                    text(attempt.createdAt()),
                                    attempt.outcome()
                                            .name()
                                            .toLowerCase(Locale.ROOT)
                                            .replace('_', ' '),
                                    Objects.requireNonNullElse(attempt.address(), ""),
                                    Objects.requireNonNullElse(attempt.userAgent(), "")));
                    table.print(out());
                    return CommandLine.ExitCode.OK;
                });
    }

    private static JsonObject document(LoginAttempt attempt) {
        return new JsonObject()
                .put("createdAt", attempt.createdAt().toString())
                .put("outcome", attempt.outcome().name())
                .put("address", attempt.address())
                .put("userAgent", attempt.userAgent());
    }

    @Command(
            name = "lock",
            mixinStandardHelpOptions = true,
            description = "Locks an account for a while and ends its sessions. API tokens rest meanwhile.")
    int lock(
            @Parameters(paramLabel = "<user>", description = "Whom.") String name,
            @Option(
                            names = "--for",
                            required = true,
                            paramLabel = "<time>",
                            description = "For how long: a number and m, h or d, such as 12h.")
                    String span)
            throws IOException {
        Duration length = span(span);
        return act(
                name,
                (administration, target) ->
                        administration.lock(OPERATOR, target, clock.instant().plus(length)),
                "Locked");
    }

    private Duration span(String text) {
        Matcher matcher = SPAN.matcher(text);
        if (!matcher.matches()) {
            throw new ParameterException(
                    Objects.requireNonNull(spec).commandLine(),
                    "--for takes a number and m, h or d, such as 12h; not " + text);
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
    }

    @Command(
            name = "unlock",
            mixinStandardHelpOptions = true,
            description = "Ends a lock, also one after too many wrong passwords, codes or answers.")
    int unlock(@Parameters(paramLabel = "<user>", description = "Whom.") String name) throws IOException {
        return act(name, (administration, target) -> administration.unlock(OPERATOR, target), "Unlocked");
    }

    @Command(
            name = "deactivate",
            mixinStandardHelpOptions = true,
            description = "Deactivates an account and ends its sessions. Its data stays.")
    int deactivate(@Parameters(paramLabel = "<user>", description = "Whom.") String name) throws IOException {
        return act(name, (administration, target) -> administration.deactivate(OPERATOR, target), "Deactivated");
    }

    @Command(name = "activate", mixinStandardHelpOptions = true, description = "Activates an account again.")
    int activate(@Parameters(paramLabel = "<user>", description = "Whom.") String name) throws IOException {
        return act(name, (administration, target) -> administration.activate(OPERATOR, target), "Activated");
    }

    @Command(
            name = "promote",
            mixinStandardHelpOptions = true,
            description = "Makes a user an administrator. The first one comes to be like this.")
    int promote(@Parameters(paramLabel = "<user>", description = "Whom.") String name) throws IOException {
        return act(name, (administration, target) -> administration.promote(OPERATOR, target), "Promoted");
    }

    @Command(
            name = "demote",
            mixinStandardHelpOptions = true,
            description = "Makes an administrator a user like others; never the last one who can act.")
    int demote(@Parameters(paramLabel = "<user>", description = "Whom.") String name) throws IOException {
        return act(name, (administration, target) -> administration.demote(OPERATOR, target), "Demoted");
    }

    @Command(
            name = "reset-two-factor",
            mixinStandardHelpOptions = true,
            description = "Turns two-factor authentication off for whoever has lost device and recovery codes.")
    int resetTwoFactor(@Parameters(paramLabel = "<user>", description = "Whose.") String name) throws IOException {
        return act(
                name,
                (administration, target) -> administration.resetTwoFactor(OPERATOR, target),
                "Turned two-factor authentication off for");
    }

    @Command(
            name = "reset-password",
            mixinStandardHelpOptions = true,
            description = {
                "Prints a token with which a user sets a new password by the mutation resetPassword. It works once.",
                "Make sure that it reaches that user alone."
            })
    int resetPassword(@Parameters(paramLabel = "<user>", description = "Whose.") String name) throws IOException {
        return onAccounts(
                administration -> administration
                        .find(name)
                        .compose(user -> administration.issuePasswordReset(OPERATOR, new UserId(user.id()))),
                reset -> print(
                        new JsonObject()
                                .put("token", reset.token())
                                .put("expiresAt", reset.expiresAt().toString()),
                        reset.token() + "\nIt works once, until " + text(reset.expiresAt()) + "."));
    }

    @Command(
            name = "export",
            mixinStandardHelpOptions = true,
            description = {
                "Writes everything that is held about a user as JSON, as exportMyData gives it to them, however much it"
                        + " is.",
                "The file holds personal data: only its owner can read it."
            })
    int export(
            @Parameters(paramLabel = "<user>", description = "Whose.") String name,
            @Parameters(
                            arity = "0..1",
                            paramLabel = "<file>",
                            description = "That does not exist yet; by default, it is printed.")
                    @Nullable
                    Path file)
            throws IOException {
        return onDatabase(
                (vertx, database, administration) -> administration
                        .find(name)
                        .compose(user -> file == null
                                ? export(vertx, database, user, out())
                                : exportTo(file, vertx, database, user)),
                rows -> file == null
                        ? CommandLine.ExitCode.OK
                        : print(
                                new JsonObject().put("file", file.toString()).put("rows", rows),
                                "Wrote %s: %,d rows.".formatted(file, rows)));
    }

    // Vert.x declares that the work may answer null; here it never does.
    @SuppressWarnings("NullAway")
    private static Future<Long> exportTo(Path file, Vertx vertx, Database database, User user) {
        return vertx.executeBlocking(() -> create(file))
                .compose(writer -> export(vertx, database, user, writer)
                        .eventually(() -> vertx.executeBlocking(() -> close(writer))));
    }

    private static Writer create(Path file) throws IOException {
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (FileAlreadyExistsException exists) {
            throw new IOException("There is a file " + file + " already, and it is not overwritten", exists);
        }
        return Files.newBufferedWriter(file);
    }

    private static Writer close(Writer writer) throws IOException {
        writer.close();
        return writer;
    }

    private static Future<Long> export(Vertx vertx, Database database, User user, Writer to) {
        ExportWriter writer = new ExportWriter(to);
        return database.transaction(connection -> new Export()
                        .readAll(
                                connection,
                                new UserId(user.id()),
                                parts -> vertx.executeBlocking(() -> {
                                    writer.write(parts);
                                    return true;
                                })))
                .compose(read -> vertx.executeBlocking(writer::finish));
    }

    @FunctionalInterface
    private interface Act {
        Future<User> on(Administration administration, UserId target);
    }

    private int act(String name, Act act, String done) throws IOException {
        return onAccounts(
                administration ->
                        administration.find(name).compose(user -> act.on(administration, new UserId(user.id()))),
                user -> print(
                        document(user), "%s %s: %s, %s.".formatted(done, user.username(), role(user), state(user))));
    }

    @FunctionalInterface
    private interface Question<T> {
        Future<T> ask(Administration administration);
    }

    @FunctionalInterface
    private interface Printer<T> {
        int print(T answer);
    }

    @FunctionalInterface
    private interface Work<T> {
        Future<T> on(Vertx vertx, Database database, Administration administration);
    }

    private <T> int onAccounts(Question<T> question, Printer<T> printer) throws IOException {
        return onDatabase((vertx, database, administration) -> question.ask(administration), printer);
    }

    private <T> int onDatabase(Work<T> work, Printer<T> printer) throws IOException {
        Config config = Config.forMaintenance(environment);
        try (DatabaseAccess access = DatabaseAccess.open(config)) {
            return printer.print(run(access, work));
        }
    }

    private <T> T run(DatabaseAccess access, Work<T> work) throws IOException {
        return access.run((vertx, database) -> {
            // The feed is not started: the nodes that serve find what is new by themselves.
            ActivityLog log =
                    new ActivityLog(database, new LiveFeed(access.url().connectOptions()));
            Administration administration =
                    new Administration(database, log, new Passwords(vertx), new LiveSessions(), clock);
            return clock.measure(database.reads()).compose(measured -> work.on(vertx, database, administration));
        });
    }

    private int print(JsonObject document, String text) {
        out().println(json ? document.encodePrettily() : text);
        return CommandLine.ExitCode.OK;
    }

    private PrintWriter out() {
        return Objects.requireNonNull(spec).commandLine().getOut();
    }

    private static JsonObject document(User user) {
        return new JsonObject()
                .put("id", user.id().toString())
                .put("username", user.username())
                .put("email", user.email())
                .put("emailVerified", user.emailVerified())
                .put("role", user.role().name())
                .put("active", user.active())
                .put("lockedUntil", jsonOf(user.lockedUntil()))
                .put("twoFactorEnabled", user.twoFactorEnabled())
                .put("timeZone", user.timeZone().getId())
                .put("lastLoginAt", jsonOf(user.lastLoginAt()))
                .put("createdAt", user.createdAt().toString());
    }

    private static @Nullable String jsonOf(@Nullable Instant at) {
        return at == null ? null : at.toString();
    }

    private static String role(User user) {
        return user.role() == User.Role.ADMIN ? "administrator" : "user";
    }

    private String state(User user) {
        Instant lockedUntil = user.lockedUntil();
        if (!user.active()) {
            return "deactivated";
        }
        return lockedUntil != null && lockedUntil.isAfter(clock.instant())
                ? "locked until " + text(lockedUntil)
                : "active";
    }

    private static String text(@Nullable Instant at) {
        return at == null ? "never" : AT.format(at);
    }
}
