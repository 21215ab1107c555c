package org.expirytracker.login;

import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Change;
import org.expirytracker.credentials.AccessTokens;
import org.expirytracker.credentials.CredentialGuards;
import org.expirytracker.credentials.OpaqueToken;
import org.expirytracker.credentials.Passwords;
import org.expirytracker.credentials.Subject;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.RowIds;
import org.expirytracker.kernel.UserId;
import org.expirytracker.sessions.Device;
import org.expirytracker.sessions.Sessions;
import org.expirytracker.users.OneTimeTokens;
import org.expirytracker.users.User;
import org.expirytracker.users.UserActivities;
import org.expirytracker.users.UserRepository;
import org.jspecify.annotations.Nullable;

/**
 * Coming in. For a name that nobody has, everything is done that is done for a name that somebody has: the same
 * statements, the same count of failures, the same hashing. Every attempt is noted, but for those that the server could
 * not look into.
 */
public final class Login {

    private final Database database;
    private final ActivityLog log;
    private final AccessTokens tokens;
    private final Passwords passwords;
    private final Sessions sessions;
    private final TwoFactor twoFactor;
    private final CredentialGuards guards;
    private final OneTimeTokens challenges = new OneTimeTokens();
    private final UserRepository users = new UserRepository();
    private final LoginRepository logins = new LoginRepository();
    private final LoginAttempts attempts = new LoginAttempts();

    /**
     * Logins over one event loop's connections.
     *
     * @param tokens one for the process
     * @param passwords one for the process
     */
    public Login(
            Database database,
            ActivityLog log,
            AccessTokens tokens,
            Passwords passwords,
            Sessions sessions,
            TwoFactor twoFactor) {
        this.database = database;
        this.log = log;
        this.tokens = tokens;
        this.passwords = passwords;
        this.sessions = sessions;
        this.twoFactor = twoFactor;
        this.guards = new CredentialGuards(database);
    }

    /** What a right password gives: a session, or a challenge that comes before it. */
    public sealed interface Admission permits Admitted, TwoFactorChallenge {}

    /** Nothing more was asked for: a session was opened. */
    public record Admitted(Sessions.Opened opened) implements Admission {}

    /** One attempt, and what has come of it so far. */
    private static final class Attempt {
        final Subject subject;
        final UserRepository.@Nullable Credentials credentials;
        final Optional<OpaqueToken> knownDevice;
        final Device device;
        LoginAttempt.Outcome outcome = LoginAttempt.Outcome.BLOCKED;

        Attempt(
                Subject subject,
                UserRepository.@Nullable Credentials credentials,
                Optional<OpaqueToken> knownDevice,
                Device device) {
            this.subject = subject;
            this.credentials = credentials;
            this.knownDevice = knownDevice;
            this.device = device;
        }
    }

    /**
     * Opens a session by name and password, or asks for the second factor. An unknown name, a wrong password and an
     * inactive account get the same answer after the same work.
     *
     * @param name the username or the e-mail address; case does not count
     * @param deviceToken what this device got at its last login, which gives it tries of its own; empty for none
     * @return fails with {@code WRONG_CREDENTIALS}; {@code ACCOUNT_LOCKED} when too many were wrong, and, if the
     *     password is right, when an administrator has locked the account; {@code UNAVAILABLE}
     */
    public Future<Admission> login(String name, String password, String deviceToken, Device device) {
        return users.findCredentials(database.reads(), name)
                .map(named -> new Attempt(
                        Subject.of(named.folded(), named.found().map(UserRepository.Credentials::userId), tokens),
                        named.found().orElse(null),
                        OpaqueToken.decode(OpaqueToken.Kind.DEVICE, deviceToken),
                        device))
                .compose(attempt -> guards.guard(
                                CredentialGuards.Kind.LOGIN,
                                attempt.subject,
                                attempt.knownDevice,
                                () -> verify(attempt, password))
                        .compose(credentials -> admit(attempt, credentials))
                        .recover(refused -> note(attempt, refused)));
    }

    private Future<UserRepository.Credentials> verify(Attempt attempt, String password) {
        UserRepository.Credentials credentials = attempt.credentials;
        return passwords
                .matches(password, credentials == null ? null : credentials.passwordHash())
                .map(matches -> {
                    if (!matches || credentials == null) {
                        attempt.outcome = LoginAttempt.Outcome.WRONG_PASSWORD;
                        throw wrongLogin();
                    }
                    attempt.outcome = LoginAttempt.Outcome.REFUSED;
                    if (!credentials.admitted()) {
                        throw wrongLogin();
                    }
                    return credentials;
                });
    }

    /** What follows a right password: a session, unless more is asked for. */
    private Future<Admission> admit(Attempt attempt, UserRepository.Credentials credentials) {
        Instant lockedUntil = credentials.lockedUntil();
        if (lockedUntil != null) {
            return Future.failedFuture(Problem.until(
                    Problem.Code.ACCOUNT_LOCKED, lockedUntil, "An administrator has locked this account."));
        }
        return credentials.twoFactorEnabled()
                ? challenge(attempt, credentials)
                : open(
                                attempt,
                                credentials.userId(),
                                change -> logins.loggedIn(
                                                change.connection(), change.userId(), credentials.passwordHash())
                                        .map(found -> found.orElseThrow(Login::wrongLogin)))
                        .map(Admitted::new);
    }

    private Future<Admission> challenge(Attempt attempt, UserRepository.Credentials credentials) {
        return log.change(
                credentials.userId(),
                null,
                change -> users.findCredentials(change.connection(), change.userId())
                        .map(found -> found.filter(credentials::equals).orElseThrow(Login::wrongLogin))
                        .compose(unchanged -> challenges.issue(
                                change.connection(), change.userId(), OneTimeTokens.Purpose.TWO_FACTOR_CHALLENGE, null))
                        .compose(issued -> attempts.record(
                                        change.connection(),
                                        attempt.subject,
                                        LoginAttempt.Outcome.CODE_ASKED,
                                        attempt.device)
                                .map(noted -> new TwoFactorChallenge(issued.token(), issued.expiresAt()))));
    }

    /**
     * Opens the session of a login that waits for its second factor. A wrong code leaves the challenge good.
     *
     * @param token the challenge's
     * @param code of the authenticator app, or a recovery code; each works once
     * @param deviceToken as for {@link #login}
     * @return fails with {@code WRONG_CREDENTIALS} naming the token or the code; {@code ACCOUNT_LOCKED} after too many
     *     wrong codes; {@code TWO_FACTOR_NOT_SET_UP} when it was turned off meanwhile; {@code UNAVAILABLE}
     */
    public Future<Sessions.Opened> verifyTwoFactor(String token, String code, String deviceToken, Device device) {
        return challenges
                .find(database.reads(), token, OneTimeTokens.Purpose.TWO_FACTOR_CHALLENGE)
                .map(found -> new Attempt(
                        Subject.of(found.orElseThrow(Login::wrongChallenge).userId()),
                        null,
                        OpaqueToken.decode(OpaqueToken.Kind.DEVICE, deviceToken),
                        device))
                .compose(attempt -> guards.guard(
                                CredentialGuards.Kind.TWO_FACTOR,
                                attempt.subject,
                                attempt.knownDevice,
                                () -> complete(attempt, token, code))
                        .recover(refused -> note(attempt, refused)));
    }

    /** The challenge and the code are used up together with the session's opening, or not at all. */
    private Future<Sessions.Opened> complete(Attempt attempt, String token, String code) {
        attempt.outcome = LoginAttempt.Outcome.WRONG_CODE;
        return open(
                attempt,
                attempt.subject.user().orElseThrow(),
                change -> challenges
                        .use(change.connection(), token, OneTimeTokens.Purpose.TWO_FACTOR_CHALLENGE)
                        .map(used -> used.orElseThrow(Login::wrongChallenge))
                        .compose(used -> twoFactor.take(change, code))
                        .compose(taken -> logins.completedLogin(change.connection(), change.userId()))
                        .map(found -> found.orElseThrow(() -> {
                            attempt.outcome = LoginAttempt.Outcome.REFUSED;
                            return wrongChallenge();
                        })));
    }

    private static Problem wrongChallenge() {
        return Problem.at(
                Problem.Code.WRONG_CREDENTIALS,
                List.of("input", "token"),
                "This login has waited too long for its code, or is not waiting any more. Log in again.");
    }

    /**
     * Opens a session.
     *
     * @param proven the user, when everything that is asked for is right; in the transaction of the opening
     */
    private Future<Sessions.Opened> open(Attempt attempt, UserId userId, Function<Change, Future<User>> proven) {
        OpaqueToken refresh = OpaqueToken.create(OpaqueToken.Kind.REFRESH, userId, RowIds.next());
        return log.change(
                refresh.userId(),
                refresh.id(),
                change -> proven.apply(change)
                        .compose(user -> sessions.open(
                                change,
                                UserActivities.ACCOUNT_LOGGED_IN,
                                user,
                                user,
                                refresh,
                                attempt.device,
                                attempt.knownDevice))
                        .compose(opened -> attempts.record(
                                        change.connection(),
                                        attempt.subject,
                                        LoginAttempt.Outcome.SUCCEEDED,
                                        attempt.device)
                                .map(noted -> opened)));
    }

    private <T> Future<T> note(Attempt attempt, Throwable refused) {
        if (!(refused instanceof Problem problem) || !problem.code().isRefusal()) {
            return Future.failedFuture(refused);
        }
        return attempts.record(database.reads(), attempt.subject, attempt.outcome, attempt.device)
                .compose(noted -> Future.failedFuture(refused));
    }

    private static Problem wrongLogin() {
        return Problem.of(
                Problem.Code.WRONG_CREDENTIALS, "The name or the password is not right. Check both and try again.");
    }
}
