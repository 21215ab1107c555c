package org.expirytracker.accounts;

import io.vertx.core.Future;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.expirytracker.activities.ActivityKind;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Actor;
import org.expirytracker.activities.Author;
import org.expirytracker.activities.Change;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.RowIds;
import org.expirytracker.kernel.UserId;

/** Who somebody is: registering, particulars, passwords and leaving. {@link Login} is coming in, {@link Sessions} staying in. */
public final class Accounts {

    private final Database database;
    private final ActivityLog log;
    private final Passwords passwords;
    private final LiveSessions live;
    private final Sessions opening;
    private final LeadDaysWatch watch;
    private final PasswordWatch passwordWatch;
    private final CredentialGuards guards;
    private final Letters letters;
    private final OneTimeTokens oneTimeTokens = new OneTimeTokens();
    private final UserRepository users = new UserRepository();
    private final SessionRepository sessions = new SessionRepository();

    /**
     * Accounts over one event loop's connections.
     *
     * @param passwords one for the process
     * @param live one for the process
     * @param opening opens the first session
     * @param watch what follows for a user's items
     * @param passwordWatch what follows for a user's programs
     * @param letters one for the process
     */
    public Accounts(
            Database database,
            ActivityLog log,
            Passwords passwords,
            LiveSessions live,
            Sessions opening,
            LeadDaysWatch watch,
            PasswordWatch passwordWatch,
            Letters letters) {
        this.database = database;
        this.log = log;
        this.passwords = passwords;
        this.live = live;
        this.opening = opening;
        this.watch = watch;
        this.passwordWatch = passwordWatch;
        this.guards = new CredentialGuards(database);
        this.letters = letters;
    }

    /** Answer of the mutations that change a user. */
    public record ViewerPayload(User viewer) implements Payload {}

    /**
     * The user who is calling.
     *
     * @return fails with {@code UNAUTHENTICATED} when the account was deleted a moment ago
     */
    public Future<User> viewer(Caller caller) {
        return users.find(database.reads(), caller.userId())
                .map(found -> found.orElseThrow(AccessTokens::unauthenticated));
    }

    /**
     * Opens an account and its first session.
     *
     * @param username 3 to 40 letters, digits, dots, hyphens and underscores
     * @param email an address that mail can be sent to
     * @param password 15 to 256 characters, taken exactly as given
     * @param timeZone an IANA time zone that Java and PostgreSQL know
     * @return fails with {@code INVALID} naming each input that is wrong, {@code CONFLICT} when the username or the
     *     address is taken, {@code UNAVAILABLE}
     */
    public Future<Sessions.Opened> register(
            String username, String email, String password, ZoneId timeZone, Device device) {
        try {
            Particulars.check(username, email, password, timeZone);
        } catch (Problem refused) {
            return Future.failedFuture(refused);
        }
        OpaqueToken refresh = OpaqueToken.create(OpaqueToken.Kind.REFRESH, new UserId(RowIds.next()), RowIds.next());
        return passwords
                .hash(password)
                .compose(hash -> log.firstChange(
                        Author.user(refresh.id()),
                        refresh.userId(),
                        change -> users.insert(change.connection(), change.userId(), username, email, hash, timeZone)
                                .compose(user -> opening.open(
                                        change,
                                        ActivityKind.ACCOUNT_REGISTERED,
                                        null,
                                        user,
                                        refresh,
                                        device,
                                        Optional.empty()))));
    }

    private Future<User> require(Change change) {
        return users.find(change.connection(), change.userId())
                .map(found -> found.orElseThrow(AccessTokens::unauthenticated));
    }

    /**
     * Changes the caller's own particulars. Another address needs the password: it is the way to a new one. It counts as
     * not verified; a token is mailed there, and a notice to the former one.
     *
     * @param input holds {@code password} and {@code expectedVersion}, if they were given
     * @param patch puts what was asked in place of what is there; its result is of the required form
     * @return the user as they are then; fails with {@code STALE_VERSION}, {@code CONFLICT}, {@code INVALID},
     *     {@code WRONG_CREDENTIALS}
     */
    Future<ViewerPayload> updateProfile(Field field, Caller caller, Input input, UnaryOperator<User> patch) {
        if (!input.has("email")) {
            return updateProfile(field, caller, input, patch, Optional.empty());
        }
        return viewer(caller)
                .compose(before -> patch.apply(before).email().equals(before.email())
                        ? Future.succeededFuture(Optional.<UserRepository.Credentials>empty())
                        : confirm(caller, input.exactText("password", Particulars.MOST_PASSWORD), "password")
                                .map(Optional::of))
                .compose(confirmed -> updateProfile(field, caller, input, patch, confirmed));
    }

    private Future<ViewerPayload> updateProfile(
            Field field,
            Caller caller,
            Input input,
            UnaryOperator<User> patch,
            Optional<UserRepository.Credentials> confirmed) {
        List<Runnable> mail = new ArrayList<>();
        return log.change(
                        Actor.of(field),
                        ViewerPayload.class,
                        change -> require(change)
                                .compose(before -> {
                                    input.requireVersion("profile", before.version());
                                    User after = patch.apply(before);
                                    return after.equals(before)
                                            ? Future.succeededFuture(before)
                                            : requireConfirmed(change, before, after, confirmed)
                                                    .compose(still -> update(change, caller, before, after, mail));
                                })
                                .map(ViewerPayload::new))
                .onSuccess(updated -> {
                    live.forget(caller.userId());
                    mail.forEach(Runnable::run);
                });
    }

    /** The address may have become another one since the password was asked for, or not. */
    private Future<?> requireConfirmed(
            Change change, User before, User after, Optional<UserRepository.Credentials> confirmed) {
        if (after.email().equals(before.email())) {
            return Future.succeededFuture();
        }
        return confirmed.isPresent()
                ? requireStill(change, confirmed.get())
                : Future.failedFuture(wrongPassword("password"));
    }

    private Future<User> update(Change change, Caller caller, User before, User after, List<Runnable> mail) {
        return users.update(change.connection(), change.userId(), after).compose(updated -> {
            change.record(ActivityKind.ACCOUNT_UPDATED, updated.id(), before, updated);
            Future<?> followed = before.leadDays() == updated.leadDays()
                    ? Future.succeededFuture()
                    : watch.leadDaysChanged(change, caller, null);
            return followed.compose(done -> before.email().equals(updated.email())
                            ? Future.succeededFuture()
                            : addressChanged(change, before, updated, mail))
                    .map(updated);
        });
    }

    private Future<?> addressChanged(Change change, User before, User updated, List<Runnable> mail) {
        mail.add(() -> letters.addressChanged(before.email(), updated.username()));
        return oneTimeTokens
                .issueForMail(change.connection(), change.userId(), OneTimeTokens.Purpose.EMAIL_VERIFICATION)
                .onSuccess(issued -> issued.ifPresent(token ->
                        mail.add(() -> letters.verification(updated.email(), updated.username(), token.token()))));
    }

    /**
     * Changes the password and ends every session but the calling one, and every token that was mailed or handed out.
     *
     * @param keepApiTokens whether what programs use goes on working; otherwise it ends as well
     * @return fails with {@code WRONG_CREDENTIALS} at the current password, {@code ACCOUNT_LOCKED} after too many
     *     wrong ones, {@code INVALID} at the new one, {@code UNAVAILABLE}
     */
    public Future<User> changePassword(
            Caller caller, String currentPassword, String newPassword, boolean keepApiTokens) {
        return viewer(caller)
                .map(user -> Particulars.passwordObjection("newPassword", newPassword, user.username(), user.email()))
                .compose(objection -> objection.isEmpty()
                        ? confirm(caller, currentPassword, "currentPassword")
                        : Future.failedFuture(
                                Problem.at(Problem.Code.INVALID, List.of("input", "newPassword"), objection.get())))
                .compose(credentials -> changePassword(caller, credentials, newPassword, keepApiTokens));
    }

    private Future<User> changePassword(
            Caller caller, UserRepository.Credentials credentials, String newPassword, boolean keepApiTokens) {
        return passwords
                .hash(newPassword)
                .compose(hash -> log.change(
                        caller.userId(),
                        caller.sessionId(),
                        change -> changePassword(change, caller, credentials, hash)
                                .compose(changed -> keepApiTokens
                                        ? Future.succeededFuture(changed)
                                        : passwordWatch.passwordChanged(change).map(changed))))
                .onSuccess(changed -> live.forget(caller.userId()));
    }

    private Future<User> changePassword(
            Change change, Caller caller, UserRepository.Credentials credentials, String newHash) {
        return require(change)
                .compose(before -> users.changePassword(
                                change.connection(), change.userId(), credentials.passwordHash(), newHash)
                        .map(found -> found.orElseThrow(() -> wrongPassword("currentPassword")))
                        .compose(after -> {
                            change.record(ActivityKind.ACCOUNT_PASSWORD_CHANGED, after.id(), before, after);
                            return sessions.revokeAll(change.connection(), change.userId(), caller.sessionId())
                                    .compose(ended -> oneTimeTokens.discardAll(change.connection(), change.userId()))
                                    .map(discarded -> after);
                        }));
    }

    /**
     * Deletes the account and everything in it, at once and for good.
     *
     * @return fails with {@code WRONG_CREDENTIALS}, {@code ACCOUNT_LOCKED} after too many wrong ones, {@code UNAVAILABLE}
     */
    public Future<?> deleteAccount(Caller caller, String password) {
        return confirm(caller, password, "password")
                .compose(credentials -> log.change(
                        caller.userId(),
                        caller.sessionId(),
                        change -> requireStill(change, credentials)
                                .compose(still -> users.delete(change.connection(), change.userId()))))
                .onSuccess(deleted -> live.forget(caller.userId()));
    }

    /**
     * Checks the password of somebody who is logged in already.
     *
     * @param input that the password came in, for the refusal
     * @return fails with {@code WRONG_CREDENTIALS}, {@code ACCOUNT_LOCKED} after too many wrong ones,
     *     {@code UNAVAILABLE}
     */
    Future<UserRepository.Credentials> confirm(Caller caller, String password, String input) {
        return guards.guard(
                CredentialGuards.Kind.CONFIRMATION,
                Subject.of(caller.userId()),
                () -> users.findCredentials(database.reads(), caller.userId())
                        .map(found -> found.orElseThrow(AccessTokens::unauthenticated))
                        .compose(credentials -> passwords
                                .matches(password, credentials.passwordHash())
                                .map(matches -> {
                                    if (!matches) {
                                        throw wrongPassword(input);
                                    }
                                    return credentials;
                                })));
    }

    /**
     * Looks in the transaction of a change, where the password can change no more, whether it is still the one that was
     * confirmed.
     *
     * @return fails with {@code WRONG_CREDENTIALS} when it is not
     */
    Future<?> requireStill(Change change, UserRepository.Credentials confirmed) {
        return users.hasPassword(change.connection(), change.userId(), confirmed.passwordHash())
                .map(still -> {
                    if (!still) {
                        throw wrongPassword("password");
                    }
                    return true;
                });
    }

    static Problem wrongPassword(String input) {
        return Problem.at(Problem.Code.WRONG_CREDENTIALS, List.of("input", input), "The password is not right.");
    }
}
