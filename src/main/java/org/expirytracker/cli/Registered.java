package org.expirytracker.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.backups.AfterRestore;
import org.expirytracker.channels.ChannelJobs;
import org.expirytracker.channels.Channels;
import org.expirytracker.credentials.CredentialGuards;
import org.expirytracker.credentials.EncryptedColumn;
import org.expirytracker.credentials.KnownDevices;
import org.expirytracker.daily.TurnJobs;
import org.expirytracker.db.Erasure;
import org.expirytracker.exports.BulkExportJobs;
import org.expirytracker.exports.BulkExports;
import org.expirytracker.imports.ImportJobs;
import org.expirytracker.imports.Imports;
import org.expirytracker.items.ItemRepository;
import org.expirytracker.items.StockDays;
import org.expirytracker.jobs.Job;
import org.expirytracker.jobs.JobRepository;
import org.expirytracker.jobs.Outdated;
import org.expirytracker.kernel.KeptOperations;
import org.expirytracker.limits.Budgets;
import org.expirytracker.login.LoginAttempts;
import org.expirytracker.login.RecoveryCodes;
import org.expirytracker.login.TwoFactorRepository;
import org.expirytracker.members.Members;
import org.expirytracker.mqtt.MqttPublisher;
import org.expirytracker.notifications.Digests;
import org.expirytracker.notifications.ExpiryNotices;
import org.expirytracker.sessions.SessionRepository;
import org.expirytracker.tokens.ApiTokenRepository;
import org.expirytracker.users.OneTimeTokens;
import org.expirytracker.users.OutdatedRows;
import org.expirytracker.webhooks.WebhookJobs;
import org.expirytracker.webhooks.Webhooks;

/**
 * What rooms register of their own tables for a room to their left, which may not name these.
 */
public final class Registered {

    /** What becomes of a restored copy. */
    public static final List<AfterRestore> AFTER_RESTORE = Stream.of(
                    Webhooks.AFTER_RESTORE.stream(),
                    Channels.AFTER_RESTORE.stream(),
                    Stream.of(
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
                            ApiTokenRepository.AFTER_RESTORE.parkedAs("u20261129_11_api_tokens"),
                            Members.AFTER_RESTORE.parkedAs("u20261129_invitations")))
            .flatMap(Function.identity())
            .toList();

    /** What goes of a room with an inventory that goes; from right to left, since a table may refer to one on its left. */
    public static final List<Erasure> ERASURES = List.of(
            JobRepository.ERASURE,
            Channels.ERASURE,
            Imports.ERASURE,
            BulkExports.ERASURE,
            Webhooks.ERASURE,
            ExpiryNotices.ERASURE,
            StockDays.ERASURE,
            ItemRepository.ERASURE,
            LoginAttempts.ERASURE,
            CredentialGuards.ERASURE,
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
            Webhooks.JANITOR,
            Channels.JANITOR,
            Imports.JANITOR,
            BulkExports.JANITOR,
            Budgets.JANITOR);

    /** What is kept encrypted. */
    public static final List<EncryptedColumn> ENCRYPTED = Stream.concat(
                    Stream.of(TwoFactorRepository.ENCRYPTED, Channels.ENCRYPTED), Webhooks.ENCRYPTED.stream())
            .toList();

    private Registered() {}

    /**
     * All jobs that a node can do, each by one node at a time.
     *
     * @param context what a node has for them
     * @param channels what it has for those of channels
     * @param operations executes what is kept, from any thread
     * @param mqtt what is published at a broker; empty when nothing is
     * @param upkeep what keeps the installation well
     */
    static List<Job> jobs(
            WebhookJobs.Context context,
            ChannelJobs.Context channels,
            KeptOperations operations,
            Optional<MqttPublisher> mqtt,
            List<Job> upkeep) {
        List<Job> jobs = new ArrayList<>(JANITORS);
        jobs.addAll(TurnJobs.of(context.vertx(), context.liveFeed()));
        jobs.add(StockDays.JOB);
        if (context.mailer().sends()) {
            jobs.add(Digests.job(context.mailer(), context.home()));
        }
        jobs.addAll(WebhookJobs.of(context, operations));
        jobs.addAll(ChannelJobs.of(channels));
        jobs.addAll(ImportJobs.of(context.liveFeed(), context.clock()));
        jobs.add(BulkExportJobs.of(operations, context.clock()));
        mqtt.ifPresent(publisher -> jobs.add(publisher.job()));
        jobs.addAll(upkeep);
        return List.copyOf(jobs);
    }
}
