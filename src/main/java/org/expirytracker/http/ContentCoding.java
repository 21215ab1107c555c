package org.expirytracker.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Objects;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** How a body is compressed on its way (RFC 9110, sections 8.4.1 and 12.5.3). */
enum ContentCoding {
    /** The one that every client knows. */
    GZIP("gzip"),
    /** The format of zlib, as the RFC has it. */
    DEFLATE("deflate"),
    /** Not at all. */
    IDENTITY("identity");

    /** What is smaller fits into one packet as it is. */
    static final int LEAST_BYTES = 1_024;

    /** What is larger keeps an event loop from its other clients for longer than a millisecond. */
    private static final int MOST_BYTES_ON_LOOP = 65_536;

    private static final int MOST_CODINGS = 20;

    final String token;

    ContentCoding(String token) {
        this.token = token;
    }

    /**
     * Reads an Accept-Encoding header: what the client likes best of what the server can do, rather gzip than deflate
     * than nothing. What is not there allows nothing but what it names; nobody is refused.
     */
    static ContentCoding accepted(@Nullable String acceptEncoding) {
        if (acceptEncoding == null) {
            return IDENTITY;
        }
        double gzip = -1;
        double deflate = -1;
        double identity = -1;
        double others = 0;
        for (String range : acceptEncoding.split(",", MOST_CODINGS)) {
            String[] parts = range.split(";", MOST_CODINGS);
            double quality = MediaTypes.quality(parts);
            switch (parts[0].strip().toLowerCase(Locale.ROOT)) {
                case "gzip", "x-gzip" -> gzip = quality;
                case "deflate" -> deflate = quality;
                case "identity" -> identity = quality;
                case "*" -> others = quality;
                default -> {}
            }
        }
        gzip = gzip < 0 ? others : gzip;
        deflate = deflate < 0 ? others : deflate;
        if (Math.max(gzip, deflate) <= 0 || identity > Math.max(gzip, deflate)) {
            return IDENTITY;
        }
        return gzip >= deflate ? GZIP : DEFLATE;
    }

    /** A body in this coding, quickly made; a large one off the event loop. */
    Future<Buffer> encode(Vertx vertx, Buffer body) {
        if (this == IDENTITY) {
            return Future.succeededFuture(body);
        }
        if (body.length() <= MOST_BYTES_ON_LOOP) {
            return Future.succeededFuture(encode(body, Deflater.BEST_SPEED));
        }
        return vertx.executeBlocking(() -> encode(body, Deflater.BEST_SPEED), false)
                .map(encoded -> Objects.requireNonNull(encoded));
    }

    /**
     * A body in this coding.
     *
     * @param level of {@link Deflater}
     */
    Buffer encode(Buffer body, int level) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(body.length() / 4 + 128);
        try (OutputStream encoding = encoding(bytes, level)) {
            encoding.write(body.getBytes());
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return Buffer.buffer(bytes.toByteArray());
    }

    private OutputStream encoding(OutputStream to, int level) throws IOException {
        return switch (this) {
            case GZIP -> new Gzip(to, level);
            case DEFLATE -> new Deflate(to, level);
            case IDENTITY -> to;
        };
    }

    private static final class Gzip extends GZIPOutputStream {

        Gzip(OutputStream to, int level) throws IOException {
            super(to, 8_192);
            def.setLevel(level);
        }
    }

    private static final class Deflate extends DeflaterOutputStream {

        Deflate(OutputStream to, int level) {
            super(to, new Deflater(level), 8_192);
        }

        /** A deflater that was handed over is left open by the stream. */
        @Override
        public void close() throws IOException {
            try {
                super.close();
            } finally {
                def.end();
            }
        }
    }
}
