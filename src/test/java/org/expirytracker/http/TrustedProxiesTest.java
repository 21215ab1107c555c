package org.expirytracker.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vertx.core.MultiMap;
import io.vertx.core.net.SocketAddress;
import java.util.List;
import java.util.stream.Stream;
import org.expirytracker.kernel.AddressRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrustedProxiesTest {

    private static final TrustedProxies PROXIES =
            new TrustedProxies(Stream.of("10.0.0.0/8", "192.168.1.7", "2001:db8::/33")
                    .map(AddressRange::parse)
                    .toList());

    private static @Nullable String client(String peer, String... forwardedFor) {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        for (String line : forwardedFor) {
            headers.add("X-Forwarded-For", line);
        }
        return PROXIES.client(SocketAddress.inetSocketAddress(1, peer), headers);
    }

    @Nested
    class Client {

        @Test
        void is_the_peer_when_nobody_is_trusted() {
            String client = TrustedProxies.NONE.client(
                    SocketAddress.inetSocketAddress(1, "10.1.2.3"),
                    MultiMap.caseInsensitiveMultiMap().add("X-Forwarded-For", "203.0.113.9"));

            assertThat(client).isEqualTo("10.1.2.3");
        }

        @Test
        void is_a_peer_that_is_no_trusted_proxy_whatever_it_says() {
            assertThat(client("203.0.113.5", "203.0.113.9")).isEqualTo("203.0.113.5");
            assertThat(client("192.168.1.8", "203.0.113.9")).isEqualTo("192.168.1.8");
            assertThat(client("2001:db8:8000:0:0:0:0:1", "203.0.113.9")).isEqualTo("2001:db8:8000:0:0:0:0:1");
        }

        @Test
        void is_whom_a_trusted_proxy_names() {
            assertThat(client("10.1.2.3", "203.0.113.9")).isEqualTo("203.0.113.9");
            assertThat(client("192.168.1.7", "203.0.113.9")).isEqualTo("203.0.113.9");
            assertThat(client("2001:db8:7fff:0:0:0:0:1", "203.0.113.9")).isEqualTo("203.0.113.9");
        }

        @Test
        void is_the_nearest_that_is_not_trusted_for_what_stands_further_left_may_be_invented() {
            assertThat(client("10.1.2.3", "198.51.100.1, 203.0.113.9, 10.9.9.9"))
                    .isEqualTo("203.0.113.9");
            assertThat(client("10.1.2.3", "198.51.100.1", "203.0.113.9,10.9.9.9"))
                    .isEqualTo("203.0.113.9");
            assertThat(client("10.1.2.3", "10.7.7.7, 203.0.113.9")).isEqualTo("203.0.113.9");
        }

        @Test
        void is_the_furthest_when_all_are_trusted() {
            assertThat(client("10.1.2.3", "10.7.7.7, 10.8.8.8")).isEqualTo("10.7.7.7");
            assertThat(client("10.1.2.3")).isEqualTo("10.1.2.3");
        }

        @Test
        void may_come_with_a_port() {
            assertThat(client("10.1.2.3", "203.0.113.9:4711")).isEqualTo("203.0.113.9");
            assertThat(client("10.1.2.3", "[2001:db9::1]:4711")).isEqualTo("2001:db9:0:0:0:0:0:1");
            assertThat(client("10.1.2.3", "2001:db9::1")).isEqualTo("2001:db9:0:0:0:0:0:1");
        }

        @Test
        void is_one_address_whether_written_as_IPv4_or_as_IPv6() {
            assertThat(client("10.1.2.3", "::ffff:203.0.113.9")).isEqualTo("203.0.113.9");
            assertThat(client("::ffff:10.1.2.3", "203.0.113.9")).isEqualTo("203.0.113.9");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {"", " , ", "unknown", "localhost", "203.0.113.9.example.org", "[", "'; DROP TABLE users"})
        void is_the_proxy_that_names_no_address(String nonsense) {
            assertThat(client("10.1.2.3", "203.0.113.9, " + nonsense)).isEqualTo("10.1.2.3");
        }
    }

    @Nested
    class RangeParse {

        @ParameterizedTest
        @ValueSource(strings = {"", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/a", "example.org", "::/129"})
        void refuses_what_is_no_range(String text) {
            assertThatIllegalArgumentException().isThrownBy(() -> AddressRange.parse(text));
        }

        @Test
        void takes_everything_for_a_prefix_of_nothing() {
            TrustedProxies all = new TrustedProxies(List.of(AddressRange.parse("0.0.0.0/0")));

            assertThat(all.client(
                            SocketAddress.inetSocketAddress(1, "203.0.113.5"),
                            MultiMap.caseInsensitiveMultiMap().add("X-Forwarded-For", "198.51.100.1, 203.0.113.9")))
                    .isEqualTo("198.51.100.1");
        }
    }
}
