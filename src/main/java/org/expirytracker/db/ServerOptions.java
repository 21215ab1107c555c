package org.expirytracker.db;

import io.vertx.pgclient.PgConnectOptions;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * How the non-blocking client connects to the servers that a {@link DatabaseUrl} names. Of several, one takes changes at a
 * time: {@link PrimarySearch} finds it.
 */
public final class ServerOptions {

    private final List<PgConnectOptions> servers;

    ServerOptions(List<PgConnectOptions> servers) {
        this.servers = List.copyOf(servers);
    }

    /** One for each server, in the order of the URL; at least one. */
    List<PgConnectOptions> servers() {
        return servers;
    }

    /** Whether a {@link Pooler} is between. */
    boolean pooled() {
        return servers.getFirst().getUseLayer7Proxy();
    }

    /** The same servers, to which connections are made that are called something more in {@code pg_stat_activity}. */
    public ServerOptions named(String more) {
        return with(options ->
                options.addProperty("application_name", options.getProperties().get("application_name") + " " + more));
    }

    /** The same servers with other options; the function may change what it is given, which is a copy. */
    ServerOptions with(UnaryOperator<PgConnectOptions> change) {
        return new ServerOptions(servers.stream()
                // A copy forgets that it is for a proxy.
                .map(options ->
                        change.apply(new PgConnectOptions(options).setUseLayer7Proxy(options.getUseLayer7Proxy())))
                .toList());
    }
}
