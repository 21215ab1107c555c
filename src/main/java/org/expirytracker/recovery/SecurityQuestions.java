package org.expirytracker.recovery;

import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.credentials.AccessTokens;
import org.expirytracker.credentials.Passwords;
import org.expirytracker.credentials.Subject;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Problem;
import org.expirytracker.users.PasswordConfirmation;
import org.expirytracker.users.SecurityQuestion;
import org.expirytracker.users.User;
import org.expirytracker.users.UserActivities;
import org.expirytracker.users.UserRepository;
import org.jspecify.annotations.Nullable;

/**
 * Sets, shows and removes a user's security question. Its answer is one more step of {@link PasswordReset}; alone it
 * opens nothing.
 */
public final class SecurityQuestions {

    static final int MOST_ANSWER = 200;

    private static final int LEAST_ANSWER = 3;

    private final Database database;
    private final ActivityLog log;
    private final AccessTokens tokens;
    private final Passwords passwords;
    private final PasswordConfirmation confirmation;
    private final UserRepository users = new UserRepository();
    private final RecoveryRepository questions = new RecoveryRepository();

    /**
     * Over one event loop's connections.
     *
     * @param tokens holds the key of the questions that are shown where there are none
     * @param confirmation checks the password of who changes the question
     */
    public SecurityQuestions(
            Database database,
            ActivityLog log,
            AccessTokens tokens,
            Passwords passwords,
            PasswordConfirmation confirmation) {
        this.database = database;
        this.log = log;
        this.tokens = tokens;
        this.passwords = passwords;
        this.confirmation = confirmation;
    }

    /**
     * The question that a user has set; for a name that nobody has, and a user who has set none, always the same other.
     *
     * @param username case does not count
     */
    Future<SecurityQuestion> of(String username) {
        return questions
                .findQuestion(database.reads(), username)
                .map(named -> named.found()
                        .orElseGet(() -> SecurityQuestion.decoy(Subject.of(named.folded(), Optional.empty(), tokens)
                                .id())));
    }

    /**
     * Sets the question, instead of any former one.
     *
     * @return fails with {@code INVALID} at the answer, {@code WRONG_CREDENTIALS} at the password, {@code ACCOUNT_LOCKED},
     *     {@code UNAVAILABLE}
     */
    Future<User> set(Caller caller, SecurityQuestion question, String answer, String password) {
        String normal = SecurityQuestion.normal(answer);
        if (normal.length() < LEAST_ANSWER) {
            return Future.failedFuture(Problem.at(
                    Problem.Code.INVALID,
                    List.of("input", "answer"),
                    "answer must have at least %d letters or digits.".formatted(LEAST_ANSWER)));
        }
        return confirmation
                .confirm(caller, password, "password")
                .compose(
                        confirmed -> passwords.hash(normal).compose(hash -> change(caller, confirmed, question, hash)));
    }

    /**
     * Removes the question; nothing happens when there is none.
     *
     * @return fails with {@code WRONG_CREDENTIALS} at the password, {@code ACCOUNT_LOCKED}, {@code UNAVAILABLE}
     */
    Future<User> remove(Caller caller, String password) {
        return confirmation
                .confirm(caller, password, "password")
                .compose(confirmed -> change(caller, confirmed, null, null));
    }

    private Future<User> change(
            Caller caller,
            UserRepository.Credentials confirmed,
            @Nullable SecurityQuestion question,
            @Nullable String answerHash) {
        return log.change(
                caller.userId(),
                caller.sessionId(),
                change -> users.find(change.connection(), caller.userId())
                        .map(found -> found.orElseThrow(AccessTokens::unauthenticated))
                        .compose(before -> questions
                                .changeQuestion(
                                        change.connection(),
                                        caller.userId(),
                                        confirmed.passwordHash(),
                                        question,
                                        answerHash)
                                .map(found -> found.orElseThrow(() -> PasswordConfirmation.wrongPassword("password")))
                                .onSuccess(after ->
                                        change.record(UserActivities.ACCOUNT_UPDATED, after.id(), before, after))));
    }
}
