package org.expirytracker.api;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Wiring;
import org.jspecify.annotations.Nullable;

/**
 * What the loaders of one request load, for one caller: keys are gathered until they are sent for, all of a loader in one
 * call, and no key is loaded twice.
 */
final class Batches {

    private final Map<String, Wiring.Loader<?, ?>> loaders;
    private final @Nullable Caller caller;
    private final Map<String, Batch> batches = new HashMap<>();
    private boolean waiting;

    /**
     * Nothing is loaded yet.
     *
     * @param caller null for a request without an access token, for which nothing can be loaded
     */
    Batches(Map<String, Wiring.Loader<?, ?>> loaders, @Nullable Caller caller) {
        this.loaders = loaders;
        this.caller = caller;
    }

    /** A value that is being loaded, for all that ask for it. */
    static final class Load extends CompletableFuture<@Nullable Object> {

        /** What a step made of it; all objects that share the value share this. */
        Plan.@Nullable Step step;

        @Nullable
        Object prepared;
    }

    private static final class Batch {

        private final String name;
        private final Wiring.Loader<?, ?> loader;
        private final Caller caller;
        private final Map<Object, Load> loads = new HashMap<>();
        private Map<Object, Load> waiting = new LinkedHashMap<>();

        Batch(String name, Wiring.Loader<?, ?> loader, Caller caller) {
            this.name = name;
            this.loader = loader;
            this.caller = caller;
        }

        /** Sends for all keys that wait; fails with whatever the loader fails. */
        @SuppressWarnings("unchecked") // The room that registers a loader gives it its keys.
        Future<?> send() {
            Map<Object, Load> sent = waiting;
            waiting = new LinkedHashMap<>();
            Future<Map<Object, Object>> loaded;
            try {
                loaded = ((Wiring.Loader<Object, Object>) loader).load(caller, sent.keySet());
            } catch (RuntimeException failure) {
                loaded = Future.failedFuture(failure);
            }
            return loaded.onComplete(
                    found -> sent.forEach((key, load) -> load.complete(found.get(key))),
                    failure -> sent.values().forEach(load -> load.completeExceptionally(failure)));
        }
    }

    /**
     * The value of a key.
     *
     * @return completes with null when there is none
     */
    Load load(String loader, Object key) {
        Batch batch = batches.get(loader);
        if (batch == null) {
            batch = begin(loader);
        }
        Load known = batch.loads.get(key);
        if (known != null) {
            return known;
        }
        Load load = new Load();
        batch.loads.put(key, load);
        batch.waiting.put(key, load);
        waiting = true;
        return load;
    }

    private Batch begin(String name) {
        Wiring.Loader<?, ?> loader = loaders.get(name);
        if (loader == null || caller == null) {
            throw new IllegalStateException("No loader is named " + name);
        }
        Batch batch = new Batch(name, loader, caller);
        batches.put(name, batch);
        return batch;
    }

    /** Whether there are keys that were not sent for. */
    boolean isWaiting() {
        return waiting;
    }

    /**
     * Sends for the keys of all loaders; each of what is given completes after its loads have.
     *
     * @param trace null where nothing is traced
     */
    List<Future<?>> send(@Nullable PlanTrace trace) {
        waiting = false;
        List<Future<?>> sent = new ArrayList<>(batches.size());
        // What has come already completes its loads here, and a room may then ask a loader that nobody has asked yet.
        for (Batch batch : List.copyOf(batches.values())) {
            if (!batch.waiting.isEmpty()) {
                sent.add(trace == null ? batch.send() : trace.load(batch.name, batch.waiting.size(), batch::send));
            }
        }
        return sent;
    }
}
