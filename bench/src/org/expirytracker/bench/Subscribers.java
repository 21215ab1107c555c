package org.expirytracker.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Many WebSockets of {@code graphql-transport-ws} with one subscription each, on one thread: no more of what comes is
 * read than to see what it is, so that the measured server gets the machine.
 */
final class Subscribers implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int AT_ONCE = 100;
    private static final byte[] HANDSHAKE = """
            GET /graphql HTTP/1.1
            Host: 127.0.0.1
            Upgrade: websocket
            Connection: Upgrade
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
            Sec-WebSocket-Version: 13
            Sec-WebSocket-Protocol: graphql-transport-ws

            """.replace("\n", "\r\n").getBytes(ISO_8859_1);
    private static final byte[] ACCEPTED = "HTTP/1.1 101 ".getBytes(ISO_8859_1);
    private static final byte[] HEAD_END = "\r\n\r\n".getBytes(ISO_8859_1);
    private static final byte[] SUBSCRIBE = frame(JsonObject.of(
                    "id",
                    "1",
                    "type",
                    "subscribe",
                    "payload",
                    JsonObject.of("query", "subscription { itemChanged { action item { id name quantity } } }"))
            .encode());
    private static final byte[] PONG = frame("{\"type\":\"pong\"}");
    private static final int TEXT = 1;
    private static final int CLOSE = 8;
    private static final int PING = 9;

    /** Told on the thread of the subscribers, at once, of each event. */
    @FunctionalInterface
    interface Listener {
        /** The bytes of the message are in {@code message} from {@code begin} to {@code end}. */
        void received(byte[] message, int begin, int end);
    }

    private final Selector selector;
    private final Listener listener;
    private final Thread thread;
    private final List<Socket> sockets = new ArrayList<>();
    private final byte[] bytes = new byte[65_536];
    private volatile int subscribed;
    private volatile IOException failure = new IOException("no failure");
    private volatile boolean failed;
    private volatile boolean over;

    /** One connection: what has come of a message that is not whole, and how far it is. */
    private static final class Socket {
        final SocketChannel channel;
        final byte[] init;
        boolean upgraded;
        boolean closed;
        byte[] partial = {};

        Socket(SocketChannel channel, byte[] init) {
            this.channel = channel;
            this.init = init;
        }
    }

    private Subscribers(Selector selector, Listener listener) {
        this.selector = selector;
        this.listener = listener;
        this.thread = new Thread(this::run, "subscribers");
    }

    /**
     * Opens one socket for each token and subscribes; returns when the server has acknowledged all of them.
     *
     * @throws IOException when the server refuses one
     */
    static Subscribers open(int port, List<String> tokens, Listener listener) throws IOException, InterruptedException {
        Subscribers all = new Subscribers(Selector.open(), listener);
        all.thread.start();
        long patience = System.nanoTime() + PATIENCE.toNanos();
        try {
            for (int at = 0; at < tokens.size(); at++) {
                all.connect(port, tokens.get(at));
                while (all.subscribed < at - AT_ONCE || (at == tokens.size() - 1 && all.subscribed <= at)) {
                    if (all.failed || System.nanoTime() > patience) {
                        throw new IOException("Only %d sockets came to be open".formatted(all.subscribed), all.failure);
                    }
                    Thread.sleep(1);
                }
            }
        } catch (IOException refused) {
            all.close();
            throw refused;
        }
        return all;
    }

    private void connect(int port, String token) throws IOException {
        SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.configureBlocking(false);
        String init = JsonObject.of(
                        "type", "connection_init", "payload", JsonObject.of("authorization", "Bearer " + token))
                .encode();
        Socket socket = new Socket(channel, frame(init));
        synchronized (sockets) {
            sockets.add(socket);
        }
        channel.write(ByteBuffer.wrap(HANDSHAKE));
        channel.register(selector, SelectionKey.OP_READ, socket);
        selector.wakeup();
    }

    /** A text frame as a client sends it, masked with zeros (RFC 6455, section 5.2). */
    private static byte[] frame(String text) {
        byte[] payload = text.getBytes(UTF_8);
        ByteBuffer frame = ByteBuffer.allocate(payload.length + 8).put((byte) (0x80 | TEXT));
        if (payload.length < 126) {
            frame.put((byte) (0x80 | payload.length));
        } else {
            frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
        }
        frame.putInt(0).put(payload).flip();
        return Arrays.copyOf(frame.array(), frame.limit());
    }

    private void run() {
        try {
            while (!over) {
                selector.select(key -> {
                    try {
                        read((Socket) key.attachment());
                    } catch (IOException broken) {
                        key.cancel();
                        fail(broken);
                    }
                });
            }
        } catch (IOException broken) {
            fail(broken);
        }
    }

    private void fail(IOException broken) {
        if (!over) {
            failure = broken;
            failed = true;
        }
    }

    private void read(Socket socket) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).put(socket.partial);
        if (socket.channel.read(buffer) < 0) {
            throw new IOException("The server ended a connection");
        }
        int end = buffer.position();
        int at = socket.upgraded ? 0 : upgrade(socket, end);
        int next = afterFrame(at, end);
        while (socket.upgraded && next <= end) {
            handle(socket, at, next);
            at = next;
            next = afterFrame(at, end);
        }
        socket.partial = at == end ? new byte[0] : Arrays.copyOfRange(bytes, at, end);
    }

    private int upgrade(Socket socket, int end) throws IOException {
        for (int at = 0; at + HEAD_END.length <= end; at++) {
            if (Arrays.equals(bytes, at, at + HEAD_END.length, HEAD_END, 0, HEAD_END.length)) {
                if (!Arrays.equals(bytes, 0, ACCEPTED.length, ACCEPTED, 0, ACCEPTED.length)) {
                    throw new IOException("The server refuses a socket: " + new String(bytes, 0, at, ISO_8859_1));
                }
                socket.upgraded = true;
                socket.channel.write(ByteBuffer.wrap(socket.init));
                return at + HEAD_END.length;
            }
        }
        return 0;
    }

    /** Where the frame that begins here ends; beyond the end when it has not come wholly. */
    private int afterFrame(int at, int end) {
        if (end - at < 4) {
            return end - at < 2 || (bytes[at + 1] & 127) > end - at - 2 ? Integer.MAX_VALUE : at + 2 + bytes[at + 1];
        }
        int length = bytes[at + 1] & 127;
        return length < 126 ? at + 2 + length : at + 4 + ((bytes[at + 2] & 255) << 8 | (bytes[at + 3] & 255));
    }

    private void handle(Socket socket, int at, int end) throws IOException {
        int kind = bytes[at] & 15;
        if (socket.closed) {
            throw new IOException("A frame of kind %d follows the end of a socket".formatted(kind));
        }
        int begin = at + ((bytes[at + 1] & 127) < 126 ? 2 : 4);
        switch (kind) {
            case TEXT -> message(socket, begin, end);
            case PING -> socket.channel.write(ByteBuffer.wrap(new byte[] {(byte) 0x8A, (byte) 0x80, 0, 0, 0, 0}));
            case CLOSE -> {
                socket.closed = true;
                if (!over) {
                    throw new IOException(
                            "The server closes a socket: " + new String(bytes, begin + 2, end - begin - 2, UTF_8));
                }
            }
            default -> throw new IOException("The server sends a frame of kind " + kind);
        }
    }

    private void message(Socket socket, int begin, int end) throws IOException {
        String start = new String(bytes, begin, Math.min(end - begin, 40), UTF_8);
        if (start.contains("\"next\"")) {
            listener.received(bytes, begin, end);
        } else if (start.contains("\"connection_ack\"")) {
            socket.channel.write(ByteBuffer.wrap(SUBSCRIBE));
            subscribed++;
        } else if (start.contains("\"ping\"")) {
            socket.channel.write(ByteBuffer.wrap(PONG));
        } else {
            throw new IOException("The server says " + new String(bytes, begin, end - begin, UTF_8));
        }
    }

    /** @throws IOException when the server has closed one of the sockets meanwhile, or sent what it must not */
    void check() throws IOException {
        if (failed) {
            throw failure;
        }
    }

    @Override
    public void close() throws IOException {
        over = true;
        selector.wakeup();
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            throw new IOException(interrupted);
        }
        for (Socket socket : sockets) {
            socket.channel.close();
        }
        selector.close();
    }
}
