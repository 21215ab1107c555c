package org.expirytracker.maintenance;

import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.expirytracker.jobs.Job;
import org.expirytracker.jobs.Lease;
import org.expirytracker.migrations.Finding;
import org.expirytracker.migrations.MigrationFailure;

/**
 * Looks again and again whether the database is as it should be, as far as that costs little: a job that fails when it finds
 * something. {@code expiry db check} looks at all.
 */
public final class DatabaseCheck {

    /** The kind of the job. */
    public static final String KIND = "check-database";

    private static final Duration EVERY = Duration.ofHours(6);
    private static final Job.Retries RETRIES = new Job.Retries(List.of(Duration.ofHours(1)), Integer.MAX_VALUE);

    private final Supplier<List<Finding>> check;

    /** @param check what is wrong; blocking */
    public DatabaseCheck(Supplier<List<Finding>> check) {
        this.check = check;
    }

    /** The job. */
    public Job job() {
        return new Job(KIND, EVERY, RETRIES, 1, this::run);
    }

    private void run(Lease lease) {
        List<Finding> found = List.of();
        Heartbeat heart = new Heartbeat(lease);
        try (heart) {
            found = check.get();
        } catch (MigrationFailure failure) {
            if (!heart.isBrokenOff()) {
                throw failure;
            }
        }
        if (heart.isBrokenOff()) {
            lease.goesOn();
        } else if (!found.isEmpty()) {
            throw new IllegalStateException("%s%s Next: expiry db check"
                    .formatted(
                            found.getFirst().what(),
                            found.size() == 1 ? "" : " And %d more.".formatted(found.size() - 1)));
        }
    }
}
