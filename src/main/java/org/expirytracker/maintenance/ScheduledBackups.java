package org.expirytracker.maintenance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.expirytracker.backups.AfterRestore;
import org.expirytracker.backups.Backup;
import org.expirytracker.backups.BackupFailure;
import org.expirytracker.backups.CopyProgress;
import org.expirytracker.backups.Encryption;
import org.expirytracker.backups.Verification;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.jobs.Job;
import org.expirytracker.jobs.JobRepository;
import org.expirytracker.jobs.Lease;
import org.expirytracker.migrations.MigrationFailure;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes backups on a schedule, as a job that one node does: writes, encrypts, proves, stores, and deletes those that are
 * kept no longer. The first one is made at once, so that whoever sets it up sees that it works; one that was missed, as soon
 * as a node is there again. When one was last made, by whichever node, stands with the job.
 */
public final class ScheduledBackups {

    /** The kind of the job. */
    public static final String KIND = "backup";

    private static final Logger LOG = LoggerFactory.getLogger(ScheduledBackups.class);

    /** After it was done, and at least so often, it is seen whether the schedule says something else by now. */
    private static final Duration LOOKS = Duration.ofMinutes(1);

    /** Better late than never: it is not parked, however long something is wrong. */
    private static final Job.Retries RETRIES = new Job.Retries(
            List.of(Duration.ofMinutes(5), Duration.ofMinutes(15), Duration.ofMinutes(30), Duration.ofHours(1)),
            Integer.MAX_VALUE);

    private static final Pattern OF_A_ROW = Pattern.compile("\\n\\s*(?:Detail|Where): [^\\n]*?(?= \\(SQLSTATE|\\n|$)");
    private static final String FOLDER = "expiry-backup-";
    /** Nothing that is under way is so old; what a killed program left is. */
    private static final Duration LEFT_BEHIND = Duration.ofDays(2);

    private final BackupSettings settings;
    private final DatabaseUrl database;
    private final List<AfterRestore> afterRestore;
    private final Clock clock;
    private final JobRepository jobs = new JobRepository();
    private final AtomicBoolean loggedUnproved = new AtomicBoolean();

    /**
     * Of a database.
     *
     * @param database PostgreSQL itself
     * @param afterRestore what the rooms have registered, in any order
     * @param clock the database's
     */
    public ScheduledBackups(
            BackupSettings settings, DatabaseUrl database, List<AfterRestore> afterRestore, Clock clock) {
        this.settings = settings;
        this.database = database;
        this.afterRestore = List.copyOf(afterRestore);
        this.clock = clock;
    }

    /** The job. */
    public Job job() {
        return new Job(KIND, LOOKS, RETRIES, 1, this::run);
    }

    private void run(Lease lease) {
        JobRepository.Standing standing =
                jobs.recurring(lease.client(), List.of(KIND)).await().get(KIND);
        Instant now = clock.instant();
        Instant done = standing == null ? null : standing.doneAt();
        if (standing != null && done != null && settings.schedule().after(done).isAfter(now)) {
            Instant next = settings.schedule().after(now);
            Instant look = now.plus(LOOKS);
            if (standing.error() != null) {
                // What failed is not to be made any more: the schedule was changed.
                lease.recovered();
            }
            lease.postponeTo(next.isBefore(look) ? next : look);
            return;
        }
        Heartbeat heart = new Heartbeat(lease);
        try (heart) {
            make();
        } catch (BackupFailure | MigrationFailure | IOException failure) {
            if (!heart.isBrokenOff()) {
                throw new IllegalStateException(withoutRows(failure), failure);
            }
        }
        if (heart.isBrokenOff()) {
            lease.goesOn();
        }
    }

    /** What the database says of a row has its values in it, which belong in no log. */
    private static String withoutRows(Exception failure) {
        return OF_A_ROW.matcher(String.valueOf(failure.getMessage())).replaceAll("");
    }

    private void make() throws IOException {
        // Before the work: a place that is not there costs nobody the copying.
        settings.store().names();
        sweepLeftBehind();
        Path folder = Files.createTempDirectory(FOLDER);
        try {
            Backup.Written written = new Backup(database, CopyProgress.SILENT).writeInto(folder);
            Path file = written.file();
            List<String> identities = List.of();
            if (!settings.recipients().isEmpty()) {
                // For a key besides that nobody keeps: so the very bytes that are stored are proved, and none can be
                // read later.
                Encryption.Key once = Encryption.newKey();
                List<String> recipients = new ArrayList<>(settings.recipients());
                recipients.add(once.recipient());
                Path readable = file;
                file = readable.resolveSibling(readable.getFileName() + Encryption.SUFFIX);
                Encryption.encrypt(readable, file, recipients);
                Files.delete(readable);
                identities = List.of(once.identity());
            }
            store(file, identities, written);
        } finally {
            delete(folder);
        }
    }

    private void store(Path file, List<String> identities, Backup.Written written) throws IOException {
        String name = String.valueOf(file.getFileName());
        String proof;
        try {
            proof = prove(file, identities, written);
        } catch (BackupFailure | MigrationFailure failure) {
            if (!Thread.currentThread().isInterrupted()) {
                forgetUnverified();
                settings.store().put(file, name + BackupStore.UNVERIFIED);
            }
            throw failure;
        }
        settings.store().put(file, name);
        List<StoredBackup> outdated = settings.retention().outdated(stored(settings.store()), clock.instant());
        for (StoredBackup each : outdated) {
            settings.store().delete(each.name());
        }
        forgetUnverified();
        LOG.info(
                "Wrote the backup {} to {}: {} rows in {} tables, {}; {} older ones deleted",
                name,
                settings.store(),
                written.rows(),
                written.tables(),
                proof,
                outdated.size());
    }

    private String prove(Path file, List<String> identities, Backup.Written written) {
        Verification verification = new Verification(database, afterRestore, CopyProgress.SILENT);
        boolean wanted = settings.verification() == BackupSettings.Verify.RESTORE;
        if (wanted && verification.isPossible()) {
            verification.restore(file, identities, written);
            return "restored into a scratch database for proof";
        }
        if (wanted && loggedUnproved.compareAndSet(false, true)) {
            LOG.warn(
                    "Backups are read from end to end, but not restored for proof: the role {} may not create a scratch"
                            + " database. To have them restored: ALTER ROLE {} CREATEDB. To be content with reading:"
                            + " EXPIRY_BACKUP_VERIFY=read",
                    database.user(),
                    database.user());
        }
        verification.read(file, identities, written);
        return "read from end to end";
    }

    private void forgetUnverified() throws IOException {
        for (String name : settings.store().names()) {
            if (name.endsWith(BackupStore.UNVERIFIED)
                    && StoredBackup.of(name.substring(0, name.length() - BackupStore.UNVERIFIED.length()))
                            .isPresent()) {
                settings.store().delete(name);
            }
        }
    }

    /**
     * The backups of a store, in any order.
     *
     * @throws IOException with a message for the operator
     */
    public static List<StoredBackup> stored(BackupStore store) throws IOException {
        return store.names().stream()
                .map(StoredBackup::of)
                .flatMap(Optional::stream)
                .toList();
    }

    /** What a program left behind that was killed: readable data among it. */
    private void sweepLeftBehind() throws IOException {
        Instant before = Instant.now().minus(LEFT_BEHIND);
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            for (Path each : files.toList()) {
                if (String.valueOf(each.getFileName()).startsWith(FOLDER)
                        && Files.getLastModifiedTime(each).toInstant().isBefore(before)) {
                    delete(each);
                }
            }
        } catch (UncheckedIOException | IOException gone) {
            LOG.debug("Not all that was left behind could be looked at", gone);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (UncheckedIOException | IOException e) {
            LOG.warn("The folder {} is left behind, with a copy of the data in it; delete it by hand", folder, e);
        }
    }
}
