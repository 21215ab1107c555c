package org.expirytracker.webhooks;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.util.List;
import java.util.function.Supplier;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Holdings;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.KeptAnswer;
import org.expirytracker.kernel.KeptOperations;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserError;
import org.expirytracker.tokens.AbsentCallers;

/**
 * Payloads that a webhook's own query chooses: GraphQL answers it for each event, as whoever gave it, with what they may read
 * at that moment. Of that, only what is about the inventory: deliveries are kept, and every editor may look at them.
 */
final class ChosenPayloads {

    /** Most characters of a query. */
    static final int MOST_CHARACTERS = 10_000;

    /** Most that a query may cost. */
    static final int MOST_COST = 250;

    /** Most bytes of an answer. */
    static final int MOST_BYTES = 262_144;

    private static final List<String> QUERY = List.of("input", "query");

    private final Supplier<? extends KeptOperations> operations;
    private final AbsentCallers callers = new AbsentCallers();

    /** Asked of what executes queries; looked for each time. */
    ChosenPayloads(Supplier<? extends KeptOperations> operations) {
        this.operations = operations;
    }

    /** Whether a caller may have this asked; fails with {@code INVALID} or {@code FORBIDDEN} at {@code query}. */
    Future<Void> check(Caller caller, String query) {
        return checked(ofInventory(caller), query)
                .recover(failure -> Problem.isForbidden(failure)
                        ? checked(caller, query).compose(mayThemselves -> Future.failedFuture(personal()))
                        : Future.failedFuture(failure))
                .recover(failure -> Future.failedFuture(failure instanceof Problem problem ? at(problem) : failure));
    }

    private Future<Void> checked(Caller caller, String query) {
        return operations.get().check(caller, query, WebhookPayloads.EXAMPLE, MOST_COST);
    }

    private static Problem personal() {
        return Problem.of(
                Problem.Code.FORBIDDEN,
                "What is sent is kept with its delivery, where every editor of the inventory may read it. Leave out of the"
                        + " query what is your own.");
    }

    private static Problem at(Problem problem) {
        return Problem.all(problem.errors().stream()
                .map(error -> new UserError(error.code(), error.message(), QUERY))
                .toList());
    }

    private static Caller ofInventory(Caller caller) {
        return new Caller(
                caller.userId(),
                caller.inventoryId(),
                caller.role(),
                caller.sessionId(),
                caller.zone(),
                new Holdings.OfInventory(caller.holds()));
    }

    /** Who asks now; fails with {@code FORBIDDEN} when they may not have webhooks any more. */
    Future<Caller> asker(SqlClient client, InventoryId inventoryId, QueryMaker maker) {
        return callers.find(client, inventoryId, maker.userId(), maker.tokenId())
                .map(found -> {
                    Caller caller = found.orElseThrow(
                            () -> Problem.of(
                                    Problem.Code.FORBIDDEN,
                                    "Whoever gave it may not act in this inventory any more, or their API token does not work any more."));
                    if (!caller.holds().contains(WebhooksAccess.WRITE)) {
                        throw Problem.of(
                                Problem.Code.FORBIDDEN, "Whoever gave it may only look at this inventory by now.");
                    }
                    return ofInventory(caller);
                });
    }

    /**
     * What GraphQL answers of an event.
     *
     * @return fails with {@code UNAVAILABLE} when it may be tried again, with another {@link Problem} when the query may not be
     *     asked any more
     */
    Future<KeptAnswer> answer(Caller asker, String query, WebhookPayloads.Made made) {
        return operations.get().answer(asker, query, made.variables(), MOST_BYTES);
    }
}
