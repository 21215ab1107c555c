package org.expirytracker.channels;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.expirytracker.backups.AfterRestore;
import org.expirytracker.credentials.EncryptedColumn;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.UserId;
import org.expirytracker.notifications.Notification;
import org.jspecify.annotations.Nullable;

/** SQL of the table {@code channels}. $1 is the user, but for what looks after the channels of many. */
final class ChannelRepository {

    private static final String COLUMNS = """
            id, name, kind, origin, notification_kinds, rhythm, off_because, failing_since, retry_at, delivered_at, error,
            version, created_at, updated_at
            """;

    private static final String LIST = "SELECT " + COLUMNS + """
              FROM channels
             WHERE user_id = $1
             ORDER BY id
             LIMIT $2
            """;

    /** Those of a user, the oldest first. */
    Future<List<Channel>> list(SqlClient client, UserId userId, int most) {
        return Rows.list(client, LIST, Tuple.of(userId.value(), most), ChannelRepository::toChannel);
    }

    private static final String FIND = "SELECT " + COLUMNS + """
              FROM channels
             WHERE user_id = $1 AND id = ANY ($2)
            """;

    /** Channels by id; one that does not exist is left out. */
    Future<Map<UUID, Channel>> find(SqlClient client, UserId userId, Collection<UUID> ids) {
        Tuple parameters = Tuple.of(userId.value()).addArrayOfUUID(ids.toArray(UUID[]::new));
        return Rows.map(client, FIND, parameters, row -> row.getUUID("id"), ChannelRepository::toChannel);
    }

    private static final String INSERT = """
            INSERT INTO channels (user_id, id, name, kind, origin, secret, notification_kinds, rhythm, since, day, created_at,
                   updated_at)
            SELECT $1, $2, $3, $4, $5, $6, $7, $8, feeds.last_at, coalesce(inventories.last_day, '-infinity'), feeds.last_at,
                   feeds.last_at
              FROM feeds
              JOIN inventories ON inventories.id = feeds.user_id
             WHERE feeds.user_id = $1 AND $9 > (SELECT count(*) FROM channels WHERE user_id = $1)
            RETURNING\s""" + COLUMNS;

    /**
     * Adds one, in a transaction that locks the log of the user's own inventory: it tells what is notified from then on.
     *
     * @param secret its settings, encrypted
     * @param most how many a user may have
     * @return empty when there are as many
     */
    Future<Optional<Channel>> insert(
            SqlClient client, UserId userId, UUID id, NewChannel fresh, Buffer secret, int most) {
        Tuple parameters = Tuple.of(
                        userId.value(),
                        id,
                        fresh.name(),
                        fresh.settings().kind().name(),
                        fresh.settings().origin(),
                        secret)
                .addArrayOfString(names(fresh.notificationKinds()))
                .addString(fresh.rhythm().name())
                .addLong((long) most);
        return Rows.first(client, INSERT, parameters, ChannelRepository::toChannel);
    }

    private static String[] names(List<Notification.Kind> kinds) {
        return kinds.stream().map(Enum::name).toArray(String[]::new);
    }

    private static final String UPDATE = """
            UPDATE channels
               SET name = $3, kind = $4, origin = $5, secret = coalesce($6, secret), notification_kinds = $7, rhythm = $8,
                   off_because = $9, since = CASE WHEN $10 THEN feeds.last_at ELSE since END,
                   day = CASE WHEN $10 OR rhythm <> $8 THEN coalesce(inventories.last_day, '-infinity') ELSE day END,
                   failing_since = CASE WHEN $10 THEN NULL ELSE failing_since END,
                   failures = 0, retry_at = NULL, version = channels.version + 1, updated_at = feeds.last_at
              FROM feeds
              JOIN inventories ON inventories.id = feeds.user_id
             WHERE channels.user_id = $1 AND channels.id = $2 AND feeds.user_id = $1
            RETURNING channels.id, channels.name, kind, origin, notification_kinds, rhythm, off_because, failing_since,
                   retry_at, delivered_at, error, channels.version, channels.created_at, channels.updated_at
            """;

    /**
     * Writes what the user has set; what failed is tried again at once.
     *
     * @param secret its settings, encrypted; null when they stay
     * @param on whether it was off before: it tells what is notified from now on
     */
    Future<Channel> update(SqlClient client, UserId userId, Channel channel, @Nullable Buffer secret, boolean on) {
        Channel.Off off = channel.offBecause();
        Tuple parameters = Tuple.of(
                        userId.value(),
                        channel.id(),
                        channel.name(),
                        channel.kind().name(),
                        channel.origin(),
                        secret)
                .addArrayOfString(names(channel.notificationKinds()))
                .addString(channel.rhythm().name())
                .addString(off == null ? null : off.name())
                .addBoolean(on);
        return Rows.first(client, UPDATE, parameters, ChannelRepository::toChannel)
                .map(Optional::orElseThrow);
    }

    private static final String DELETE = """
            DELETE FROM channels
             WHERE user_id = $1 AND id = $2
            """;

    /** Deletes one, of which few deliveries are left. */
    Future<Integer> delete(SqlClient client, UserId userId, UUID id) {
        return Rows.change(client, DELETE, Tuple.of(userId.value(), id));
    }

    /**
     * A channel with all that it takes to deliver by it.
     *
     * @param secret its settings, encrypted
     * @param due whether another try is not put off
     * @param place of its latest delivery
     * @param turned whether a day of the user has begun since the last daily message
     */
    record Delivered(Channel channel, Buffer secret, boolean due, long place, boolean turned) {

        /** Without the secret. */
        @Override
        public String toString() {
            return "Delivered[" + channel + "]";
        }
    }

    private static final String DELIVERED = """
            SELECT channels.id, channels.name, kind, origin, notification_kinds, rhythm, off_because, failing_since, retry_at,
                   delivered_at, error, channels.version, channels.created_at, channels.updated_at, secret, last_place,
                   retry_at IS NULL OR retry_at <= now() AS due, inventories.last_day > day AS turned
              FROM channels
              JOIN users ON users.id = channels.user_id
              JOIN inventories ON inventories.id = channels.user_id
             WHERE channels.user_id = $1 AND channels.id = $2 AND users.active
            """;

    /** A channel with all that it takes to deliver by it; empty when it is gone, or its user may not act. */
    Future<Optional<Delivered>> findDelivered(SqlClient client, UserId userId, UUID id) {
        return Rows.first(
                client,
                DELIVERED,
                Tuple.of(userId.value(), id),
                row -> new Delivered(
                        toChannel(row),
                        row.getBuffer("secret"),
                        row.getBoolean("due"),
                        row.getLong("last_place"),
                        Boolean.TRUE.equals(row.getBoolean("turned"))));
    }

    private static final String TAKEN = """
            UPDATE channels
               SET failing_since = NULL, failures = 0, retry_at = NULL, error = NULL, delivered_at = now()
             WHERE user_id = $1 AND id = $2
            """;

    /** Notes that the receiver has taken a message. */
    Future<Integer> taken(SqlClient client, UserId userId, UUID id) {
        return Rows.change(client, TAKEN, Tuple.of(userId.value(), id));
    }

    /**
     * How it stands after a failure.
     *
     * @param hopeless whether nothing was taken for so long that it is not tried any more
     */
    record Failing(int failures, boolean hopeless) {}

    private static final String FAILED = """
            UPDATE channels
               SET failing_since = least(failing_since, now()), failures = failures + 1, error = $3
             WHERE user_id = $1 AND id = $2
            RETURNING failures, failing_since < now() - make_interval(secs => $4) AS hopeless
            """;

    /** Notes that the receiver has not taken a message; empty when the channel is gone. */
    Future<Optional<Failing>> failed(SqlClient client, UserId userId, UUID id, String error, Duration longest) {
        return Rows.first(
                client,
                FAILED,
                Tuple.of(userId.value(), id, error, (double) longest.toSeconds()),
                row -> new Failing(row.getInteger("failures"), row.getBoolean("hopeless")));
    }

    private static final String NOTE_ERROR = """
            UPDATE channels
               SET error = $3
             WHERE user_id = $1 AND id = $2
            """;

    /** Notes what came of a test that failed, which says nothing of the rest. */
    Future<Integer> noteError(SqlClient client, UserId userId, UUID id, String error) {
        return Rows.change(client, NOTE_ERROR, Tuple.of(userId.value(), id, error));
    }

    private static final String PUT_OFF = """
            UPDATE channels
               SET retry_at = now() + make_interval(secs => $3)
             WHERE user_id = $1 AND id = $2
            """;

    /** Puts the next try off. */
    Future<Integer> putOff(SqlClient client, UserId userId, UUID id, Duration pause) {
        return Rows.change(client, PUT_OFF, Tuple.of(userId.value(), id, pause.toMillis() / 1_000.0));
    }

    private static final String SWITCH_OFF = """
            UPDATE channels
               SET off_because = 'FAILED', retry_at = NULL
             WHERE user_id = $1 AND id = $2 AND off_because IS NULL
            RETURNING\s""" + COLUMNS;

    /** Sends nothing by it any more; empty when it is off, or gone, already. */
    Future<Optional<Channel>> switchOff(SqlClient client, UserId userId, UUID id) {
        return Rows.first(client, SWITCH_OFF, Tuple.of(userId.value(), id), ChannelRepository::toChannel);
    }

    private static Channel toChannel(Row row) {
        String off = row.getString("off_because");
        return new Channel(
                row.getUUID("id"),
                row.getString("name"),
                Channel.Kind.valueOf(row.getString("kind")),
                row.getString("origin"),
                Stream.of(row.getArrayOfStrings("notification_kinds"))
                        .map(Notification.Kind::valueOf)
                        .toList(),
                Channel.Rhythm.valueOf(row.getString("rhythm")),
                off == null ? null : Channel.Off.valueOf(off),
                instant(row, "failing_since"),
                instant(row, "retry_at"),
                instant(row, "delivered_at"),
                row.getString("error"),
                row.getInteger("version"),
                row.get(OffsetDateTime.class, "created_at").toInstant(),
                row.get(OffsetDateTime.class, "updated_at").toInstant());
    }

    static @Nullable Instant instant(Row row, String column) {
        OffsetDateTime at = row.get(OffsetDateTime.class, column);
        return at == null ? null : at.toInstant();
    }

    private static final String BEGIN_NOW = """
            UPDATE public.channels
               SET since = now()
            """;

    /** What was restored may have been told since it was backed up: nothing of it is told again. */
    static final AfterRestore AFTER_RESTORE = new AfterRestore("channels", "since", BEGIN_NOW);

    /** The column in which settings are kept encrypted, as they are bound to it. */
    static final String SECRET = "channels.secret";

    /** Of secrets, what they are bound to. */
    static final String OWNER = "channel";

    private static final String LIST_FORMER_KEYS = """
            SELECT user_id AS tenant_id, id, secret AS encrypted
              FROM channels
             WHERE (user_id, id) > ($1, $2) AND substring(secret FROM 1 FOR 4) <> $3
             ORDER BY user_id, id
             LIMIT $4
            """;

    private static final String REPLACE = """
            UPDATE channels
               SET secret = renewed.encrypted
              FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[])
                   AS renewed (user_id, id, former, encrypted)
             WHERE channels.user_id = renewed.user_id AND channels.id = renewed.id AND channels.secret = renewed.former
            """;

    private static final String COUNT_BY_KEY = """
            SELECT encode(substring(secret FROM 1 FOR 4), 'hex') AS key, count(*)::integer AS secrets
              FROM channels
             GROUP BY key
            """;

    /** For the exchange of keys. */
    static final EncryptedColumn ENCRYPTED =
            new EncryptedColumn(OWNER, SECRET, LIST_FORMER_KEYS, REPLACE, COUNT_BY_KEY);
}
