package org.expirytracker.sessions;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.util.UUID;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.credentials.OpaqueToken;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Connection;
import org.expirytracker.kernel.Cursor;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Wiring;
import org.jspecify.annotations.Nullable;

/** GraphQL fields of the sessions room. */
public final class SessionFetchers implements Fetchers {

    private static final String NEWEST_SESSIONS = "sessions, newest first";

    private final SqlClient reads;
    private final Sessions sessions;
    private final SessionRepository repository = new SessionRepository();

    /** Fields over one event loop's connections. */
    public SessionFetchers(Database database, Sessions sessions) {
        this.reads = database.reads();
        this.sessions = sessions;
    }

    @Override
    public void register(Wiring wiring) {
        wiring.query("sessions", this::sessions)
                .mutation("refreshSession", this::refreshSession)
                .mutation("logout", this::logout)
                .mutation("revokeSession", this::revokeSession)
                .mutation("logoutEverywhere", this::logoutEverywhere)
                .connection("DeviceSessionConnection")
                .node(
                        DeviceSession.TYPE,
                        DeviceSession.class,
                        DeviceSession::id,
                        (caller, ids) -> repository.find(reads, caller, ids));
    }

    private Future<Connection<DeviceSession>> sessions(Field field) {
        Caller caller = field.caller();
        Page page = Page.of(field);
        UUID place = Cursor.decode(page, NEWEST_SESSIONS, keys -> UUID.fromString(keys.get(0)));
        return repository
                .list(reads, caller, page, place)
                .map(found -> Connection.of(
                        found,
                        page,
                        session -> Cursor.encode(NEWEST_SESSIONS, session.id()),
                        counting -> repository.count(reads, caller.userId())));
    }

    private Future<Sessions.Opened> refreshSession(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        String refreshToken = input.exactText("refreshToken", OpaqueToken.MOST_CHARACTERS);
        input.check();
        return sessions.refreshSession(refreshToken);
    }

    /** Answer of {@code logout}. */
    public record LogoutPayload(@Nullable String clientMutationId) implements Payload {}

    private Future<LogoutPayload> logout(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        String clientMutationId = input.clientMutationId();
        input.check();
        Caller caller = field.caller();
        return sessions.end(caller, caller.sessionId()).map(ended -> new LogoutPayload(clientMutationId));
    }

    private Future<Payload.Deletion> revokeSession(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        UUID id = input.id("id", DeviceSession.TYPE);
        input.check();
        return sessions.revoke(field.caller(), id).map(revoked -> Payload.Deletion.of(DeviceSession.TYPE, id));
    }

    /** Answer of {@code logoutEverywhere}. */
    public record LogoutEverywherePayload(int endedSessions) implements Payload {}

    private Future<LogoutEverywherePayload> logoutEverywhere(Field field) {
        ActivityLog.refuseKey(field);
        return sessions.logoutEverywhere(field.caller(), Input.of(field).flag("exceptThis", false))
                .map(LogoutEverywherePayload::new);
    }
}
