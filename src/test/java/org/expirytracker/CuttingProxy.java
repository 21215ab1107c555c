package org.expirytracker;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Stands between a program and a server, and breaks off what is sent after so many bytes. */
public final class CuttingProxy implements AutoCloseable {

    private final int port;
    private final ServerSocket server;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicInteger cuts = new AtomicInteger();
    private final AtomicLong passed = new AtomicLong();
    private volatile Cut cut = Cut.NONE;
    private volatile long most;

    private enum Cut {
        NONE,
        EACH,
        ONCE,
        HOLD
    }

    /** A proxy on a free port of the loopback interface, which passes all on at first. */
    public CuttingProxy(int port) throws IOException {
        this.port = port;
        this.server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    /** Where it listens. */
    public int port() {
        return server.getLocalPort();
    }

    /** From now on each connection is cut that has sent more. */
    public void cutEachAfter(long bytes) {
        set(Cut.EACH, bytes);
    }

    /** When all together have sent so much from now on, the one that sends is cut, and then no other. */
    public void cutOneAfter(long bytes) {
        set(Cut.ONCE, bytes);
    }

    /** When all together have sent so much from now on, they stand still. */
    public void holdAfter(long bytes) {
        set(Cut.HOLD, bytes);
    }

    /** From now on all goes through, of new connections. */
    public void pass() {
        set(Cut.NONE, 0);
    }

    private void set(Cut next, long bytes) {
        passed.set(0);
        most = bytes;
        cut = next;
    }

    /** How many connections have sent so much that they were cut or stand still. */
    public int cuts() {
        return cuts.get();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                Socket behind = new Socket(InetAddress.getLoopbackAddress(), port);
                sockets.add(client);
                sockets.add(behind);
                Thread.ofVirtual().start(() -> pump(client, behind, true));
                Thread.ofVirtual().start(() -> pump(behind, client, false));
            } catch (IOException closed) {
                // The test is over.
            }
        }
    }

    private void pump(Socket from, Socket to, boolean counted) {
        byte[] buffer = new byte[8_192];
        long sent = 0;
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                sent += read;
                Cut now = counted ? cutBy(sent, passed.addAndGet(read)) : Cut.NONE;
                if (now == Cut.HOLD) {
                    return;
                }
                if (now != Cut.NONE) {
                    break;
                }
                out.write(buffer, 0, read);
                out.flush();
            }
        } catch (IOException gone) {
            // One side is gone, and with it the other.
        }
        close(from);
        close(to);
    }

    private Cut cutBy(long sent, long all) {
        Cut now = cut;
        if (now == Cut.NONE || (now == Cut.EACH ? sent : all) <= most) {
            return Cut.NONE;
        }
        cuts.incrementAndGet();
        if (now == Cut.ONCE) {
            cut = Cut.NONE;
        }
        return now;
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
        sockets.forEach(CuttingProxy::close);
    }
}
