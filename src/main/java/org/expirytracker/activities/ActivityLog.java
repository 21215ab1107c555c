package org.expirytracker.activities;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.expirytracker.backups.AfterRestore;
import org.expirytracker.db.Database;
import org.expirytracker.db.Erasure;
import org.expirytracker.db.Rows;
import org.expirytracker.jobs.Outdated;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.RecordJson;
import org.expirytracker.kernel.UserId;
import org.expirytracker.tracing.Trace;
import org.jspecify.annotations.Nullable;

/**
 * The log of everything that happens to a user's data, and the way every change is made: in one transaction that
 * locks the user's log, does the work, appends what happened, and keeps the answer for a retry.
 *
 * <p>With the lock a change gets its moment, {@code feeds.last_at}: to the millisecond, later than that of every former
 * change of the user. All that the change writes bears it. So whoever has seen the latest moment that there was asks for
 * that one and later ones, and misses nothing, however long a change took: see {@code LOCK}.
 */
public final class ActivityLog {

    private static final String ERASE_ACTIVITIES = """
            DELETE FROM activities
             WHERE user_id = $1 AND ctid = ANY (ARRAY(SELECT ctid FROM activities WHERE user_id = $1 LIMIT $2))
            """;

    /** What goes of this room with a user who leaves. */
    public static final Erasure ERASURE = Erasure.of(ERASE_ACTIVITIES);

    /** What {@link #toActivity} reads. Who did it, of a member, is known even where the owner is not written down. */
    static final String COLUMNS = """
            user_id, seq, kind, subject_id, actor, session_id,
            CASE WHEN actor = 'USER' THEN coalesce(actor_id, user_id) END AS member_id,
            before::text AS before, after::text AS after, created_at
            """;

    private final Database database;
    private final LiveFeed liveFeed;

    /** A log over one event loop's connections; subscribers are woken through {@code liveFeed}. */
    public ActivityLog(Database database, LiveFeed liveFeed) {
        this.database = database;
        this.liveFeed = liveFeed;
    }

    /**
     * Makes the change that somebody asks for. With a key, a repetition within 24 hours gets the first answer again and
     * the work is not done a second time.
     *
     * @param answer the payload's type, as which a kept answer is read
     * @param work does it, inside the transaction; a failure rolls everything back
     * @return fails with {@code IDEMPOTENCY_KEY_REUSED}, {@code UNAUTHENTICATED}, {@code UNAVAILABLE}, or as the work does
     */
    public <P extends Record> Future<P> change(Actor actor, Class<P> answer, Function<Change, Future<P>> work) {
        Caller caller = actor.caller();
        Author author = Author.member(actor);
        if (actor.dryRun()) {
            return tried(actor, author, answer, work);
        }
        Optional<IdempotencyKey> key = actor.key();
        if (key.isEmpty()) {
            return change(actor.inventoryId(), caller.userId(), author, work);
        }
        return change(
                actor.inventoryId(),
                caller.userId(),
                author,
                change -> findAnswer(change, key.get())
                        .compose(kept -> kept.isPresent()
                                ? Future.succeededFuture(RecordJson.read(kept.get(), answer))
                                : work.apply(change).compose(fresh -> keepAnswer(change, key.get(), fresh))));
    }

    /** What a change would have answered, had it been made: in a transaction that is rolled back. */
    private <P extends Record> Future<P> tried(
            Actor actor, Author author, Class<P> answer, Function<Change, Future<P>> work) {
        return this.<P>change(
                        actor.inventoryId(),
                        actor.caller().userId(),
                        author,
                        change -> work.apply(change)
                                .compose(fresh ->
                                        change.end().compose(written -> Future.failedFuture(new Tried(fresh)))))
                .recover(failure -> failure instanceof Tried tried
                        ? Future.succeededFuture(answer.cast(tried.answer))
                        : Future.failedFuture(failure));
    }

    /** Ends the transaction of a trial. */
    private static final class Tried extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final transient Record answer;

        Tried(Record answer) {
            super("A trial is over", null, false, false);
            this.answer = answer;
        }
    }

    /**
     * Refuses {@code @idempotent} on a mutation whose answer must not be kept, because it is secret, because it
     * ends the session that a retry would come from, or because it is about another user.
     *
     * @throws Problem {@code INVALID} when the mutation has a key
     */
    public static void refuseKey(Field field) {
        if (IdempotencyKey.of(field).isPresent()) {
            throw Problem.of(
                    Problem.Code.INVALID,
                    "@idempotent cannot be used on %s: what it answers is never kept, so it could not be given again."
                            .formatted(field.name()));
        }
    }

    /**
     * Makes a change of a user's account outside a GraphQL mutation, or one whose answer must not be kept. It is in the
     * log of their own inventory.
     *
     * @param sessionId the session it comes from
     */
    public <T> Future<T> change(UserId userId, @Nullable UUID sessionId, Function<Change, Future<T>> work) {
        return change(Author.user(sessionId), userId, work);
    }

    /** As {@link #change(UserId, UUID, Function)}, by whomever. */
    public <T> Future<T> change(Author author, UserId userId, Function<Change, Future<T>> work) {
        return change(InventoryId.ownOf(userId), userId, author, work);
    }

    /**
     * Makes a change of an inventory that nobody asks for.
     *
     * @param userId a member whom it concerns
     */
    public <T> Future<T> changeBySystem(InventoryId inventoryId, UserId userId, Function<Change, Future<T>> work) {
        return change(inventoryId, userId, Author.SYSTEM, work);
    }

    private <T> Future<T> change(
            InventoryId inventoryId, UserId userId, Author author, Function<Change, Future<T>> work) {
        return announced(
                inventoryId,
                database.transaction(
                        connection -> {
                            Change change = new Change(connection, inventoryId, userId, author);
                            // Alone, it would give the inventory a moment in which nothing happened.
                            return lock(change).map(locked -> change);
                        },
                        (connection, change) -> done(change, work)));
    }

    /**
     * Makes the first change of a user who does not exist yet, and begins their log.
     *
     * <p>The statements are the same whether or not the user was added: a stranger must not see by them, or by their time,
     * that a name is taken.
     *
     * @param work adds the user and notes it; when it notes that nothing is there, there is no user and no log
     */
    public <T> Future<T> firstChange(Author author, UserId userId, Function<Change, Future<T>> work) {
        InventoryId inventoryId = InventoryId.ownOf(userId);
        return announced(
                inventoryId,
                database.transaction(connection -> done(
                        new Change(connection, inventoryId, userId, author),
                        change -> work.apply(change)
                                .compose(result -> begin(change).map(begun -> result)))));
    }

    private static <T> Future<Done<T>> done(Change change, Function<Change, Future<T>> work) {
        return work.apply(change).compose(result -> change.end().map(written -> new Done<>(result, change.hasGrown())));
    }

    /** Wakes the subscribers once a change is committed that they can see. */
    private <T> Future<T> announced(InventoryId inventoryId, Future<Done<T>> committed) {
        return committed.map(done -> {
            if (done.visible) {
                Trace.changed(inventoryId.value());
                liveFeed.changed(inventoryId);
            }
            return done.result;
        });
    }

    private record Done<T>(T result, boolean visible) {}

    // Later than anything that was changed before, whatever became of the clock; and no clock of a client is finer. In
    // UTC
    // without a zone, as a distributed database computes with a row's own times only what depends on no setting.
    private static final String NEXT_MOMENT = """
            WITH clock AS MATERIALIZED (
                SELECT clock_timestamp() AT TIME ZONE 'UTC' AS at
            )
            UPDATE feeds
               SET last_at = date_trunc('milliseconds', greatest(clock.at, last_at AT TIME ZONE 'UTC' + interval '1 millisecond'))
                             AT TIME ZONE 'UTC'
              FROM clock
            """;

    private static final String LOCK = NEXT_MOMENT + """
             WHERE user_id = $1
            RETURNING counted_seq = last_seq AS counted
            """;

    private static Future<?> lock(Change change) {
        return Rows.first(
                        change.connection(),
                        LOCK,
                        Tuple.of(change.inventoryId().value()),
                        row -> row.getBoolean("counted"))
                .onSuccess(found -> change.counted(found.orElse(false)))
                .map(found -> found.orElseThrow(() -> change.inventoryId().equals(InventoryId.ownOf(change.userId()))
                        ? Problem.of(Problem.Code.UNAUTHENTICATED, "This account does not exist any more.")
                        : Problem.of(Problem.Code.FORBIDDEN, "This inventory does not exist any more.")));
    }

    private static final String BEGIN = """
            INSERT INTO feeds (user_id, last_at, counted_seq)
            SELECT $1, date_trunc('milliseconds', clock_timestamp()), 0
             WHERE $2
            """;

    private static Future<Integer> begin(Change change) {
        return Rows.change(
                change.connection(), BEGIN, Tuple.of(change.inventoryId().value(), change.leavesSomething()));
    }

    private static final String APPEND = """
            WITH place AS (
                UPDATE feeds
                   SET last_seq = last_seq + cardinality($3::text[]),
                       counted_seq = CASE WHEN counted_seq = last_seq THEN last_seq + cardinality($3::text[]) ELSE counted_seq END
                 WHERE user_id = $1
             RETURNING last_seq - cardinality($3::text[]) AS base, last_at
            )
            INSERT INTO activities (
                   user_id, seq, kind, subject_id, actor, session_id, actor_id, before, after, created_at)
            SELECT $1, place.base + event.place, event.kind, event.subject_id, $7, $2, $8,
                   event.before::jsonb, event.after::jsonb, place.last_at
              FROM place,
                   unnest($3::text[], $4::uuid[], $5::text[], $6::text[])
                       WITH ORDINALITY AS event (kind, subject_id, before, after, place)
            """;

    static Future<Integer> append(Change change, List<Change.Event> events) {
        if (events.isEmpty()) {
            return Future.succeededFuture(0);
        }
        Author author = change.author();
        Tuple parameters = Tuple.of(change.inventoryId().value(), author.sessionId())
                .addArrayOfString(
                        events.stream().map(event -> event.kind().name()).toArray(String[]::new))
                .addArrayOfUUID(events.stream().map(Change.Event::subjectId).toArray(UUID[]::new))
                .addArrayOfString(events.stream().map(Change.Event::before).toArray(String[]::new))
                .addArrayOfString(events.stream().map(Change.Event::after).toArray(String[]::new))
                .addString(author.actor().name())
                .addUUID(
                        author.actingUser() == null ? null : author.actingUser().value());
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
                   SET last_seq = last_seq + counted.events,
                       counted_seq = CASE WHEN counted_seq = last_seq THEN last_seq + counted.events ELSE counted_seq END
                  FROM counted
                 WHERE feeds.user_id = counted.user_id
             RETURNING feeds.user_id, feeds.last_seq - counted.events AS base, feeds.last_at
            )
            INSERT INTO activities (user_id, seq, kind, subject_id, actor, before, after, created_at)
            SELECT events.user_id, places.base + events.place, events.kind, events.subject_id, 'SYSTEM',
                   events.before, events.after, places.last_at
              FROM events
              JOIN places ON places.user_id = events.user_id
            """;

    private static final String LOCK_FREE = """
            SELECT user_id
              FROM feeds
             WHERE user_id = $1
               FOR UPDATE SKIP LOCKED
            """;

    private static final String BEGIN_CHANGES = NEXT_MOMENT + """
             WHERE user_id = ANY ($1)
            """;

    /**
     * Locks the logs of many users before a statement ends in {@link #APPEND_EVENTS}. Waits for nobody, so neither a
     * slow change of one user holds up the others nor can two such locks meet in a deadlock.
     *
     * @return the users whose logs are locked now; the others are being changed by someone else
     */
    public static Future<List<InventoryId>> lockFree(SqlConnection connection, List<InventoryId> users) {
        List<Tuple> each = users.stream().map(user -> Tuple.of(user.value())).toList();
        return Rows.listOfEach(connection, LOCK_FREE, each, row -> new InventoryId(row.getUUID("user_id")))
                .compose(free -> free.isEmpty()
                        ? Future.succeededFuture(free)
                        : Rows.change(connection, BEGIN_CHANGES, ids(free)).map(free));
    }

    private static Tuple ids(List<InventoryId> inventories) {
        return Tuple.tuple()
                .addArrayOfUUID(inventories.stream().map(InventoryId::value).toArray(UUID[]::new));
    }

    /** Wakes the subscribers of users whose logs grew in a transaction that has been committed. */
    public void changed(List<InventoryId> users) {
        users.forEach(liveFeed::changed);
    }

    /**
     * The condition on a row of {@code feeds} that what rooms keep of each change (see {@link Change#kept}) stands for all
     * that has been logged. It does not after a node of the former release has changed the inventory, after a restore, and
     * before it was counted for the first time: then whoever asks counts anew, with the log locked, and notes {@link #IS_COUNTED}.
     */
    public static final String COUNTED = "counted_seq = last_seq";

    private static final String IS_COUNTED = """
            UPDATE feeds
               SET counted_seq = last_seq
             WHERE user_id = $1
            """;

    /** Notes that what rooms keep of an inventory was counted anew, in a transaction that has locked its log. */
    public static Future<Integer> isCounted(SqlConnection connection, InventoryId inventoryId) {
        return Rows.change(connection, IS_COUNTED, Tuple.of(inventoryId.value()));
    }

    private static final String LOCK_UNCOUNTED = """
            SELECT user_id
              FROM feeds
             WHERE user_id = $1 AND counted_seq <> last_seq
               FOR NO KEY UPDATE
            """;

    /** Locks the log of an inventory of which not all is counted. Whether it was such a one. */
    public static Future<Boolean> lockUncounted(SqlConnection connection, InventoryId inventoryId) {
        return Rows.first(connection, LOCK_UNCOUNTED, Tuple.of(inventoryId.value()), row -> row)
                .map(Optional::isPresent);
    }

    private static final String UNCOUNTED = """
            SELECT user_id
              FROM feeds
             WHERE user_id > $1 AND counted_seq <> last_seq
             ORDER BY user_id
             LIMIT $2
            """;

    /** Inventories of which not all is counted, at most so many, in the order of their ids after a given one. */
    public static Future<List<InventoryId>> uncounted(SqlClient client, InventoryId after, int most) {
        return Rows.list(
                client, UNCOUNTED, Tuple.of(after.value(), most), row -> new InventoryId(row.getUUID("user_id")));
    }

    private static final String UNCOUNTED_OF = """
            SELECT user_id
              FROM feeds
             WHERE user_id = ANY ($1) AND counted_seq <> last_seq
            """;

    /** Those of some inventories of which not all is counted. */
    public static Future<List<InventoryId>> uncounted(SqlClient client, List<InventoryId> inventories) {
        Tuple parameters = Tuple.tuple()
                .addArrayOfUUID(inventories.stream().map(InventoryId::value).toArray(UUID[]::new));
        return Rows.list(client, UNCOUNTED_OF, parameters, row -> new InventoryId(row.getUUID("user_id")));
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
            INSERT INTO idempotency_keys (user_id, key, request_hash, answer, created_at)
            VALUES ($1, $2, $3, $4::text::jsonb, now())
            ON CONFLICT (user_id, key) DO UPDATE
               SET request_hash = excluded.request_hash, answer = excluded.answer, created_at = excluded.created_at
            """;

    private static <P extends Record> Future<P> keepAnswer(Change change, IdempotencyKey key, P answer) {
        Tuple parameters = Tuple.of(change.userId().value(), key.key(), key.requestHash(), RecordJson.write(answer));
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
    public Future<Long> lastSeq(InventoryId inventoryId) {
        return Rows.first(database.reads(), LAST_SEQ, Tuple.of(inventoryId.value()), row -> row.getLong("last_seq"))
                .map(found -> found.orElse(0L));
    }

    private static final String AFTER = """
            SELECT\s""" + COLUMNS + """
              FROM activities
             WHERE user_id = $1 AND seq > $2
             ORDER BY seq
             LIMIT $3
            """;

    /** Activities after a place, oldest first. */
    public Future<List<Activity>> listAfter(InventoryId inventoryId, long seq, int limit) {
        return Rows.list(database.reads(), AFTER, Tuple.of(inventoryId.value(), seq, limit), ActivityLog::toActivity);
    }

    // A page. The way to the rows, the direction and the conditions are put in from the fixed texts below.
    private static final String CONDITIONS = """
            seq > $2 AND seq < $3 AND ($4::text[] IS NULL OR actor = ANY ($4))
            AND created_at >= coalesce($5::timestamptz, '-infinity')
            AND created_at < coalesce($6::timestamptz, 'infinity')
            """;

    private static final String OF_ANY_KIND = "SELECT " + COLUMNS + """
              FROM activities
             WHERE user_id = $1 AND
            """ + CONDITIONS + """
             ORDER BY seq %1$s
             LIMIT $7
            """;

    // Each kind by the index, so that a rare one is not looked for among all others.
    private static final String OF_KINDS = "SELECT " + COLUMNS + """
              FROM unnest($8::text[]) AS asked (of_kind)
             CROSS JOIN LATERAL (
                   SELECT user_id, seq, kind, subject_id, actor, session_id, actor_id, before, after, created_at
                     FROM activities
                    WHERE user_id = $1 AND kind = asked.of_kind AND
            """ + CONDITIONS + """
                    ORDER BY seq %1$s
                    LIMIT $7) AS each
             ORDER BY seq %1$s
             LIMIT $7
            """;

    private static final String OF_SUBJECTS = "SELECT " + COLUMNS + """
              FROM unnest($9::uuid[]) AS asked (id)
             CROSS JOIN LATERAL (
                   SELECT user_id, seq, kind, subject_id, actor, session_id, actor_id, before, after, created_at
                     FROM activities
                    WHERE user_id = $1 AND subject_id = asked.id AND ($8::text[] IS NULL OR kind = ANY ($8)) AND
            """ + CONDITIONS + """
                    ORDER BY seq %1$s
                    LIMIT $7) AS each
             ORDER BY subject_id, seq %1$s
            """;

    private static final Map<Boolean, String> ANY_KIND = bothWays(OF_ANY_KIND);
    private static final Map<Boolean, String> KINDS = bothWays(OF_KINDS);
    private static final Map<Boolean, String> SUBJECTS = bothWays(OF_SUBJECTS);

    private static Map<Boolean, String> bothWays(String text) {
        return Map.of(true, text.formatted("DESC"), false, text.formatted("ASC"));
    }

    /**
     * A page of the log, newest first, in the direction of reading, at most {@link Page#limit} rows.
     *
     * @param place after which, in that direction; null to begin at that end
     */
    Future<List<Activity>> list(InventoryId inventoryId, ActivityFilter filter, Page page, @Nullable Long place) {
        boolean anyKind = filter.kinds() == null;
        return spanOf(inventoryId, filter).compose(span -> {
            Tuple parameters = parameters(inventoryId, filter, span.narrowed(page, place), page.limit());
            return Rows.list(
                    database.reads(),
                    sql(anyKind ? ANY_KIND : KINDS, page),
                    anyKind ? parameters : parameters.addArrayOfString(array(filter.kinds())),
                    ActivityLog::toActivity);
        });
    }

    private static String sql(Map<Boolean, String> bothWays, Page page) {
        return Objects.requireNonNull(bothWays.get(page.forward()));
    }

    /**
     * The same page of what happened to each of many objects, in one statement; an object to which nothing did is left
     * out.
     */
    Future<Map<UUID, List<Activity>>> listOfSubjects(
            InventoryId inventoryId,
            Collection<UUID> subjectIds,
            ActivityFilter filter,
            Page page,
            @Nullable Long place) {
        return spanOf(inventoryId, filter)
                .compose(span -> Rows.list(
                                database.reads(),
                                sql(SUBJECTS, page),
                                parameters(inventoryId, filter, span.narrowed(page, place), page.limit())
                                        .addArrayOfString(array(filter.kinds()))
                                        .addArrayOfUUID(subjectIds.toArray(UUID[]::new)),
                                ActivityLog::toActivity)
                        .map(found -> found.stream().collect(Collectors.groupingBy(Activity::subjectId))));
    }

    private static final String COUNT = """
            SELECT count(*)::integer AS activities
              FROM activities
             WHERE user_id = $1 AND $7::integer IS NULL AND ($8::text[] IS NULL OR kind = ANY ($8)) AND
            """ + CONDITIONS;

    /** How many activities meet the conditions. */
    Future<Integer> count(InventoryId inventoryId, ActivityFilter filter) {
        return spanOf(inventoryId, filter)
                .compose(span -> Rows.first(
                        database.reads(),
                        COUNT,
                        parameters(inventoryId, filter, span, null).addArrayOfString(array(filter.kinds())),
                        row -> row.getInteger("activities")))
                .map(found -> found.orElse(0));
    }

    private static final String COUNT_OF_SUBJECTS = """
            SELECT subject_id, count(*)::integer AS activities
              FROM activities
             WHERE user_id = $1 AND subject_id = ANY ($9::uuid[]) AND $7::integer IS NULL
               AND ($8::text[] IS NULL OR kind = ANY ($8)) AND
            """ + CONDITIONS + """
             GROUP BY subject_id
            """;

    /** How much happened to each of many objects; one to which nothing did is left out. One statement. */
    Future<Map<UUID, Integer>> countOfSubjects(
            InventoryId inventoryId, Collection<UUID> subjectIds, ActivityFilter filter) {
        return spanOf(inventoryId, filter)
                .compose(span -> Rows.map(
                        database.reads(),
                        COUNT_OF_SUBJECTS,
                        parameters(inventoryId, filter, span, null)
                                .addArrayOfString(array(filter.kinds()))
                                .addArrayOfUUID(subjectIds.toArray(UUID[]::new)),
                        row -> row.getUUID("subject_id"),
                        row -> row.getInteger("activities")));
    }

    private static Tuple parameters(
            InventoryId inventoryId, ActivityFilter filter, Span span, @Nullable Integer limit) {
        return Tuple.of(inventoryId.value(), span.above, span.below)
                .addArrayOfString(names(filter.actors()))
                .addOffsetDateTime(
                        filter.since() == null ? null : filter.since().atOffset(ZoneOffset.UTC))
                .addOffsetDateTime(
                        filter.before() == null ? null : filter.before().atOffset(ZoneOffset.UTC))
                .addInteger(limit);
    }

    private static String @Nullable [] array(@Nullable Set<String> values) {
        return values == null ? null : values.toArray(String[]::new);
    }

    private static String @Nullable [] names(@Nullable Set<? extends Enum<?>> values) {
        return values == null ? null : values.stream().map(Enum::name).toArray(String[]::new);
    }

    /** Places in the log, both ends left out. */
    private record Span(long above, long below) {

        Span narrowed(Page page, @Nullable Long place) {
            if (place == null) {
                return this;
            }
            return page.forward() ? new Span(above, Math.min(below, place)) : new Span(Math.max(above, place), below);
        }
    }

    /** So far may activities of former releases, which bear the time at which their change began to wait, be out of order. */
    private static final Duration MOST_DISORDER = Duration.ofMinutes(1);

    // The log is in the order of time: a time is found by halving, without an index of its own.
    private static final String LAST_BEFORE = """
            WITH RECURSIVE halving (low, high) AS (
                SELECT 0::bigint, last_seq + 1
                  FROM feeds
                 WHERE user_id = $1
                 UNION ALL
                SELECT CASE WHEN middle.created_at < $2 THEN middle.seq ELSE halving.low END,
                       CASE WHEN middle.created_at < $2 THEN halving.high ELSE (halving.low + halving.high) / 2 END
                  FROM halving
                  LEFT JOIN LATERAL (
                       SELECT seq, created_at
                         FROM activities
                        WHERE user_id = $1 AND seq >= (halving.low + halving.high) / 2
                        ORDER BY seq
                        LIMIT 1) AS middle ON true
                 WHERE halving.high - halving.low > 1
            )
            SELECT max(low) AS seq
              FROM halving
            """;

    private Future<Long> lastBefore(InventoryId inventoryId, Instant at) {
        return Rows.first(
                        database.reads(),
                        LAST_BEFORE,
                        Tuple.of(inventoryId.value(), at.atOffset(ZoneOffset.UTC)),
                        row -> row.getLong("seq"))
                .map(found -> found.orElse(0L));
    }

    /** The places between which everything lies that meets the conditions on time. */
    private Future<Span> spanOf(InventoryId inventoryId, ActivityFilter filter) {
        Instant since = filter.since();
        Instant before = filter.before();
        Future<Long> above =
                since == null ? Future.succeededFuture(0L) : lastBefore(inventoryId, since.minus(MOST_DISORDER));
        Future<Long> below = before == null
                ? Future.succeededFuture(Long.MAX_VALUE)
                : lastBefore(inventoryId, before.plus(MOST_DISORDER)).map(last -> last + 1);
        return Future.all(above, below).map(both -> new Span(above.result(), below.result()));
    }

    private static final String BY_SEQ = """
            SELECT\s""" + COLUMNS + """
              FROM activities
             WHERE user_id = $1 AND seq = ANY ($2)
            """;

    /** Activities by their node ids. */
    public Future<Map<UUID, Activity>> find(InventoryId inventoryId, Set<UUID> ids) {
        Tuple parameters = Tuple.of(inventoryId.value())
                .addArrayOfLong(ids.stream().map(UUID::getLeastSignificantBits).toArray(Long[]::new));
        return Rows.map(
                database.reads(),
                BY_SEQ,
                parameters,
                row -> Activity.idOf(row.getLong("seq")),
                ActivityLog::toActivity);
    }

    private static final String RECENT = """
            SELECT\s""" + COLUMNS + """
              FROM activities
             WHERE user_id = $1 AND seq = $2 AND seq > (SELECT last_seq FROM feeds WHERE user_id = $1) - $3
            """;

    /** One of the last so many activities, by its node id, as a change sees it; empty when it is none of them. */
    public static Future<Optional<Activity>> findRecent(Change change, UUID id, int most) {
        Tuple parameters = Tuple.of(change.inventoryId().value(), id.getLeastSignificantBits(), (long) most);
        return Rows.first(change.connection(), RECENT, parameters, ActivityLog::toActivity);
    }

    private static final String LATER = """
            SELECT\s""" + COLUMNS + """
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
        Tuple parameters = Tuple.of(change.inventoryId().value(), activity.seq(), activity.subjectId())
                .addArrayOfString(members.toArray(String[]::new));
        return Rows.first(change.connection(), LATER, parameters, ActivityLog::toActivity);
    }

    private static final String OF_SAME_CHANGE = """
            SELECT\s""" + COLUMNS + """
              FROM activities
             WHERE user_id = $1 AND seq < $2
               AND seq > coalesce(
                   (SELECT max(seq) FROM activities WHERE user_id = $1 AND seq < $2 AND created_at <> $3), 0)
             ORDER BY seq
            """;

    /** What happened before an activity in the same change, all of which bears its moment. */
    public static Future<List<Activity>> listOfSameChange(Change change, Activity activity) {
        Tuple parameters = Tuple.of(
                change.inventoryId().value(),
                activity.seq(),
                activity.createdAt().atOffset(ZoneOffset.UTC));
        return Rows.list(change.connection(), OF_SAME_CHANGE, parameters, ActivityLog::toActivity);
    }

    static Activity toActivity(Row row) {
        return new Activity(
                row.getLong("seq"),
                row.getString("kind"),
                row.getUUID("subject_id"),
                Activity.Actor.valueOf(row.getString("actor")),
                row.getUUID("session_id"),
                row.getUUID("member_id"),
                row.getString("before"),
                row.getString("after"),
                row.get(OffsetDateTime.class, "created_at").toInstant());
    }

    /** How far each log is moved ahead in a restored copy: more than anyone's grows between a backup and its restore. */
    public static final long CURSOR_GAP = 1_000_000_000;

    private static final String MOVE_AHEAD = """
            UPDATE public.feeds
               SET last_seq = last_seq + 1000000000
             WHERE last_seq <= 9223372036854775807 - 1000000000
            """;

    /** So that a cursor handed out after the backup was taken still comes before whatever happens next. */
    public static final AfterRestore AFTER_RESTORE = new AfterRestore("feeds", "last_seq", MOVE_AHEAD);

    private static final String FORGET_OUTDATED = """
            DELETE FROM idempotency_keys
             WHERE (user_id, key) IN (
                   SELECT user_id, key
                     FROM idempotency_keys
                    WHERE user_id = ANY ($1) AND created_at <= now() - interval '24 hours'
                    LIMIT $2)
            """;

    /** Answers of requests that nobody may repeat any more. */
    public static final Outdated OUTDATED = new Outdated(FORGET_OUTDATED);
}
