package org.expirytracker.api;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.function.Supplier;
import org.expirytracker.kernel.BulkQuery;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.KeptAnswer;
import org.expirytracker.kernel.KeptOperations;
import org.expirytracker.tracing.Trace;

/**
 * What is asked of an engine by others than its event loop.
 *
 * @param loop of the engine
 */
public record OnEventLoop(Context loop, KeptOperations engine) implements KeptOperations {

    @Override
    public Future<BulkQuery> bulk(Caller caller, String document) {
        return there(() -> engine.bulk(caller, document));
    }

    @Override
    public Future<JsonObject> query(Caller caller, String document, Map<String, Object> variables) {
        return there(() -> engine.query(caller, document, variables));
    }

    @Override
    public Future<Void> check(Caller caller, String document, Map<String, Object> variables, int mostCost) {
        return there(() -> engine.check(caller, document, variables, mostCost));
    }

    @Override
    public Future<KeptAnswer> answer(Caller caller, String document, Map<String, Object> variables, int mostBytes) {
        return there(() -> engine.answer(caller, document, variables, mostBytes));
    }

    private <T> Future<T> there(Supplier<Future<T>> work) {
        Promise<T> done = Promise.promise();
        Trace.carried(loop).runOnContext(now -> work.get().onComplete(done));
        return done.future();
    }
}
