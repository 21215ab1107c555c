package org.expirytracker.administration;

import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.expirytracker.activities.ActivityKind;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Author;
import org.expirytracker.activities.Change;
import org.expirytracker.credentials.CredentialGuards;
import org.expirytracker.credentials.LiveSessions;
import org.expirytracker.credentials.Passwords;
import org.expirytracker.credentials.Subject;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Connection;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.RowIds;
import org.expirytracker.kernel.UserId;
import org.expirytracker.login.LoginAttempt;
import org.expirytracker.login.LoginAttempts;
import org.expirytracker.login.Newcomers;
import org.expirytracker.login.RecoveryCodes;
import org.expirytracker.login.TwoFactorRepository;
import org.expirytracker.sessions.SessionRepository;
import org.expirytracker.users.OneTimeTokens;
import org.expirytracker.users.Particulars;
import org.expirytracker.users.User;
import org.expirytracker.users.UserActivities;
import org.expirytracker.users.UserDirectory;
import org.expirytracker.users.UserRepository;
import org.jspecify.annotations.Nullable;

/**
 * What an administrator, or the operator on the server's command line, does with the accounts of others. It reaches who
 * may come in, never what a user keeps here; each act is written to the log of the user whom it concerns. Nobody
 * administers their own account, so a stolen session of an administrator does not open it for good.
 */
public final class Administration {

    private final Database database;
    private final ActivityLog log;
    private final Passwords passwords;
    private final LiveSessions live;
    private final InstantSource clock;
    private final UserDirectory directory = new UserDirectory();
    private final UserRepository users = new UserRepository();
    private final AdministrationRepository administered = new AdministrationRepository();
    private final SessionRepository sessions = new SessionRepository();
    private final OneTimeTokens oneTimeTokens = new OneTimeTokens();
    private final TwoFactorRepository factors = new TwoFactorRepository();
    private final RecoveryCodes recoveryCodes = new RecoveryCodes();
    private final LoginAttempts attempts = new LoginAttempts();
    private final CredentialGuards guards;

    /**
     * Administration over one event loop's connections.
     *
     * @param passwords one for the process
     * @param live one for the process
     */
    public Administration(
            Database database, ActivityLog log, Passwords passwords, LiveSessions live, InstantSource clock) {
        this.database = database;
        this.log = log;
        this.passwords = passwords;
        this.live = live;
        this.clock = clock;
        this.guards = new CredentialGuards(database);
    }

    /**
     * A token with which a user sets a new password.
     *
     * @param token to be handed to them alone
     */
    public record PasswordReset(String token, Instant expiresAt) {
        /** Without the token: it may end up in a log. */
        @Override
        public String toString() {
            return "PasswordReset[expiresAt=" + expiresAt + "]";
        }
    }

    /**
     * A page of all users, by username.
     *
     * @param search what username or e-mail address holds; null for all
     * @param place the username to begin beyond; null for that end of the list
     * @return at most {@link Page#limit} users, in the direction of reading
     */
    public Future<List<User>> list(Page page, @Nullable String search, @Nullable String place) {
        return administered.list(database.reads(), page, search, place);
    }

    /** How many users there are, as {@link #list} finds them. */
    public Future<Integer> count(@Nullable String search) {
        return administered.count(database.reads(), search);
    }

    /**
     * Who tried to log in as a user, newest first; of the last 90 days.
     *
     * @return fails with {@code NOT_FOUND}, and with {@code INVALID} when the page's cursor is none of this list
     */
    public Future<Connection<LoginAttempt>> attempts(UserId target, Page page) {
        return require(target).compose(exists -> attempts.connection(database.reads(), target, page));
    }

    /**
     * Whom a username, an e-mail address or an id names; case does not count.
     *
     * @return fails with {@code NOT_FOUND}
     */
    public Future<User> find(String name) {
        return directory
                .find(database.reads(), name)
                .map(named -> named.user().or(() -> id(name)).orElseThrow(Administration::missing))
                .compose(this::require);
    }

    /** As logs, messages and the activity log show it. */
    private static Optional<UserId> id(String text) {
        try {
            return Optional.of(new UserId(UUID.fromString(text)));
        } catch (IllegalArgumentException none) {
            return Optional.empty();
        }
    }

    private Future<User> require(UserId target) {
        return users.find(database.reads(), target).map(found -> found.orElseThrow(Administration::missing));
    }

    private static Problem missing() {
        return Problem.of(Problem.Code.NOT_FOUND, "There is no such user.");
    }

    /**
     * Opens an account without a session, as {@link Newcomers#register} does with one.
     *
     * @return fails as that does
     */
    public Future<User> add(Author author, String username, String email, String password, ZoneId timeZone) {
        try {
            Particulars.check(username, email, password, timeZone);
        } catch (Problem refused) {
            return Future.failedFuture(refused);
        }
        return passwords
                .hash(password)
                .compose(hash -> log.firstChange(
                        author,
                        new UserId(RowIds.next()),
                        change -> users.insert(change.connection(), change.userId(), username, email, hash, timeZone)
                                .map(user -> {
                                    change.record(UserActivities.ACCOUNT_REGISTERED, user.id(), null, user);
                                    return user;
                                })));
    }

    /**
     * Locks an account until an instant and ends its sessions and tokens.
     *
     * @return the user as they are then; fails with {@code INVALID} at {@code until} when it does not lie ahead,
     *     {@code NOT_FOUND}, {@code CONFLICT} for oneself and for the last administrator who can act
     */
    public Future<User> lock(Author author, UserId target, Instant until) {
        if (!until.isAfter(clock.instant())) {
            return Future.failedFuture(
                    Problem.at(Problem.Code.INVALID, List.of("input", "until"), "until must lie ahead."));
        }
        return shutOut(
                author,
                target,
                UserActivities.ACCOUNT_LOCKED,
                user -> standing(user, user.role(), user.active(), until));
    }

    /**
     * Ends a lock, and forgets every wrong password, code and answer.
     *
     * @return as {@link #activate} does
     */
    public Future<User> unlock(Author author, UserId target) {
        return change(
                author,
                target,
                change -> find(change)
                        .compose(before -> resetGuards(change)
                                .compose(reset ->
                                        setStanding(change, user -> standing(user, user.role(), user.active(), null)))
                                .map(after -> {
                                    change.record(UserActivities.ACCOUNT_UNLOCKED, after.id(), before, after);
                                    return after;
                                })));
    }

    private Future<?> resetGuards(Change change) {
        Subject subject = Subject.of(change.userId());
        List<Future<?>> resets = new ArrayList<>();
        for (CredentialGuards.Kind kind : CredentialGuards.Kind.values()) {
            resets.add(guards.reset(change.connection(), kind, subject));
        }
        return Future.all(resets);
    }

    /**
     * Deactivates an account and ends its sessions and tokens.
     *
     * @return as {@link #lock} does
     */
    public Future<User> deactivate(Author author, UserId target) {
        return shutOut(
                author,
                target,
                UserActivities.ACCOUNT_DEACTIVATED,
                user -> standing(user, user.role(), false, user.lockedUntil()));
    }

    /**
     * Activates an account again.
     *
     * @return the user as they are then; fails with {@code NOT_FOUND}, {@code CONFLICT} for oneself
     */
    public Future<User> activate(Author author, UserId target) {
        return administer(
                author,
                target,
                UserActivities.ACCOUNT_ACTIVATED,
                change -> setStanding(change, user -> standing(user, user.role(), true, user.lockedUntil())));
    }

    /**
     * Makes a user an administrator.
     *
     * @return as {@link #activate} does
     */
    public Future<User> promote(Author author, UserId target) {
        return administer(
                author,
                target,
                UserActivities.ACCOUNT_PROMOTED,
                change -> setStanding(
                        change, user -> standing(user, User.Role.ADMIN, user.active(), user.lockedUntil())));
    }

    /**
     * Makes an administrator a user like others.
     *
     * @return as {@link #lock} does
     */
    public Future<User> demote(Author author, UserId target) {
        return administer(
                author,
                target,
                UserActivities.ACCOUNT_DEMOTED,
                change -> requireAnother(change)
                        .compose(another -> setStanding(
                                change, user -> standing(user, User.Role.USER, user.active(), user.lockedUntil()))));
    }

    /**
     * Turns two-factor authentication off and ends the sessions and tokens, those to reset the password as well.
     *
     * @return as {@link #activate} does; fails with {@code TWO_FACTOR_NOT_SET_UP} as well
     */
    public Future<User> resetTwoFactor(Author author, UserId target) {
        return administer(
                author,
                target,
                UserActivities.ACCOUNT_TWO_FACTOR_RESET,
                change -> find(change)
                        .compose(before -> before.twoFactorEnabled()
                                ? recoveryCodes
                                        .remove(change.connection(), change.userId())
                                        .compose(removed -> factors.turnOff(change.connection(), change.userId()))
                                : Future.failedFuture(Problem.of(
                                        Problem.Code.TWO_FACTOR_NOT_SET_UP,
                                        "Two-factor authentication is not set up for this account.")))
                        .compose(after -> endAccess(change).map(ended -> after)));
    }

    /**
     * Issues the token with which a user sets a new password.
     *
     * @return fails with {@code NOT_FOUND}, {@code CONFLICT} for oneself
     */
    public Future<PasswordReset> issuePasswordReset(Author author, UserId target) {
        return change(
                author,
                target,
                change -> find(change)
                        .compose(user -> {
                            change.record(UserActivities.ACCOUNT_PASSWORD_RESET_ISSUED, user.id(), user, user);
                            return oneTimeTokens.issue(
                                    change.connection(), change.userId(), OneTimeTokens.Purpose.PASSWORD_RESET, null);
                        })
                        .map(issued -> new PasswordReset(issued.token(), issued.expiresAt())));
    }

    private Future<User> shutOut(Author author, UserId target, ActivityKind kind, UnaryOperator<User> standing) {
        return administer(
                author,
                target,
                kind,
                change -> requireAnother(change)
                        .compose(another -> setStanding(change, standing))
                        .compose(after -> endAccess(change).map(ended -> after)));
    }

    /** A token that was mailed or handed out before would be a way back in. */
    private Future<Integer> endAccess(Change change) {
        return sessions.revokeAll(change.connection(), change.userId(), null)
                .compose(ended -> oneTimeTokens.discardAll(change.connection(), change.userId()));
    }

    /** Does something and writes it to the user's log, unless it changed nothing. */
    private Future<User> administer(
            Author author, UserId target, ActivityKind kind, Function<Change, Future<User>> work) {
        return change(
                author,
                target,
                change -> find(change)
                        .compose(before -> work.apply(change).map(after -> {
                            if (!after.equals(before)) {
                                change.record(kind, after.id(), before, after);
                            }
                            return after;
                        })));
    }

    private <T> Future<T> change(Author author, UserId target, Function<Change, Future<T>> work) {
        if (target.equals(author.actingUser())) {
            return Future.failedFuture(
                    Problem.of(
                            Problem.Code.CONFLICT,
                            "Nobody administers their own account. Ask another administrator, or use expiry user on the server."));
        }
        return require(target)
                .compose(exists -> log.change(author, target, work))
                .onSuccess(changed -> live.forget(target));
    }

    private Future<User> find(Change change) {
        return users.find(change.connection(), change.userId())
                .map(found -> found.orElseThrow(Administration::missing));
    }

    private Future<User> setStanding(Change change, UnaryOperator<User> standing) {
        return find(change).compose(before -> {
            User after = standing.apply(before);
            return after.equals(before)
                    ? Future.succeededFuture(before)
                    : administered.administer(change.connection(), change.userId(), after);
        });
    }

    private Future<?> requireAnother(Change change) {
        return administered.ableAdministrators(change.connection()).map(able -> {
            if (able.equals(List.of(change.userId()))) {
                throw Problem.of(
                        Problem.Code.CONFLICT,
                        "This is the last administrator who can act. Make another user an administrator first.");
            }
            return able;
        });
    }

    private static User standing(User user, User.Role role, boolean active, @Nullable Instant lockedUntil) {
        return new User(
                user.id(),
                user.username(),
                user.email(),
                user.emailVerified(),
                role,
                user.timeZone(),
                user.leadDays(),
                user.turnHour(),
                user.twoFactorEnabled(),
                user.securityQuestion(),
                active,
                lockedUntil,
                user.lastLoginAt(),
                user.version(),
                user.createdAt(),
                user.updatedAt());
    }
}
