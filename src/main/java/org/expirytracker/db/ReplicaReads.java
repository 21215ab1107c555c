package org.expirytracker.db;

import io.vertx.core.Future;
import io.vertx.sqlclient.PrepareOptions;
import io.vertx.sqlclient.PreparedQuery;
import io.vertx.sqlclient.Query;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.concurrent.TimeUnit;
import org.expirytracker.kernel.ReadSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The statements of one operation that reads from a replica: {@link Rows} asks there first, and repeats on the primary what
 * failed, whatever the reason: a replica that is gone, or that cancelled a statement because what it reads is being changed.
 * Everything else goes to the primary.
 */
final class ReplicaReads implements SqlClient {

    private static final Logger LOG = LoggerFactory.getLogger(ReplicaReads.class);

    /** What takes longer is asked of the primary, so that both together stay within the time of a request. */
    static final int PATIENCE_MILLIS = 2_000;

    private final Replicas.Replica server;
    private final SqlClient replica;
    private final SqlClient primary;
    private final ReadSource source;

    ReplicaReads(Replicas.Replica server, SqlClient replica, SqlClient primary, ReadSource source) {
        this.server = server;
        this.replica = replica;
        this.primary = primary;
        this.source = source;
    }

    /** Of a client that may be one of these, what writes. */
    static SqlClient primaryOf(SqlClient client) {
        return client instanceof ReplicaReads either ? either.primary : client;
    }

    Future<RowSet<Row>> read(String sql, Tuple parameters) {
        if (source.replica() < 0) {
            return Rows.run(primary, sql, parameters);
        }
        return replica.preparedQuery(sql)
                .execute(parameters)
                .timeout(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)
                .onSuccess(rows -> server.answered())
                .recover(failure -> {
                    LOG.debug("{} failed, and the primary is asked instead", server, failure);
                    source.leaveReplica();
                    server.failed();
                    return Rows.run(primary, sql, parameters);
                });
    }

    @Override
    public Query<RowSet<Row>> query(String sql) {
        return primary.query(sql);
    }

    @Override
    public PreparedQuery<RowSet<Row>> preparedQuery(String sql) {
        return primary.preparedQuery(sql);
    }

    @Override
    public PreparedQuery<RowSet<Row>> preparedQuery(String sql, PrepareOptions options) {
        return primary.preparedQuery(sql, options);
    }

    /** Closes nothing: both clients are the {@link Database}'s. */
    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }
}
