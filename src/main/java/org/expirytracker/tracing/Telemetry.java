package org.expirytracker.tracing;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.registry.otlp.AggregationTemporality;
import io.micrometer.registry.otlp.OtlpConfig;
import io.micrometer.registry.otlp.OtlpMeterRegistry;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.resources.Resource;
import io.vertx.core.spi.VertxTracerFactory;
import java.net.URLDecoder;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** Sends traces and metrics by OTLP over HTTP to where the variables of OpenTelemetry say, with all that these can tell besides. */
public final class Telemetry implements AutoCloseable {

    private static final String SERVICE = "expiry-tracker";
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final String EXPORT_INTERVAL = "OTEL_METRIC_EXPORT_INTERVAL";
    private static final long USUAL_INTERVAL_MILLIS = 60_000;

    private final OpenTelemetrySdk sdk;
    private final @Nullable OtlpMeterRegistry sent;
    private final OpenTelemetryTracer tracer;

    private Telemetry(OpenTelemetrySdk sdk, @Nullable OtlpMeterRegistry sent) {
        this.sdk = sdk;
        this.sent = sent;
        this.tracer = new OpenTelemetryTracer(sdk);
    }

    /**
     * Begins to send.
     *
     * @param variables those of OpenTelemetry ({@code OTEL_…}) as they are set
     * @param version of this program
     * @throws RuntimeException of OpenTelemetry, for a value that it does not understand
     */
    public static Telemetry start(Map<String, String> variables, String version) {
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        Resource node = Resource.builder()
                .put("service.version", version)
                .put("service.instance.id", UUID.randomUUID().toString())
                .build();
        AtomicReference<Resource> told = new AtomicReference<>(node);
        OpenTelemetrySdk sdk = AutoConfiguredOpenTelemetrySdk.builder()
                .addPropertiesCustomizer(others -> properties(variables))
                .addResourceCustomizer((given, others) -> told.updateAndGet(own -> own.merge(given)))
                .disableShutdownHook()
                .build()
                .getOpenTelemetrySdk();
        boolean measures =
                !variables.getOrDefault("OTEL_METRICS_EXPORTER", "otlp").equals("none");
        return new Telemetry(
                sdk, measures ? new OtlpMeterRegistry(new Sent(variables, told.get()), Clock.SYSTEM) : null);
    }

    /**
     * How metrics are sent.
     *
     * @param node who sends them
     */
    private record Sent(Map<String, String> variables, Resource node) implements OtlpConfig {

        /** Without the headers: a token may be among them. */
        @Override
        public String toString() {
            return "Sent[" + url() + "]";
        }

        @Override
        public @Nullable String get(String key) {
            return null;
        }

        @Override
        public String url() {
            String own = variables.get("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT");
            String shared = variables.getOrDefault("OTEL_EXPORTER_OTLP_ENDPOINT", "");
            return own == null ? (shared.endsWith("/") ? shared : shared + "/") + "v1/metrics" : own;
        }

        @Override
        public Duration step() {
            String millis = variables.get(EXPORT_INTERVAL);
            return Duration.ofMillis(millis == null ? USUAL_INTERVAL_MILLIS : Long.parseLong(millis));
        }

        @Override
        public Map<String, String> headers() {
            Map<String, String> headers = new HashMap<>();
            String all = variables.getOrDefault(
                    "OTEL_EXPORTER_OTLP_METRICS_HEADERS", variables.getOrDefault("OTEL_EXPORTER_OTLP_HEADERS", ""));
            for (String each : all.split(",", -1)) {
                int is = each.indexOf('=');
                if (is > 0) {
                    headers.put(
                            each.substring(0, is).strip(),
                            URLDecoder.decode(each.substring(is + 1).strip(), UTF_8));
                }
            }
            return headers;
        }

        @Override
        public Map<String, String> resourceAttributes() {
            Map<String, String> attributes = new HashMap<>();
            node.getAttributes().forEach((key, value) -> {
                // Micrometer tells its own.
                if (!key.getKey().startsWith("telemetry.sdk.")) {
                    attributes.put(key.getKey(), value.toString());
                }
            });
            return attributes;
        }

        @Override
        public AggregationTemporality aggregationTemporality() {
            return "delta".equalsIgnoreCase(variables.get("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"))
                    ? AggregationTemporality.DELTA
                    : AggregationTemporality.CUMULATIVE;
        }
    }

    /** Where to count what is to be sent as well as shown. */
    public MeterRegistry beside(MeterRegistry shown) {
        if (sent == null) {
            return shown;
        }
        CompositeMeterRegistry both = new CompositeMeterRegistry();
        both.add(shown);
        both.add(sent);
        return both;
    }

    private static Map<String, String> properties(Map<String, String> variables) {
        Map<String, String> properties = new HashMap<>();
        properties.put("otel.exporter.otlp.protocol", "http/protobuf");
        if (!variables.getOrDefault("OTEL_RESOURCE_ATTRIBUTES", "").contains("service.name=")) {
            properties.put("otel.service.name", SERVICE);
        }
        variables.forEach(
                (name, value) -> properties.put(name.toLowerCase(Locale.ROOT).replace('_', '.'), value));
        // Micrometer sends its own, and what is logged goes where the log goes.
        properties.put("otel.metrics.exporter", "none");
        properties.put("otel.logs.exporter", "none");
        return properties;
    }

    /** Has a Vert.x trace what it receives and sends. */
    public VertxTracerFactory tracing() {
        return options -> tracer;
    }

    /** Sends what is left, and ends. Blocking, for at most some seconds. */
    @Override
    public void close() {
        if (sent != null) {
            sent.close();
        }
        sdk.shutdown().join(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }
}
