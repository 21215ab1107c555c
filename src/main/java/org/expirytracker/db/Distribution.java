package org.expirytracker.db;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.regex.Pattern;

/**
 * Databases whose tables are spread over several servers, each tenant's rows on one of them (Citus). They refuse a statement
 * that writes the rows of many tenants one by one; on one server such a statement takes a fifth of the time of one statement
 * for each tenant. So the few there are exist in both forms, of which the second is made from the first.
 */
public final class Distribution {

    private static final Pattern KEYS = Pattern.compile("\\$1::uuid\\[\\]");
    private static final Pattern EQUALITY =
            Pattern.compile("\\b(user_id|tenant_id|inventories\\.id) = \\w+\\.user_id\\b");
    private static final Pattern INSERTED =
            Pattern.compile("(INSERT INTO \\w+ \\(\\s*user_id,[^)]*\\)\\s*SELECT\\s+)\\w+\\.user_id\\b");

    private static final String IS_DISTRIBUTED = """
            SELECT EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'citus') AS distributed
            """;

    private Distribution() {}

    /** Whether the database spreads tables over several servers. */
    public static Future<Boolean> isOf(SqlConnection connection) {
        return Rows.first(connection, IS_DISTRIBUTED, Tuple.tuple(), row -> row.getBoolean("distributed"))
                .map(found -> found.orElse(false));
    }

    /**
     * The same for one tenant as a statement for many, whose ids are the array {@code $1}: here {@code $1} is the id, and
     * the key of every table that is read or written is bound to it. The other parameters stay arrays, of one element each.
     */
    public static String ofOne(String ofMany) {
        String keyed = KEYS.matcher(ofMany).replaceAll("ARRAY[\\$1::uuid]");
        String bound = EQUALITY.matcher(keyed).replaceAll("$1 = \\$1");
        return INSERTED.matcher(bound).replaceAll("$1\\$1");
    }
}
