package org.expirytracker;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Stands between a node and PostgreSQL, so that a test can take the database away and give it back. */
public final class DatabaseProxy implements AutoCloseable {

    private final String host;
    private final int port;
    private final ServerSocket server;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile State state = State.PASSING;

    /** What becomes of what is sent. */
    private enum State {
        PASSING,
        REFUSING,
        SILENT
    }

    /** A proxy on a free port of the loopback interface, which passes everything on. */
    public DatabaseProxy(String host, int port) throws IOException {
        this.host = host;
        this.port = port;
        this.server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
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

    /** Lets connections stand and passes nothing on, as a network does that swallows everything. */
    public void swallow() {
        state = State.SILENT;
    }

    /** Passes everything on again; what was swallowed is gone with its connection. */
    public void pass() {
        sockets.forEach(DatabaseProxy::close);
        state = State.PASSING;
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                if (state == State.REFUSING) {
                    close(client);
                } else {
                    join(client, new Socket(host, port));
                }
            } catch (IOException closed) {
                // The test is over, or the database is away; the next client tells.
            }
        }
    }

    private void join(Socket client, Socket database) {
        sockets.add(client);
        sockets.add(database);
        Thread.ofVirtual().start(() -> pump(client, database));
        Thread.ofVirtual().start(() -> pump(database, client));
    }

    private void pump(Socket from, Socket to) {
        byte[] buffer = new byte[8_192];
        try (from;
                to;
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream()) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                if (state == State.PASSING) {
                    out.write(buffer, 0, read);
                    out.flush();
                }
            }
        } catch (IOException cut) {
            // One side is gone, and with it the other.
        } finally {
            sockets.remove(from);
            sockets.remove(to);
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
