package org.expirytracker.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutboundTargetsTest {

    @Nested
    class AnAddress {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "127.0.0.1",
                    "127.255.255.254",
                    "0.0.0.0",
                    "10.1.2.3",
                    "172.16.0.1",
                    "172.31.255.255",
                    "192.168.1.1",
                    "169.254.169.254",
                    "100.64.0.1",
                    "100.100.100.200",
                    "168.63.129.16",
                    "192.0.0.192",
                    "198.18.0.1",
                    "224.0.0.1",
                    "255.255.255.255",
                    "::1",
                    "::",
                    "::ffff:127.0.0.1",
                    "::ffff:10.0.0.1",
                    "::127.0.0.1",
                    "64:ff9b::7f00:1",
                    "fe80::1",
                    "fc00::1",
                    "fd00:ec2::254",
                    "ff02::1",
                    "2002:7f00:1::1",
                    "2001::1",
                    "2001:db8::1"
                })
        void that_is_not_public_is_closed_unless_it_is_allowed(String text) {
            InetAddress address = InetAddress.ofLiteral(text);
            URI uri = URI.create("https://hook.example/");

            assertThat(OutboundTargets.PUBLIC.permits(uri, address)).isFalse();
            assertThat(OutboundTargets.allowing(List.of("hook.example")).permits(uri, address))
                    .isTrue();
            assertThat(OutboundTargets.allowing(List.of("0.0.0.0/0", "::/0")).permits(uri, address))
                    .isTrue();
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "1.1.1.1",
                    "172.15.0.1",
                    "172.32.0.1",
                    "100.63.0.1",
                    "100.128.0.1",
                    "2606:4700::1111",
                    "2a00::1"
                })
        void that_is_public_is_open_by_https_alone(String text) {
            InetAddress address = InetAddress.ofLiteral(text);

            assertThat(OutboundTargets.PUBLIC.permits(URI.create("https://hook.example/"), address))
                    .isTrue();
            assertThat(OutboundTargets.PUBLIC.permits(URI.create("http://hook.example/"), address))
                    .isFalse();
        }
    }

    @Nested
    class AnUrl {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "https://example.org",
                    "https://example.org:8443/a/b?c=d%20e",
                    "HTTPS://Example.org/",
                    "https://1.1.1.1/",
                    "https://[2606:4700::1111]/"
                })
        void may_lead_to_the_public_by_https(String url) {
            assertThat(OutboundTargets.PUBLIC.objection(url)).isEmpty();
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    "example.org",
                    "/hook",
                    "ftp://example.org/",
                    "file:///etc/passwd",
                    "http://example.org/",
                    "http://1.1.1.1/",
                    "https://",
                    "https:///hook",
                    "https://user:secret@example.org/",
                    "https://example.org/#part",
                    "https://example.org:0/",
                    "https://example.org:70000/",
                    "https://exämple.org/",
                    "https://example.org/a b",
                    "https://127.0.0.1/",
                    "https://10.0.0.1:8080/",
                    "https://[::1]/",
                    "https://[::ffff:169.254.169.254]/"
                })
        void is_refused_otherwise(String url) {
            assertThat(OutboundTargets.PUBLIC.objection(url)).isPresent();
        }

        @Test
        void may_lead_by_http_where_the_operator_allows_it() {
            OutboundTargets targets = OutboundTargets.allowing(List.of("Hooks.example.lan", "10.0.0.0/8"));

            assertThat(targets.objection("http://hooks.example.lan/")).isEmpty();
            assertThat(targets.objection("http://10.1.2.3/")).isEmpty();
            assertThat(targets.objection("http://1.1.1.1/")).isPresent();
            assertThat(targets.objection("http://127.0.0.1/")).isPresent();
        }
    }

    @Test
    void are_read_as_hosts_addresses_and_ranges() {
        assertThat(OutboundTargets.allowing(List.of("b.example", "10.0.0.0/8", "A.example", "::1")))
                .hasToString("a.example,b.example,10.0.0.0/8,::1");
        for (String wrong : List.of("10.0.0.0/33", "http://example.org", "a b", "::1::", "*")) {
            assertThatIllegalArgumentException().as(wrong).isThrownBy(() -> OutboundTargets.allowing(List.of(wrong)));
        }
    }
}
