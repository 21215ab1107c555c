package org.expirytracker.activities;

import graphql.schema.DataFetchingEnvironment;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.expirytracker.db.Database;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.RecordJson;
import org.expirytracker.kernel.UserId;
import org.jspecify.annotations.Nullable;

/**
 * The log of everything that happens to a user's data, and the way every change is made: in one transaction that
 * locks the user's log, does the work, appends what happened, and keeps the answer for a retry.
 */
public final class ActivityLog {

    private final Database database;
    private final LiveFeed liveFeed;

    /** A log over one event loop's connections; subscribers are woken through {@code liveFeed}. */
    public ActivityLog(Database database, LiveFeed liveFeed) {
        this.database = database;
        this.liveFeed = liveFeed;
    }

    /**
     * Makes the change that a mutation asks for. With {@code @idempotent} on the mutation, a repetition within 24
     * hours gets the first answer again and the work is not done a second time.
     *
     * @param answer the payload's type, as which a kept answer is read
     * @param work does it, inside the transaction; a failure rolls everything back
     * @return fails with {@code IDEMPOTENCY_KEY_REUSED}, {@code UNAUTHENTICATED}, {@code UNAVAILABLE}, or as the work does
     */
    public <P extends Record> Future<P> change(
            DataFetchingEnvironment env, Class<P> answer, Function<Change, Future<P>> work) {
        Caller caller = Fetchers.caller(env);
        Optional<IdempotencyKey> key = IdempotencyKey.of(env);
        if (key.isEmpty()) {
            return change(caller.userId(), caller.sessionId(), work);
        }
        return change(
                caller.userId(),
                caller.sessionId(),
                change -> findAnswer(change, key.get())
                        .compose(kept -> kept.isPresent()
                                ? Future.succeededFuture(RecordJson.read(kept.get(), answer))
                                : work.apply(change).compose(fresh -> keepAnswer(change, key.get(), fresh))));
    }

    /**
     * Refuses {@code @idempotent} on a mutation whose answer must not be kept, because it is secret, because it
     * ends the session that a retry would come from, or because it is about another user.
     *
     * @throws Problem {@code INVALID} when the mutation has a key
     */
    public static void refuseKey(DataFetchingEnvironment env) {
        if (IdempotencyKey.of(env).isPresent()) {
            throw Problem.of(
                    Problem.Code.INVALID,
                    "@idempotent cannot be used on %s: what it answers is never kept, so it could not be given again."
                            .formatted(env.getField().getName()));
        }
    }

    /**
     * Makes a change outside a GraphQL mutation, or one whose answer must not be kept.
     *
     * @param sessionId the session it comes from
     */
    public <T> Future<T> change(UserId userId, @Nullable UUID sessionId, Function<Change, Future<T>> work) {
        return change(Author.user(sessionId), userId, work);
    }

    /** As {@link #change(UserId, UUID, Function)}, by whomever. */
    public <T> Future<T> change(Author author, UserId userId, Function<Change, Future<T>> work) {
        return logged(userId, author, change -> lock(change).compose(locked -> work.apply(change)));
    }

    /**
     * Makes the first change of a user who does not exist yet, and begins their log.
     *
     * @param work adds the user; when it does not, nothing is logged
     */
    public <T> Future<T> firstChange(Author author, UserId userId, Function<Change, Future<T>> work) {
        return logged(
                userId,
                author,
                change -> work.apply(change).compose(result -> begin(change).map(begun -> result)));
    }

    private <T> Future<T> logged(UserId userId, Author author, Function<Change, Future<T>> work) {
        return database.transaction(connection -> {
                    Change change = new Change(connection, userId, author);
                    return work.apply(change)
                            .compose(result -> change.flush().map(written -> new Done<>(result, change.hasGrown())));
                })
                .map(done -> {
                    if (done.visible) {
                        liveFeed.changed(userId);
                    }
                    return done.result;
                });
    }

    private record Done<T>(T result, boolean visible) {}

    private static final String LOCK = """
            SELECT last_seq
              FROM feeds
             WHERE user_id = $1
               FOR UPDATE
            """;

    private static Future<Long> lock(Change change) {
        return Rows.first(change.connection(), LOCK, Tuple.of(change.userId().value()), row -> row.getLong("last_seq"))
                .map(found -> found.orElseThrow(
                        () -> Problem.of(Problem.Code.UNAUTHENTICATED, "This account does not exist any more.")));
    }

    private static final String BEGIN = """
            INSERT INTO feeds (user_id)
            SELECT id
              FROM users
             WHERE id = $1
            """;

    private static Future<Integer> begin(Change change) {
        return Rows.change(change.connection(), BEGIN, Tuple.of(change.userId().value()));
    }

    private static final String APPEND = """
            WITH place AS (
                UPDATE feeds
                   SET last_seq = last_seq + cardinality($3::text[])
                 WHERE user_id = $1
             RETURNING last_seq - cardinality($3::text[]) AS base
            )
            INSERT INTO activities (user_id, seq, kind, subject_id, actor, session_id, actor_id, before, after)
            SELECT $1, place.base + event.place, event.kind, event.subject_id, $7, $2, $8,
                   event.before::jsonb, event.after::jsonb
              FROM place,
                   unnest($3::text[], $4::uuid[], $5::text[], $6::text[])
                       WITH ORDINALITY AS event (kind, subject_id, before, after, place)
            """;

    static Future<Integer> append(Change change, List<Change.Event> events) {
        if (events.isEmpty()) {
            return Future.succeededFuture(0);
        }
        Author author = change.author();
        UserId administrator = author.administrator();
        Tuple parameters = Tuple.of(change.userId().value(), author.sessionId())
                .addArrayOfString(
                        events.stream().map(event -> event.kind().name()).toArray(String[]::new))
                .addArrayOfUUID(events.stream().map(Change.Event::subjectId).toArray(UUID[]::new))
                .addArrayOfString(events.stream().map(Change.Event::before).toArray(String[]::new))
                .addArrayOfString(events.stream().map(Change.Event::after).toArray(String[]::new))
                .addString(author.actor().name())
                .addUUID(administrator == null ? null : administrator.value());
        return Rows.change(change.connection(), APPEND, parameters);
    }

    /**
     * The tail of a statement that itself makes rows for many users: appends one activity of the system for each row
     * of a preceding common table expression {@code events (user_id, kind, subject_id, before, after, place)}, where
     * {@code place} counts from 1 for each user. The log of every such user must be locked in the same transaction.
     */
    public static final String APPEND_EVENTS = """
            , counted AS (
                SELECT user_id, count(*) AS events
                  FROM events
                 GROUP BY user_id
            ), places AS (
                UPDATE feeds
                   SET last_seq = last_seq + counted.events
                  FROM counted
                 WHERE feeds.user_id = counted.user_id
             RETURNING feeds.user_id, feeds.last_seq - counted.events AS base
            )
            INSERT INTO activities (user_id, seq, kind, subject_id, actor, before, after)
            SELECT events.user_id, places.base + events.place, events.kind, events.subject_id, 'SYSTEM',
                   events.before, events.after
              FROM events
              JOIN places ON places.user_id = events.user_id
            """;

    private static final String LOCK_FREE = """
            SELECT user_id
              FROM feeds
             WHERE user_id = ANY ($1)
               FOR UPDATE SKIP LOCKED
            """;

    /**
     * Locks the logs of many users before a statement ends in {@link #APPEND_EVENTS}. Waits for nobody, so neither a
     * slow change of one user holds up the others nor can two such locks meet in a deadlock.
     *
     * @return the users whose logs are locked now; the others are being changed by someone else
     */
    public static Future<List<UserId>> lockFree(SqlConnection connection, List<UserId> users) {
        Tuple parameters =
                Tuple.tuple().addArrayOfUUID(users.stream().map(UserId::value).toArray(UUID[]::new));
        return Rows.list(connection, LOCK_FREE, parameters, row -> new UserId(row.getUUID("user_id")));
    }

    /** Wakes the subscribers of users whose logs grew in a transaction that has been committed. */
    public void changed(List<UserId> users) {
        users.forEach(liveFeed::changed);
    }

    private static final String FIND_ANSWER = """
            SELECT request_hash, answer::text AS answer
              FROM idempotency_keys
             WHERE user_id = $1 AND key = $2 AND created_at > now() - interval '24 hours'
            """;

    private static Future<Optional<String>> findAnswer(Change change, IdempotencyKey key) {
        return Rows.first(
                        change.connection(),
                        FIND_ANSWER,
                        Tuple.of(change.userId().value(), key.key()),
                        row -> row)
                .map(found -> found.map(row -> {
                    if (!key.requestHash().equals(row.getBuffer("request_hash"))) {
                        throw Problem.of(
                                Problem.Code.IDEMPOTENCY_KEY_REUSED,
                                "The idempotency key was used before with another request. Use a new key for each request.");
                    }
                    return row.getString("answer");
                }));
    }

    private static final String KEEP_ANSWER = """
            WITH outdated AS (
                DELETE FROM idempotency_keys
                 WHERE user_id = $1 AND created_at <= now() - interval '24 hours' AND key <> $2
            )
            INSERT INTO idempotency_keys (user_id, key, request_hash, answer)
            VALUES ($1, $2, $3, $4)
            ON CONFLICT (user_id, key) DO UPDATE
               SET request_hash = excluded.request_hash, answer = excluded.answer, created_at = now()
            """;

    private static <P extends Record> Future<P> keepAnswer(Change change, IdempotencyKey key, P answer) {
        Tuple parameters = Tuple.of(
                change.userId().value(), key.key(), key.requestHash(), new JsonObject(RecordJson.write(answer)));
        return Rows.change(change.connection(), KEEP_ANSWER, parameters).map(answer);
    }

    private static final String LAST_SEQ = """
            SELECT last_seq
              FROM feeds
             WHERE user_id = $1
            """;

    /**
     * Where the log has come to: the place of the latest activity, or beyond it when a backup was restored since; 0 when
     * nothing happened yet.
     */
    public Future<Long> lastSeq(UserId userId) {
        return Rows.first(database.reads(), LAST_SEQ, Tuple.of(userId.value()), row -> row.getLong("last_seq"))
                .map(found -> found.orElse(0L));
    }

    private static final String COUNT = """
            SELECT count(*)::integer AS activities
              FROM activities
             WHERE user_id = $1
            """;

    /** How many activities there are. */
    public Future<Integer> count(UserId userId) {
        return Rows.first(database.reads(), COUNT, Tuple.of(userId.value()), row -> row.getInteger("activities"))
                .map(found -> found.orElse(0));
    }

    private static final String AFTER = """
            SELECT user_id, seq, kind, subject_id, actor, session_id, before::text AS before, after::text AS after, created_at
              FROM activities
             WHERE user_id = $1 AND seq > $2
             ORDER BY seq
             LIMIT $3
            """;

    /** Activities after a place, oldest first. */
    public Future<List<Activity>> listAfter(UserId userId, long seq, int limit) {
        return Rows.list(database.reads(), AFTER, Tuple.of(userId.value(), seq, limit), ActivityLog::toActivity);
    }

    private static final String BEFORE = """
            SELECT user_id, seq, kind, subject_id, actor, session_id, before::text AS before, after::text AS after, created_at
              FROM activities
             WHERE user_id = $1 AND seq < $2
             ORDER BY seq DESC
             LIMIT $3
            """;

    /** A page of the log, newest first. */
    public Future<List<Activity>> list(UserId userId, Page page, @Nullable Long place) {
        if (page.forward()) {
            long below = place == null ? Long.MAX_VALUE : place;
            return Rows.list(
                    database.reads(), BEFORE, Tuple.of(userId.value(), below, page.limit()), ActivityLog::toActivity);
        }
        return listAfter(userId, place == null ? 0 : place, page.limit());
    }

    private static final String BY_SEQ = """
            SELECT user_id, seq, kind, subject_id, actor, session_id, before::text AS before, after::text AS after, created_at
              FROM activities
             WHERE user_id = $1 AND seq = ANY ($2)
            """;

    /** Activities by their node ids. */
    public Future<Map<UUID, Activity>> find(UserId userId, Set<UUID> ids) {
        Tuple parameters = Tuple.of(userId.value())
                .addArrayOfLong(ids.stream().map(UUID::getLeastSignificantBits).toArray(Long[]::new));
        return Rows.map(
                database.reads(),
                BY_SEQ,
                parameters,
                row -> Activity.idOf(row.getLong("seq")),
                ActivityLog::toActivity);
    }

    private static final String RECENT = """
            SELECT user_id, seq, kind, subject_id, actor, session_id, before::text AS before, after::text AS after, created_at
              FROM activities
             WHERE user_id = $1 AND seq = $2 AND seq > (SELECT last_seq FROM feeds WHERE user_id = $1) - $3
            """;

    /** One of the last so many activities, by its node id, as a change sees it; empty when it is none of them. */
    public static Future<Optional<Activity>> findRecent(Change change, UUID id, int most) {
        Tuple parameters = Tuple.of(change.userId().value(), id.getLeastSignificantBits(), (long) most);
        return Rows.first(change.connection(), RECENT, parameters, ActivityLog::toActivity);
    }

    private static final String LATER = """
            SELECT user_id, seq, kind, subject_id, actor, session_id, before::text AS before, after::text AS after, created_at
              FROM activities
             WHERE user_id = $1 AND seq > $2 AND subject_id = $3
               AND (before IS NULL OR after IS NULL
                    OR EXISTS (SELECT FROM unnest($4::text[]) AS member WHERE before->member IS DISTINCT FROM after->member))
             ORDER BY seq DESC
             LIMIT 1
            """;

    /**
     * The last activity after another one in which the same object came, went, or changed in some of its members. May
     * read all that happened since, so the other one should be recent.
     */
    public static Future<Optional<Activity>> findLast(Change change, Activity activity, Set<String> members) {
        Tuple parameters = Tuple.of(change.userId().value(), activity.seq(), activity.subjectId())
                .addArrayOfString(members.toArray(String[]::new));
        return Rows.first(change.connection(), LATER, parameters, ActivityLog::toActivity);
    }

    private static final String OF_SAME_CHANGE = """
            SELECT user_id, seq, kind, subject_id, actor, session_id, before::text AS before, after::text AS after, created_at
              FROM activities
             WHERE user_id = $1 AND seq < $2
               AND seq > coalesce(
                   (SELECT max(seq) FROM activities WHERE user_id = $1 AND seq < $2 AND created_at <> $3), 0)
             ORDER BY seq
            """;

    /** What happened before an activity in the same transaction, which gives all of it one time. */
    public static Future<List<Activity>> listOfSameChange(Change change, Activity activity) {
        Tuple parameters = Tuple.of(
                change.userId().value(), activity.seq(), activity.createdAt().atOffset(ZoneOffset.UTC));
        return Rows.list(change.connection(), OF_SAME_CHANGE, parameters, ActivityLog::toActivity);
    }

    static Activity toActivity(Row row) {
        return new Activity(
                row.getLong("seq"),
                ActivityKind.valueOf(row.getString("kind")),
                row.getUUID("subject_id"),
                Activity.Actor.valueOf(row.getString("actor")),
                row.getUUID("session_id"),
                row.getString("before"),
                row.getString("after"),
                row.get(OffsetDateTime.class, "created_at").toInstant());
    }
}
