package org.expirytracker.outbound;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.expirytracker.kernel.AddressRange;

/**
 * Where requests may lead that users ask for: to the public Internet by HTTPS, and to whatever else the operator allows. Else
 * anybody who may make a webhook or a channel could have this server ask others of its own network, which trust it (server-side request forgery).
 *
 * @param hosts names and literal addresses that are allowed whatever address they have, in lower case
 * @param ranges addresses that are allowed
 */
public record OutboundTargets(Set<String> hosts, List<AddressRange> ranges) {

    /** The public Internet and nothing else. */
    public static final OutboundTargets PUBLIC = new OutboundTargets(Set.of(), List.of());

    private static final Pattern RANGE = Pattern.compile("[0-9.]+(/[0-9]+)?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(/[0-9]+)?");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252})");
    private static final int MOST_URL = 2_000;

    /** Of IANA's registries of special-purpose addresses, and where a cloud has its metadata at a public address. */
    private static final List<AddressRange> CLOSED = ranges(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "168.63.129.16",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "2001::/23",
            "2001:db8::/32",
            "2002::/16",
            "3fff::/20");

    /** All of IPv6 that is routed in public. */
    private static final AddressRange GLOBAL_UNICAST = AddressRange.parse("2000::/3");

    private static final int IPV4_BYTES = 4;

    private static List<AddressRange> ranges(String... texts) {
        return Stream.of(texts).map(AddressRange::parse).toList();
    }

    /**
     * Reads what the operator allows.
     *
     * @param texts names of hosts, addresses and ranges
     * @throws IllegalArgumentException when one is none of these
     */
    public static OutboundTargets allowing(List<String> texts) {
        List<String> numbers =
                texts.stream().filter(text -> RANGE.matcher(text).matches()).toList();
        Set<String> names = texts.stream()
                .filter(text -> !numbers.contains(text))
                .map(text -> text.toLowerCase(Locale.ROOT))
                .collect(Collectors.toUnmodifiableSet());
        if (!names.stream().allMatch(name -> NAME.matcher(name).matches())) {
            throw new IllegalArgumentException("no host");
        }
        return new OutboundTargets(names, ranges(numbers.toArray(String[]::new)));
    }

    @Override
    public String toString() {
        return Stream.concat(hosts.stream().sorted(), ranges.stream().map(AddressRange::toString))
                .collect(Collectors.joining(","));
    }

    /** Why nothing may lead there, as far as the text shows it; the name's address is looked at with each request. */
    public Optional<String> objection(String url) {
        if (url.length() > MOST_URL) {
            return Optional.of("must have at most %d characters".formatted(MOST_URL));
        }
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException malformed) {
            return Optional.of("must be an address such as https://example.org/hook");
        }
        boolean http = "http".equalsIgnoreCase(uri.getScheme());
        if ((!http && !"https".equalsIgnoreCase(uri.getScheme())) || uri.getHost() == null || !isAscii(url)) {
            return Optional.of("must be an address such as https://example.org/hook");
        }
        if (uri.getRawUserInfo() != null || uri.getRawFragment() != null) {
            return Optional.of("must have neither a user nor a fragment in it");
        }
        if (uri.getPort() == 0 || uri.getPort() > 65_535) {
            return Optional.of("has a port that there is not");
        }
        Optional<InetAddress> literal = literal(uri);
        // Of a name only its address tells, where addresses are allowed.
        boolean open = literal.isPresent() ? isAllowed(uri, literal.get()) : namesHost(uri) || !ranges.isEmpty();
        if (http && !open) {
            return Optional.of(
                    "must begin with https://. Whoever runs this server can allow others: EXPIRY_WEBHOOK_ALLOW");
        }
        return literal.filter(address -> !permits(uri, address))
                .map(
                        closed ->
                                "leads to an address that is not public. Whoever runs this server can allow it: EXPIRY_WEBHOOK_ALLOW");
    }

    private static boolean isAscii(String url) {
        return url.chars().allMatch(each -> each > ' ' && each < 0x7f);
    }

    private boolean isAllowed(URI uri, InetAddress address) {
        return namesHost(uri) || ranges.stream().anyMatch(range -> range.contains(address));
    }

    private static Optional<InetAddress> literal(URI uri) {
        try {
            return Optional.of(InetAddress.ofLiteral(hostOf(uri)));
        } catch (IllegalArgumentException name) {
            return Optional.empty();
        }
    }

    /** The host without the brackets of a literal address. */
    static String hostOf(URI uri) {
        String host = uri.getHost().toLowerCase(Locale.ROOT);
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    private boolean namesHost(URI uri) {
        return hosts.contains(hostOf(uri));
    }

    /**
     * Whether a request may be sent to an address.
     *
     * @param address that its host has at this moment, and to which it is then sent
     */
    public boolean permits(URI uri, InetAddress address) {
        return isAllowed(uri, address) || ("https".equalsIgnoreCase(uri.getScheme()) && isPublic(address));
    }

    /** An IPv4 address within one of IPv6 has become one of IPv4 already. */
    static boolean isPublic(InetAddress address) {
        boolean routed = address.getAddress().length == IPV4_BYTES || GLOBAL_UNICAST.contains(address);
        return routed && CLOSED.stream().noneMatch(range -> range.contains(address));
    }
}
