package org.expirytracker.users;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.db.Conflict;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.RowIds;
import org.expirytracker.kernel.UserId;

/**
 * SQL of the directories {@code user_names} and {@code email_addresses}: whose a username or an e-mail address is, by what
 * counts as the same. Every way from a name to a user leads through them, and their keys are what makes names and addresses
 * unique where {@code users} is distributed by id. Whatever writes either into {@code users} writes here in the same
 * statement.
 *
 * <p>A look-up is two statements, here for the id and in {@code users} by it: on many machines the rows lie apart, so that no
 * statement could join them. The other way, to keep here what a login needs, would write it twice at each change of a
 * password or a lock, and would keep hashes in two places.
 */
public final class UserDirectory {

    /**
     * Whom a text names.
     *
     * @param folded the text as the database compares it
     * @param byUsername whose username it is
     * @param byAddress whose e-mail address it is
     */
    public record Named(String folded, Optional<UserId> byUsername, Optional<UserId> byAddress) {

        // Usernames of today contain no @; one from earlier days may look like another user's e-mail address.
        /** Whose username, else whose e-mail address it is. */
        public Optional<UserId> user() {
            return byUsername.or(() -> byAddress);
        }
    }

    private static final String FIND = """
            SELECT text_identity($1) AS folded,
                   (SELECT user_id FROM user_names WHERE identity = text_identity($1)) AS by_username,
                   (SELECT user_id FROM email_addresses WHERE identity = text_identity($1)) AS by_address
            """;

    /** Whose a username or an e-mail address is, in any spelling that counts as the same. */
    public Future<Named> find(SqlClient client, String name) {
        return Rows.first(
                        client,
                        FIND,
                        Tuple.of(name),
                        row -> new Named(
                                row.getString("folded"), userId(row, "by_username"), userId(row, "by_address")))
                .map(Optional::orElseThrow);
    }

    private static Optional<UserId> userId(Row row, String column) {
        UUID id = row.getUUID(column);
        return id == null ? Optional.empty() : Optional.of(new UserId(id));
    }

    /** Whoever was found, or else an id that nobody has: so the same statement follows in either case. */
    public static UserId orNobody(Optional<UserId> found) {
        return found.orElseGet(() -> new UserId(RowIds.next()));
    }

    /**
     * Begins a statement that adds the user $1 to {@code users}: enters their username $2 and their e-mail address $3, and goes
     * on with a common table expression {@code entered (user_id)}. Fails when either is somebody's.
     */
    static final String ENTER = """
            WITH named AS (
                INSERT INTO user_names (identity, user_id)
                VALUES (text_identity($2), $1)
             RETURNING user_id
            ), entered AS (
                INSERT INTO email_addresses (identity, user_id)
                SELECT text_identity($3), user_id
                  FROM named
             RETURNING user_id
            )
            """;

    /** As {@link #ENTER}, but {@code entered} is empty when either is somebody's; then {@link #leave} must follow. */
    public static final String ENTER_IF_FREE = """
            WITH named AS (
                INSERT INTO user_names (identity, user_id)
                VALUES (text_identity($2), $1)
                ON CONFLICT DO NOTHING
             RETURNING user_id
            ), entered AS (
                INSERT INTO email_addresses (identity, user_id)
                SELECT text_identity($3), user_id
                  FROM named
                ON CONFLICT DO NOTHING
             RETURNING user_id
            )
            """;

    private static final String LEAVE = """
            WITH unnamed AS (
                DELETE FROM user_names
                 WHERE identity = text_identity($2) AND user_id = $1 AND $4
            )
            DELETE FROM email_addresses
             WHERE identity = text_identity($3) AND user_id = $1 AND $4
            """;

    /**
     * Takes back what was entered of a user who was not added.
     *
     * @param entered only then; else nothing is done, by the same statement
     */
    public Future<Integer> leave(
            SqlConnection transaction, UserId userId, String username, String email, boolean entered) {
        return Rows.change(transaction, LEAVE, Tuple.of(userId.value(), username, email, entered));
    }

    /**
     * Goes on with a statement that begins with a common table expression {@code gone (id, username, email)} of users who were
     * deleted: deletes their entries.
     */
    public static final String OF_GONE = """
            , unnamed AS (
                DELETE FROM user_names
                 USING gone
                 WHERE user_names.identity = text_identity(gone.username) AND user_names.user_id = gone.id
            ), unaddressed AS (
                DELETE FROM email_addresses
                 USING gone
                 WHERE email_addresses.identity = text_identity(gone.email) AND email_addresses.user_id = gone.id
            )
            """;

    /**
     * Goes on with a statement that changes the user $1, after a common table expression of its own: enters the username $5 in
     * place of $7 and the e-mail address $6 in place of $8, unless they count as the same. Fails when either is somebody's.
     */
    static final String RENAME = """
            , unnamed AS (
                DELETE FROM user_names
                 WHERE identity = text_identity($7) AND identity <> text_identity($5) AND user_id = $1
            ), named AS (
                INSERT INTO user_names (identity, user_id)
                SELECT text_identity($5), $1
                 WHERE text_identity($5) <> text_identity($7)
            ), unaddressed AS (
                DELETE FROM email_addresses
                 WHERE identity = text_identity($8) AND identity <> text_identity($6) AND user_id = $1
            ), addressed AS (
                INSERT INTO email_addresses (identity, user_id)
                SELECT text_identity($6), $1
                 WHERE text_identity($6) <> text_identity($8)
            )
            """;

    private static final String USERNAME_TAKEN = "This username is taken. Choose another one.";
    private static final String ADDRESS_TAKEN = "This e-mail address is in use. Log in, or use another address.";

    /** What a taken name is called: by the keys of the directories, and until the next release by the indexes of users. */
    static final List<Conflict> CONFLICTS = List.of(
            new Conflict("user_names_pkey", "username", USERNAME_TAKEN),
            new Conflict("email_addresses_pkey", "email", ADDRESS_TAKEN),
            new Conflict("users_username_key", "username", USERNAME_TAKEN),
            new Conflict("users_email_key", "email", ADDRESS_TAKEN));

    private static final String ASTRAY_NAMES = """
            WITH entry AS MATERIALIZED (
                SELECT identity, user_id
                  FROM user_names
            ), named AS MATERIALIZED (
                SELECT id, text_identity(username) AS identity
                  FROM users
            )
            SELECT count(*)
              FROM named
              FULL JOIN entry ON entry.identity = named.identity AND entry.user_id = named.id
             WHERE named.id IS NULL OR entry.user_id IS NULL
            """;

    private static final String ASTRAY_ADDRESSES = """
            WITH entry AS MATERIALIZED (
                SELECT identity, user_id
                  FROM email_addresses
            ), named AS MATERIALIZED (
                SELECT id, text_identity(email) AS identity
                  FROM users
            )
            SELECT count(*)
              FROM named
              FULL JOIN entry ON entry.identity = named.identity AND entry.user_id = named.id
             WHERE named.id IS NULL OR entry.user_id IS NULL
            """;

    /** For each directory the statement that counts entries which are missing or nobody's: none, unless rows were changed past the program. */
    public static final Map<String, String> ASTRAY =
            Map.of("user_names", ASTRAY_NAMES, "email_addresses", ASTRAY_ADDRESSES);

    /** What fills a directory anew, for an operator. */
    public static String remedy(String directory) {
        return """
                BEGIN;
                LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE;
                DELETE FROM %1$s;
                INSERT INTO %1$s (identity, user_id) SELECT text_identity(%2$s), id FROM users;
                COMMIT;""".formatted(directory, directory.equals("user_names") ? "username" : "email");
    }
}
