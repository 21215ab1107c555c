package org.expirytracker.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.json.JsonObject;
import java.security.GeneralSecurityException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.expirytracker.db.DatabaseUrl;

/** What is in the measured database: users, each with a session, twelve categories and a number of items. */
final class Dataset {

    private static final Duration TOKEN_LIFETIME = Duration.ofDays(1);

    private static final String USERS = """
            INSERT INTO users (id, username, email, password_hash, time_zone, next_day_at, last_day)
            SELECT new_id(), 'bench-' || n, 'bench-' || n || '@example.org', 'none',
                   (ARRAY['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Tokyo'])[1 + n % 4],
                   now() + interval '2 days', current_date
              FROM generate_series(1, ?) AS n
            """;

    private static final String SESSIONS = """
            INSERT INTO sessions (user_id, id, expires_at)
            SELECT id, new_id(), now() + interval '2 days'
              FROM users
            """;

    private static final String FEEDS = """
            INSERT INTO feeds (user_id)
            SELECT id
              FROM users
            """;

    private static final String CATEGORIES = """
            INSERT INTO categories (user_id, id, name, color, lead_days)
            SELECT users.id, new_id(), name, '#' || substr(md5(name), 1, 6), CASE WHEN place % 3 = 0 THEN 7 END
              FROM users
             CROSS JOIN unnest(ARRAY['Dairy', 'Bakery', 'Vegetables', 'Fruit', 'Meat', 'Fish', 'Frozen', 'Drinks',
                                     'Spices', 'Medicine', 'Cosmetics', 'Cleaning'])
                   WITH ORDINALITY AS named (name, place)
            """;

    // Nothing is random, so that two runs measure the same rows: primes scatter what belongs to a number. Of twenty
    // items one is in no category and two have no date.
    private static final String ITEMS = """
            WITH shelf AS (
                SELECT user_id, array_agg(id ORDER BY name) AS ids
                  FROM categories
                 GROUP BY user_id
            )
            INSERT INTO items (user_id, id, category_id, name, description, quantity, unit, cost_price, selling_price,
                               expiry_date, location, barcode, lot_number)
            SELECT user_id, new_id(),
                   CASE WHEN n % 20 <> 0 THEN ids[1 + (n::bigint * 7919 % 12)::integer] END,
                   (ARRAY['Organic', 'Fresh', 'Smoked', 'Dried', 'Sliced', 'Whole', 'Crème', 'Salted'])[1 + n * 31 % 8]
                       || ' ' || (ARRAY['milk', 'bread', 'carrots', 'apples', 'salmon', 'yoghurt', 'rice', 'beans',
                                        'tea', 'bandages', 'soap'])[1 + n * 17 % 11] || ' ' || n,
                   CASE WHEN n % 2 = 0 THEN 'Bought at the market, kept in its first package, number ' || n END,
                   1 + n * 13 % 400 / 10.0,
                   (ARRAY['pcs', 'kg', 'l', 'box'])[1 + n % 4],
                   n * 37 % 900 / 100.0, n * 41 % 1900 / 100.0,
                   CASE WHEN n % 10 <> 3 THEN current_date - 20 + n * 53 % 400 END,
                   (ARRAY['Fridge', 'Cellar', 'Pantry', 'Shelf 4'])[1 + n * 11 % 4],
                   lpad((4000000000000 + n::bigint * 104729)::text, 13, '0'),
                   'L' || n::bigint * 6151 % 100000
              FROM shelf
             CROSS JOIN generate_series(1, ?) AS n
            """;

    /** What is in stock, counted as the program counts it, so that each change that is measured has to keep it. */
    static final List<String> COUNTED = List.of("""
            INSERT INTO stock_days (user_id, part, part_key, expiry_date, expiring_from, item_count, value)
            SELECT user_id, part, part_key, coalesce(expiry_date, 'infinity'), coalesce(expiring_from, 'infinity'), count(*),
                   sum(quantity * coalesce(cost_price, 0))
              FROM items
             CROSS JOIN LATERAL (
                   VALUES ('WHOLE', ''), ('CATEGORY', coalesce(category_id::text, '')),
                          ('LOCATION', coalesce(location, ''))) AS counted (part, part_key)
             WHERE NOT used_up
             GROUP BY user_id, part, part_key, coalesce(expiry_date, 'infinity'), coalesce(expiring_from, 'infinity')
            """, """
            UPDATE feeds
               SET counted_seq = last_seq
            """);

    // Two of each item, as its reminders made them; the later one came when its date was past.
    private static final String NOTIFICATIONS = """
            INSERT INTO notifications (user_id, id, item_id, kind, title, message, expiry_date, reminder, created_at)
            SELECT user_id, new_id(), id, kind, name || told, 'It was bought for the ' || coalesce(location, 'house') || '.',
                   expiry_date, reminder, now() - days * interval '1 day'
              FROM items
             CROSS JOIN (VALUES ('EXPIRING_SOON', ' expires soon', 'D7', 8), ('EXPIRED', ' has expired', 'D0', 1))
                     AS said (kind, told, reminder, days)
            """;

    // A forecast has rates to work with.
    private static final String TAKE_OUTS = """
            INSERT INTO take_outs (user_id, id, item_id, name, unit, category_id, outcome, quantity, value, created_at)
            SELECT user_id, new_id(), id, name, unit, category_id, 'USED', 1, 1, now() - interval '1 day'
              FROM items
             WHERE split_part(name, ' ', 3)::integer % 500 = 0
            """;

    private static final String INDEXES = """
            SELECT indexname, indexdef
              FROM pg_indexes
             WHERE schemaname = 'public' AND tablename = 'items' AND indexdef NOT LIKE '%UNIQUE%'
             ORDER BY indexname
            """;

    private static final String FIRST_ITEMS = """
            SELECT DISTINCT ON (user_id) id
              FROM items
             WHERE category_id IS NOT NULL
             ORDER BY user_id, id
            """;

    private static final String SESSION_IDS = """
            SELECT user_id, id
              FROM sessions
             ORDER BY user_id
            """;

    private Dataset() {}

    /** Fills a migrated, empty database. */
    static void fill(DatabaseUrl database, int users, int itemsOfEach) throws SQLException {
        try (Connection connection = database.dataSource().getConnection()) {
            run(connection, USERS, users);
            run(connection, SESSIONS);
            run(connection, FEEDS);
            run(connection, CATEGORIES);
            // A third of the time, where there are millions: each index is built once, of all rows.
            Map<String, String> indexes = indexesOfItems(connection);
            for (String index : indexes.keySet()) {
                run(connection, "DROP INDEX " + index);
            }
            run(connection, ITEMS, itemsOfEach);
            for (String definition : indexes.values()) {
                run(connection, definition);
            }
            for (String counted : COUNTED) {
                run(connection, counted);
            }
            try (Statement statement = connection.createStatement()) {
                statement.execute("VACUUM (ANALYZE)");
            }
        }
    }

    /** The indexes of items by their names, with the statements that make them; but for those of keys. */
    private static Map<String, String> indexesOfItems(Connection connection) throws SQLException {
        Map<String, String> found = new LinkedHashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(INDEXES)) {
            while (rows.next()) {
                found.put(rows.getString("indexname"), rows.getString("indexdef"));
            }
        }
        return found;
    }

    /** Of every five-hundredth item something was used yesterday. */
    static void use(DatabaseUrl database) throws SQLException {
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(TAKE_OUTS);
            statement.execute("VACUUM (ANALYZE) take_outs");
        }
    }

    /** Two notifications of each item, which make the tree deep. */
    static void notifyOfAll(DatabaseUrl database) throws SQLException {
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(NOTIFICATIONS);
            statement.execute("VACUUM (ANALYZE) notifications");
        }
    }

    /** The id of an item of each user that has a category, in the order of the users' ids. */
    static List<UUID> firstItems(DatabaseUrl database) throws SQLException {
        List<UUID> ids = new ArrayList<>();
        try (Connection connection = database.dataSource().getConnection();
                PreparedStatement statement = connection.prepareStatement(FIRST_ITEMS);
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                ids.add(rows.getObject("id", UUID.class));
            }
        }
        return ids;
    }

    private static void run(Connection connection, String sql, int... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int at = 0; at < parameters.length; at++) {
                statement.setInt(at + 1, parameters[at]);
            }
            statement.executeUpdate();
        }
    }

    /** An access token of each user, as {@code AccessTokens} makes them but valid for longer. */
    static List<String> tokens(DatabaseUrl database, byte[] key) throws SQLException, GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, mac.getAlgorithm()));
        List<String> tokens = new ArrayList<>();
        try (Connection connection = database.dataSource().getConnection();
                PreparedStatement statement = connection.prepareStatement(SESSION_IDS);
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                tokens.add(token(mac, rows.getString("user_id"), rows.getString("id")));
            }
        }
        return tokens;
    }

    private static String token(Mac mac, String user, String session) {
        Instant now = Instant.now();
        JsonObject claims = new JsonObject()
                .put("iss", "expiry-tracker")
                .put("aud", "expiry-tracker-api")
                .put("sub", user)
                .put("sid", session)
                .put("iat", now.getEpochSecond())
                .put("exp", now.plus(TOKEN_LIFETIME).getEpochSecond());
        String signed = base64("{\"typ\":\"at+jwt\",\"alg\":\"HS256\"}".getBytes(UTF_8)) + "."
                + base64(claims.encode().getBytes(UTF_8));
        return signed + "." + base64(mac.doFinal(signed.getBytes(UTF_8)));
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
