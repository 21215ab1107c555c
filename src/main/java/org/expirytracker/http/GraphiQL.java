package org.expirytracker.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.expirytracker.http.Assets.Asset;
import org.expirytracker.http.Dashboard.Answer;
import org.jspecify.annotations.Nullable;

/**
 * GraphiQL: a page of our own around the editor, signed in as the dashboard is, with a guide and the operations of the manual.
 * All of it comes from this server. What is large has a name that tells its content, so that a browser keeps it for good.
 */
final class GraphiQL {

    /**
     * Icons are data; the root, where all addresses begin, is in the page. The hash is that of the one style element that GraphiQL
     * makes, of react-remove-scroll: it keeps the page still behind a dialog.
     */
    private static final String POLICY = """
            default-src 'none'; script-src 'self'; \
            style-src 'self' 'sha256-Y/huXlwoYkVyQlxwSVcCi1RCDGDCSVBzDt0hYP9qlTc='; img-src 'self' data:; \
            connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'""";

    private static final String FOLDER = "graphiql";
    private static final String GUIDE = "/guide.txt";
    private static final String STYLES = "/page.css";
    private static final String MANUAL = "/operations.json";

    private static final Pattern NAMED_BY_PAGE =
            Pattern.compile("(src|href)=\"" + FOLDER + "(/lib/[\\w-]+\\.\\w+|" + Pattern.quote(STYLES) + ")\"");

    /** Twenty, as data, which are two thirds of its styles. */
    private static final Pattern FONT = Pattern.compile("@font-face\\s*\\{[^}]*\\}");

    /** What is loaded of others' jars: its address, its artifact, and where it stands in it. */
    private enum Library {
        REACT("/lib/react.js", "org.webjars.npm/react", "/umd/react.production.min.js"),
        REACT_DOM("/lib/react-dom.js", "org.webjars.npm/react-dom", "/umd/react-dom.production.min.js"),
        EDITOR("/lib/graphiql.js", "org.mvnpm/graphiql", "/graphiql.min.js"),
        EDITOR_STYLES("/lib/graphiql.css", "org.mvnpm/graphiql", "/graphiql.min.css");

        final String address;
        final String artifact;
        final String file;

        Library(String address, String artifact, String file) {
            this.address = address;
            this.artifact = artifact;
            this.file = file;
        }

        Asset read() {
            Asset asset = Assets.read(WebJar.folder(artifact), file);
            return this == EDITOR_STYLES ? withoutFonts(asset) : asset;
        }

        private static Asset withoutFonts(Asset styles) {
            return Asset.of(
                    styles.type(),
                    Buffer.buffer(FONT.matcher(styles.whole().toString(UTF_8)).replaceAll("")));
        }
    }

    private final Vertx vertx;
    private final Assets files;
    private @Nullable Future<Map<String, Answer>> read;

    GraphiQL(Vertx vertx) {
        this.vertx = vertx;
        files = new Assets(vertx, FOLDER);
    }

    /**
     * Looks for a file.
     *
     * @param path below this page's own folder; the folder itself is the page
     * @return empty when there is none of that name
     */
    Future<Optional<Answer>> find(String path) {
        Future<Map<String, Answer>> reading = read;
        if (reading == null || reading.failed()) {
            // Not at the start: it is much, and many never open it.
            reading = vertx.executeBlocking(this::readAll, false).map(found -> Objects.requireNonNull(found));
            read = reading;
        }
        return reading.compose(known -> {
            Answer answer = known.get(path);
            if (answer != null) {
                return Future.succeededFuture(Optional.of(answer));
            }
            // A page of another release, while a server of each is running, gets what this one has rather than nothing.
            Answer plain = known.get(Assets.plainName(path));
            return plain != null
                    ? Future.succeededFuture(Optional.of(new Answer(plain.asset(), "no-store", POLICY)))
                    : files.find(path).map(found -> found.map(asset -> new Answer(asset, "no-cache", POLICY)));
        });
    }

    private Map<String, Answer> readAll() {
        Map<String, Answer> answers = new HashMap<>();
        answers.put(STYLES, new Answer(Assets.read(FOLDER, STYLES), "no-cache", POLICY));
        for (Library library : Library.values()) {
            answers.put(library.address, new Answer(library.read(), "no-cache", POLICY));
        }
        Matcher named =
                NAMED_BY_PAGE.matcher(Assets.read(FOLDER, "/index.html").whole().toString(UTF_8));
        String page = named.replaceAll(found -> {
            Asset asset = Objects.requireNonNull(answers.get(found.group(2)), found.group(2))
                    .asset();
            String hashed = asset.named(found.group(2));
            answers.put(hashed, new Answer(asset, Assets.KEPT_FOR_GOOD, POLICY));
            return Matcher.quoteReplacement("%s=\"%s%s\"".formatted(found.group(1), FOLDER, hashed));
        });
        answers.put("/", new Answer(Asset.of("text/html; charset=utf-8", Buffer.buffer(page)), "no-cache", POLICY));
        JsonObject manual = new JsonObject()
                .put("guide", Assets.read(FOLDER, GUIDE).whole().toString(UTF_8))
                .put("documents", DocumentedOperations.read());
        answers.put(MANUAL, new Answer(Asset.of(MediaTypes.JSON, manual.toBuffer()), "no-cache", POLICY));
        return answers;
    }
}
