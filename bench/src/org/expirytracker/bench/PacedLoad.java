package org.expirytracker.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import org.HdrHistogram.Histogram;

/** Requests that are sent by the clock; waits are counted from the instant at which each was due. */
final class PacedLoad {

    /** Longer waits count as this. */
    static final long LONGEST_MICROS = Duration.ofMinutes(1).toNanos() / 1_000;

    private PacedLoad() {}

    /** What the clients saw. */
    record Seen(Histogram latency, int granted, int refused) {

        double millisAt(double percentile) {
            return latency.getValueAtPercentile(percentile) / 1_000.0;
        }
    }

    /** Told of each request, on the thread of its client. */
    interface Observer {

        /** Tells nobody. */
        Observer NONE = new Observer() {};

        /** It is about to be sent. */
        default void sends(int request) {}

        /** Its answer has come. */
        default void answered(int request) {}
    }

    /** Sends so many requests a second, in turn over the connections. */
    static Seen run(int port, List<byte[]> requests, int connections, int perSecond, int seconds)
            throws IOException, InterruptedException {
        return run(port, requests, connections, perSecond, perSecond * seconds, Observer.NONE);
    }

    /** Sends so many requests, and so many a second. */
    static Seen run(int port, List<byte[]> requests, int connections, int perSecond, int most, Observer observer)
            throws IOException, InterruptedException {
        return run(port, requests, connections, perSecond, at -> at < most, observer);
    }

    /** Sends so many requests a second, as long as {@code more} holds for the number of the next, from 0. */
    static Seen run(
            int port, List<byte[]> requests, int connections, int perSecond, IntPredicate more, Observer observer)
            throws IOException, InterruptedException {
        Histogram latency = new Histogram(LONGEST_MICROS, 3);
        AtomicInteger granted = new AtomicInteger();
        AtomicInteger refused = new AtomicInteger();
        AtomicInteger next = new AtomicInteger();
        long begin = System.nanoTime();
        List<Future<?>> clients = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int client = 0; client < connections; client++) {
                clients.add(threads.submit(() -> {
                    try (Socket socket = new Socket("127.0.0.1", port)) {
                        socket.setTcpNoDelay(true);
                        InputStream answers = new BufferedInputStream(socket.getInputStream());
                        for (int at = next.getAndIncrement(); more.test(at); at = next.getAndIncrement()) {
                            long due = begin + at * 1_000_000_000L / perSecond;
                            Thread.sleep(Duration.ofNanos(Math.max(0, due - System.nanoTime())));
                            observer.sends(at);
                            socket.getOutputStream().write(requests.get(at % requests.size()));
                            (isGranted(answers) ? granted : refused).incrementAndGet();
                            observer.answered(at);
                            long micros = (System.nanoTime() - due) / 1_000;
                            synchronized (latency) {
                                latency.recordValue(Math.min(micros, LONGEST_MICROS));
                            }
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> client : clients) {
                get(client);
            }
        }
        return new Seen(latency, granted.get(), refused.get());
    }

    /** Reads one answer: whether it is 200; otherwise it must be 429. */
    private static boolean isGranted(InputStream answers) throws IOException {
        String status = line(answers);
        int length = 0;
        for (String header = line(answers); !header.isEmpty(); header = line(answers)) {
            if (header.regionMatches(true, 0, "content-length:", 0, 15)) {
                length = Integer.parseInt(header.substring(15).strip());
            }
        }
        byte[] body = answers.readNBytes(length);
        boolean granted = status.startsWith("HTTP/1.1 200 ");
        if (!granted && !status.startsWith("HTTP/1.1 429 ")) {
            throw new IOException(status + " " + new String(body, UTF_8));
        }
        return granted;
    }

    private static String line(InputStream answers) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = answers.read(); next != '\n'; next = answers.read()) {
            if (next < 0) {
                throw new IOException("The server closed the connection");
            }
            line.append(new String(new byte[] {(byte) next}, ISO_8859_1));
        }
        return line.toString().strip();
    }

    static <T> T get(Future<T> future) throws IOException, InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException failed) {
            throw new IOException(failed.getCause());
        }
    }
}
