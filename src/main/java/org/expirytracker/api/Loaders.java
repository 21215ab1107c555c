package org.expirytracker.api;

import io.vertx.core.Future;
import java.util.Map;
import java.util.Set;
import org.dataloader.DataLoader;
import org.dataloader.DataLoaderFactory;
import org.dataloader.DataLoaderRegistry;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Wiring;
import org.expirytracker.tracing.Trace;
import org.jspecify.annotations.Nullable;

/**
 * The loaders of one request: each is made at its first use, for one caller, so nothing that one caller loaded can
 * reach another.
 */
final class Loaders extends DataLoaderRegistry {

    private final Map<String, Wiring.Loader<?, ?>> loaders;
    private final Caller caller;

    Loaders(Map<String, Wiring.Loader<?, ?>> loaders, Caller caller) {
        this.loaders = loaders;
        this.caller = caller;
    }

    @Override
    public <K, V> @Nullable DataLoader<K, V> getDataLoader(String name) {
        DataLoader<K, V> made = super.getDataLoader(name);
        if (made != null) {
            return made;
        }
        @SuppressWarnings("unchecked")
        Wiring.Loader<K, V> loader = (Wiring.Loader<K, V>) loaders.get(name);
        if (loader == null) {
            return null;
        }
        DataLoader<K, V> fresh = DataLoaderFactory.newMappedDataLoader(
                name, (Set<K> keys) -> load(name, loader, keys).toCompletionStage(), null);
        register(name, fresh);
        return fresh;
    }

    private <K, V> Future<Map<K, V>> load(String name, Wiring.Loader<K, V> loader, Set<K> keys) {
        Trace.Part part = Trace.part("load " + name);
        if (part == null) {
            return loader.load(caller, keys);
        }
        part.span().put(PlanTrace.KEYS, keys.size());
        return Trace.within(part, () -> loader.load(caller, keys));
    }
}
