package org.expirytracker;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.expirytracker.db.DatabaseUrl;

/** Stands between a node and PostgreSQL, so that a test can take the database away and give it back. */
public final class DatabaseProxy implements AutoCloseable {

    private static final int TLS_REQUEST_BYTES = 8;

    private final String host;
    private volatile int port;
    private final ServerSocket server;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final Set<Socket> stranded = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connections = new AtomicInteger();
    private volatile State state = State.PASSING;
    private volatile String[] error = {};

    /** What becomes of what is sent. */
    private enum State {
        PASSING,
        REFUSING,
        ANSWERING,
        SILENT
    }

    /** A proxy on a free port of the loopback interface, which passes everything on. */
    public DatabaseProxy(String host, int port) throws IOException {
        this.host = host;
        this.port = port;
        this.server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    /** A database as it is found through this proxy. */
    public DatabaseUrl url(DatabaseUrl database) {
        return new DatabaseUrl(
                "127.0.0.1",
                port(),
                database.database(),
                database.user(),
                database.password(),
                database.sslMode(),
                database.sslRootCert(),
                database.applicationName());
    }

    /** Where it listens. */
    public int port() {
        return server.getLocalPort();
    }

    /** Cuts every connection and refuses new ones, as a server that is down does. */
    public void refuse() {
        state = State.REFUSING;
        sockets.forEach(DatabaseProxy::close);
    }

    /** Answers whoever logs in with an error, as a server does that starts, or a pooler that does not like it. */
    public void answer(String sqlState, String message) {
        error = new String[] {sqlState, message};
        state = State.ANSWERING;
        sockets.forEach(DatabaseProxy::close);
    }

    /** How many connections have come so far. */
    public int connections() {
        return connections.get();
    }

    /** Lets connections stand and passes nothing on, as a network does that swallows everything. */
    public void swallow() {
        state = State.SILENT;
    }

    /** Passes nothing more on of the connections that there are, but all of new ones, as when a machine takes another's place. */
    public void strand() {
        stranded.addAll(sockets);
    }

    /** From now on the server at another port is the database. */
    public void redirect(int newPort) {
        port = newPort;
        pass();
    }

    /** Passes everything on again; what was swallowed is gone with its connection. */
    public void pass() {
        sockets.forEach(DatabaseProxy::close);
        stranded.clear();
        state = State.PASSING;
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                connections.incrementAndGet();
                if (state == State.ANSWERING) {
                    Thread.ofVirtual().start(() -> refuse(client, error[0], error[1]));
                } else if (state == State.REFUSING) {
                    close(client);
                } else {
                    join(client);
                }
            } catch (IOException closed) {
                // The test is over, or the database is away; the next client tells.
            }
        }
    }

    /** PostgreSQL manual, "Message Formats": a request for TLS, a startup message, an ErrorResponse. */
    private static void refuse(Socket client, String sqlState, String message) {
        try (client;
                DataInputStream in = new DataInputStream(client.getInputStream());
                DataOutputStream out = new DataOutputStream(client.getOutputStream())) {
            int length = in.readInt();
            if (length == TLS_REQUEST_BYTES) {
                in.skipNBytes(length - Integer.BYTES);
                out.writeByte('N');
                length = in.readInt();
            }
            in.skipNBytes(length - Integer.BYTES);
            byte[] fields =
                    ("SFATAL\0VFATAL\0C" + sqlState + "\0M" + message + "\0\0").getBytes(StandardCharsets.UTF_8);
            out.writeByte('E');
            out.writeInt(fields.length + Integer.BYTES);
            out.write(fields);
            out.flush();
        } catch (IOException gone) {
            // The client did not wait for the answer.
        }
    }

    private void join(Socket client) throws IOException {
        Socket database;
        try {
            database = new Socket(host, port);
        } catch (IOException away) {
            close(client);
            throw away;
        }
        // No piece waits until the one before it is acknowledged.
        client.setTcpNoDelay(true);
        database.setTcpNoDelay(true);
        sockets.add(client);
        sockets.add(database);
        Thread.ofVirtual().start(() -> pump(client, database));
        Thread.ofVirtual().start(() -> pump(database, client));
    }

    private void pump(Socket from, Socket to) {
        byte[] buffer = new byte[8_192];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                if (state == State.PASSING && !stranded.contains(from)) {
                    out.write(buffer, 0, read);
                    out.flush();
                }
            }
        } catch (IOException cut) {
            // One side is gone, and with it the other.
        } finally {
            // Who is stranded does not even hear that the other side goes.
            if (!stranded.contains(from)) {
                close(from);
                close(to);
                sockets.remove(from);
                sockets.remove(to);
            }
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException alreadyGone) {
            // That is what was wanted.
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        sockets.forEach(DatabaseProxy::close);
    }
}
