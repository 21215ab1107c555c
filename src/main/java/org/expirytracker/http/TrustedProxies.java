package org.expirytracker.http;

import io.vertx.core.MultiMap;
import io.vertx.core.net.SocketAddress;
import java.math.BigInteger;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The proxies before this server whose word about a client's address is believed. Read is {@code X-Forwarded-For},
 * which every common proxy and load balancer sends; hardly any sends the {@code Forwarded} of RFC 7239.
 *
 * @param ranges possibly empty: then the peer of the connection is the client
 */
public record TrustedProxies(List<Range> ranges) {

    /** Nobody is believed. */
    public static final TrustedProxies NONE = new TrustedProxies(List.of());

    private static final String HEADER = "X-Forwarded-For";

    /**
     * Addresses of one network.
     *
     * @param text as it was written
     * @param bits of the network's prefix
     * @param length of its addresses, in bytes: 4 or 16
     */
    public record Range(String text, BigInteger prefix, int bits, int length) {

        /**
         * Reads an address, such as {@code 10.0.0.7}, or a range, such as {@code 10.0.0.0/8} or {@code 2001:db8::/32}.
         *
         * @throws IllegalArgumentException when it is neither
         */
        public static Range parse(String text) {
            int slash = text.indexOf('/');
            byte[] address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash))
                    .getAddress();
            int most = address.length * Byte.SIZE;
            int bits = slash < 0 ? most : Integer.parseInt(text.substring(slash + 1));
            if (bits < 0 || bits > most) {
                throw new IllegalArgumentException("no prefix of " + text);
            }
            return new Range(text, new BigInteger(1, address).shiftRight(most - bits), bits, address.length);
        }

        @Override
        public String toString() {
            return text;
        }

        boolean contains(InetAddress other) {
            byte[] address = other.getAddress();
            return address.length == length
                    && new BigInteger(1, address)
                            .shiftRight(length * Byte.SIZE - bits)
                            .equals(prefix);
        }
    }

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
