package org.expirytracker.tokens;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Actor;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Access;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Connection;
import org.expirytracker.kernel.Cursor;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.UserId;
import org.expirytracker.kernel.Wiring;

/** GraphQL fields of the tokens room. */
public final class ApiTokenFetchers implements Fetchers {

    private static final String NEWEST_FIRST = "API tokens";

    private final Clock clock;
    private final SqlClient reads;
    private final ApiTokens tokens;
    private final ApiTokenRepository repository = new ApiTokenRepository();

    /** Fields over one event loop's connections. */
    public ApiTokenFetchers(Clock clock, Database database, ApiTokens tokens) {
        this.clock = clock;
        this.reads = database.reads();
        this.tokens = tokens;
    }

    @Override
    public void register(Wiring wiring) {
        wiring.declare(ApiTokenActivities.ALL)
                .query("caller", field -> caller(field, wiring))
                .query("apiTokens", this::apiTokens)
                .mutation("createApiToken", field -> createApiToken(field, wiring))
                .mutation("revokeApiToken", this::revokeApiToken)
                .connection("ApiTokenConnection")
                .state("ApiTokenState", ApiTokenState.class)
                .node(
                        ApiToken.TYPE,
                        ApiToken.class,
                        ApiToken::id,
                        (caller, ids) -> repository.find(reads, caller.userId(), ids));
    }

    private Future<CallerParticulars> caller(Field field, Wiring wiring) {
        Caller caller = field.caller();
        return repository
                .caller(reads, caller, caller.today(clock), access(wiring))
                .map(found -> found.orElseThrow(Fetchers::unauthenticated));
    }

    private static List<Access> access(Wiring wiring) {
        return Access.all(wiring.declared(Access.class));
    }

    private Future<Connection<ApiToken>> apiTokens(Field field) {
        UserId userId = field.caller().userId();
        Page page = Page.of(field);
        UUID place = Cursor.decode(page, NEWEST_FIRST, keys -> UUID.fromString(keys.getFirst()));
        return repository
                .list(reads, userId, page, place)
                .map(found -> Connection.of(
                        found,
                        page,
                        token -> Cursor.encode(NEWEST_FIRST, token.id()),
                        counting -> repository.count(reads, userId)));
    }

    private Future<ApiTokens.Created> createApiToken(Field field, Wiring wiring) {
        ActivityLog.refuseKey(field);
        Caller caller = field.caller();
        Input input = Input.of(field);
        NewApiToken wanted = NewApiToken.of(input, access(wiring), clock.instant());
        input.check();
        return tokens.create(caller, wanted);
    }

    private Future<ApiTokens.Revoked> revokeApiToken(Field field) {
        Input input = Input.of(field);
        UUID id = input.id("id", ApiToken.TYPE);
        input.check();
        return tokens.revoke(Actor.ofAccount(field), id);
    }
}
