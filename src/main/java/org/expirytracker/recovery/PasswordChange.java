package org.expirytracker.recovery;

import io.vertx.core.Future;
import java.util.List;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Change;
import org.expirytracker.credentials.AccessTokens;
import org.expirytracker.credentials.LiveSessions;
import org.expirytracker.credentials.Passwords;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Problem;
import org.expirytracker.sessions.SessionRepository;
import org.expirytracker.users.OneTimeTokens;
import org.expirytracker.users.Particulars;
import org.expirytracker.users.PasswordConfirmation;
import org.expirytracker.users.User;
import org.expirytracker.users.UserActivities;
import org.expirytracker.users.UserRepository;

/** A new password for who knows the old one; for who does not, there is {@link PasswordReset}. */
public final class PasswordChange {

    private final Database database;
    private final ActivityLog log;
    private final Passwords passwords;
    private final PasswordConfirmation confirmation;
    private final LiveSessions live;
    private final PasswordWatch watch;
    private final OneTimeTokens oneTimeTokens = new OneTimeTokens();
    private final UserRepository users = new UserRepository();
    private final RecoveryRepository recoveries = new RecoveryRepository();
    private final SessionRepository sessions = new SessionRepository();

    /**
     * Over one event loop's connections; passwords and live sessions are the process's.
     *
     * @param watch what follows for a user's programs
     */
    public PasswordChange(
            Database database,
            ActivityLog log,
            Passwords passwords,
            PasswordConfirmation confirmation,
            LiveSessions live,
            PasswordWatch watch) {
        this.database = database;
        this.log = log;
        this.passwords = passwords;
        this.confirmation = confirmation;
        this.live = live;
        this.watch = watch;
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
        return users.find(database.reads(), caller.userId())
                .map(found -> found.orElseThrow(AccessTokens::unauthenticated))
                .map(user -> Particulars.passwordObjection("newPassword", newPassword, user.username(), user.email()))
                .compose(objection -> objection.isEmpty()
                        ? confirmation.confirm(caller, currentPassword, "currentPassword")
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
                                        : watch.passwordChanged(change).map(changed))))
                .onSuccess(changed -> live.forget(caller.userId()));
    }

    private Future<User> changePassword(
            Change change, Caller caller, UserRepository.Credentials credentials, String newHash) {
        return users.find(change.connection(), change.userId())
                .map(found -> found.orElseThrow(AccessTokens::unauthenticated))
                .compose(before -> recoveries
                        .changePassword(change.connection(), change.userId(), credentials.passwordHash(), newHash)
                        .map(found -> found.orElseThrow(() -> PasswordConfirmation.wrongPassword("currentPassword")))
                        .compose(after -> {
                            change.record(UserActivities.ACCOUNT_PASSWORD_CHANGED, after.id(), before, after);
                            return sessions.revokeAll(change.connection(), change.userId(), caller.sessionId())
                                    .compose(ended -> oneTimeTokens.discardAll(change.connection(), change.userId()))
                                    .map(discarded -> after);
                        }));
    }
}
