package org.expirytracker.http;

import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Optional;
import org.expirytracker.credentials.Authenticated;
import org.expirytracker.inventories.Membership;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Problem;

/** Who sends a request, by its headers. */
final class RequestCallers {

    private final Authentication authentication;

    RequestCallers(Authentication authentication) {
        this.authentication = authentication;
    }

    /** Who it is, in which inventory; empty without a token. Fails with {@code UNAUTHENTICATED}, {@code FORBIDDEN}. */
    Future<Optional<Authenticated>> of(HttpServerRequest request) {
        List<String> credentials = request.headers().getAll("Authorization");
        if (credentials.isEmpty()) {
            return Future.succeededFuture(Optional.empty());
        }
        Optional<String> token = credentials.size() == 1 ? BearerToken.of(credentials.getFirst()) : Optional.empty();
        if (token.isEmpty()) {
            return Future.failedFuture(Problem.of(
                    Problem.Code.UNAUTHENTICATED, "Authorization must be 'Bearer' and an access token, once."));
        }
        List<String> inventories = request.headers().getAll(ActingInventory.HEADER);
        if (inventories.size() > 1) {
            return Future.failedFuture(Membership.missing());
        }
        Optional<InventoryId> inventory;
        try {
            inventory = ActingInventory.of(inventories.isEmpty() ? null : inventories.getFirst());
        } catch (Problem noId) {
            return Future.failedFuture(noId);
        }
        return authentication.authenticate(token.get(), inventory).map(Optional::of);
    }
}
