package org.expirytracker.credentials;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.backups.AfterRestore;
import org.expirytracker.db.Rows;
import org.expirytracker.jobs.Outdated;

/**
 * Devices that have logged in before: SQL of the table {@code known_devices}. $1 is always the user. Each has ten tries
 * of its own, so that nobody who guesses elsewhere keeps its owner out; then it is as unknown as any.
 */
public final class KnownDevices {

    private static final String TAKE = """
            UPDATE known_devices
               SET failures = failures + 1
             WHERE user_id = $1 AND hash = $2 AND failures < 10
            """;

    /**
     * Takes a try of a device's own, which counts as failed until it is given back.
     *
     * @param subjectId whom the name stands for that came with the token; nobody's has no devices
     * @return whether the device is known and had a try left
     */
    Future<Boolean> take(SqlClient client, UUID subjectId, OpaqueToken device) {
        return Rows.change(client, TAKE, Tuple.of(subjectId, device.hash())).map(taken -> taken == 1);
    }

    private static final String GIVE_BACK = """
            UPDATE known_devices
               SET failures = failures - 1
             WHERE user_id = $1 AND hash = $2 AND failures > 0
            """;

    /** Gives a try back that was right, or found nothing out. */
    Future<Integer> giveBack(SqlClient client, UUID subjectId, OpaqueToken device) {
        return Rows.change(client, GIVE_BACK, Tuple.of(subjectId, device.hash()));
    }

    private static final String REMEMBER = """
            WITH replaced AS (
                DELETE FROM known_devices
                 WHERE user_id = $1
                   AND (hash = $3 OR failures >= 10
                        OR hash IN (SELECT hash
                                      FROM known_devices
                                     WHERE user_id = $1
                                     ORDER BY last_used_at DESC
                                    OFFSET 49))
            )
            INSERT INTO known_devices (user_id, hash)
            VALUES ($1, $2)
            """;

    /**
     * Makes a device known, and forgets those of the same user that have no try left, or are more than
     * 50.
     *
     * @param replaced a token of the same device, which is forgotten
     */
    public Future<Integer> remember(SqlClient client, OpaqueToken device, Optional<OpaqueToken> replaced) {
        Tuple parameters = Tuple.of(
                device.userId().value(),
                device.hash(),
                replaced.map(OpaqueToken::hash).orElse(null));
        return Rows.change(client, REMEMBER, parameters);
    }

    private static final String FORGET_ALL = """
            DELETE FROM public.known_devices
            """;

    /** A device may have been forgotten since. */
    public static final AfterRestore AFTER_RESTORE = new AfterRestore("known_devices", "hash", FORGET_ALL);

    private static final String FORGET_OUTDATED = """
            DELETE FROM known_devices
             WHERE (user_id, hash) IN (
                   SELECT user_id, hash
                     FROM known_devices
                    WHERE user_id = ANY ($1) AND last_used_at < now() - interval '180 days'
                    LIMIT $2)
            """;

    /** Devices that were not used for 180 days. */
    public static final Outdated OUTDATED = new Outdated(FORGET_OUTDATED);
}
