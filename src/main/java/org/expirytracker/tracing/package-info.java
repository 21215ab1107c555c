/**
 * What is known of the work under way, wherever it goes on: the spans of a trace. Owns no tables and imports no other room.
 * Begin reading at {@link org.expirytracker.tracing.Trace}; only {@link org.expirytracker.tracing.Telemetry} and {@link
 * org.expirytracker.tracing.OpenTelemetryTracer} know OpenTelemetry, and neither is loaded unless it is asked for.
 */
@NullMarked
package org.expirytracker.tracing;

import org.jspecify.annotations.NullMarked;
