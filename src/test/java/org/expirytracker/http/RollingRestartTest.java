package org.expirytracker.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestApi;
import org.expirytracker.TestDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Two nodes behind a load balancer that looks at their readiness, restarted one after the other while clients ask. With
 * {@code -Drolling.restarts=20} as often as that.
 */
@Timeout(600)
@ProvenRoom("product")
class RollingRestartTest {

    private static final int RESTARTS = Integer.getInteger("rolling.restarts", 2);
    private static final int CLIENTS = 4;
    private static final int LOOK_EVERY_MILLIS = 100;
    private static final String QUERY =
            new JsonObject().put("query", "{ viewer { username } }").encode();

    private static TestApi newNode() {
        return TestApi.start(TestDatabase.migrated(), Map.of("EXPIRY_DRAIN_SECONDS", "2"));
    }

    /** Passes connections on to a node that said, when it was last asked, that it is ready. */
    private static final class Balancer implements AutoCloseable {

        private static final HttpClient PROBE = HttpClient.newHttpClient();

        private final ServerSocket listening = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
        private final AtomicReferenceArray<URI> nodes;
        private final AtomicReferenceArray<URI> ready;
        private final AtomicInteger turn = new AtomicInteger();
        private volatile boolean closed;

        Balancer(List<TestApi> behind) throws IOException {
            nodes = new AtomicReferenceArray<>(behind.size());
            ready = new AtomicReferenceArray<>(behind.size());
            for (int at = 0; at < behind.size(); at++) {
                node(at, behind.get(at));
                int index = at;
                Thread.ofVirtual().start(() -> look(index));
            }
            Thread.ofVirtual().start(this::accept);
        }

        void node(int at, TestApi node) {
            nodes.set(at, node.uri("/health/ready"));
        }

        URI uri(String path) {
            return URI.create("http://127.0.0.1:" + listening.getLocalPort() + path);
        }

        boolean isReady(int at) {
            return nodes.get(at).equals(ready.get(at));
        }

        private void look(int at) {
            while (!closed) {
                URI node = nodes.get(at);
                try {
                    HttpResponse<Void> answer = PROBE.send(
                            HttpRequest.newBuilder(node)
                                    .timeout(Duration.ofSeconds(2))
                                    .build(),
                            HttpResponse.BodyHandlers.discarding());
                    ready.set(at, answer.statusCode() == 200 ? node : null);
                    Thread.sleep(LOOK_EVERY_MILLIS);
                } catch (IOException | InterruptedException down) {
                    ready.set(at, null);
                }
            }
        }

        private void accept() {
            while (!closed) {
                try {
                    Socket client = listening.accept();
                    Thread.ofVirtual().start(() -> pass(client));
                } catch (IOException over) {
                    return;
                }
            }
        }

        private void pass(Socket client) {
            URI node = ready.get(turn.getAndIncrement() % ready.length());
            if (node == null) {
                node = ready.get(turn.getAndIncrement() % ready.length());
            }
            try (client;
                    Socket server = node == null
                            ? new Socket()
                            : new Socket(InetAddress.getLoopbackAddress(), node.getPort())) {
                Thread asking = Thread.ofVirtual().start(() -> copy(client, server));
                copy(server, client);
                asking.interrupt();
            } catch (IOException over) {
                // The client sees its connection end, and counts that.
            }
        }

        private static void copy(Socket from, Socket to) {
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                in.transferTo(out);
                to.shutdownOutput();
            } catch (IOException over) {
                // The other direction ends as well.
            }
        }

        @Override
        public void close() throws IOException {
            closed = true;
            listening.close();
        }
    }

    /** Asks one after the other over a connection that it keeps, as long as it may. */
    private static final class Client {

        private final HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        private final HttpRequest request;
        private final Queue<String> failures;
        private final AtomicInteger answers;

        Client(URI graphQL, String token, Queue<String> failures, AtomicInteger answers) {
            this.request = HttpRequest.newBuilder(graphQL)
                    .timeout(Duration.ofSeconds(30))
                    .header("content-type", "application/json")
                    .header("authorization", "Bearer " + token)
                    .POST(HttpRequest.BodyPublishers.ofString(QUERY))
                    .build();
            this.failures = failures;
            this.answers = answers;
        }

        void ask() {
            try {
                HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() == 200 && answer.body().contains("\"username\"")) {
                    answers.incrementAndGet();
                } else {
                    failures.add(answer.statusCode() + " " + answer.body());
                }
            } catch (IOException failure) {
                failures.add(failure.toString());
            } catch (InterruptedException over) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Test
    void fails_no_request() throws Exception {
        TestApi[] nodes = {newNode(), newNode()};
        Queue<String> failures = new ConcurrentLinkedQueue<>();
        AtomicInteger answers = new AtomicInteger();
        String token = nodes[0].newUser().token();
        try (Balancer balancer = new Balancer(List.of(nodes))) {
            awaitReady(balancer);
            List<Thread> clients = new ArrayList<>();
            for (int number = 0; number < CLIENTS; number++) {
                Client client = new Client(balancer.uri("/graphql"), token, failures, answers);
                clients.add(Thread.ofVirtual().start(() -> {
                    while (!Thread.currentThread().isInterrupted()) {
                        client.ask();
                    }
                }));
            }
            for (int restart = 0; restart < RESTARTS; restart++) {
                int at = restart % nodes.length;
                nodes[at].close();
                nodes[at] = newNode();
                balancer.node(at, nodes[at]);
                awaitReady(balancer);
            }
            for (Thread client : clients) {
                client.interrupt();
                client.join();
            }
        } finally {
            nodes[0].close();
            nodes[1].close();
        }
        assertThat(failures).as("of %s requests", answers).isEmpty();
        assertThat(answers.get()).isGreaterThan(100 * RESTARTS);
    }

    private static void awaitReady(Balancer balancer) {
        while (!(balancer.isReady(0) && balancer.isReady(1))) {
            Thread.onSpinWait();
        }
    }
}
