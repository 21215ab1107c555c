package org.expirytracker.tracing;

import io.vertx.core.internal.VertxBootstrap;
import io.vertx.core.spi.VertxServiceProvider;

/** Has every Vert.x know what goes with its contexts: each is made with a place for all that is registered by then. */
public final class ContextLocals implements VertxServiceProvider {

    /** For Vert.x, which looks for it. */
    public ContextLocals() {
        LogContext.prepare();
        Trace.prepare();
    }

    @Override
    public void init(VertxBootstrap vertx) {
        // Nothing but the registration.
    }
}
