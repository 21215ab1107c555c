package org.expirytracker.db;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.SqlConnectOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells new connections to which of several servers they are to go: the one that takes changes, as a primary does. All are
 * asked at the same time, so that one that is gone holds up nothing; so a standby that is promoted is found by the next
 * connection. Of a single server nothing is asked.
 */
final class PrimarySearch implements Supplier<Future<SqlConnectOptions>> {

    private static final Logger LOG = LoggerFactory.getLogger(PrimarySearch.class);

    /** Connections that are made together ask once. */
    private static final Duration GOOD_FOR = Duration.ofSeconds(1);

    /** Less than whoever waits for a connection waits. */
    private static final int PATIENCE_MILLIS = 1_500;

    private final PgConnectOptions first;
    private final List<Server> servers;
    private @Nullable Future<SqlConnectOptions> search;
    private long begun;
    private @Nullable Server primary;

    /** One of the servers, and a connection by which it is asked, which opens only then. */
    private record Server(PgConnectOptions options, Pool pool) {}

    PrimarySearch(Vertx vertx, ServerOptions options) {
        first = options.servers().getFirst();
        servers = options.servers().size() == 1
                ? List.of()
                : options.servers().stream()
                        .map(server -> new Server(server, asking(vertx, server)))
                        .toList();
    }

    private static Pool asking(Vertx vertx, PgConnectOptions options) {
        return PgBuilder.pool()
                .with(new PoolOptions()
                        .setName("primary")
                        .setMaxSize(1)
                        .setConnectionTimeout(PATIENCE_MILLIS)
                        .setConnectionTimeoutUnit(TimeUnit.MILLISECONDS)
                        .setIdleTimeout(1)
                        .setIdleTimeoutUnit(TimeUnit.SECONDS))
                .with(Database.network("primary"))
                .connectingTo(options)
                .using(vertx)
                .build();
    }

    /** Where the next connection is to go. Fails when no server takes changes just now. */
    @Override
    public synchronized Future<SqlConnectOptions> get() {
        if (servers.isEmpty()) {
            return Future.succeededFuture(first);
        }
        Future<SqlConnectOptions> last = search;
        boolean recent = System.nanoTime() - begun < GOOD_FOR.toNanos();
        if (last != null && (!last.isComplete() || (last.succeeded() && recent))) {
            return last;
        }
        begun = System.nanoTime();
        Future<SqlConnectOptions> next = find();
        search = next;
        return next;
    }

    private Future<SqlConnectOptions> find() {
        Promise<SqlConnectOptions> found = Promise.promise();
        List<Future<Boolean>> answers = new ArrayList<>();
        for (Server server : servers) {
            answers.add(Database.isWritable(server.pool())
                    .timeout(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)
                    .onSuccess(writable -> {
                        if (writable && found.tryComplete(server.options())) {
                            moved(server);
                        }
                    }));
        }
        Future.join(answers)
                .onSuccess(allAreStandbys -> found.tryFail(SqlFailures.unavailable()))
                .onFailure(found::tryFail);
        return found.future();
    }

    private synchronized void moved(Server to) {
        Server former = primary;
        primary = to;
        if (former != null && !former.equals(to)) {
            LOG.info(
                    "{}:{} takes changes now, and no longer {}:{}",
                    to.options().getHost(),
                    to.options().getPort(),
                    former.options().getHost(),
                    former.options().getPort());
        }
    }

    Future<Void> close() {
        return Future.join(servers.stream().map(server -> server.pool().close()).toList())
                .mapEmpty();
    }
}
