package org.expirytracker.tracing;

import io.vertx.core.spi.tracing.VertxTracer;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Makes spans of what Vert.x receives and sends, and those with which a trace of this program begins. */
interface Tracer extends VertxTracer<Span, Span> {

    /**
     * Begins a trace.
     *
     * @param cause what it follows from, in a trace of its own; null when that is not known
     */
    Span root(String name, @Nullable Span cause);

    /** Keeps for a while what last changed something of a tenant's. */
    void remember(UUID tenantId, Span cause);

    /** What last changed something of a tenant's on this node; null when that is not known. */
    @Nullable
    Span cause(UUID tenantId);
}
