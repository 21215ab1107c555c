package org.expirytracker.login;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.expirytracker.backups.AfterRestore;
import org.expirytracker.credentials.Totp;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.Text;
import org.expirytracker.kernel.UserId;

/**
 * Codes for whoever has lost their second factor, each good once: SQL of the table {@code recovery_codes}. $1 is always
 * the user. A code has 120 random bits, so its SHA-256, which is all that is stored, needs no salt and no slowness (NIST
 * SP 800-63B-4 section 3.1.2.2).
 */
public final class RecoveryCodes {

    private static final int CODES = 10;
    private static final int RANDOM_BYTES = 15;
    private static final Pattern FORM = Pattern.compile("[A-Z2-7]{24}");
    private static final Pattern GROUPS = Pattern.compile(".{4}(?!$)");
    private static final SecureRandom RANDOM = new SecureRandom();

    private static final String REPLACE = """
            WITH former AS (
                DELETE FROM recovery_codes
                 WHERE user_id = $1
            )
            INSERT INTO recovery_codes (user_id, hash)
            SELECT $1, hash
              FROM unnest($2::bytea[]) AS hash
            """;

    /**
     * Makes ten new codes; the former ones stop working.
     *
     * @return the codes, to be shown once: six groups of four letters and digits each
     */
    Future<List<String>> replace(SqlClient client, UserId userId) {
        List<String> codes =
                Stream.generate(RecoveryCodes::newCode).limit(CODES).toList();
        Tuple parameters = Tuple.of(userId.value())
                .addArrayOfBuffer(codes.stream().map(RecoveryCodes::hash).toArray(Buffer[]::new));
        return Rows.change(client, REPLACE, parameters)
                .map(codes.stream()
                        .map(code -> GROUPS.matcher(code).replaceAll("$0-"))
                        .toList());
    }

    private static final String USE = """
            DELETE FROM recovery_codes
             WHERE user_id = $1 AND hash = $2
            """;

    /**
     * Uses a code up. Of many who try one at once, exactly one succeeds.
     *
     * @param text as it was typed: see {@link Text#code}
     * @return whether it was one of this user's codes
     */
    Future<Boolean> use(SqlClient client, UserId userId, String text) {
        String code = Text.code(text);
        return FORM.matcher(code).matches()
                ? Rows.change(client, USE, Tuple.of(userId.value(), hash(code))).map(used -> used == 1)
                : Future.succeededFuture(false);
    }

    private static final String REMOVE = """
            DELETE FROM recovery_codes
             WHERE user_id = $1
            """;

    /** Removes every code. */
    public Future<Integer> remove(SqlClient client, UserId userId) {
        return Rows.change(client, REMOVE, Tuple.of(userId.value()));
    }

    private static String newCode() {
        byte[] random = new byte[RANDOM_BYTES];
        RANDOM.nextBytes(random);
        return Totp.base32(random);
    }

    private static Buffer hash(String code) {
        try {
            return Buffer.buffer(MessageDigest.getInstance("SHA-256").digest(code.getBytes(US_ASCII)));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static final String FORGET_ALL = """
            DELETE FROM public.recovery_codes
            """;

    /** A code may have been used since. */
    public static final AfterRestore AFTER_RESTORE = new AfterRestore("recovery_codes", "hash", FORGET_ALL);
}
