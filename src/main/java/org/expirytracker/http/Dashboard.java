package org.expirytracker.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.expirytracker.http.Assets.Asset;
import org.jspecify.annotations.Nullable;

/**
 * The dashboard: its page, and the files that the page is made of, each under a name that tells its content, so that a browser
 * keeps it for good and asks only for the page anew; and the worker by which it keeps all of them, and opens the page without
 * a connection (Service Workers, section 2). Modules import each other by their plain names; the import map of the
 * page leads from those to the names that are told here (HTML, section 8.1.6.2).
 */
final class Dashboard {

    private static final String FOLDER = "webroot";
    private static final String FIRST_MODULE = "/js/main.js";

    private static final String POLICY = """
            default-src 'none'; script-src 'self' 'sha256-HASH'; style-src 'self'; img-src 'self' data:; \
            font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; \
            frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types service-worker scan-worker""";

    /** The worker that reads codes in pictures, by a library that is compiled for any processor (WebAssembly). */
    private static final String SCAN_WORKER = "/js/scan-worker.js";

    private static final String SCAN_WORKER_POLICY =
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";

    private static final String IMPORT_MAP = "<script type=\"importmap\">";

    /** A script that a module imports: at once, or by {@code import()} when it is needed, or whose address it asks for. */
    private static final Pattern IMPORTED =
            Pattern.compile("\\b(from |import\\(|import\\.meta\\.resolve\\()'\\./([\\w-]+\\.js)'");

    /** A comment that has lines of its own, as all that are worth leaving out have. */
    private static final Pattern COMMENT = Pattern.compile("(?m)^[ \\t]*(?://[^\\n]*|/\\*\\*(?s:.*?)\\*/)[ \\t]*$");

    private static final String WORKER = "/service-worker.js";
    private static final String RELEASE_IN_PAGE = "<meta name=\"release\" content=\"";
    private static final String RELEASE_IN_WORKER = "const RELEASE = '";
    private static final String SHELL_IN_WORKER = "const SHELL = ";
    private static final String ONCE_USED_IN_WORKER = "const ONCE_USED = ";

    private static final Pattern NAMED_BY_PAGE =
            Pattern.compile("(src|href)=\"([\\w/-]+\\.(?:js|css|svg|png|webmanifest))\"");

    /** A language's texts, as who reads in one needs no other, and what reads codes where the browser does not. */
    private static final Pattern ONCE_USED = Pattern.compile("/js/words-.+|/js/scan-worker.+");

    /** Files of others that Maven has not, whose names have their versions. */
    private static final Pattern VERSIONED = Pattern.compile("/lib/.+-\\d+\\.\\d+\\.\\d+\\.\\w+");

    /** What is imported from others' jars: by which name, its address, and where it stands in its jar. */
    private enum Library {
        PREACT("preact", "/lib/preact.js", "org.webjars.npm/preact", "/dist/preact.module.js"),
        HOOKS("preact/hooks", "/lib/hooks.js", "org.webjars.npm/preact", "/hooks/dist/hooks.module.js"),
        HTM("htm", "/lib/htm.js", "org.mvnpm/htm", "/dist/htm.module.js");

        final String specifier;
        final String address;
        final String artifact;
        final String file;

        Library(String specifier, String address, String artifact, String file) {
            this.specifier = specifier;
            this.address = address;
            this.artifact = artifact;
            this.file = file;
        }
    }

    /**
     * A file as it is answered.
     *
     * @param caching who may keep it, and for how long
     * @param policy what it may do as a page or as a worker, and where what it loads may come from
     */
    record Answer(Asset asset, String caching, String policy) {}

    private final Vertx vertx;
    private final Assets files;
    private @Nullable Future<Contents> read;

    Dashboard(Vertx vertx) {
        this.vertx = vertx;
        files = new Assets(vertx, FOLDER);
    }

    /**
     * Looks for a file.
     *
     * @param path below the server's root; the root itself is the page
     * @return empty when there is none of that name
     */
    Future<Optional<Answer>> find(String path) {
        Future<Contents> reading = read;
        if (reading == null) {
            reading = vertx.executeBlocking(() -> Contents.OfProgram.CONTENTS, false)
                    .map(contents -> Objects.requireNonNull(contents));
            read = reading;
        }
        return reading.compose(contents -> find(contents, path));
    }

    private Future<Optional<Answer>> find(Contents contents, String path) {
        if (path.equals("/") || path.equals("/index.html")) {
            return found(new Answer(contents.page, "no-cache", contents.policy));
        }
        if (path.equals(WORKER)) {
            return found(new Answer(contents.worker, "no-cache", contents.policy));
        }
        String plain = Assets.plainName(path);
        String policyOfFile = plain.equals(SCAN_WORKER) ? SCAN_WORKER_POLICY : contents.policy;
        Asset known = contents.kept.get(path);
        if (known != null) {
            return found(new Answer(known, Assets.KEPT_FOR_GOOD, policyOfFile));
        }
        if (VERSIONED.matcher(path).matches()) {
            return files.find(path)
                    .map(found -> found.map(asset -> new Answer(asset, Assets.KEPT_FOR_GOOD, contents.policy)));
        }
        // A page of another release, while a server of each is running, gets what this one has rather than nothing.
        String caching = plain.equals(path) ? "no-cache" : "no-store";
        @Nullable Asset library = contents.libraries.get(plain);
        return library != null
                ? found(new Answer(library, caching, contents.policy))
                : files.find(plain).map(found -> found.map(asset -> new Answer(asset, caching, policyOfFile)));
    }

    private static Future<Optional<Answer>> found(Answer answer) {
        return Future.succeededFuture(Optional.of(answer));
    }

    /** A module without its comments, whose lines keep their numbers: a sixth of what a first visit loads. */
    private static Asset withoutComments(Asset module) {
        Matcher comments = COMMENT.matcher(module.whole().toString(UTF_8));
        String rest = comments.replaceAll(
                comment -> "\n".repeat((int) comment.group().lines().count() - 1));
        return Asset.of(module.type(), Buffer.buffer(rest));
    }

    /**
     * What the page is made of. It is read when the first browser asks for it: whoever starts waits for nothing that only
     * browsers need.
     */
    private static final class Contents {

        /** One for the process. */
        private static final class OfProgram {
            static final Contents CONTENTS = new Contents();
        }

        final Asset page;
        final Asset worker;
        final String policy;
        final Map<String, Asset> libraries = new HashMap<>();
        final Map<String, Asset> kept = new HashMap<>();

        private Contents() {
            JsonObject imports = new JsonObject();
            Set<String> preloaded = new LinkedHashSet<>();
            for (Library library : Library.values()) {
                Asset asset = Assets.read(WebJar.folder(library.artifact), library.file);
                libraries.put(library.address, asset);
                imports.put(library.specifier, "." + keep(library.address, asset));
            }
            modules().forEach((path, isFirst) -> {
                String hashed = keep(path);
                imports.put("." + path, "." + hashed);
                if (isFirst) {
                    preloaded.add(hashed);
                }
            });
            String map = new JsonObject().put("imports", imports).encode();
            String source = Assets.read(FOLDER, "/index.html").whole().toString(UTF_8);
            Matcher named = NAMED_BY_PAGE.matcher(source);
            String linked = named.replaceAll(found -> Matcher.quoteReplacement("%s=\"%s\""
                    .formatted(found.group(1), keep("/" + found.group(2)).substring(1))));
            String preloads = preloaded.stream()
                    .map(path -> "\n  <link rel=\"modulepreload\" href=\"" + path.substring(1) + "\">")
                    .collect(joining());
            int from = linked.indexOf(IMPORT_MAP) + IMPORT_MAP.length();
            int to = linked.indexOf("</script>", from);
            int end = to + "</script>".length();
            String whole = linked.substring(0, from) + map + "</script>" + preloads + linked.substring(end);
            String release = Asset.of("text/html", Buffer.buffer(whole)).tag();
            page = Asset.of(
                    "text/html; charset=utf-8",
                    Buffer.buffer(whole.replace(RELEASE_IN_PAGE, RELEASE_IN_PAGE + release)));
            Asset plain = Assets.read(FOLDER, WORKER);
            worker = Asset.of(
                    plain.type(),
                    Buffer.buffer(plain.whole()
                            .toString(UTF_8)
                            .replace(RELEASE_IN_WORKER, RELEASE_IN_WORKER + release)
                            .replace(
                                    SHELL_IN_WORKER + "[]",
                                    SHELL_IN_WORKER
                                            + kept(ONCE_USED.asMatchPredicate().negate()))
                            .replace(
                                    ONCE_USED_IN_WORKER + "[]",
                                    ONCE_USED_IN_WORKER + kept(ONCE_USED.asMatchPredicate()))));
            policy = POLICY.replace("HASH", Pages.sha256(map));
        }

        /** The hashed name of a file of ours, be it named by the page or by the import map. */
        private String keep(String path) {
            Asset asset = Assets.read(FOLDER, path);
            return keep(path, path.endsWith(".js") ? withoutComments(asset) : asset);
        }

        /** The name of a file that tells its content, under which it is found from now on. */
        private String keep(String path, Asset asset) {
            String hashed = asset.named(path);
            kept.put(hashed, asset);
            return hashed;
        }

        /** The hashed names of some of the files, relative to the page, in JSON. */
        private String kept(Predicate<String> isWanted) {
            return new JsonArray(kept.keySet().stream()
                            .filter(isWanted)
                            .sorted()
                            .map(path -> path.substring(1))
                            .toList())
                    .encode();
        }

        /** The dashboard's modules, and whether each is needed from the first moment. */
        private Map<String, Boolean> modules() {
            Map<String, Boolean> found = new LinkedHashMap<>();
            Deque<String> open = new ArrayDeque<>(Set.of(FIRST_MODULE));
            found.put(FIRST_MODULE, true);
            while (!open.isEmpty()) {
                String importing = open.remove();
                boolean isFirst = found.getOrDefault(importing, false);
                Matcher imports =
                        IMPORTED.matcher(Assets.read(FOLDER, importing).whole().toString(UTF_8));
                while (imports.find()) {
                    String path = "/js/" + imports.group(2);
                    boolean isNeeded = isFirst && imports.group(1).startsWith("from");
                    Boolean known = found.get(path);
                    if (known == null || (isNeeded && !known)) {
                        found.put(path, isNeeded);
                        open.add(path);
                    }
                }
            }
            return found;
        }
    }
}
