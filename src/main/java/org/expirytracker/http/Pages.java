package org.expirytracker.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.StringReader;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;

/** What can be read: the dashboard at {@code /}, GraphiQL at {@code /graphiql/}, the contract at {@code /schema.graphql}. */
final class Pages {

    private static final String GRAPHIQL = "io/vertx/ext/web/handler/graphiql";
    private static final String DASHBOARD = "webroot";
    private static final String SCHEMA = "schema.graphqls";

    /** What the dashboard imports: its address, as the import map of the page has it, and where it stands in its jar. */
    private enum Library {
        PREACT("/lib/preact.js", "org.webjars.npm/preact", "META-INF/resources/webjars", "/dist/preact.module.js"),
        HOOKS("/lib/hooks.js", "org.webjars.npm/preact", "META-INF/resources/webjars", "/hooks/dist/hooks.module.js"),
        HTM("/lib/htm.js", "org.mvnpm/htm", "META-INF/resources/_static", "/dist/htm.module.js");

        final String address;
        final String artifact;
        final String above;
        final String file;

        Library(String address, String artifact, String above, String file) {
            this.address = address;
            this.artifact = artifact;
            this.above = above;
            this.file = file;
        }

        /** The folder of its jar, which bears its version. */
        String folder(Vertx vertx) {
            Buffer told = vertx.fileSystem().readFileBlocking("META-INF/maven/" + artifact + "/pom.properties");
            Properties properties = new Properties();
            try {
                properties.load(new StringReader(told.toString(UTF_8)));
            } catch (IOException impossible) {
                throw new IllegalStateException(impossible);
            }
            return above + artifact.substring(artifact.indexOf('/')) + "/" + properties.getProperty("version");
        }
    }

    private static final String DASHBOARD_POLICY = """
            default-src 'none'; script-src 'self' 'sha256-HASH'; style-src 'self'; img-src 'self' data:; \
            font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; \
            frame-ancestors 'none'; require-trusted-types-for 'script'""";

    // GraphiQL writes styles into its elements and its icons as data.
    private static final String GRAPHIQL_POLICY = """
            default-src 'none'; script-src 'self' 'sha256-HASH'; style-src 'self' 'unsafe-inline'; \
            img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'""";

    private static final String FIRST_QUERY = """
            # 1. Run this with your username and password to get an access token.
            mutation LogIn {
              login(input: { username: "demo", password: "" }) {
                session { accessToken expiresAt }
                userErrors { message }
              }
            }

            # 2. Put it under Headers, below: { "authorization": "Bearer <accessToken>" }
            # 3. Reload the schema (the arrows at the lower left), open its documentation, and ask.
            query ExpiresNext {
              items(first: 10) {
                nodes { name quantity unit expiryDate status daysLeft category { name } }
              }
            }
            """;

    private final HttpOptions options;
    private final Assets dashboardFiles;
    private final String dashboardPolicy;
    private final Map<Library, Assets> libraries = new EnumMap<>(Library.class);
    private final Assets graphiQLFiles;
    private final Assets.Asset graphiQL;
    private final String graphiQLPolicy;
    private final Assets.Asset schema;

    Pages(Vertx vertx, HttpOptions options) {
        this.options = options;
        dashboardFiles = new Assets(vertx, DASHBOARD);
        String dashboard =
                vertx.fileSystem().readFileBlocking(DASHBOARD + "/index.html").toString(UTF_8);
        dashboardPolicy =
                DASHBOARD_POLICY.replace("HASH", sha256(within(dashboard, "<script type=\"importmap\">", "</script>")));
        for (Library library : Library.values()) {
            libraries.put(library, new Assets(vertx, library.folder(vertx)));
        }
        graphiQLFiles = new Assets(vertx, GRAPHIQL);
        // Token and headers are the reader's to type in; the page sends them over WebSocket as well. It wants whole
        // paths, and only the browser knows under which one a proxy shows this server.
        String configuration = """
                (base => ({...%s, graphQLUri: base + "graphql", graphQLWSUri: base.slice(1) + "graphql"}))\
                (new URL("..", location.href).pathname)""".formatted(new JsonObject()
                .put("graphQLWSEnabled", true)
                .put("query", FIRST_QUERY)
                .encode());
        String page =
                vertx.fileSystem().readFileBlocking(GRAPHIQL + "/index.html").toString(UTF_8);
        String configured = page.replace("__VERTX_GRAPHIQL_CONFIG__", configuration);
        graphiQL = Assets.Asset.of("text/html; charset=utf-8", Buffer.buffer(configured));
        // No type is registered for it, and as text a browser shows it.
        schema = Assets.Asset.of("text/plain; charset=utf-8", vertx.fileSystem().readFileBlocking(SCHEMA));
        graphiQLPolicy = GRAPHIQL_POLICY.replace("HASH", sha256(within(configured, "<script>", "</script>")));
    }

    void route(Router router) {
        // The router takes /graphiql/ for the same path; the page names its parts relative to the latter. Relative as
        // well is the redirection (RFC 9110, section 10.2.2): a proxy may show this server under another path.
        Routes.readable(router, "/graphiql", context -> {
            if (path(context).endsWith("/")) {
                graphiQL.answer(secured(context, graphiQLPolicy));
            } else {
                context.redirect("graphiql/");
            }
        });
        Routes.readable(router, "/schema.graphql", context -> schema.answer(context.request()));
        Routes.readable(router, "/", context -> files(context, dashboardFiles, "/index.html", dashboardPolicy));
        libraries.forEach((library, files) -> Routes.readable(
                router, library.address, context -> files(context, files, library.file, dashboardPolicy)));
        router.route("/graphiql/*").handler(context -> {
            files(context, graphiQLFiles, path(context).substring("/graphiql".length()), graphiQLPolicy);
        });
        router.route("/*").handler(context -> files(context, dashboardFiles, path(context), dashboardPolicy));
    }

    private String path(RoutingContext context) {
        return options.within(Objects.requireNonNull(context.request().path(), "The router matched no path"));
    }

    private static void files(RoutingContext context, Assets files, String path, String policy) {
        if (!Routes.isReading(context.request())) {
            context.next();
            return;
        }
        files.find(path)
                .onSuccess(
                        found -> found.ifPresentOrElse(asset -> asset.answer(secured(context, policy)), context::next))
                .onFailure(context::fail);
    }

    private static HttpServerRequest secured(RoutingContext context, String policy) {
        context.response()
                .putHeader("Content-Security-Policy", policy)
                .putHeader("Referrer-Policy", "no-referrer")
                .putHeader("Cross-Origin-Opener-Policy", "same-origin");
        return context.request();
    }

    private static String within(String page, String opening, String closing) {
        int from = page.indexOf(opening) + opening.length();
        return page.substring(from, page.indexOf(closing, from));
    }

    private static String sha256(String text) {
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
