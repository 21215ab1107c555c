package org.expirytracker.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/**
 * Files that are part of the program, as browsers get them: read once for the process, with a tag by which a browser
 * tells that it has them already (RFC 9110, section 8.8.3), and compressed once. Nothing is unpacked to a disk.
 */
final class Assets {

    /** How a file is kept whose name tells its content (RFC 8246). */
    static final String KEPT_FOR_GOOD = "public, max-age=31536000, immutable";

    private static final int HASH_LENGTH = 16;

    private static final Pattern HASHED = Pattern.compile("^(/.+)\\.[\\w-]{" + HASH_LENGTH + "}(\\.\\w+)$");

    /** No part begins with a dot, so there is no way up and nothing hidden. */
    private static final Pattern PATH = Pattern.compile("(/[\\w-][\\w.-]*)+\\.(\\w+)");

    private static final Map<String, String> TYPES = Map.ofEntries(
            Map.entry("html", "text/html; charset=utf-8"),
            Map.entry("css", "text/css; charset=utf-8"),
            Map.entry("js", "text/javascript; charset=utf-8"),
            Map.entry("json", MediaTypes.JSON),
            Map.entry("svg", "image/svg+xml"),
            Map.entry("png", "image/png"),
            Map.entry("ico", "image/x-icon"),
            Map.entry("md", "text/markdown; charset=utf-8"),
            Map.entry("txt", "text/plain; charset=utf-8"),
            Map.entry("wasm", "application/wasm"),
            Map.entry("woff2", "font/woff2"),
            Map.entry("webmanifest", "application/manifest+json"));

    private static final Map<String, Asset> READ = new ConcurrentHashMap<>();

    private final Vertx vertx;
    private final String folder;

    /**
     * One file.
     *
     * @param tag tells it from every former one; without quotes
     * @param compressed null when that is not smaller
     */
    record Asset(
            String type, String tag, Buffer whole, @Nullable Buffer compressed) {

        static Asset of(String type, Buffer whole) {
            Buffer compressed = ContentCoding.GZIP.encode(whole, Deflater.BEST_COMPRESSION);
            return new Asset(type, hash(whole), whole, compressed.length() < whole.length() ? compressed : null);
        }

        /** The name that it has in place of a plain one when the name is to tell its content. */
        String named(String path) {
            int dot = path.lastIndexOf('.');
            return path.substring(0, dot) + "." + tag.substring(0, HASH_LENGTH) + path.substring(dot);
        }

        /** Answers with it, or says that the browser has it. Who keeps it asks each time whether it is still the same. */
        Future<Void> answer(HttpServerRequest request) {
            return answer(request, "no-cache");
        }

        /** As {@link #answer(HttpServerRequest)}, and says who may keep it (RFC 9111, section 5.2.2). */
        Future<Void> answer(HttpServerRequest request, String caching) {
            HttpServerResponse response = request.response()
                    .putHeader("ETag", "\"" + tag + "\"")
                    .putHeader("Cache-Control", caching)
                    .putHeader("Vary", "Accept-Encoding");
            String known = request.getHeader(HttpHeaders.IF_NONE_MATCH);
            if (known != null && (known.contains(tag) || known.strip().equals("*"))) {
                return response.setStatusCode(304).end();
            }
            response.putHeader("Content-Type", type);
            boolean wanted =
                    ContentCoding.accepted(request.getHeader(HttpHeaders.ACCEPT_ENCODING)) == ContentCoding.GZIP;
            if (compressed == null || !wanted) {
                return Routes.end(request, whole);
            }
            // One tag is that of one form only.
            response.putHeader("ETag", "\"" + tag + "-gzip\"").putHeader("Content-Encoding", ContentCoding.GZIP.token);
            return Routes.end(request, compressed);
        }

        private static String hash(Buffer bytes) {
            try {
                return Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(MessageDigest.getInstance("SHA-256").digest(bytes.getBytes()))
                        .substring(0, 22);
            } catch (NoSuchAlgorithmException impossible) {
                throw new IllegalStateException(impossible);
            }
        }
    }

    /**
     * The files of one folder.
     *
     * @param folder on the class path
     */
    Assets(Vertx vertx, String folder) {
        this.vertx = vertx;
        this.folder = folder;
    }

    /** The plain name of a file whose name tells its content; of any other, its own. */
    static String plainName(String path) {
        return HASHED.matcher(path).replaceFirst("$1$2");
    }

    /**
     * Looks for a file.
     *
     * @param path below the folder, with the slash that it begins with
     * @return empty when there is none of that name
     */
    Future<Optional<Asset>> find(String path) {
        var parts = PATH.matcher(path);
        String type = parts.matches() ? TYPES.get(parts.group(2)) : null;
        if (type == null) {
            return Future.succeededFuture(Optional.empty());
        }
        String name = folder + path;
        Asset known = READ.get(name);
        if (known != null) {
            return Future.succeededFuture(Optional.of(known));
        }
        return vertx.executeBlocking(() -> load(name, type), false).map(found -> Objects.requireNonNull(found));
    }

    /**
     * A file that is there, read at once. Blocking.
     *
     * @param folder on the class path
     * @param path below the folder, with the slash that it begins with
     */
    static Asset read(String folder, String path) {
        var parts = PATH.matcher(path);
        String type = parts.matches() ? TYPES.get(parts.group(2)) : null;
        String name = folder + path;
        if (type == null) {
            throw new IllegalStateException("No type is known for " + name);
        }
        Asset known = READ.get(name);
        try {
            return known != null
                    ? known
                    : load(name, type)
                            .orElseThrow(() -> new IllegalStateException("The program lacks its file " + name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optional<Asset> load(String name, String type) throws IOException {
        try (InputStream file = Assets.class.getClassLoader().getResourceAsStream(name)) {
            if (file == null) {
                return Optional.empty();
            }
            Asset read = Asset.of(type, Buffer.buffer(file.readAllBytes()));
            READ.put(name, read);
            return Optional.of(read);
        }
    }
}
