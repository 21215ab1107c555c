package org.expirytracker.channels;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Actor;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Wiring;
import org.expirytracker.outbound.OutboundTargets;
import org.jspecify.annotations.Nullable;

/** GraphQL fields of the channels room. */
public final class ChannelFetchers implements Fetchers {

    private static final String DELIVERIES = "deliveries by channel";
    private static final int MOST_DELIVERIES = 20;

    private final SqlClient reads;
    private final Channels channels;
    private final OutboundTargets targets;
    private final ChannelRepository repository = new ChannelRepository();
    private final ChannelDeliveryRepository deliveries = new ChannelDeliveryRepository();

    /**
     * Fields over one event loop's connections.
     *
     * @param targets where channels may lead
     */
    public ChannelFetchers(Database database, Channels channels, OutboundTargets targets) {
        this.reads = database.reads();
        this.channels = channels;
        this.targets = targets;
    }

    @Override
    public void register(Wiring wiring) {
        wiring.declare(ChannelActivities.ALL)
                .query("channels", this::channels)
                .mutation("createChannel", this::createChannel)
                .mutation("updateChannel", this::updateChannel)
                .mutation("deleteChannel", this::deleteChannel)
                .mutation("testChannel", this::testChannel)
                .field("Channel", "recentDeliveries", ChannelFetchers::recentDeliveries)
                .state("ChannelState", ChannelState.class)
                .node(
                        Channel.TYPE,
                        Channel.class,
                        Channel::id,
                        (caller, ids) -> repository.find(reads, caller.userId(), ids))
                .loader(
                        DELIVERIES,
                        (Caller caller, Set<UUID> ids) ->
                                deliveries.latest(reads, caller.userId(), ids, MOST_DELIVERIES));
    }

    private Future<List<Channel>> channels(Field field) {
        return repository.list(reads, field.caller().userId(), Channels.MOST);
    }

    private static @Nullable Object recentDeliveries(Field field) {
        return field.load(
                DELIVERIES, Objects.requireNonNull(field.<Channel>source()).id());
    }

    private Future<Channels.Created> createChannel(Field field) {
        Input input = Input.of(field);
        NewChannel fresh = NewChannel.of(input, targets);
        input.check();
        return channels.create(Actor.ofAccount(field), fresh);
    }

    private Future<Channels.Updated> updateChannel(Field field) {
        Input input = Input.of(field);
        ChannelPatch patch = ChannelPatch.of(input, targets);
        input.check();
        return channels.update(Actor.ofAccount(field), patch);
    }

    private Future<Payload.Deletion> deleteChannel(Field field) {
        Input input = Input.of(field);
        UUID id = input.id("id", Channel.TYPE);
        input.check();
        return channels.delete(Actor.ofAccount(field), id, input.expectedVersion());
    }

    private Future<Channels.Tested> testChannel(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        UUID id = input.id("id", Channel.TYPE);
        input.check();
        return channels.test(field.caller().userId(), id);
    }
}
