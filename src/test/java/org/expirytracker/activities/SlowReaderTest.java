package org.expirytracker.activities;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.Events;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A client that stops reading while there is far more for it than a node may keep. */
@Timeout(60)
class SlowReaderTest {

    private static final int SUBSCRIPTIONS = 100;
    private static final int ITEMS = 600;
    private static final int TRY_AGAIN_LATER = 1013;
    /** A megabyte of the node's, what the kernel keeps on both sides, and what was read before. */
    private static final int MOST_BYTES = 12_000_000;

    /** The state of an item, some times over: about 20 kB. */
    private static final String SELECTION = "cursor "
            + String.join(
                    " ",
                    IntStream.range(0, 8).mapToObj(at -> "s" + at + ": after").toList());

    /** As much of graphql-transport-ws as is needed, with small buffers, on the blocking socket that stops reading. */
    private static final class Reader implements AutoCloseable {

        private static final int TEXT = 1;
        private static final int CLOSE = 8;

        /** A message or another frame; the node sends none in parts that are this short. */
        private record Frame(int kind, ByteBuffer payload) {

            String text() {
                return UTF_8.decode(payload.duplicate()).toString();
            }
        }

        private final Socket socket = new Socket();
        private final DataInputStream in;

        Reader(User user) throws IOException {
            socket.setReceiveBufferSize(65_536);
            socket.connect(new InetSocketAddress(
                    InetAddress.getLoopbackAddress(), user.api().uri("/").getPort()));
            in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
            String handshake = """
                    GET /graphql HTTP/1.1
                    Host: a
                    Upgrade: websocket
                    Connection: Upgrade
                    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
                    Sec-WebSocket-Version: 13
                    Sec-WebSocket-Protocol: graphql-transport-ws

                    """.replace("\n", "\r\n");
            socket.getOutputStream().write(handshake.getBytes(UTF_8));
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                head.append((char) in.readUnsignedByte());
            }
            send(JsonObject.of(
                    "type", "connection_init", "payload", JsonObject.of("authorization", "Bearer " + user.token())));
            assertThat(next().text()).contains("connection_ack");
        }

        void send(JsonObject message) throws IOException {
            byte[] payload = message.encode().getBytes(UTF_8);
            ByteBuffer frame = ByteBuffer.allocate(payload.length + 8)
                    .put((byte) (0x80 | TEXT))
                    .put((byte) (0x80 | 126))
                    .putShort((short) payload.length)
                    .putInt(0)
                    .put(payload);
            socket.getOutputStream().write(frame.array());
        }

        Frame next() throws IOException {
            int kind = in.readUnsignedByte() & 15;
            int length = in.readUnsignedByte();
            return new Frame(kind, ByteBuffer.wrap(in.readNBytes(length < 126 ? length : in.readUnsignedShort())));
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static double operations(TestApi node) {
        return node.get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith("expiry_websocket_operations{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }

    @Test
    void is_closed_once_a_megabyte_waits_and_continues_from_its_cursors_without_loss_or_repeat() throws IOException {
        try (TestApi node = TestApi.start(TestDatabase.migrated())) {
            User user = node.newUser();
            for (int part = 0; part < ITEMS; part += 100) {
                user.createItems(IntStream.range(part, part + 100)
                        .mapToObj(at -> JsonObject.of("name", "Item " + at, "description", "x".repeat(1_500)))
                        .toArray(JsonObject[]::new));
            }
            long end = user.activityCount();
            Map<String, List<Long>> seen = new TreeMap<>();

            int code = readLate(user, seen);

            assertThat(code).isEqualTo(TRY_AGAIN_LATER);
            assertThat(seen).isNotEmpty();
            seen.values().forEach(cursors -> assertThat(cursors).isEqualTo(between(1, cursors.size())));
            long last = seen.values().iterator().next().getLast();
            assertThat(last).isLessThan(end);
            try (Events rest = user.on(TestApi.otherNode())
                    .subscribe(
                            "subscription ($after: String) { activity(after: $after) { cursor } }",
                            JsonObject.of("after", Long.toString(last)))) {
                assertThat(between(last + 1, end).stream()
                                .map(place -> Long.valueOf(
                                        rest.next().getJsonObject("activity").getString("cursor"))))
                        .isEqualTo(between(last + 1, end));
            }
        }
    }

    private static List<Long> between(long first, long last) {
        return LongStream.rangeClosed(first, last).boxed().toList();
    }

    /** Subscribes, reads nothing until the node has given the reader up, and only then what there is. */
    private static int readLate(User user, Map<String, List<Long>> seen) throws IOException {
        try (Reader reader = new Reader(user)) {
            for (int number = 0; number < SUBSCRIPTIONS; number++) {
                reader.send(JsonObject.of(
                        "type",
                        "subscribe",
                        "id",
                        "s" + number,
                        "payload",
                        JsonObject.of("query", "subscription { activity(after: \"0\") { " + SELECTION + " } }")));
            }
            Instant patience = Instant.now().plusSeconds(20);
            while (operations(user.api()) == 0) {
                assertThat(Instant.now()).isBefore(patience);
            }
            while (operations(user.api()) > 0) {
                assertThat(Instant.now()).isBefore(patience);
            }
            long bytes = 0;
            Reader.Frame frame = reader.next();
            for (; frame.kind == Reader.TEXT; frame = reader.next()) {
                bytes += frame.payload.remaining();
                JsonObject message = new JsonObject(frame.text());
                seen.computeIfAbsent(message.getString("id"), id -> new ArrayList<>())
                        .add(Long.valueOf(message.getJsonObject("payload")
                                .getJsonObject("data")
                                .getJsonObject("activity")
                                .getString("cursor")));
            }
            assertThat(frame.kind).isEqualTo(Reader.CLOSE);
            assertThat(bytes).isLessThan(MOST_BYTES);
            return frame.payload.getShort();
        }
    }
}
