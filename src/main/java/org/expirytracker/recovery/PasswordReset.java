package org.expirytracker.recovery;

import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Change;
import org.expirytracker.credentials.CredentialGuards;
import org.expirytracker.credentials.LiveSessions;
import org.expirytracker.credentials.Passwords;
import org.expirytracker.credentials.Subject;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.RowIds;
import org.expirytracker.kernel.UserId;
import org.expirytracker.sessions.SessionRepository;
import org.expirytracker.users.Letters;
import org.expirytracker.users.OneTimeTokens;
import org.expirytracker.users.Particulars;
import org.expirytracker.users.SecurityQuestion;
import org.expirytracker.users.User;
import org.expirytracker.users.UserActivities;
import org.expirytracker.users.UserRepository;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A new password for who has forgotten the old one: by a token that is mailed to them, and the answer to their security
 * question if they have set one. It opens no session, and leaves the second factor on.
 */
public final class PasswordReset {

    private static final Logger LOG = LoggerFactory.getLogger(PasswordReset.class);

    private final Database database;
    private final ActivityLog log;
    private final Passwords passwords;
    private final LiveSessions live;
    private final PasswordWatch watch;
    private final Letters letters;
    private final CredentialGuards guards;
    private final UserRepository users = new UserRepository();
    private final RecoveryRepository recoveries = new RecoveryRepository();
    private final SessionRepository sessions = new SessionRepository();
    private final OneTimeTokens oneTimeTokens = new OneTimeTokens();

    /**
     * Over one event loop's connections; passwords, live sessions and letters are the process's.
     *
     * @param watch what follows for a user's programs
     */
    public PasswordReset(
            Database database,
            ActivityLog log,
            Passwords passwords,
            LiveSessions live,
            PasswordWatch watch,
            Letters letters) {
        this.database = database;
        this.log = log;
        this.passwords = passwords;
        this.live = live;
        this.watch = watch;
        this.letters = letters;
        this.guards = new CredentialGuards(database);
    }

    /**
     * Mails a token, if there is such a user, and no good one that came from an administrator or within the last ten
     * minutes. The answer does not wait for that, so it neither says nor takes longer.
     *
     * @param name the username or the e-mail address; case does not count
     * @return fails with {@code UNAVAILABLE}
     */
    Future<Void> request(String name) {
        return recoveries.findActive(database.reads(), name).map(found -> {
            mailToken(found);
            return null;
        });
    }

    /** The same statement whether or not there is such a user. */
    private void mailToken(Optional<User> found) {
        UserId addressee = new UserId(found.map(User::id).orElseGet(RowIds::next));
        database.transaction(connection ->
                        oneTimeTokens.issueForMail(connection, addressee, OneTimeTokens.Purpose.PASSWORD_RESET))
                .onSuccess(issued -> issued.ifPresent(token ->
                        found.ifPresent(user -> letters.passwordReset(user.email(), user.username(), token.token()))))
                .onFailure(failure -> LOG.warn("A token to reset a password could not be made", failure));
    }

    /**
     * Sets a new password, and ends every session and API token. A token that was mailed proves the address as well.
     *
     * @param token from the mail, or from an administrator; good until the password is set
     * @param answer to the security question; not looked at when none is set
     * @return fails with {@code WRONG_CREDENTIALS} at the token or the answer, {@code INVALID} at the password,
     *     {@code ACCOUNT_LOCKED} after too many wrong answers, {@code UNAVAILABLE}
     */
    Future<Void> reset(String token, String answer, String newPassword) {
        return oneTimeTokens
                .find(database.reads(), token, OneTimeTokens.Purpose.PASSWORD_RESET)
                .map(found -> found.orElseThrow(PasswordReset::wrongToken))
                .compose(proof -> recoveries.findRecovery(database.reads(), proof.userId()))
                .map(found -> found.orElseThrow(PasswordReset::wrongToken))
                .compose(recovery -> checkPassword(recovery.user(), newPassword)
                        .compose(good -> checkAnswer(recovery, answer))
                        .compose(right -> passwords.hash(newPassword))
                        .compose(hash -> reset(new UserId(recovery.user().id()), token, hash)));
    }

    private static Future<?> checkPassword(User user, String password) {
        return Particulars.passwordObjection("newPassword", password, user.username(), user.email())
                .map(objection -> Future.failedFuture(
                        Problem.at(Problem.Code.INVALID, List.of("input", "newPassword"), objection)))
                .orElseGet(Future::succeededFuture);
    }

    private Future<?> checkAnswer(RecoveryRepository.Recovery recovery, String answer) {
        SecurityQuestion question = recovery.user().securityQuestion();
        if (question == null) {
            return Future.succeededFuture();
        }
        String normal = SecurityQuestion.normal(answer);
        // Whoever asks with a token and no answer wants to know the question, and has not guessed.
        if (normal.isEmpty()) {
            return Future.failedFuture(wrongAnswer(question));
        }
        return guards.guard(
                CredentialGuards.Kind.ANSWER,
                Subject.of(new UserId(recovery.user().id())),
                () -> passwords
                        .matches(normal, recovery.answerHash())
                        .compose(right ->
                                right ? Future.succeededFuture() : Future.failedFuture(wrongAnswer(question))));
    }

    private Future<Void> reset(UserId userId, String token, String hash) {
        return log.change(userId, null, change -> reset(change, token, hash)).map(user -> {
            live.forget(userId);
            letters.passwordWasReset(user.email(), user.username());
            return null;
        });
    }

    private Future<User> reset(Change change, String token, String hash) {
        return users.find(change.connection(), change.userId())
                .map(found -> found.orElseThrow(PasswordReset::wrongToken))
                .compose(before -> oneTimeTokens
                        .use(change.connection(), token, OneTimeTokens.Purpose.PASSWORD_RESET)
                        .map(found -> found.orElseThrow(PasswordReset::wrongToken))
                        .compose(proof -> recoveries.resetPassword(change.connection(), proof, hash))
                        .map(found -> found.orElseThrow(PasswordReset::wrongToken))
                        .onSuccess(after ->
                                change.record(UserActivities.ACCOUNT_PASSWORD_CHANGED, after.id(), before, after)))
                .compose(after -> closeOthers(change).map(after));
    }

    /** What was open before must not work with the former password's proof any more. */
    private Future<?> closeOthers(Change change) {
        return sessions.revokeAll(change.connection(), change.userId(), null)
                .compose(ended -> oneTimeTokens.discardAll(change.connection(), change.userId()))
                .compose(discarded -> watch.passwordChanged(change))
                .compose(followed ->
                        guards.reset(change.connection(), CredentialGuards.Kind.LOGIN, Subject.of(change.userId())));
    }

    private static Problem wrongToken() {
        return Problem.at(
                Problem.Code.WRONG_CREDENTIALS,
                List.of("input", "token"),
                "This token does not work, or not any more. Ask for a new one.");
    }

    private static Problem wrongAnswer(SecurityQuestion question) {
        return Problem.at(
                Problem.Code.WRONG_CREDENTIALS,
                List.of("input", "answer"),
                "The answer to the security question is missing or not right. The question is: " + question.wording());
    }
}
