package org.expirytracker.activities;

import graphql.schema.DataFetchingEnvironment;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.expirytracker.kernel.Connection;
import org.expirytracker.kernel.Cursor;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserId;
import org.expirytracker.kernel.Wiring;
import org.jspecify.annotations.Nullable;

/** GraphQL fields of the activities room. */
public final class ActivityFetchers implements Fetchers {

    private static final String NEWEST_FIRST = "activities";

    private final Vertx vertx;
    private final ActivityLog log;
    private final LiveFeed liveFeed;

    /** Fields over one event loop's log. */
    public ActivityFetchers(Vertx vertx, ActivityLog log, LiveFeed liveFeed) {
        this.vertx = vertx;
        this.log = log;
        this.liveFeed = liveFeed;
    }

    @Override
    public void register(Wiring wiring) {
        wiring.query("activities", this::activities)
                .subscription("activity", this::activity)
                .node(
                        NodeId.Type.Activity,
                        Activity.class,
                        Activity::id,
                        (caller, ids) -> log.find(caller.userId(), ids))
                .connection("ActivityConnection")
                .field("Activity", "subjectId", ActivityFetchers::subjectId)
                .field("Activity", "subject", ActivityFetchers::subject)
                .field("Activity", "before", ActivityFetchers::before)
                .field("Activity", "after", ActivityFetchers::after);
    }

    private Future<Connection<Activity>> activities(DataFetchingEnvironment env) {
        UserId userId = Fetchers.caller(env).userId();
        Page page = Page.of(env);
        Long place = Cursor.decode(page, NEWEST_FIRST, keys -> Long.valueOf(keys.getFirst()));
        return log.list(userId, page, place)
                .map(found -> Connection.of(
                        found,
                        page,
                        activity -> Cursor.encode(NEWEST_FIRST, activity.seq()),
                        counting -> log.count(userId)));
    }

    private Future<ActivityStream<Activity>> activity(DataFetchingEnvironment env) {
        return ActivityStream.open(
                vertx,
                log,
                liveFeed,
                Fetchers.caller(env).userId(),
                place(env.getArgument("after")),
                activity -> activity);
    }

    private static @Nullable Long place(@Nullable String cursor) {
        if (cursor == null) {
            return null;
        }
        if (!cursor.matches("[0-9]{1,18}")) {
            throw Problem.at(
                    Problem.Code.INVALID,
                    List.of("after"),
                    "after is not a cursor of an activity; take one from Activity.cursor.");
        }
        return Long.valueOf(cursor);
    }

    private static Activity source(DataFetchingEnvironment env) {
        Activity activity = env.getSource();
        if (activity == null) {
            throw new IllegalStateException("A field of Activity without an activity");
        }
        return activity;
    }

    private static String subjectId(DataFetchingEnvironment env) {
        return source(env).subject();
    }

    private static @Nullable Object subject(DataFetchingEnvironment env) {
        Activity activity = source(env);
        return Wiring.load(env, activity.kind().subject().name(), activity.subjectId());
    }

    private static @Nullable Map<String, Object> before(DataFetchingEnvironment env) {
        return members(source(env).before());
    }

    private static @Nullable Map<String, Object> after(DataFetchingEnvironment env) {
        return members(source(env).after());
    }

    private static @Nullable Map<String, Object> members(@Nullable String state) {
        return state == null ? null : new JsonObject(state).getMap();
    }
}
