package org.expirytracker.users;

import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.expirytracker.db.Rows;
import org.expirytracker.jobs.Job;
import org.expirytracker.jobs.Lease;
import org.expirytracker.jobs.Outdated;

/** The janitor of all that is kept by user: goes through the users by id, some at a time, so that it needs no index. */
public final class OutdatedRows {

    private static final int USERS_AT_ONCE = 1_000;
    private static final int MOST_ROWS = 10_000;
    private static final UUID FIRST = new UUID(0, 0);

    private OutdatedRows() {}

    /**
     * The job.
     *
     * @param outdated what each room deletes
     */
    public static Job janitor(List<Outdated> outdated) {
        return new Job("forget-outdated-rows", Duration.ofHours(1), lease -> deleteAll(lease, outdated));
    }

    private static final String NEXT = """
            SELECT id
              FROM users
             WHERE id > $1
             ORDER BY id
             LIMIT $2
            """;

    private static void deleteAll(Lease lease, List<Outdated> outdated) {
        List<UUID> users = next(lease, FIRST);
        while (!users.isEmpty() && lease.goesOn() && delete(lease, outdated, users)) {
            users = next(lease, users.getLast());
        }
    }

    private static List<UUID> next(Lease lease, UUID last) {
        return Rows.list(lease.client(), NEXT, Tuple.of(last, (long) USERS_AT_ONCE), row -> row.getUUID("id"))
                .await();
    }

    /** Whether all of it is gone, and not only some when the work was interrupted. */
    private static boolean delete(Lease lease, List<Outdated> outdated, List<UUID> users) {
        Tuple parameters =
                Tuple.tuple().addArrayOfUUID(users.toArray(UUID[]::new)).addLong((long) MOST_ROWS);
        for (Outdated each : outdated) {
            while (Rows.change(lease.client(), each.statement(), parameters).await() == MOST_ROWS) {
                if (!lease.goesOn()) {
                    return false;
                }
            }
        }
        return true;
    }
}
