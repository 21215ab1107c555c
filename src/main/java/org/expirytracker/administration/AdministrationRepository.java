package org.expirytracker.administration;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.Text;
import org.expirytracker.kernel.UserId;
import org.expirytracker.users.User;
import org.expirytracker.users.UserRepository;
import org.jspecify.annotations.Nullable;

/** SQL of the table {@code users}, for administrators. */
final class AdministrationRepository {

    private static final String FIRST = "SELECT " + UserRepository.COLUMNS + """
              FROM users
             WHERE ($1::text IS NULL OR text_identity(username) COLLATE "C" > text_identity($1))
               AND ($2::text IS NULL OR strpos(fold(username), $2) > 0 OR strpos(fold(email), $2) > 0)
             ORDER BY text_identity(username) COLLATE "C"
             LIMIT $3
            """;

    private static final String LAST = "SELECT " + UserRepository.COLUMNS + """
              FROM users
             WHERE ($1::text IS NULL OR text_identity(username) COLLATE "C" < text_identity($1))
               AND ($2::text IS NULL OR strpos(fold(username), $2) > 0 OR strpos(fold(email), $2) > 0)
             ORDER BY text_identity(username) COLLATE "C" DESC
             LIMIT $3
            """;

    /**
     * A page of all users by username, for administrators, in the direction of reading.
     *
     * @param search what username or e-mail address holds; null for all
     * @param place the username to begin beyond; null for that end of the list
     */
    Future<List<User>> list(SqlClient client, Page page, @Nullable String search, @Nullable String place) {
        return Rows.list(
                client,
                page.forward() ? FIRST : LAST,
                Tuple.of(place, folded(search), page.limit()),
                UserRepository::toUser);
    }

    private static @Nullable String folded(@Nullable String search) {
        return search == null ? null : Text.fold(search);
    }

    private static final String COUNT = """
            SELECT count(*)::integer AS users
              FROM users
             WHERE ($1::text IS NULL OR strpos(fold(username), $1) > 0 OR strpos(fold(email), $1) > 0)
            """;

    /** How many users there are, as {@link #list} finds them. */
    Future<Integer> count(SqlClient client, @Nullable String search) {
        return Rows.first(client, COUNT, Tuple.of(folded(search)), row -> row.getInteger("users"))
                .map(found -> found.orElse(0));
    }

    private static final String ABLE_ADMINISTRATORS = """
            SELECT id
              FROM users
             WHERE role = 'ADMIN' AND active AND (locked_until IS NULL OR locked_until <= now())
             ORDER BY id
            """;

    private static final String LOCK_ABLE_ADMINISTRATOR = """
            SELECT id
              FROM users
             WHERE id = $1 AND role = 'ADMIN' AND active AND (locked_until IS NULL OR locked_until <= now())
               FOR NO KEY UPDATE
            """;

    /**
     * The administrators who can act; they stay so until the transaction ends. Their rows are locked in one order, so that of
     * two administrators who would remove each other the second sees the first's.
     */
    Future<List<UserId>> ableAdministrators(SqlConnection transaction) {
        return Rows.list(transaction, ABLE_ADMINISTRATORS, Tuple.tuple(), AdministrationRepository::toUserId)
                .compose(able -> Rows.listOfEach(
                        transaction,
                        LOCK_ABLE_ADMINISTRATOR,
                        able.stream().map(each -> Tuple.of(each.value())).toList(),
                        AdministrationRepository::toUserId));
    }

    private static UserId toUserId(Row row) {
        return new UserId(row.getUUID("id"));
    }

    private static final String ADMINISTER = """
            WITH owned AS (
                UPDATE inventories
                   SET active = $3
                 WHERE owner_id = $1 AND active <> $3
            )
            UPDATE users
               SET role = $2, active = $3, locked_until = $4, version = version + 1, updated_at = now()
             WHERE id = $1
            RETURNING\s""" + UserRepository.COLUMNS;

    /**
     * Changes role, activity and lock to what is given, and counts the version up. The days of their inventories turn as
     * long as they are active.
     */
    Future<User> administer(SqlClient client, UserId userId, User changed) {
        Instant lockedUntil = changed.lockedUntil();
        Tuple parameters = Tuple.of(
                userId.value(),
                changed.role().name(),
                changed.active(),
                lockedUntil == null ? null : lockedUntil.atOffset(ZoneOffset.UTC));
        return Rows.first(client, ADMINISTER, parameters, UserRepository::toUser)
                .map(Optional::orElseThrow);
    }
}
