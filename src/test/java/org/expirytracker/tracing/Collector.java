package org.expirytracker.tracing;

import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.Span;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.zip.GZIPInputStream;

/** A collector of OpenTelemetry as far as tests need one: takes OTLP over HTTP and keeps what it gets. */
final class Collector implements AutoCloseable {

    private static final int PATIENCE_SECONDS = 20;
    private static final Vertx VERTX = Vertx.vertx();

    private final BlockingQueue<Span> arriving = new LinkedBlockingQueue<>();
    private final BlockingQueue<Metric> measured = new LinkedBlockingQueue<>();
    private final List<Span> spans = new ArrayList<>();
    private volatile Resource resource = Resource.getDefaultInstance();
    private final HttpServer server;

    Collector() {
        server = VERTX.createHttpServer()
                .requestHandler(this::take)
                .listen(0, "127.0.0.1")
                .await();
    }

    private void take(HttpServerRequest request) {
        request.body().onSuccess(body -> {
            try {
                byte[] sent = "gzip".equals(request.getHeader("Content-Encoding"))
                        ? new GZIPInputStream(new ByteArrayInputStream(body.getBytes())).readAllBytes()
                        : body.getBytes();
                take(Objects.requireNonNull(request.path()), sent);
                request.response()
                        .putHeader("Content-Type", "application/x-protobuf")
                        .end();
            } catch (IOException malformed) {
                request.response().setStatusCode(400).end();
            }
        });
    }

    private void take(String path, byte[] sent) throws InvalidProtocolBufferException {
        if (path.equals("/v1/traces")) {
            ExportTraceServiceRequest.parseFrom(sent).getResourceSpansList().forEach(each -> {
                resource = each.getResource();
                each.getScopeSpansList().forEach(scope -> arriving.addAll(scope.getSpansList()));
            });
        } else {
            ExportMetricsServiceRequest.parseFrom(sent)
                    .getResourceMetricsList()
                    .forEach(each ->
                            each.getScopeMetricsList().forEach(scope -> measured.addAll(scope.getMetricsList())));
        }
    }

    String url() {
        return "http://127.0.0.1:" + server.actualPort();
    }

    /** Who sent the last spans. */
    Optional<String> resource(String name) {
        return resource.getAttributesList().stream()
                .filter(attribute -> attribute.getKey().equals(name))
                .map(attribute -> attribute.getValue().getStringValue())
                .findFirst();
    }

    /** The first span of this kind, once it is there. */
    synchronized Span await(Predicate<Span> wanted) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (true) {
            Optional<Span> found = spans.stream().filter(wanted).findFirst();
            if (found.isPresent()) {
                return found.get();
            }
            Span next = arriving.poll(until - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (next == null) {
                throw new AssertionError("No such span among "
                        + spans.stream().map(Span::getName).toList());
            }
            spans.add(next);
        }
    }

    /** The first metric of this kind, once it is there. */
    Metric awaitMetric(Predicate<Metric> wanted) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (true) {
            Metric next = measured.poll(until - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (next == null) {
                throw new AssertionError("No such metric");
            }
            if (wanted.test(next)) {
                return next;
            }
        }
    }

    /** Everything that has come so far. */
    synchronized List<Span> all() {
        arriving.drainTo(spans);
        return List.copyOf(spans);
    }

    static String attribute(Span span, String name) {
        return span.getAttributesList().stream()
                .filter(attribute -> attribute.getKey().equals(name))
                .map(attribute -> attribute.getValue().hasIntValue()
                        ? Long.toString(attribute.getValue().getIntValue())
                        : attribute.getValue().getStringValue())
                .findFirst()
                .orElse("");
    }

    static String traceOf(Span span) {
        return HexFormat.of().formatHex(span.getTraceId().toByteArray());
    }

    static boolean isPartOf(Span part, Span whole) {
        return part.getTraceId().equals(whole.getTraceId())
                && part.getParentSpanId().equals(whole.getSpanId());
    }

    @Override
    public void close() {
        server.close().await();
    }
}
