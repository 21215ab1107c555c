package org.expirytracker.activities;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;

/**
 * What programs need to keep copies of objects. First all there are, type by type and in the order of their ids, but for
 * what has changed since the first page was asked for; then, from the place that the log had then, what changed: each
 * object where it changed last. So each is told once, and whatever changes while the pages are read is told later; what is
 * in no page is as it was. A place in the log stands for all before it, as its numbers are given under a lock and become
 * visible in their order.
 */
final class Copies {

    /** Activities looked through for one page: more, and one would take too long; fewer objects are found then. */
    private static final int MOST_LOOKED_THROUGH = 5_000;

    private static final UUID FIRST = new UUID(0, 0);

    private final SqlClient reads;

    Copies(SqlClient reads) {
        this.reads = reads;
    }

    /** Where a page begins. */
    sealed interface Place {}

    /** Among all there is of one type and those that follow: after an id, and as the log was at a place. */
    record Listed(long seq, String type, UUID after) implements Place {}

    /** After a place in the log. */
    record Logged(long seq) implements Place {}

    /** An object that is there, or not any more. */
    record ObjectChange(NodeId.Type type, UUID rowId) {

        /** Its global id. */
        public String objectId() {
            return new NodeId(type, rowId).encoded();
        }
    }

    /**
     * A page.
     *
     * @param next where the next one begins
     * @param hasMore whether there is something to be asked for now
     */
    record Changes(List<ObjectChange> nodes, Place next, boolean hasMore) {}

    /**
     * What is open to somebody.
     *
     * @param types what they may keep copies of, in a fixed order, at least one
     * @param kinds what tells of these: names, each with the type to which it happens
     */
    record Open(List<Copied> types, Map<String, NodeId.Type> kinds) {}

    /**
     * A page of what is open to somebody.
     *
     * @param place null to begin with everything
     * @param size objects wanted; there may be one more
     * @return fails with {@code INVALID} at a place that the log has not reached
     */
    Future<Changes> page(InventoryId inventoryId, Open open, @Nullable Place place, int size) {
        return lastOf(inventoryId).compose(last -> switch (place) {
            case null -> listed(inventoryId, open, new Listed(last, firstOf(open), FIRST), size, new ArrayList<>());
            case Listed listed -> listed(inventoryId, open, listed, size, new ArrayList<>());
            case Logged logged ->
                logged.seq > last
                        ? Future.failedFuture(Problem.at(
                                Problem.Code.INVALID,
                                List.of("after"),
                                "after is no cursor of this inventory: so much has not happened in it."))
                        : logged(inventoryId, open, logged, size);
        });
    }

    private static String firstOf(Open open) {
        return open.types().getFirst().name();
    }

    private static final String LAST = """
            SELECT last_seq
              FROM feeds
             WHERE user_id = $1
            """;

    private Future<Long> lastOf(InventoryId inventoryId) {
        return Rows.first(reads, LAST, Tuple.of(inventoryId.value()), row -> row.getLong("last_seq"))
                .map(found -> found.orElse(0L));
    }

    private Future<Changes> listed(
            InventoryId inventoryId, Open open, Listed place, int size, List<ObjectChange> found) {
        Copied type = open.types().stream()
                .filter(each -> each.name().equals(place.type))
                .findFirst()
                .orElseThrow(() -> Problem.at(
                        Problem.Code.INVALID,
                        List.of("after"),
                        "after is no cursor of changes that this caller may see."));
        int wanted = size - found.size();
        return type.listing()
                .list(
                        reads,
                        inventoryId,
                        new Copied.Span(place.after, place.seq, open.kinds().keySet(), wanted))
                .compose(ids -> {
                    ids.forEach(id -> found.add(new ObjectChange(type.type(), id)));
                    if (ids.size() == wanted) {
                        Listed next = new Listed(place.seq, type.name(), ids.getLast());
                        return Future.succeededFuture(new Changes(found, next, /* hasMore= */ true));
                    }
                    int following = open.types().indexOf(type) + 1;
                    if (following == open.types().size()) {
                        Logged next = new Logged(place.seq);
                        return Future.succeededFuture(new Changes(found, next, /* hasMore= */ true));
                    }
                    Listed next =
                            new Listed(place.seq, open.types().get(following).name(), FIRST);
                    return listed(inventoryId, open, next, size, found);
                });
    }

    private static final String END = """
            SELECT max(seq) AS seq, count(*)::integer AS activities
              FROM (SELECT seq
                      FROM activities
                     WHERE user_id = $1 AND seq > $2
                     ORDER BY seq
                     LIMIT $3) AS next
            """;

    /** How far is looked for one page, and whether the log may go on from there. */
    private record End(long seq, boolean isFull) {}

    private Future<End> endOf(InventoryId inventoryId, Logged place) {
        return Rows.first(reads, END, Tuple.of(inventoryId.value(), place.seq, MOST_LOOKED_THROUGH), row -> {
                    Long seq = row.getLong("seq");
                    return new End(seq == null ? place.seq : seq, row.getInteger("activities") == MOST_LOOKED_THROUGH);
                })
                .map(Optional::orElseThrow);
    }

    // The last that happened to each object, and whatever tells of another one. What is appended meanwhile is told
    // later.
    private static final String LATEST = """
            SELECT is_last,
            """ + ActivityLog.COLUMNS + """
              FROM (SELECT user_id, seq, kind, subject_id, actor, session_id, actor_id, before, after, created_at,
                           NOT EXISTS (
                               SELECT FROM activities AS later
                                WHERE later.user_id = $1 AND later.subject_id = activities.subject_id
                                  AND later.seq > activities.seq AND later.kind = ANY ($4::text[])) AS is_last
                      FROM activities
                     WHERE user_id = $1 AND seq > $2 AND seq <= $3 AND kind = ANY ($4::text[])) AS happened
             WHERE is_last OR kind = ANY ($5::text[])
             ORDER BY seq
             LIMIT $6
            """;

    private record Latest(Activity activity, boolean isLast) {

        static Latest of(Row row) {
            return new Latest(ActivityLog.toActivity(row), row.getBoolean("is_last"));
        }
    }

    private Future<Changes> logged(InventoryId inventoryId, Open open, Logged place, int size) {
        return endOf(inventoryId, place).compose(end -> {
            Tuple parameters = Tuple.of(inventoryId.value(), place.seq, end.seq)
                    .addArrayOfString(open.kinds().keySet().toArray(String[]::new))
                    .addArrayOfString(open.types().stream()
                            .flatMap(type -> type.within().stream())
                            .flatMap(within -> Stream.concat(within.coming().stream(), within.going().stream()))
                            .toArray(String[]::new))
                    .addInteger(size + 1);
            return Rows.list(reads, LATEST, parameters, Latest::of)
                    .compose(latest -> missing(inventoryId, open, latest)
                            .map(missing -> changes(open, latest, missing, size, end)));
        });
    }

    /** Of those that have come by some activities, the ones that have gone since: of these it is told where they went. */
    private Future<Set<UUID>> missing(InventoryId inventoryId, Open open, List<Latest> latest) {
        Set<UUID> missing = new HashSet<>();
        List<Future<?>> asked = new ArrayList<>();
        for (Copied type : open.types()) {
            type.within().ifPresent(within -> {
                List<UUID> come = latest.stream()
                        .map(Latest::activity)
                        .filter(activity -> within.coming().contains(activity.kind()))
                        .map(within.id())
                        .toList();
                if (!come.isEmpty()) {
                    missing.addAll(come);
                    asked.add(within.present().among(reads, inventoryId, come).onSuccess(missing::removeAll));
                }
            });
        }
        return Future.all(asked).map(all -> missing);
    }

    private static Changes changes(Open open, List<Latest> latest, Set<UUID> missing, int size, End end) {
        List<ObjectChange> nodes = new ArrayList<>();
        long seq = end.seq;
        for (Latest each : latest) {
            List<ObjectChange> changes = changesOf(open, each, missing);
            if (!nodes.isEmpty() && nodes.size() + changes.size() > size) {
                return new Changes(nodes, new Logged(seq), /* hasMore= */ true);
            }
            nodes.addAll(changes);
            seq = each.activity.seq();
        }
        boolean isCut = latest.size() > size;
        return new Changes(nodes, new Logged(isCut ? seq : end.seq), isCut || end.isFull);
    }

    private static List<ObjectChange> changesOf(Open open, Latest each, Set<UUID> missing) {
        Activity activity = each.activity;
        List<ObjectChange> changes = new ArrayList<>();
        if (each.isLast) {
            NodeId.Type type = Objects.requireNonNull(open.kinds().get(activity.kind()));
            changes.add(new ObjectChange(type, activity.subjectId()));
        }
        for (Copied type : open.types()) {
            type.within()
                    .filter(within -> within.isChangedBy(activity.kind()))
                    .map(within -> within.id().apply(activity))
                    .filter(id -> !missing.contains(id) || isGoing(type, activity))
                    .ifPresent(id -> changes.add(new ObjectChange(type.type(), id)));
        }
        return changes;
    }

    private static boolean isGoing(Copied type, Activity activity) {
        return type.within()
                .filter(within -> within.going().contains(activity.kind()))
                .isPresent();
    }
}
