package org.expirytracker.tracing;

import io.vertx.core.internal.ContextInternal;
import io.vertx.core.spi.context.storage.ContextLocal;
import java.util.function.BiConsumer;

/**
 * What each line of the log tells of the work in which it is written: of which request or job it is, and of which trace. It goes
 * with the Vert.x context, of which each request has its own.
 */
public final class LogContext {

    /** As it is called in lines. */
    public static final String REQUEST_ID = "requestId";

    private static final String JOB = "job";

    /** Registered before the first Vert.x is made: {@link ContextLocals}. */
    private static final ContextLocal<Work> WORK = ContextLocal.registerLocal(Work.class);

    private record Work(String key, String name) {}

    private LogContext() {}

    static void prepare() {
        // The local is registered with this class.
    }

    /** Names the request that is answered here, and whatever is done for it. */
    public static void request(String requestId) {
        ContextInternal here = ContextInternal.current();
        // The context of a loop is everybody's.
        if (here != null && here.isDuplicate()) {
            WORK.put(here, new Work(REQUEST_ID, requestId));
            Span span = Trace.current();
            if (span != null) {
                span.put("expiry.request_id", requestId);
            }
        }
    }

    /** Names the job that is done in a context of its own. */
    static void job(ContextInternal context, String job) {
        WORK.put(context, new Work(JOB, job));
    }

    /** Has what is done at another place be for the same request or job. */
    static void carry(ContextInternal from, ContextInternal to) {
        WORK.put(to, WORK.get(from));
    }

    /** Tells what a line that is written here is to tell, in the order of the line. */
    public static void forEach(BiConsumer<String, String> line) {
        ContextInternal here = ContextInternal.current();
        if (here == null) {
            return;
        }
        Work work = WORK.get(here);
        if (work != null) {
            line.accept(work.key, work.name);
        }
        Span span = Trace.current();
        if (span != null) {
            line.accept("trace_id", span.traceId());
            line.accept("span_id", span.spanId());
        }
    }
}
