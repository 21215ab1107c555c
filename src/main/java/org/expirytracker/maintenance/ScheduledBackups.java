package org.expirytracker.maintenance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.expirytracker.backups.AfterRestore;
import org.expirytracker.backups.Backup;
import org.expirytracker.backups.BackupFailure;
import org.expirytracker.backups.CopyProgress;
import org.expirytracker.backups.Encryption;
import org.expirytracker.backups.PrivateFolder;
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
                throw new IllegalStateException(failure.getMessage(), failure);
            }
        }
        if (heart.isBrokenOff()) {
            lease.goesOn();
        }
    }

    private void make() throws IOException {
        // Before the work: a place that is not there costs nobody the copying.
        settings.store().list();
        // This node alone has the job, so nobody stores a backup now.
        settings.store().sweep();
        PrivateFolder.sweep();
        try (PrivateFolder folder = PrivateFolder.create()) {
            Backup.Written written = new Backup(database, CopyProgress.SILENT).writeInto(folder.path());
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
        int deleted = deleteOutdated();
        LOG.info(
                "Wrote the backup {} to {}: {} rows in {} tables, {}; {} older ones deleted",
                name,
                settings.store(),
                written.rows(),
                written.tables(),
                proof,
                deleted);
    }

    /** The backup is there: that an old one cannot be deleted is no reason to make another. */
    private int deleteOutdated() {
        int deleted = 0;
        try {
            for (StoredBackup each : settings.retention().outdated(stored(settings.store()), clock.instant())) {
                settings.store().delete(each.name());
                deleted++;
            }
            forgetUnverified();
        } catch (IOException undeletable) {
            LOG.warn("Backups that are kept no longer are left: {}", undeletable.getMessage());
        }
        return deleted;
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
        for (BackupStore.Entry each : settings.store().list()) {
            if (each.name().endsWith(BackupStore.UNVERIFIED) && StoredBackup.isOne(each.name())) {
                settings.store().delete(each.name());
            }
        }
    }

    /**
     * The backups of a store, in any order.
     *
     * @throws IOException with a message for the operator
     */
    public static List<StoredBackup> stored(BackupStore store) throws IOException {
        return store.list().stream()
                .map(StoredBackup::of)
                .flatMap(Optional::stream)
                .toList();
    }
}
