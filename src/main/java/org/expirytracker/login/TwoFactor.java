package org.expirytracker.login;

import io.vertx.core.Future;
import java.time.Clock;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Change;
import org.expirytracker.credentials.AccessTokens;
import org.expirytracker.credentials.CredentialGuards;
import org.expirytracker.credentials.LiveSessions;
import org.expirytracker.credentials.QrDrawing;
import org.expirytracker.credentials.SecretKeys;
import org.expirytracker.credentials.Subject;
import org.expirytracker.credentials.Totp;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.Text;
import org.expirytracker.sessions.SessionRepository;
import org.expirytracker.users.PasswordConfirmation;
import org.expirytracker.users.User;
import org.expirytracker.users.UserActivities;
import org.expirytracker.users.UserRepository;

/**
 * The second factor of a login: codes of an authenticator app ({@link Totp}), each good once on all nodes together, and
 * recovery codes for whoever has lost it. Turning it on, off, and making new recovery codes ask for the password, so
 * that a stolen session cannot lock its owner out.
 */
public final class TwoFactor {

    private static final Pattern CODE = Pattern.compile("[0-9]{" + Totp.DIGITS + "}");

    private final ActivityLog log;
    private final PasswordConfirmation confirmation;
    private final SecretKeys keys;
    private final LiveSessions live;
    private final Clock clock;
    private final CredentialGuards guards;
    private final UserRepository users = new UserRepository();
    private final SessionRepository sessions = new SessionRepository();
    private final TwoFactorRepository factors = new TwoFactorRepository();
    private final RecoveryCodes recoveryCodes = new RecoveryCodes();

    /**
     * Two-factor authentication over one event loop's connections.
     *
     * @param keys one for the process
     * @param live one for the process
     * @param clock decides which code is good; those of all nodes must not be further apart than some seconds
     */
    public TwoFactor(
            Database database,
            ActivityLog log,
            PasswordConfirmation confirmation,
            SecretKeys keys,
            LiveSessions live,
            Clock clock) {
        this.log = log;
        this.confirmation = confirmation;
        this.keys = keys;
        this.live = live;
        this.clock = clock;
        this.guards = new CredentialGuards(database);
    }

    /**
     * What an authenticator app needs, shown once (GraphQL type {@code TwoFactorEnrolment}).
     *
     * @param secret Base32, to be typed
     * @param uri the same as {@code otpauth://} URI
     * @param qrCode the URI as SVG document, to be scanned
     */
    public record Enrolment(String secret, String uri, String qrCode) {

        static Enrolment of(byte[] secret, String account) {
            String uri = Totp.uri(secret, account);
            return new Enrolment(Totp.base32(secret), uri, QrDrawing.svg(uri));
        }

        /** Without the secret: it may end up in a log. */
        @Override
        public String toString() {
            return "Enrolment[]";
        }
    }

    /** New recovery codes, shown once, and whose they are. */
    public record Recoverable(User viewer, List<String> recoveryCodes) implements Payload {

        /** Without the codes: it may end up in a log. */
        @Override
        public String toString() {
            return "Recoverable[viewer=" + viewer + "]";
        }
    }

    /**
     * Makes a secret for the caller's authenticator app. Nothing is asked for yet: the secret waits to be confirmed by
     * its first code. A former one that waits is forgotten.
     *
     * @return fails with {@code WRONG_CREDENTIALS}, {@code ACCOUNT_LOCKED} after too many wrong passwords,
     *     {@code CONFLICT} when two-factor is on already, {@code UNAVAILABLE}
     */
    Future<Enrolment> start(Caller caller, String password) {
        return confirmation
                .confirm(caller, password, "password")
                .compose(confirmed -> log.change(
                        caller.userId(),
                        caller.sessionId(),
                        change -> confirmation.requireStill(change, confirmed).compose(still -> prepare(change))));
    }

    private Future<Enrolment> prepare(Change change) {
        byte[] secret = Totp.newSecret();
        return require(change, false)
                .compose(user -> keys.encrypt(change.connection(), change.userId(), TwoFactorRepository.SECRET, secret)
                        .compose(encrypted -> factors.prepare(change.connection(), change.userId(), encrypted))
                        .map(prepared -> Enrolment.of(secret, user.username())));
    }

    /**
     * Turns two-factor on, by the first code of the secret that waits, and ends every other session of the caller.
     *
     * @return ten recovery codes; fails with {@code WRONG_CREDENTIALS}, {@code ACCOUNT_LOCKED} after too many wrong
     *     codes, {@code TWO_FACTOR_NOT_SET_UP} when no secret waits, {@code CONFLICT} when it is on already,
     *     {@code UNAVAILABLE}
     */
    Future<Recoverable> confirm(Caller caller, String code) {
        return guarded(
                        caller,
                        change -> require(change, false)
                                .compose(before ->
                                        takeCode(change, code).compose(taken -> turnOn(change, caller, before))))
                .onSuccess(on -> live.forget(caller.userId()));
    }

    private Future<Recoverable> turnOn(Change change, Caller caller, User before) {
        return sessions.revokeAll(change.connection(), change.userId(), caller.sessionId())
                .compose(ended -> factors.turnOn(change.connection(), change.userId()))
                .compose(after -> makeRecoverable(change, before, after));
    }

    private Future<Recoverable> makeRecoverable(Change change, User before, User after) {
        change.record(UserActivities.ACCOUNT_UPDATED, after.id(), before, after);
        return recoveryCodes.replace(change.connection(), change.userId()).map(codes -> new Recoverable(after, codes));
    }

    /**
     * Turns two-factor off and forgets its secret and recovery codes.
     *
     * @param code of the app, or a recovery code
     * @return fails with {@code WRONG_CREDENTIALS} naming the password or the code, {@code ACCOUNT_LOCKED} after too many
     *     wrong ones, {@code TWO_FACTOR_NOT_SET_UP}, {@code UNAVAILABLE}
     */
    Future<User> disable(Caller caller, String password, String code) {
        return confirmation
                .confirm(caller, password, "password")
                .compose(confirmed -> guarded(
                        caller,
                        change -> confirmation
                                .requireStill(change, confirmed)
                                .compose(still -> require(change, true))
                                .compose(before -> take(change, code).compose(taken -> turnOff(change, before)))));
    }

    private Future<User> turnOff(Change change, User before) {
        return recoveryCodes
                .remove(change.connection(), change.userId())
                .compose(removed -> factors.turnOff(change.connection(), change.userId()))
                .onSuccess(after -> change.record(UserActivities.ACCOUNT_UPDATED, after.id(), before, after));
    }

    /**
     * Makes ten new recovery codes; the former ones stop working.
     *
     * @return fails with {@code WRONG_CREDENTIALS}, {@code ACCOUNT_LOCKED} after too many wrong passwords,
     *     {@code TWO_FACTOR_NOT_SET_UP}, {@code UNAVAILABLE}
     */
    Future<Recoverable> regenerateRecoveryCodes(Caller caller, String password) {
        return confirmation
                .confirm(caller, password, "password")
                .compose(confirmed -> log.change(
                        caller.userId(),
                        caller.sessionId(),
                        change -> confirmation
                                .requireStill(change, confirmed)
                                .compose(still -> require(change, true))
                                .compose(before -> factors.turnOn(change.connection(), change.userId())
                                        .compose(after -> makeRecoverable(change, before, after)))));
    }

    /**
     * Uses up a code in the transaction of a change: it is used with what else is done there, or not at all.
     *
     * @param text of the app, or a recovery code
     * @return fails with {@code WRONG_CREDENTIALS} when it is neither, or was used before, or is older than one that was
     */
    Future<?> take(Change change, String text) {
        return CODE.matcher(Text.code(text)).matches()
                ? takeCode(change, text)
                : recoveryCodes.use(change.connection(), change.userId(), text).map(TwoFactor::requireRight);
    }

    private Future<?> takeCode(Change change, String text) {
        return factors.findSecret(change.connection(), change.userId())
                .map(found -> found.orElseThrow(TwoFactor::notSetUp))
                .compose(encrypted -> keys.decrypt(change.userId(), TwoFactorRepository.SECRET, encrypted))
                .compose(secret -> {
                    OptionalLong step = Totp.step(secret, Text.code(text), clock.instant());
                    return step.isEmpty()
                            ? Future.succeededFuture(false)
                            : factors.takeStep(change.connection(), change.userId(), step.getAsLong());
                })
                .map(TwoFactor::requireRight);
    }

    private static boolean requireRight(boolean taken) {
        if (!taken) {
            throw Problem.at(
                    Problem.Code.WRONG_CREDENTIALS,
                    List.of("input", "code"),
                    "This code is not right, or was used before. Wait for the next one of the app, or use a recovery code.");
        }
        return true;
    }

    private Future<User> require(Change change, boolean on) {
        return users.find(change.connection(), change.userId())
                .map(found -> found.orElseThrow(AccessTokens::unauthenticated))
                .map(user -> {
                    if (user.twoFactorEnabled() && !on) {
                        throw Problem.of(
                                Problem.Code.CONFLICT,
                                "Two-factor authentication is on already. To use another app, turn it off first.");
                    }
                    if (!user.twoFactorEnabled() && on) {
                        throw notSetUp();
                    }
                    return user;
                });
    }

    private static Problem notSetUp() {
        return Problem.of(
                Problem.Code.TWO_FACTOR_NOT_SET_UP,
                "Two-factor authentication is not set up for this account. The mutation startTwoFactor begins it.");
    }

    private <T> Future<T> guarded(Caller caller, Function<Change, Future<T>> work) {
        return guards.guard(
                CredentialGuards.Kind.TWO_FACTOR,
                Subject.of(caller.userId()),
                () -> log.change(caller.userId(), caller.sessionId(), work));
    }
}
