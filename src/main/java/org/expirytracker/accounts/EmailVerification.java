package org.expirytracker.accounts;

import io.vertx.core.Future;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.expirytracker.activities.ActivityKind;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Author;
import org.expirytracker.activities.Change;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.RowIds;
import org.expirytracker.kernel.UserId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Proves that an address is a user's own, by a token that is mailed there; an account can open with that proof. */
public final class EmailVerification {

    private static final Logger LOG = LoggerFactory.getLogger(EmailVerification.class);

    private final Database database;
    private final ActivityLog log;
    private final Passwords passwords;
    private final Letters letters;
    private final UserRepository users = new UserRepository();
    private final OneTimeTokens oneTimeTokens = new OneTimeTokens();

    /** Over one event loop's connections; passwords and letters are the process's. */
    public EmailVerification(Database database, ActivityLog log, Passwords passwords, Letters letters) {
        this.database = database;
        this.log = log;
        this.passwords = passwords;
        this.letters = letters;
    }

    /**
     * Mails the caller a token, unless one was mailed within the last minute.
     *
     * @return fails with {@code CONFLICT} when the address is verified already, {@code UNAVAILABLE}
     */
    Future<Void> send(Caller caller) {
        return users.find(database.reads(), caller.userId())
                .map(found -> found.orElseThrow(AccessTokens::unauthenticated))
                .compose(user -> user.emailVerified()
                        ? Future.failedFuture(Problem.of(
                                Problem.Code.CONFLICT, "Your address is verified already; nothing was sent."))
                        : database.transaction(connection -> oneTimeTokens.issueForMail(
                                        connection, caller.userId(), OneTimeTokens.Purpose.EMAIL_VERIFICATION))
                                .map(issued -> {
                                    issued.ifPresent(token ->
                                            letters.verification(user.email(), user.username(), token.token()));
                                    return null;
                                }));
    }

    /**
     * Takes the token for proof of the address that it was mailed to. Whoever waits for that can log in from now on.
     *
     * @return the address; fails with {@code WRONG_CREDENTIALS} when the token is not good or the address is another one
     *     by now, {@code UNAVAILABLE}
     */
    Future<String> verify(String token) {
        return oneTimeTokens
                .find(database.reads(), token, OneTimeTokens.Purpose.EMAIL_VERIFICATION)
                .map(found -> found.orElseThrow(EmailVerification::wrongToken))
                .compose(proof -> log.change(proof.userId(), null, change -> verify(change, token)))
                .map(User::email);
    }

    private Future<User> verify(Change change, String token) {
        return users.find(change.connection(), change.userId())
                .map(found -> found.orElseThrow(EmailVerification::wrongToken))
                .compose(before -> oneTimeTokens
                        .use(change.connection(), token, OneTimeTokens.Purpose.EMAIL_VERIFICATION)
                        .map(found -> found.orElseThrow(EmailVerification::wrongToken))
                        .compose(proof -> users.verifyEmail(change.connection(), proof))
                        .map(found -> found.orElseThrow(EmailVerification::wrongToken))
                        .onSuccess(after -> change.record(ActivityKind.ACCOUNT_UPDATED, after.id(), before, after)));
    }

    private static Problem wrongToken() {
        return Problem.at(
                Problem.Code.WRONG_CREDENTIALS,
                List.of("input", "token"),
                "This token does not work, or not any more. Ask for a new one.");
    }

    /**
     * Opens an account that waits for the proof of its address. Whether the name or the address is taken is told in the
     * mail alone; the answer comes before anything is written, and the same is done in any case.
     *
     * @return fails with {@code INVALID} naming each input that is wrong, {@code UNAVAILABLE}
     */
    Future<Void> register(String username, String email, String password, ZoneId timeZone) {
        try {
            Particulars.check(username, email, password, timeZone);
        } catch (Problem refused) {
            return Future.failedFuture(refused);
        }
        return passwords
                .hash(password)
                .compose(hash -> users.findByEmail(database.reads(), email).map(owner -> {
                    open(
                            new UserRepository.Newcomer(new UserId(RowIds.next()), username, email, hash, timeZone),
                            owner);
                    return null;
                }));
    }

    private void open(UserRepository.Newcomer newcomer, Optional<User> owner) {
        log.firstChange(Author.user(null), newcomer.userId(), change -> open(change, newcomer))
                .onSuccess(token -> answer(newcomer, owner, token))
                .onFailure(failure -> LOG.warn("A registration could not be written", failure));
    }

    private Future<Optional<OneTimeTokens.Issued>> open(Change change, UserRepository.Newcomer newcomer) {
        return users.giveWay(change.connection(), newcomer)
                .compose(gone -> users.insertAwaiting(change.connection(), newcomer))
                .onSuccess(user -> change.record(
                        ActivityKind.ACCOUNT_REGISTERED, change.userId().value(), null, user.orElse(null)))
                .compose(user -> oneTimeTokens.issueForMail(
                        change.connection(), change.userId(), OneTimeTokens.Purpose.EMAIL_VERIFICATION));
    }

    private void answer(UserRepository.Newcomer newcomer, Optional<User> owner, Optional<OneTimeTokens.Issued> token) {
        if (token.isPresent()) {
            letters.verification(
                    newcomer.email(), newcomer.username(), token.get().token());
        } else if (owner.isPresent()) {
            letters.addressTaken(owner.get().email(), owner.get().username());
        } else {
            letters.usernameTaken(newcomer.email(), newcomer.username());
        }
    }
}
