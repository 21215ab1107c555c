package org.expirytracker.tracing;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.spi.tracing.TagExtractor;
import io.vertx.core.tracing.TracingPolicy;
import io.vertx.sqlclient.DatabaseException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Spans of OpenTelemetry, by its semantic conventions. Of what Vert.x tells of a request only what is named here is noted:
 * addresses, in which there may be the secret of a calendar or of a receiver, are not, and neither is what a failure says of
 * values.
 */
final class OpenTelemetryTracer implements Tracer {

    private static final int MOST_CAUSES = 10_000;
    private static final Duration LONGEST_CAUSE = Duration.ofMinutes(10);
    private static final int SERVER_FAULT = 500;
    private static final int CLIENT_FAULT = 400;

    /** Whatever else a client calls a method is one to whoever counts. */
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    private static final W3CTraceContextPropagator W3C = W3CTraceContextPropagator.getInstance();

    private static final TextMapGetter<Iterable<Map.Entry<String, String>>> HEADERS = new TextMapGetter<>() {
        @Override
        public @Nullable String get(@Nullable Iterable<Map.Entry<String, String>> headers, String name) {
            if (headers != null) {
                for (Map.Entry<String, String> header : headers) {
                    if (header.getKey().equalsIgnoreCase(name)) {
                        return header.getValue();
                    }
                }
            }
            return null;
        }
    };

    private final io.opentelemetry.api.trace.Tracer tracer;
    private final Cache<UUID, Span> causes = Caffeine.newBuilder()
            .maximumSize(MOST_CAUSES)
            .expireAfterWrite(LONGEST_CAUSE)
            .build();

    OpenTelemetryTracer(OpenTelemetry openTelemetry) {
        Trace.prepare();
        this.tracer = openTelemetry.getTracer("org.expirytracker");
    }

    /** A span, and what makes its parts. */
    private record Kept(io.opentelemetry.api.trace.Tracer tracer, io.opentelemetry.api.trace.Span span)
            implements Span {

        @Override
        public Span child(String name) {
            return new Kept(
                    tracer, tracer.spanBuilder(name).setParent(context()).startSpan());
        }

        Context context() {
            return Context.root().with(span);
        }

        @Override
        public void rename(String name) {
            span.updateName(name);
        }

        @Override
        public void put(String key, String value) {
            span.setAttribute(key, value);
        }

        @Override
        public void put(String key, long value) {
            span.setAttribute(key, value);
        }

        @Override
        public void fail(String type) {
            span.setStatus(StatusCode.ERROR);
            span.setAttribute("error.type", type);
        }

        @Override
        public void end() {
            span.end();
        }

        @Override
        public String traceId() {
            return span.getSpanContext().getTraceId();
        }

        @Override
        public String spanId() {
            return span.getSpanContext().getSpanId();
        }
    }

    @Override
    public Span root(String name, @Nullable Span cause) {
        SpanBuilder builder = tracer.spanBuilder(name).setNoParent();
        if (cause instanceof Kept kept) {
            builder.addLink(kept.span.getSpanContext());
        }
        return new Kept(tracer, builder.startSpan());
    }

    @Override
    public void remember(UUID tenantId, Span cause) {
        causes.put(tenantId, cause);
    }

    @Override
    public @Nullable Span cause(UUID tenantId) {
        return causes.getIfPresent(tenantId);
    }

    /**
     * What load balancers and Prometheus ask every few seconds tells nobody anything, and a socket lasts for hours: what is
     * asked over it are traces of their own.
     */
    private static boolean isQuiet(HttpServerRequest request) {
        String path = request.path();
        return "websocket".equalsIgnoreCase(request.getHeader("Upgrade"))
                || (path != null
                        && (path.endsWith("/health/live")
                                || path.endsWith("/health/ready")
                                || path.endsWith("/metrics")));
    }

    @Override
    public <R> @Nullable Span receiveRequest(
            io.vertx.core.Context context,
            io.vertx.core.spi.tracing.SpanKind kind,
            TracingPolicy policy,
            R request,
            String operation,
            Iterable<Map.Entry<String, String>> headers,
            TagExtractor<R> tags) {
        if (policy == TracingPolicy.IGNORE || !(request instanceof HttpServerRequest received) || isQuiet(received)) {
            return null;
        }
        String method = METHODS.contains(operation) ? operation : "_OTHER";
        Span span = new Kept(
                tracer,
                tracer.spanBuilder(method)
                        .setParent(W3C.extract(Context.root(), headers, HEADERS))
                        .setSpanKind(SpanKind.SERVER)
                        .setAttribute("http.request.method", method)
                        .setAttribute("url.scheme", String.valueOf(received.scheme()))
                        .startSpan());
        Trace.SPAN.put(context, span);
        return span;
    }

    @Override
    public <R> void sendResponse(
            io.vertx.core.Context context,
            @Nullable R response,
            @Nullable Span span,
            @Nullable Throwable failure,
            TagExtractor<R> tags) {
        if (span == null) {
            return;
        }
        if (response instanceof HttpServerResponse sent) {
            answered(span, sent.getStatusCode(), SERVER_FAULT);
        }
        if (failure != null) {
            span.fail(typeOf(failure));
        }
        span.end();
        Trace.SPAN.remove(context);
    }

    private static void answered(Span span, int status, int fault) {
        span.put("http.response.status_code", status);
        if (status >= fault) {
            span.fail(Integer.toString(status));
        }
    }

    private static String typeOf(Throwable failure) {
        return failure instanceof DatabaseException refused && refused.getSqlState() != null
                ? refused.getSqlState()
                : Trace.typeOf(failure);
    }

    @Override
    public <R> @Nullable Span sendRequest(
            io.vertx.core.Context context,
            io.vertx.core.spi.tracing.SpanKind kind,
            TracingPolicy policy,
            R request,
            String operation,
            BiConsumer<String, String> headers,
            TagExtractor<R> tags) {
        if (policy == TracingPolicy.IGNORE || !(Trace.SPAN.get(context) instanceof Kept parent)) {
            return null;
        }
        String sql = tag(request, tags, "db.query.text");
        return sql == null
                ? request(parent, operation, tag(request, tags, "url.full"), headers)
                : statement(
                        parent, sql, tag(request, tags, "db.namespace"), tag(request, tags, "network.peer.address"));
    }

    private static <R> @Nullable String tag(R request, TagExtractor<R> tags, String name) {
        for (int index = 0; index < tags.len(request); index++) {
            if (tags.name(request, index).equals(name)) {
                return tags.value(request, index);
            }
        }
        return null;
    }

    private Span statement(Kept parent, String sql, @Nullable String database, @Nullable String server) {
        String name = StatementName.of(sql);
        Span span = new Kept(
                tracer,
                tracer.spanBuilder(name)
                        .setParent(parent.context())
                        .setSpanKind(SpanKind.CLIENT)
                        .setAttribute("db.system.name", "postgresql")
                        .setAttribute("db.query.summary", name)
                        .setAttribute("db.query.text", sql)
                        .startSpan());
        if (database != null) {
            span.put("db.namespace", database);
        }
        if (server != null) {
            int colon = server.lastIndexOf(':');
            span.put("server.address", colon < 0 ? server : server.substring(0, colon));
        }
        return span;
    }

    private Span request(Kept parent, String method, @Nullable String address, BiConsumer<String, String> headers) {
        Kept span = new Kept(
                tracer,
                tracer.spanBuilder(method)
                        .setParent(parent.context())
                        .setSpanKind(SpanKind.CLIENT)
                        .setAttribute("http.request.method", method)
                        .startSpan());
        String host = address == null ? null : hostOf(address);
        if (host != null) {
            span.put("server.address", host);
        }
        W3C.inject(span.context(), headers, (carrier, name, value) -> {
            if (carrier != null) {
                carrier.accept(name, value);
            }
        });
        return span;
    }

    private static @Nullable String hostOf(String address) {
        try {
            return URI.create(address).getHost();
        } catch (IllegalArgumentException malformed) {
            return null;
        }
    }

    @Override
    public <R> void receiveResponse(
            io.vertx.core.Context context,
            @Nullable R response,
            @Nullable Span span,
            @Nullable Throwable failure,
            TagExtractor<R> tags) {
        if (span == null) {
            return;
        }
        String status = response == null ? null : tag(response, tags, "http.response.status_code");
        if (status != null) {
            answered(span, Integer.parseInt(status), CLIENT_FAULT);
        }
        if (failure != null) {
            span.fail(typeOf(failure));
        }
        span.end();
    }
}
