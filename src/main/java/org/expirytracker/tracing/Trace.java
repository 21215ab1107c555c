package org.expirytracker.tracing;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import io.vertx.core.spi.context.storage.ContextLocal;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The trace of what is being done, which goes with the Vert.x context: each part of the work has a duplicate of its own, so
 * whatever is begun in it, statements and requests, becomes part of it, and of nothing else. Where nothing is traced, work is
 * just called.
 */
public final class Trace {

    static final ContextLocal<Span> SPAN = ContextLocal.registerLocal(Span.class);

    private Trace() {}

    /** Has Vert.x instances that are made from now on know of spans. */
    static void prepare() {
        // The local is registered with this class.
    }

    /** The span of what is being done here; null where nothing is traced. */
    public static @Nullable Span current() {
        ContextInternal here = ContextInternal.current();
        return here == null ? null : of(here);
    }

    private static @Nullable Span of(ContextInternal context) {
        return context.tracer() instanceof Tracer ? SPAN.get(context) : null;
    }

    /** A part of what is traced. */
    public static final class Part {

        private final ContextInternal outer;
        private final ContextInternal inner;
        private final Span span;

        private Part(ContextInternal outer, Span span) {
            this.outer = outer;
            this.inner = outer.duplicate(true);
            this.span = span;
            SPAN.put(inner, span);
        }

        /** What is noted of it. */
        public Span span() {
            return span;
        }

        /** Calls work that belongs to it. */
        public <T extends @Nullable Object> T call(Callable<T> work) throws Exception {
            ContextInternal before = inner.beginDispatch();
            try {
                return work.call();
            } finally {
                inner.endDispatch(before);
            }
        }

        /** Ends it with what was begun in it; what comes of that comes where the part was begun. */
        public <T> Future<T> endWith(Future<T> begun) {
            PromiseInternal<T> done = outer.promise();
            begun.onComplete(result -> {
                if (result.failed()) {
                    span.fail(typeOf(result.cause()));
                }
                span.end();
                if (result.succeeded()) {
                    done.complete(result.result());
                } else {
                    done.fail(result.cause());
                }
            });
            return done.future();
        }
    }

    static String typeOf(Throwable failure) {
        return failure.getClass().getName();
    }

    /** Begins a part of what is traced here; null where nothing is. */
    public static @Nullable Part part(String name) {
        ContextInternal here = ContextInternal.current();
        Span parent = here == null ? null : of(here);
        return here == null || parent == null ? null : new Part(here, parent.child(name));
    }

    /** Begins a part of what is traced at a place that {@link #current} was asked at. */
    public static Part partOf(Context place, String name) {
        ContextInternal there = (ContextInternal) place;
        return new Part(there, SPAN.get(there).child(name));
    }

    /**
     * Does work as a part of what is traced here, or as the beginning of a trace.
     *
     * @param name asked for where it is traced
     * @param work is given what to note of it; null where nothing is traced
     */
    public static <T> Future<T> beginning(Supplier<String> name, Function<@Nullable Span, Future<T>> work) {
        ContextInternal here = ContextInternal.current();
        if (here == null || !(here.tracer() instanceof Tracer tracer)) {
            return work.apply(null);
        }
        Span parent = SPAN.get(here);
        Part part = new Part(here, parent == null ? tracer.root(name.get(), null) : parent.child(name.get()));
        return within(part, () -> work.apply(part.span));
    }

    /** Does something later, on the thread that calls now, as for the request or job that is being done here. */
    public static <T, R> Function<T, R> here(Function<T, R> later) {
        ContextInternal here = ContextInternal.current();
        return here == null
                ? later
                : value -> {
                    ContextInternal before = here.beginDispatch();
                    try {
                        return later.apply(value);
                    } finally {
                        here.endDispatch(before);
                    }
                };
    }

    /** As {@link #beginning}, but always a trace of its own, which tells that it follows from what is traced here. */
    public static <T> Future<T> following(Supplier<String> name, Supplier<Future<T>> work) {
        ContextInternal here = ContextInternal.current();
        return here == null || !(here.tracer() instanceof Tracer tracer)
                ? work.get()
                : within(new Part(here, tracer.root(name.get(), SPAN.get(here))), work);
    }

    /** Does work in a part, which ends with it. */
    public static <T> Future<T> within(Part part, Supplier<Future<T>> work) {
        try {
            return part.endWith(part.call(work::get));
        } catch (Exception fault) {
            part.span.fail(typeOf(fault));
            part.span.end();
            return Future.failedFuture(fault);
        }
    }

    /**
     * Answers as work does; where it is traced and answers later, that is a part.
     *
     * @param name of the part
     */
    public static @Nullable Object calling(String name, Callable<@Nullable Object> work) throws Exception {
        Part part = part(name);
        if (part == null) {
            return work.call();
        }
        Object answer = part.call(work);
        return answer instanceof Future<?> future && !future.isComplete() ? part.endWith(future) : answer;
    }

    /** Notes that what is traced here has changed something of a tenant's: what is done because of it then tells so. */
    public static void changed(UUID tenantId) {
        ContextInternal here = ContextInternal.current();
        if (here != null && here.tracer() instanceof Tracer tracer) {
            Span cause = SPAN.get(here);
            if (cause != null) {
                tracer.remember(tenantId, cause);
            }
        }
    }

    /**
     * Does a job, which may block, on a thread that is not of Vert.x: as a trace of its own, and so that lines of the log tell
     * which it is.
     *
     * @param node where the work was found; null for none
     * @param tenantId whose last change it follows from, if that is known
     * @param work is given what to note of it; null where nothing is traced
     */
    public static void job(@Nullable Context node, String name, UUID tenantId, Consumer<@Nullable Span> work) {
        if (!(node instanceof ContextInternal known)) {
            work.accept(null);
            return;
        }
        ContextInternal context = known.owner().getOrCreateContext().duplicate(true);
        LogContext.job(context, name);
        Span span = known.tracer() instanceof Tracer tracer ? tracer.root("job " + name, tracer.cause(tenantId)) : null;
        if (span != null) {
            SPAN.put(context, span);
        }
        ContextInternal before = context.beginDispatch();
        try {
            work.accept(span);
        } catch (RuntimeException | Error fault) {
            if (span != null) {
                span.fail(typeOf(fault));
            }
            throw fault;
        } finally {
            context.endDispatch(before);
            if (span != null) {
                span.end();
            }
        }
    }

    /** A place on the thread of {@code loop} at which the request or job goes on that is being done here. */
    public static Context carried(Context loop) {
        ContextInternal here = ContextInternal.current();
        if (here == null) {
            return loop;
        }
        ContextInternal there = ((ContextInternal) loop).duplicate(true);
        LogContext.carry(here, there);
        Span span = of(here);
        if (span != null) {
            SPAN.put(there, span);
        }
        return there;
    }

    /** Names the route of the request that is being answered here, in place of its address. */
    public static void route(String method, String route) {
        Span span = of(Vertx.currentContext());
        if (span != null) {
            span.rename(method + " " + route);
            span.put("http.route", route);
        }
    }

    private static @Nullable Span of(@Nullable Context context) {
        return context instanceof ContextInternal internal ? of(internal) : null;
    }
}
