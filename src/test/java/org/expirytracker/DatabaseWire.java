package org.expirytracker;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.pgclient.SslMode;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Pattern;
import org.expirytracker.db.DatabaseUrl;

/**
 * Stands between a node and PostgreSQL and notes each statement that is executed, by reading the messages of the
 * client (PostgreSQL documentation, "Message Formats").
 */
public final class DatabaseWire {

    private final ConcurrentLinkedQueue<String> statements = new ConcurrentLinkedQueue<>();
    private final ServerSocket listening;
    private final DatabaseUrl behind;

    /** Stands before the database that {@code behind} names. */
    public DatabaseWire(DatabaseUrl behind) {
        this.behind = behind;
        try {
            listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        Thread.ofVirtual().start(this::accept);
    }

    /** What was executed so far, in order of arrival. */
    public List<String> statements() {
        return List.copyOf(statements);
    }

    /** Forgets what was executed so far. */
    public void clear() {
        statements.clear();
    }

    /** The same database by way of here, without TLS, which could not be read. */
    public DatabaseUrl url() {
        return new DatabaseUrl(
                "127.0.0.1",
                listening.getLocalPort(),
                behind.database(),
                behind.user(),
                behind.password(),
                SslMode.DISABLE,
                null,
                behind.applicationName());
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listening.accept();
                Socket server = new Socket(behind.host(), behind.port());
                // Each message goes on by itself, and would else wait until the one before it is acknowledged.
                client.setTcpNoDelay(true);
                server.setTcpNoDelay(true);
                Thread.ofVirtual()
                        .start(() ->
                                run(() -> copy(server.getInputStream(), client.getOutputStream()), client, server));
                Thread.ofVirtual()
                        .start(() ->
                                run(() -> read(client.getInputStream(), server.getOutputStream()), client, server));
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private interface Direction {
        void run() throws IOException;
    }

    private static void run(Direction direction, Socket client, Socket server) {
        try (client;
                server) {
            direction.run();
        } catch (IOException closed) {
            // Either side has gone; closing both tells the other.
        }
    }

    private static void copy(InputStream from, OutputStream to) throws IOException {
        from.transferTo(to);
    }

    private void read(InputStream client, OutputStream server) throws IOException {
        DataInputStream from = new DataInputStream(new BufferedInputStream(client));
        Map<String, String> prepared = new HashMap<>();
        Map<String, String> bound = new HashMap<>();
        // The first message has no type.
        forward(from, server, Optional.empty());
        for (int type = from.read(); type >= 0; type = from.read()) {
            ByteBuffer body = forward(from, server, Optional.of((byte) type));
            switch (type) {
                case 'Q' -> add(text(body));
                case 'P' -> prepared.put(text(body), text(body));
                case 'B' -> bound.put(text(body), Objects.requireNonNull(prepared.get(text(body))));
                case 'E' -> add(Objects.requireNonNull(bound.get(text(body))));
                default -> {}
            }
        }
    }

    /**
     * What a new connection sets, the look at the clock every few seconds, and jobs belong to no request; but a newcomer who
     * gives way takes their jobs along.
     */
    private static final Pattern OF_NO_REQUEST = Pattern.compile(
            "set_config\\(pinned\\.name|SELECT clock_timestamp\\(\\) AS at|^(?!WITH gone)(?s:.*)\\b(FROM|INTO|UPDATE) jobs\\b|FROM users\\s+WHERE id > \\$1"
                    + "|^DELETE (?s:.*)LIMIT \\$\\d\\)");

    private void add(String statement) {
        if (!OF_NO_REQUEST.matcher(statement).find()) {
            statements.add(statement);
        }
    }

    private static ByteBuffer forward(DataInputStream from, OutputStream to, Optional<Byte> type) throws IOException {
        int length = from.readInt();
        byte[] body = from.readNBytes(length - Integer.BYTES);
        ByteBuffer message = ByteBuffer.allocate(1 + length);
        type.ifPresent(message::put);
        message.putInt(length).put(body);
        to.write(message.array(), 0, message.position());
        to.flush();
        return ByteBuffer.wrap(body);
    }

    /** Up to the next zero byte. */
    private static String text(ByteBuffer body) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        for (byte next = body.get(); next != 0; next = body.get()) {
            text.write(next);
        }
        return text.toString(UTF_8);
    }
}
