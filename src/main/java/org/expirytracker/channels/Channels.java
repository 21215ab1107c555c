package org.expirytracker.channels;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Actor;
import org.expirytracker.activities.Change;
import org.expirytracker.backups.AfterRestore;
import org.expirytracker.credentials.EncryptedColumn;
import org.expirytracker.credentials.SecretKeys;
import org.expirytracker.db.Database;
import org.expirytracker.db.Erasure;
import org.expirytracker.jobs.Job;
import org.expirytracker.kernel.ExpectedVersion;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.RecordJson;
import org.expirytracker.kernel.RowIds;
import org.expirytracker.kernel.UserId;
import org.expirytracker.outbound.OutboundClient;
import org.jspecify.annotations.Nullable;

/** How a user's channels come, change and go, and how one is tried. They are the user's alone. */
public final class Channels {

    /** Most channels of a user. */
    static final int MOST = 10;

    /** A request is answered within ten seconds, and so is a test. */
    private static final Duration PATIENCE = Duration.ofSeconds(7);

    /** What becomes of channels in a restored copy: see {@link AfterRestore}. */
    public static final List<AfterRestore> AFTER_RESTORE = List.of(
            ChannelRepository.AFTER_RESTORE,
            ChannelDeliveryRepository.AFTER_RESTORE,
            ChannelRepository.AFTER_RESTORE.parkedAs("u20261129_13_channels"),
            ChannelDeliveryRepository.AFTER_RESTORE.parkedAs("u20261129_13_channel_deliveries"));

    /** What goes of this room with a user. */
    public static final Erasure ERASURE = ChannelDeliveryRepository.ERASURE;

    /** What this room keeps encrypted. */
    public static final EncryptedColumn ENCRYPTED = ChannelRepository.ENCRYPTED;

    /** Forgets old deliveries. */
    public static final Job JANITOR = ChannelDeliveryRepository.JANITOR;

    private final Database database;
    private final ActivityLog log;
    private final SecretKeys keys;
    private final OutboundClient client;
    private final ChannelRepository repository = new ChannelRepository();
    private final ChannelDeliveryRepository deliveries = new ChannelDeliveryRepository();

    /**
     * Rules over one event loop's log.
     *
     * @param keys encrypt where and how channels send
     * @param client sends tests
     */
    public Channels(Database database, ActivityLog log, SecretKeys keys, OutboundClient client) {
        this.database = database;
        this.log = log;
        this.keys = keys;
        this.client = client;
    }

    /** Answer of {@code createChannel}. */
    record Created(Channel channel) implements Payload {}

    /**
     * Answer of {@code updateChannel}.
     *
     * @param changed whether this call changed it
     */
    record Updated(Channel channel, boolean changed) implements Payload {}

    /**
     * Answer of {@code testChannel}.
     *
     * @param delivered whether the receiver took it
     * @param statusCode null when there was no answer
     * @param answer the beginning of it, or why there was none
     */
    record Tested(
            Channel channel, boolean delivered, @Nullable Integer statusCode, String answer) implements Payload {}

    /** Creates a channel; fails with {@code CONFLICT} when there are as many as may be. */
    Future<Created> create(Actor actor, NewChannel fresh) {
        UUID id = RowIds.next();
        return log.change(
                actor,
                Created.class,
                change -> encrypt(change, id, fresh.settings())
                        .compose(encrypted ->
                                repository.insert(change.connection(), change.userId(), id, fresh, encrypted, MOST))
                        .map(inserted -> {
                            Channel created = inserted.orElseThrow(Channels::tooMany);
                            change.record(ChannelActivities.CHANNEL_CREATED, id, null, created.state());
                            return new Created(created);
                        }));
    }

    private static Problem tooMany() {
        return Problem.of(
                Problem.Code.CONFLICT,
                "You have %d channels, as many as there may be. Delete one first.".formatted(MOST));
    }

    private Future<Buffer> encrypt(Change change, UUID id, ChannelSettings settings) {
        return keys.encrypt(
                change.connection(),
                new SecretKeys.Owner(ChannelRepository.OWNER, id),
                ChannelRepository.SECRET,
                RecordJson.write((Record) settings).getBytes(UTF_8));
    }

    /** Where and how a channel sends. */
    static Future<ChannelSettings> settings(SecretKeys keys, Channel channel, Buffer secret) {
        return keys.decrypt(
                        new SecretKeys.Owner(ChannelRepository.OWNER, channel.id()), ChannelRepository.SECRET, secret)
                .map(plain -> ChannelSettings.read(channel.kind(), new String(plain, UTF_8)));
    }

    /**
     * Changes a channel. Switched on again, it tells what is notified from then on.
     *
     * @return fails with {@code NOT_FOUND}, {@code STALE_VERSION}
     */
    Future<Updated> update(Actor actor, ChannelPatch patch) {
        return log.change(
                actor,
                Updated.class,
                change -> require(change, patch.id(), patch.expected()).compose(before -> {
                    Channel after = patch.apply(before);
                    return after.equals(before) && patch.settings() == null
                            ? Future.succeededFuture(new Updated(before, false))
                            : update(change, before, after, patch.settings());
                }));
    }

    private Future<Updated> update(Change change, Channel before, Channel after, @Nullable ChannelSettings settings) {
        boolean on = before.offBecause() != null && after.offBecause() == null;
        Future<@Nullable Buffer> encrypted = settings == null
                ? Future.succeededFuture(null)
                : encrypt(change, before.id(), settings).map(it -> it);
        return encrypted
                .compose(secret -> repository.update(change.connection(), change.userId(), after, secret, on))
                .compose(updated -> (on
                                ? deliveries.dropPending(change.connection(), change.userId(), updated.id())
                                : Future.succeededFuture(0))
                        .map(dropped -> {
                            change.record(
                                    ChannelActivities.CHANNEL_UPDATED, updated.id(), before.state(), updated.state());
                            return new Updated(updated, true);
                        }));
    }

    /** Deletes a channel and what it sent; fails with {@code NOT_FOUND}, {@code STALE_VERSION}. */
    Future<Payload.Deletion> delete(Actor actor, UUID id, ExpectedVersion expected) {
        return log.change(
                actor,
                Payload.Deletion.class,
                change -> require(change, id, expected)
                        .compose(before -> repository
                                .delete(change.connection(), change.userId(), id)
                                .map(deleted -> {
                                    change.record(ChannelActivities.CHANNEL_DELETED, id, before.state(), null);
                                    return Payload.Deletion.of(Channel.TYPE, id);
                                })));
    }

    /**
     * Sends a test at once, also by a channel that is off, and waits for the answer. It is tried once.
     *
     * @return fails with {@code NOT_FOUND}
     */
    Future<Tested> test(UserId userId, UUID id) {
        UUID delivery = RowIds.next();
        return repository
                .findDelivered(database.reads(), userId, id)
                .map(found -> found.orElseThrow(Channels::missing))
                .compose(found -> settings(keys, found.channel(), found.secret()))
                .recover(Channels::unreadable)
                .compose(settings -> client.send(
                        settings.request(new ChannelMessage(delivery, MessageContent.TEST, null)), PATIENCE))
                .compose(answer -> noteTest(userId, id, delivery, answer)
                        .compose(noted -> repository.find(database.reads(), userId, List.of(id)))
                        .map(found -> new Tested(
                                Optional.ofNullable(found.get(id)).orElseThrow(Channels::missing),
                                answer.taken(),
                                answer.statusCode(),
                                answer.text())));
    }

    /** Whoever owns it can say anew where it leads, whatever became of the key. */
    private static Future<ChannelSettings> unreadable(Throwable failure) {
        return Future.failedFuture(
                failure instanceof SecretKeys.Unreadable
                        ? Problem.at(
                                Problem.Code.CONFLICT,
                                List.of("input", "id"),
                                "Where this channel leads cannot be read any more. Give it anew by updateChannel.")
                        : failure);
    }

    private Future<?> noteTest(UserId userId, UUID id, UUID delivery, OutboundClient.Answer answer) {
        return deliveries
                .insertTest(database.reads(), userId, id, delivery, answer)
                .compose(noted -> answer.taken()
                        ? repository.taken(database.reads(), userId, id)
                        : repository.noteError(database.reads(), userId, id, error(answer)))
                // What waited for a receiver that fails need not wait any more.
                .onSuccess(noted -> log.changed(List.of(InventoryId.ownOf(userId))));
    }

    /** What is kept of an attempt that failed. */
    static String error(OutboundClient.Answer answer) {
        return answer.statusCode() == null
                ? answer.text()
                : Cut.toCharacters("Status %d: %s".formatted(answer.statusCode(), answer.text()), MOST_ERROR);
    }

    private static final int MOST_ERROR = 2_000;

    private Future<Channel> require(Change change, UUID id, ExpectedVersion expected) {
        return repository
                .find(change.connection(), change.userId(), List.of(id))
                .map(found -> {
                    Channel channel = Optional.ofNullable(found.get(id)).orElseThrow(Channels::missing);
                    expected.require("channel", channel.version());
                    return channel;
                });
    }

    private static Problem missing() {
        return Problem.at(Problem.Code.NOT_FOUND, List.of("input", "id"), "There is no channel with this id.");
    }
}
