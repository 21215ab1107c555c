package org.expirytracker.db;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A connection that hears what is notified on a channel, opened again whenever it is lost: closed, silent for long, or with a
 * server that takes changes no more. Whoever listens is told each time it is open, since what was notified before is lost. To be
 * used on one event loop.
 */
public final class Listener {

    /** More often than a connection may be silent. */
    private static final int ASK_EVERY_MILLIS = 5_000;

    private static final int PATIENCE_MILLIS = 2_000;
    private static final long SHORTEST_PAUSE_MILLIS = 100;
    private static final long LONGEST_PAUSE_MILLIS = 2_000;

    private final Vertx vertx;
    private final String channel;
    private final Runnable open;
    private final Runnable lost;
    private final Consumer<String> heard;
    private final PrimarySearch primary;
    private final Pool pool;
    private long pause = SHORTEST_PAUSE_MILLIS;
    private long timer = -1;
    private boolean closed;
    private @Nullable PgConnection connection;

    /**
     * Opens no connection yet.
     *
     * @param options of PostgreSQL itself: no {@link Pooler} passes on what is notified
     * @param channel an identifier
     * @param open called each time it begins to listen
     * @param lost called each time it listens no more
     * @param heard called with what was notified
     */
    public Listener(
            Vertx vertx, ServerOptions options, String channel, Runnable open, Runnable lost, Consumer<String> heard) {
        this.vertx = vertx;
        this.channel = channel;
        this.open = open;
        this.lost = lost;
        this.heard = heard;
        this.primary = new PrimarySearch(vertx, options);
        this.pool = PgBuilder.pool()
                .with(new PoolOptions()
                        .setName("listener")
                        .setMaxSize(1)
                        .setConnectionTimeout(PATIENCE_MILLIS)
                        .setConnectionTimeoutUnit(TimeUnit.MILLISECONDS))
                .with(Database.network("listener"))
                .connectingTo(primary)
                .withConnectHandler(connected -> SessionSettings.release(connected, SessionSettings.Bounds.NONE))
                .using(vertx)
                .build();
    }

    /** Begins to listen. When the first connection fails, so does this, and nothing is tried again once it is closed. */
    public Future<Void> start() {
        timer = vertx.setPeriodic(ASK_EVERY_MILLIS, again -> requirePrimary());
        return connect();
    }

    private Future<Void> connect() {
        return pool.getConnection()
                .onFailure(away -> connectLater())
                .map(PgConnection::cast)
                .compose(this::listen);
    }

    private Future<Void> listen(PgConnection opened) {
        opened.notificationHandler(notification -> heard.accept(notification.getPayload()));
        opened.closeHandler(gone -> {
            connection = null;
            lost.run();
            connectLater();
        });
        return opened.query("LISTEN " + channel)
                .execute()
                .onSuccess(listening -> {
                    connection = opened;
                    pause = SHORTEST_PAUSE_MILLIS;
                    open.run();
                })
                // As a standby does.
                .onFailure(refused -> SessionSettings.end(opened))
                .mapEmpty();
    }

    private void connectLater() {
        if (closed) {
            return;
        }
        vertx.setTimer(pause, now -> {
            if (!closed) {
                connect();
            }
        });
        pause = Math.min(LONGEST_PAUSE_MILLIS, pause * 2);
    }

    /** Also keeps the connection from being silent. */
    private void requirePrimary() {
        PgConnection asked = connection;
        if (asked != null) {
            Database.isWritable(asked).onSuccess(writable -> {
                if (!writable) {
                    SessionSettings.end(asked);
                }
            });
        }
    }

    /** Closes the connection, and opens no other. */
    public Future<Void> close() {
        closed = true;
        vertx.cancelTimer(timer);
        return Future.join(pool.close(), primary.close()).mapEmpty();
    }
}
