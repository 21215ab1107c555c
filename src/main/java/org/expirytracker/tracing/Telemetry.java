package org.expirytracker.tracing;

import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.resources.Resource;
import io.vertx.core.spi.VertxTracerFactory;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** Sends traces by OTLP over HTTP to where the variables of OpenTelemetry say, with all that these can tell besides. */
public final class Telemetry implements AutoCloseable {

    private static final String SERVICE = "expiry-tracker";
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final OpenTelemetrySdk sdk;
    private final OpenTelemetryTracer tracer;

    private Telemetry(OpenTelemetrySdk sdk) {
        this.sdk = sdk;
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
        return new Telemetry(AutoConfiguredOpenTelemetrySdk.builder()
                .addPropertiesCustomizer(others -> properties(variables))
                .addResourceCustomizer((given, others) -> node.merge(given))
                .disableShutdownHook()
                .build()
                .getOpenTelemetrySdk());
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
        sdk.shutdown().join(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }
}
