package org.expirytracker.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * Clients in a closed loop: each holds one connection and sends its next request when the last one is answered. One
 * thread, and no more reading of answers than to see where they end, so that the measured server gets the machine.
 */
final class Load {

    private static final long LONGEST_MICROS = Duration.ofMinutes(1).toNanos() / 1_000;
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(ISO_8859_1);
    private static final byte[] OK = "HTTP/1.1 200 ".getBytes(ISO_8859_1);

    private Load() {}

    /**
     * What is asked in turn, from the first again after the last.
     *
     * @param requests each a whole HTTP/1.1 request
     * @param begins how the body of each answer begins
     */
    record Requests(List<byte[]> requests, String begins) {

        byte[] of(int number) {
            return requests.get(number % requests.size());
        }

        int size() {
            return requests.size();
        }
    }

    /**
     * What a run saw.
     *
     * @param perSecond answers per second
     * @param latency of each answer, in microseconds
     * @param answers how many
     */
    record Seen(double perSecond, Histogram latency, long answers) {

        double millisAt(double percentile) {
            return latency.getValueAtPercentile(percentile) / 1_000.0;
        }
    }

    /**
     * Sends the requests in turn.
     *
     * @param most ends after so many answers, even before the time is over
     * @throws IOException when an answer is not 200 with data, or does not come
     */
    static Seen run(int port, Requests requests, int connections, Duration duration, long most) throws IOException {
        Histogram latency = new Histogram(LONGEST_MICROS, 3);
        try (Selector selector = Selector.open()) {
            for (int at = 0; at < connections; at++) {
                SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
                channel.setOption(java.net.StandardSocketOptions.TCP_NODELAY, true);
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_READ, new Client(channel, requests.begins));
            }
            try {
                return run(selector, requests, latency, duration, most);
            } finally {
                for (SelectionKey key : selector.keys()) {
                    key.channel().close();
                }
            }
        }
    }

    private static Seen run(Selector selector, Requests requests, Histogram latency, Duration duration, long most)
            throws IOException {
        long begin = System.nanoTime();
        long end = begin + duration.toNanos();
        int next = 0;
        for (SelectionKey key : selector.keys()) {
            ((Client) key.attachment()).send(requests.of(next++));
        }
        int waiting = selector.keys().size();
        long answers = 0;
        while (waiting > 0) {
            if (selector.select(PATIENCE.toMillis()) == 0) {
                throw new IOException("No answer for " + PATIENCE.toSeconds() + " seconds");
            }
            for (SelectionKey key : selector.selectedKeys()) {
                Client client = (Client) key.attachment();
                if (!client.read()) {
                    continue;
                }
                long now = System.nanoTime();
                if (now < end && answers < most) {
                    latency.recordValue((now - client.sentAt) / 1_000);
                    answers++;
                    client.send(requests.of(next++));
                } else {
                    waiting--;
                }
            }
            selector.selectedKeys().clear();
        }
        // A run by number ends before its time.
        long took = Math.min(System.nanoTime() - begin, duration.toNanos());
        return new Seen(answers * 1e9 / took, latency, answers);
    }

    /** The body of the answer to one of the requests. */
    static String ask(int port, Requests requests, int number) throws IOException {
        try (SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port))) {
            Client client = new Client(channel, requests.begins);
            client.send(requests.of(number));
            while (!client.read()) {
                // Blocks until more has come.
            }
            return client.body();
        }
    }

    /** One connection, with at most one request under way. */
    private static final class Client {

        private final SocketChannel channel;
        private final byte[] begins;
        private ByteBuffer answer = ByteBuffer.allocate(65_536);
        private int bodyAt;
        private int answerEnd;
        private boolean chunked;
        private long sentAt;

        Client(SocketChannel channel, String begins) {
            this.channel = channel;
            this.begins = begins.getBytes(UTF_8);
        }

        void send(byte[] request) throws IOException {
            answer.clear();
            bodyAt = 0;
            answerEnd = 0;
            chunked = false;
            sentAt = System.nanoTime();
            ByteBuffer bytes = ByteBuffer.wrap(request);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }

        /** Takes what has come; true when the answer is whole. */
        boolean read() throws IOException {
            if (channel.read(answer) < 0) {
                throw new IOException("The server closed the connection");
            }
            if (bodyAt == 0 && !readHead()) {
                return false;
            }
            if (chunked ? !readChunks() : answer.position() < answerEnd) {
                return false;
            }
            if (!startsWith(OK, 0) || !startsWith(begins, bodyAt)) {
                throw new IOException(
                        "Not an answer with data: " + new String(answer.array(), 0, answerEnd, ISO_8859_1));
            }
            return true;
        }

        private boolean readHead() {
            byte[] bytes = answer.array();
            for (int at = 3; at < answer.position(); at++) {
                if (bytes[at] == '\n' && bytes[at - 1] == '\r' && bytes[at - 2] == '\n') {
                    bodyAt = at + 1;
                    answerEnd = bodyAt + contentLength(new String(bytes, 0, bodyAt, ISO_8859_1));
                    if (answerEnd > answer.capacity()) {
                        answer = ByteBuffer.allocate(answerEnd).put(answer.flip());
                    }
                    return true;
                }
            }
            return false;
        }

        private int contentLength(String head) {
            for (String line : head.split("\r\n")) {
                if (line.regionMatches(true, 0, "content-length:", 0, 15)) {
                    return Integer.parseInt(line.substring(15).strip());
                }
                if (line.equalsIgnoreCase("transfer-encoding: chunked")) {
                    chunked = true;
                    return 0;
                }
            }
            throw new IllegalStateException("An answer without Content-Length:\n" + head);
        }

        /** Puts the chunks together once the last has come, which is empty (RFC 9112 section 7.1). */
        private boolean readChunks() {
            int received = answer.position();
            if (received == answer.capacity()) {
                answer = ByteBuffer.allocate(2 * received).put(answer.flip());
            }
            if (received < bodyAt + LAST_CHUNK.length || !startsWith(LAST_CHUNK, received - LAST_CHUNK.length)) {
                return false;
            }
            byte[] bytes = answer.array();
            int to = bodyAt;
            int from = bodyAt;
            while (true) {
                int line = from;
                while (bytes[line] != '\r') {
                    line++;
                }
                int size = Integer.parseInt(new String(bytes, from, line - from, ISO_8859_1), 16);
                if (size == 0) {
                    answerEnd = to;
                    return true;
                }
                System.arraycopy(bytes, line + 2, bytes, to, size);
                to += size;
                from = line + 2 + size + 2;
            }
        }

        private boolean startsWith(byte[] expected, int from) {
            return Arrays.equals(answer.array(), from, from + expected.length, expected, 0, expected.length);
        }

        String body() {
            return new String(answer.array(), bodyAt, answerEnd - bodyAt, UTF_8);
        }
    }
}
