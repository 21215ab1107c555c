package org.expirytracker.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.SelfSignedCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class OutboundClientTest {

    private static final Vertx VERTX = Vertx.vertx();
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static OutboundClient client(String... allowed) {
        return new OutboundClient(VERTX, OutboundTargets.allowing(List.of(allowed)));
    }

    private static OutboundClient.Answer post(OutboundClient client, String url) {
        return post(client, url, PATIENCE);
    }

    private static OutboundClient.Answer post(OutboundClient client, String url, Duration patience) {
        return client.send(OutboundRequest.post(url, Map.of("webhook-id", "msg_1"), "{}"), patience)
                .await();
    }

    @Nested
    class ARequest {

        @Test
        void is_not_sent_to_a_name_whose_address_is_not_public() {
            try (Receiver receiver = new Receiver()) {
                OutboundClient.Answer answer = post(client(), "https://localhost:" + receiver.port() + "/");

                assertThat(answer.statusCode()).isNull();
                assertThat(answer.text()).contains("no public address");
                assertThat(receiver.waiting()).isZero();
            }
        }

        @Test
        void goes_to_the_address_that_was_looked_at_under_the_name_of_the_host() {
            try (Receiver receiver = new Receiver()) {
                OutboundClient.Answer answer =
                        post(client("127.0.0.0/8"), "http://localhost:" + receiver.port() + "/a%20b?c=d");

                assertThat(answer).isEqualTo(new OutboundClient.Answer(204, ""));
                Receiver.Got got = receiver.next();
                assertThat(got.path()).isEqualTo("/a%20b?c=d");
                assertThat(got.header("host")).isEqualTo("localhost:" + receiver.port());
                assertThat(got.header("content-type")).isEqualTo("application/json");
                assertThat(got.header("webhook-id")).isEqualTo("msg_1");
                assertThat(got.body()).isEqualTo("{}");
            }
        }

        @Test
        void checks_the_certificate_against_the_name_of_the_host() {
            SelfSignedCertificate certificate = SelfSignedCertificate.create("localhost");
            HttpServerOptions secure =
                    new HttpServerOptions().setSsl(true).setKeyCertOptions(certificate.keyCertOptions());
            try (Receiver receiver = new Receiver(secure)) {
                OutboundClient trusting = new OutboundClient(
                        VERTX,
                        OutboundTargets.allowing(List.of("127.0.0.0/8")),
                        new HttpClientOptions().setTrustOptions(certificate.trustOptions()));

                assertThat(post(trusting, "https://localhost:" + receiver.port() + "/")
                                .taken())
                        .isTrue();
                assertThat(post(trusting, "https://127.0.0.1:" + receiver.port() + "/")
                                .taken())
                        .isFalse();
                assertThat(post(client("127.0.0.0/8"), "https://localhost:" + receiver.port() + "/")
                                .taken())
                        .isFalse();
            } finally {
                certificate.delete();
            }
        }
    }

    @Nested
    class AnAnswer {

        @Test
        void that_leads_elsewhere_is_not_followed() {
            try (Receiver receiver = new Receiver();
                    Receiver other = new Receiver()) {
                receiver.answers(request -> request.response()
                        .setStatusCode(307)
                        .putHeader("location", other.url())
                        .end());

                OutboundClient.Answer answer = post(client("127.0.0.1"), receiver.url());

                assertThat(answer.statusCode()).isEqualTo(307);
                assertThat(answer.taken()).isFalse();
                assertThat(other.waiting()).isZero();
            }
        }

        @Test
        void that_does_not_end_is_cut() {
            try (Receiver receiver = new Receiver()) {
                receiver.answers(request -> {
                    request.response().setChunked(true).setStatusCode(500);
                    VERTX.setPeriodic(1, timer -> {
                        if (request.response().write("word ".repeat(1_000)).failed()) {
                            VERTX.cancelTimer(timer);
                        }
                    });
                });

                OutboundClient.Answer answer = post(client("127.0.0.1"), receiver.url());

                assertThat(answer.statusCode()).isEqualTo(500);
                assertThat(answer.text()).hasSize(2_000).startsWith("word word");
            }
        }

        @Test
        void that_does_not_come_is_not_waited_for() {
            try (Receiver receiver = new Receiver()) {
                receiver.answers(request -> {});

                OutboundClient.Answer answer = post(client("127.0.0.1"), receiver.url(), Duration.ofMillis(200));

                assertThat(answer.statusCode()).isNull();
                assertThat(answer.text()).startsWith("No answer within");
            }
        }

        @Test
        void of_nobody_says_so() throws IOException {
            int port;
            try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                port = closed.getLocalPort();
            }

            OutboundClient.Answer answer = post(client("127.0.0.1"), "http://127.0.0.1:" + port + "/");

            assertThat(answer.statusCode()).isNull();
            assertThat(answer.text()).contains("refused");
        }
    }
}
