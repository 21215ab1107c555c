package org.expirytracker.recovery;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.Optional;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.UserId;
import org.expirytracker.users.OneTimeTokens;
import org.expirytracker.users.SecurityQuestion;
import org.expirytracker.users.User;
import org.expirytracker.users.UserDirectory;
import org.expirytracker.users.UserRepository;
import org.jspecify.annotations.Nullable;

/** SQL of the table {@code users}, for new passwords and security questions. */
final class RecoveryRepository {

    /**
     * What a reset of the password is decided by.
     *
     * @param answerHash of the answer to the user's security question, in PHC string format; null when none is set
     */
    record Recovery(User user, @Nullable String answerHash) {}

    private final UserDirectory directory = new UserDirectory();

    private static final String FIND_ACTIVE = "SELECT " + UserRepository.COLUMNS + """
              FROM users
             WHERE id IN ($1, $2) AND active
             ORDER BY id = $1 DESC
             LIMIT 1
            """;

    /** An active user by username or e-mail address, in any spelling that counts as the same. */
    Future<Optional<User>> findActive(SqlClient client, String name) {
        return directory
                .find(client, name)
                .compose(named -> Rows.first(
                        client,
                        FIND_ACTIVE,
                        Tuple.of(
                                UserDirectory.orNobody(named.byUsername()).value(),
                                UserDirectory.orNobody(named.byAddress()).value()),
                        UserRepository::toUser));
    }

    private static final String FIND_RECOVERY = "SELECT " + UserRepository.COLUMNS + """
                 , security_answer_hash
              FROM users
             WHERE id = $1 AND active
            """;

    /** What a reset of an active user's password is decided by. */
    Future<Optional<Recovery>> findRecovery(SqlClient client, UserId userId) {
        return Rows.first(
                client,
                FIND_RECOVERY,
                Tuple.of(userId.value()),
                row -> new Recovery(UserRepository.toUser(row), row.getString("security_answer_hash")));
    }

    private static final String FIND_QUESTION = """
            SELECT security_question
              FROM users
             WHERE id = $1 AND active AND security_question IS NOT NULL
            """;

    /** The security question of the active user with this name; empty when there is no such user or question. */
    Future<UserRepository.Named<SecurityQuestion>> findQuestion(SqlClient client, String username) {
        return directory
                .find(client, username)
                .compose(named -> Rows.first(
                                client,
                                FIND_QUESTION,
                                Tuple.of(UserDirectory.orNobody(named.byUsername())
                                        .value()),
                                row -> SecurityQuestion.valueOf(row.getString("security_question")))
                        .map(question -> new UserRepository.Named<>(named.folded(), question)));
    }

    // A token without address comes from an administrator and proves none.
    private static final String RESET_PASSWORD = """
            UPDATE users
               SET password_hash = $3, email_verified = email_verified OR $2::text IS NOT NULL,
                   awaits_verification = awaits_verification AND $2::text IS NULL,
                   version = version + 1, updated_at = now()
             WHERE id = $1 AND active AND ($2::text IS NULL OR text_identity(email) COLLATE "C" = text_identity($2::text))
            RETURNING\s""" + UserRepository.COLUMNS;

    /**
     * Sets a new password by a token, unless it was mailed to an address that is not the user's any more. One that was
     * mailed proves the address.
     */
    Future<Optional<User>> resetPassword(SqlClient client, OneTimeTokens.Proof proof, String newHash) {
        return Rows.first(
                client,
                RESET_PASSWORD,
                Tuple.of(proof.userId().value(), proof.email(), newHash),
                UserRepository::toUser);
    }

    private static final String CHANGE_QUESTION = """
            UPDATE users
               SET security_question = $3, security_answer_hash = $4, version = version + 1, updated_at = now()
             WHERE id = $1 AND password_hash = $2
            RETURNING\s""" + UserRepository.COLUMNS;

    /**
     * Sets the security question, or removes it, unless the password has changed since it was checked.
     *
     * @param passwordHash the hash that the password was checked against
     * @param question null to remove it; then so is {@code answerHash}
     */
    Future<Optional<User>> changeQuestion(
            SqlClient client,
            UserId userId,
            String passwordHash,
            @Nullable SecurityQuestion question,
            @Nullable String answerHash) {
        Tuple parameters =
                Tuple.of(userId.value(), passwordHash, question == null ? null : question.name(), answerHash);
        return Rows.first(client, CHANGE_QUESTION, parameters, UserRepository::toUser);
    }

    private static final String CHANGE_PASSWORD = """
            UPDATE users
               SET password_hash = $3, version = version + 1, updated_at = now()
             WHERE id = $1 AND password_hash = $2
            RETURNING\s""" + UserRepository.COLUMNS;

    /**
     * Changes the password, unless it has changed since it was checked.
     *
     * @param passwordHash the hash that the current password was checked against
     */
    Future<Optional<User>> changePassword(SqlClient client, UserId userId, String passwordHash, String newHash) {
        return Rows.first(
                client, CHANGE_PASSWORD, Tuple.of(userId.value(), passwordHash, newHash), UserRepository::toUser);
    }
}
