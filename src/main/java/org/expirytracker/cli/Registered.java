package org.expirytracker.cli;

import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.backups.AfterRestore;
import org.expirytracker.credentials.CredentialGuards;
import org.expirytracker.credentials.KnownDevices;
import org.expirytracker.daily.TurnJobs;
import org.expirytracker.db.Erasure;
import org.expirytracker.items.ItemRepository;
import org.expirytracker.items.StockDays;
import org.expirytracker.jobs.Job;
import org.expirytracker.jobs.JobRepository;
import org.expirytracker.jobs.Outdated;
import org.expirytracker.limits.Budgets;
import org.expirytracker.login.LoginAttempts;
import org.expirytracker.login.RecoveryCodes;
import org.expirytracker.login.TwoFactorRepository;
import org.expirytracker.mail.Mailer;
import org.expirytracker.members.Members;
import org.expirytracker.notifications.Digests;
import org.expirytracker.notifications.ExpiryNotices;
import org.expirytracker.sessions.SessionRepository;
import org.expirytracker.tokens.ApiTokenRepository;
import org.expirytracker.users.OneTimeTokens;
import org.expirytracker.users.OutdatedRows;

/**
 * What rooms register of their own tables for a room to their left, which may not name these.
 */
public final class Registered {

    /** What becomes of a restored copy. */
    public static final List<AfterRestore> AFTER_RESTORE = List.of(
            ActivityLog.AFTER_RESTORE,
            KnownDevices.AFTER_RESTORE,
            OneTimeTokens.AFTER_RESTORE,
            SessionRepository.AFTER_RESTORE,
            RecoveryCodes.AFTER_RESTORE,
            TwoFactorRepository.AFTER_RESTORE,
            ApiTokenRepository.AFTER_RESTORE,
            Members.AFTER_RESTORE,
            ActivityLog.AFTER_RESTORE.parkedAs("u20261129_4_feeds"),
            ApiTokenRepository.AFTER_RESTORE.parkedAs("u20261129_api_tokens"),
            Members.AFTER_RESTORE.parkedAs("u20261129_invitations"));

    /** What goes of a room with an inventory that goes; from right to left, since a table may refer to one on its left. */
    public static final List<Erasure> ERASURES = List.of(
            JobRepository.ERASURE,
            ExpiryNotices.ERASURE,
            StockDays.ERASURE,
            ItemRepository.ERASURE,
            ActivityLog.ERASURE);

    /** What is deleted of people's rows when it is outdated. */
    static final List<Outdated> OUTDATED = List.of(
            ActivityLog.OUTDATED,
            KnownDevices.OUTDATED,
            OneTimeTokens.OUTDATED,
            SessionRepository.OUTDATED_REFRESH_TOKENS,
            SessionRepository.OUTDATED_SESSIONS,
            ApiTokenRepository.OUTDATED);

    /** What deletes outdated rows, again and again. */
    static final List<Job> JANITORS = List.of(
            OutdatedRows.janitor(OUTDATED),
            CredentialGuards.JANITOR,
            LoginAttempts.JANITOR,
            Members.JANITOR,
            Budgets.JANITOR);

    private Registered() {}

    /**
     * All jobs that a node can do, each by one node at a time.
     *
     * @param home where people find this server
     */
    static List<Job> jobs(Vertx vertx, LiveFeed liveFeed, Mailer mailer, Supplier<String> home) {
        List<Job> jobs = new ArrayList<>(JANITORS);
        jobs.addAll(TurnJobs.of(vertx, liveFeed));
        jobs.add(StockDays.JOB);
        if (mailer.sends()) {
            jobs.add(Digests.job(mailer, home));
        }
        return List.copyOf(jobs);
    }
}
