package org.expirytracker.migrations;

import io.vertx.pgclient.SslMode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.expirytracker.db.DatabaseUrl;

/**
 * Stands between one program and PostgreSQL and holds its n-th message back, as a slow network does: the server hears
 * it when the program that sent it may be long dead. A message is what a program sends until the server answers.
 * Connections go through in the clear.
 */
final class DelayingProxy implements AutoCloseable {

    private final DatabaseUrl database;
    private final ServerSocket server;
    private final int passing;
    private final List<Line> lines = new ArrayList<>();
    private final CompletableFuture<String> held = new CompletableFuture<>();
    private int messages;
    private boolean delivering;

    /** Lets {@code passing} messages pass and holds what comes then, until {@link #deliver}. */
    DelayingProxy(DatabaseUrl database, int passing) {
        this.database = database;
        this.passing = passing;
        try {
            this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    /** Where the program finds the database. */
    DatabaseUrl url() {
        return new DatabaseUrl(
                "127.0.0.1",
                server.getLocalPort(),
                database.database(),
                database.user(),
                database.password(),
                SslMode.DISABLE,
                null,
                database.applicationName());
    }

    /** How many messages have come so far. */
    synchronized int messages() {
        return messages;
    }

    /** Waits until the program has closed all its connections. */
    synchronized void awaitEnd() throws InterruptedException {
        while (!lines.stream().allMatch(line -> line.clientGone)) {
            wait();
        }
    }

    /** What is held back, or the beginning of it, as soon as there is something. */
    CompletableFuture<String> held() {
        return held;
    }

    /** Gives the server what was held back, and from now on everything at once. */
    synchronized void deliver() {
        delivering = true;
        lines.forEach(Line::deliver);
    }

    @Override
    public synchronized void close() throws IOException {
        server.close();
        lines.forEach(Line::close);
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Line line = new Line(server.accept(), new Socket(database.host(), database.port()));
                synchronized (this) {
                    lines.add(line);
                }
                Thread.ofVirtual().start(line::upwards);
                Thread.ofVirtual().start(line::downwards);
            } catch (IOException closed) {
                // The test is over.
            }
        }
    }

    /** One connection. */
    private final class Line {

        private final Socket client;
        private final Socket backend;
        private final ByteArrayOutputStream waiting = new ByteArrayOutputStream();
        private boolean answered = true;
        private boolean clientGone;

        Line(Socket client, Socket backend) throws IOException {
            this.client = client;
            this.backend = backend;
            // No piece waits until the one before it is acknowledged.
            client.setTcpNoDelay(true);
            backend.setTcpNoDelay(true);
        }

        void upwards() {
            byte[] buffer = new byte[65_536];
            try {
                for (int read = client.getInputStream().read(buffer);
                        read >= 0;
                        read = client.getInputStream().read(buffer)) {
                    send(buffer, read);
                }
            } catch (IOException gone) {
                // A killed program ends its connections in either way.
            }
            synchronized (DelayingProxy.this) {
                clientGone = true;
                DelayingProxy.this.notifyAll();
                if (waiting.size() == 0 || delivering) {
                    endOfInput();
                }
            }
        }

        private void send(byte[] buffer, int length) throws IOException {
            synchronized (DelayingProxy.this) {
                if (answered) {
                    messages++;
                    answered = false;
                }
                if (messages > passing && !delivering) {
                    waiting.write(buffer, 0, length);
                    held.complete(waiting.toString(StandardCharsets.UTF_8));
                } else {
                    backend.getOutputStream().write(buffer, 0, length);
                }
            }
        }

        void downwards() {
            byte[] buffer = new byte[65_536];
            try (backend;
                    client) {
                for (int read = backend.getInputStream().read(buffer);
                        read >= 0;
                        read = backend.getInputStream().read(buffer)) {
                    synchronized (DelayingProxy.this) {
                        answered = true;
                        if (clientGone) {
                            continue;
                        }
                    }
                    client.getOutputStream().write(buffer, 0, read);
                }
            } catch (IOException gone) {
                // One side is gone, and with it the other.
            }
        }

        void deliver() {
            try {
                waiting.writeTo(backend.getOutputStream());
                waiting.reset();
                if (clientGone) {
                    endOfInput();
                }
            } catch (IOException gone) {
                close();
            }
        }

        private void endOfInput() {
            try {
                backend.shutdownOutput();
            } catch (IOException gone) {
                close();
            }
        }

        void close() {
            for (Socket socket : List.of(client, backend)) {
                try {
                    socket.close();
                } catch (IOException gone) {
                    // That is what was wanted.
                }
            }
        }
    }
}
