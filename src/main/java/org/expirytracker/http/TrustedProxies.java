package org.expirytracker.http;

import io.vertx.core.MultiMap;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.util.List;
import org.expirytracker.kernel.AddressRange;
import org.jspecify.annotations.Nullable;

/**
 * The proxies before this server whose word about a client's address is believed. Read is {@code X-Forwarded-For},
 * which every common proxy and load balancer sends; hardly any sends the {@code Forwarded} of RFC 7239.
 *
 * @param ranges possibly empty: then the peer of the connection is the client
 */
public record TrustedProxies(List<AddressRange> ranges) {

    /** Nobody is believed. */
    public static final TrustedProxies NONE = new TrustedProxies(List.of());

    private static final String HEADER = "X-Forwarded-For";

    @Override
    public String toString() {
        return ranges.toString();
    }

    /**
     * The client's address: the nearest one that is not of a trusted proxy. Each proxy appends whom it was called by,
     * so what stands further left may be invented.
     *
     * @return null when the peer has none
     */
    @Nullable
    String client(SocketAddress peer, MultiMap headers) {
        if (ranges.isEmpty() || peer.hostAddress() == null || !headers.contains(HEADER)) {
            return peer.hostAddress();
        }
        InetAddress client = InetAddress.ofLiteral(peer.hostAddress());
        List<String> hops = List.of(String.join(",", headers.getAll(HEADER)).split(",", -1));
        for (String hop : hops.reversed()) {
            InetAddress called = isTrusted(client) ? address(hop.strip()) : null;
            if (called == null) {
                break;
            }
            client = called;
        }
        return client.getHostAddress();
    }

    private boolean isTrusted(InetAddress address) {
        return ranges.stream().anyMatch(range -> range.contains(address));
    }

    /** Some append the port; null for what is no address. */
    private static @Nullable InetAddress address(String hop) {
        String bare = hop;
        if (hop.startsWith("[") && hop.contains("]")) {
            bare = hop.substring(1, hop.indexOf(']'));
        } else if (hop.indexOf(':') >= 0 && hop.indexOf(':') == hop.lastIndexOf(':')) {
            bare = hop.substring(0, hop.indexOf(':'));
        }
        try {
            return InetAddress.ofLiteral(bare);
        } catch (IllegalArgumentException none) {
            return null;
        }
    }
}
