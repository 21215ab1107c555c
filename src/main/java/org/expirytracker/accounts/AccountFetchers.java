package org.expirytracker.accounts;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.time.ZoneId;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Connection;
import org.expirytracker.kernel.Cursor;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.Text;
import org.expirytracker.kernel.UserId;
import org.expirytracker.kernel.Wiring;
import org.jspecify.annotations.Nullable;

/** GraphQL fields of the accounts room. */
public final class AccountFetchers implements Fetchers {

    private static final ZoneId UTC = ZoneId.of("UTC");
    private static final int MOST_TOKEN = 4_096;
    static final int MOST_MUTATION_ID = 255;

    private static final int MOST_DEVICE_TOKEN = 255;
    private static final String NEWEST_SESSIONS = "sessions, newest first";

    private final SqlClient reads;
    private final Accounts accounts;
    private final Login login;
    private final Sessions sessions;
    private final SessionRepository sessionRepository = new SessionRepository();
    private final LoginAttempts attempts = new LoginAttempts();
    private final EmailVerification verification;
    private final Registration registration;

    /** Fields over one event loop's connections; {@code registration} is how an account is opened. */
    public AccountFetchers(
            Database database,
            Accounts accounts,
            Login login,
            Sessions sessions,
            EmailVerification verification,
            Registration registration) {
        this.reads = database.reads();
        this.accounts = accounts;
        this.login = login;
        this.sessions = sessions;
        this.verification = verification;
        this.registration = registration;
    }

    @Override
    public void register(Wiring wiring) {
        wiring.query("viewer", this::viewer)
                .query("sessions", this::sessions)
                .query("loginAttempts", this::loginAttempts)
                .mutation("register", this::register)
                .mutation("login", this::login)
                .mutation("verifyTwoFactor", this::verifyTwoFactor)
                .mutation("refreshSession", this::refreshSession)
                .mutation("logout", this::logout)
                .mutation("revokeSession", this::revokeSession)
                .mutation("logoutEverywhere", this::logoutEverywhere)
                .mutation("updateProfile", this::updateProfile)
                .mutation("changePassword", this::changePassword)
                .mutation("deleteAccount", this::deleteAccount)
                .node(NodeId.Type.User, User.class, User::id, this::users)
                .connection("DeviceSessionConnection")
                .state("UserState", UserState.class)
                .node(
                        NodeId.Type.DeviceSession,
                        DeviceSession.class,
                        DeviceSession::id,
                        (caller, ids) -> sessionRepository.find(reads, caller, ids))
                .connection("LoginAttemptConnection");
    }

    /** Answer of {@code register}: a session, or nothing as long as the address is not verified. */
    public record RegisterPayload(
            @Nullable Session session,
            @Nullable User viewer,
            @Nullable String deviceToken) implements Payload {

        /** Without the tokens: it may end up in a log. */
        @Override
        public String toString() {
            return "RegisterPayload[session=%s, viewer=%s]".formatted(session, viewer);
        }
    }

    /** Answer of {@code login}: a session, or a challenge that comes before it. */
    public record LoginPayload(
            @Nullable Session session,
            @Nullable User viewer,
            @Nullable String deviceToken,
            @Nullable TwoFactorChallenge twoFactorChallenge)
            implements Payload {

        /** Without the tokens: it may end up in a log. */
        @Override
        public String toString() {
            return "LoginPayload[session=%s, viewer=%s, twoFactorChallenge=%s]"
                    .formatted(session, viewer, twoFactorChallenge);
        }
    }

    /** Answer of {@code logout}. */
    public record LogoutPayload(@Nullable String clientMutationId) implements Payload {}

    /** Answer of {@code logoutEverywhere}. */
    public record LogoutEverywherePayload(int endedSessions) implements Payload {}

    private Future<User> viewer(Field field) {
        return accounts.viewer(field.caller());
    }

    /** Nobody sees a user but themselves. */
    private Future<Map<UUID, User>> users(Caller caller, Set<UUID> ids) {
        UUID own = caller.userId().value();
        return ids.contains(own)
                ? accounts.viewer(caller).map(user -> Map.of(own, user))
                : Future.succeededFuture(Map.of());
    }

    private Future<RegisterPayload> register(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        ZoneId timeZone = Objects.requireNonNullElse(input.optionalZone("timeZone"), UTC);
        // What is noted against these here, the rules of registering find as well.
        String username = Text.normal(input.exactText("username", Particulars.MOST_USERNAME));
        String email = Text.normal(input.exactText("email", Particulars.MOST_EMAIL));
        String password = input.exactText("password", Particulars.MOST_PASSWORD);
        return switch (registration) {
            case OPEN ->
                accounts.register(username, email, password, timeZone, device(field))
                        .map(opened -> new RegisterPayload(opened.session(), opened.viewer(), opened.deviceToken()));
            case VERIFIED ->
                verification
                        .register(username, email, password, timeZone)
                        .map(mailed -> new RegisterPayload(null, null, null));
            case CLOSED ->
                throw Problem.of(
                        Problem.Code.FORBIDDEN,
                        "Nobody can open an account here by themselves. Ask who runs this server for one.");
        };
    }

    private Future<LoginPayload> login(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        String name = input.name("username", Particulars.MOST_EMAIL);
        String password = input.exactText("password", Particulars.MOST_PASSWORD);
        String deviceToken = input.exactText("deviceToken", MOST_DEVICE_TOKEN);
        input.check();
        return login.login(name, password, deviceToken, device(field)).map(admission -> switch (admission) {
            case Sessions.Opened opened ->
                new LoginPayload(opened.session(), opened.viewer(), opened.deviceToken(), null);
            case TwoFactorChallenge challenge -> new LoginPayload(null, null, null, challenge);
        });
    }

    private Future<Sessions.Opened> verifyTwoFactor(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        String token = input.exactText("token", MOST_TOKEN);
        String code = input.exactText("code", TwoFactorFetchers.MOST_CODE);
        String deviceToken = input.exactText("deviceToken", MOST_DEVICE_TOKEN);
        input.check();
        return login.verifyTwoFactor(token, code, deviceToken, device(field));
    }

    private Future<Sessions.Opened> refreshSession(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        String refreshToken = input.exactText("refreshToken", MOST_TOKEN);
        input.check();
        return sessions.refreshSession(refreshToken);
    }

    private Future<LogoutPayload> logout(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        String clientMutationId = input.exactText("clientMutationId", MOST_MUTATION_ID);
        input.check();
        Caller caller = field.caller();
        return sessions.end(caller, caller.sessionId())
                .map(ended -> new LogoutPayload(clientMutationId.isEmpty() ? null : clientMutationId));
    }

    private Future<LogoutEverywherePayload> logoutEverywhere(Field field) {
        ActivityLog.refuseKey(field);
        return sessions.logoutEverywhere(field.caller(), Input.of(field).flag("exceptThis", false))
                .map(LogoutEverywherePayload::new);
    }

    private Future<Connection<DeviceSession>> sessions(Field field) {
        Caller caller = field.caller();
        Page page = Page.of(field);
        UUID place = Cursor.decode(page, NEWEST_SESSIONS, keys -> UUID.fromString(keys.get(0)));
        return sessionRepository
                .list(reads, caller, page, place)
                .map(found -> Connection.of(
                        found,
                        page,
                        session -> Cursor.encode(NEWEST_SESSIONS, session.id()),
                        counting -> sessionRepository.count(reads, caller.userId())));
    }

    private Future<Payload.Deletion> revokeSession(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        UUID id = input.id("id", NodeId.Type.DeviceSession);
        input.check();
        return sessions.end(field.caller(), id).map(ended -> {
            if (!ended) {
                throw Problem.at(
                        Problem.Code.NOT_FOUND,
                        input.pathOf("id"),
                        "You have no live session of this id. Take one from the query sessions.");
            }
            return Payload.Deletion.of(NodeId.Type.DeviceSession, id);
        });
    }

    private Future<Connection<LoginAttempt>> loginAttempts(Field field) {
        UserId userId = field.caller().userId();
        return attempts.connection(reads, userId, Page.of(field));
    }

    private Future<Accounts.ViewerPayload> updateProfile(Field field) {
        Input input = Input.of(field);
        if (input.has("password")) {
            ActivityLog.refuseKey(field);
        }
        UnaryOperator<User> patch = patch(input);
        input.exactText("password", Particulars.MOST_PASSWORD);
        input.check();
        return accounts.updateProfile(field, field.caller(), input, patch);
    }

    /** Puts what the input names in place of what is there. */
    private static UnaryOperator<User> patch(Input input) {
        String username = text(input, "username", Particulars.MOST_USERNAME, Particulars::usernameObjection);
        String email = text(input, "email", Particulars.MOST_EMAIL, Particulars::emailObjection);
        ZoneId timeZone = required(input, "timeZone", input.optionalZone("timeZone"));
        Integer leadDays = required(input, "leadDays", input.optionalInt("leadDays", 0, Particulars.MOST_LEAD_DAYS));
        Integer turnHour = required(input, "turnHour", input.optionalInt("turnHour", 0, Particulars.MOST_TURN_HOUR));
        if (timeZone != null) {
            reject(input, "timeZone", Particulars.timeZoneObjection(timeZone));
        }
        return user -> new User(
                user.id(),
                username == null ? user.username() : username,
                email == null ? user.email() : email,
                user.emailVerified(),
                user.role(),
                timeZone == null ? user.timeZone() : timeZone,
                leadDays == null ? user.leadDays() : leadDays,
                turnHour == null ? user.turnHour() : turnHour,
                user.twoFactorEnabled(),
                user.securityQuestion(),
                user.active(),
                user.lockedUntil(),
                user.lastLoginAt(),
                user.version(),
                user.createdAt(),
                user.updatedAt());
    }

    private static @Nullable String text(
            Input input, String name, int most, Function<String, Optional<String>> objection) {
        if (!input.has(name)) {
            return null;
        }
        int errors = input.errors().size();
        String text = input.name(name, most);
        if (input.errors().size() == errors) {
            reject(input, name, objection.apply(text));
        }
        return text;
    }

    private static <V> @Nullable V required(Input input, String name, @Nullable V value) {
        if (value == null && input.has(name)) {
            input.reject(name, Problem.Code.INVALID, name + " must not be null; leave it out to keep it as it is.");
        }
        return value;
    }

    private static void reject(Input input, String name, Optional<String> objection) {
        objection.ifPresent(message -> input.reject(name, Problem.Code.INVALID, message));
    }

    private Future<Accounts.ViewerPayload> changePassword(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        String currentPassword = input.exactText("currentPassword", Particulars.MOST_PASSWORD);
        String newPassword = input.exactText("newPassword", Particulars.MOST_PASSWORD);
        boolean keepApiTokens = input.flag("keepApiTokens", false);
        input.check();
        return accounts.changePassword(field.caller(), currentPassword, newPassword, keepApiTokens)
                .map(Accounts.ViewerPayload::new);
    }

    private Future<Payload.Deletion> deleteAccount(Field field) {
        ActivityLog.refuseKey(field);
        Caller caller = field.caller();
        Input input = Input.of(field);
        String password = input.exactText("password", Particulars.MOST_PASSWORD);
        input.check();
        return accounts.deleteAccount(caller, password)
                .map(deleted ->
                        Payload.Deletion.of(NodeId.Type.User, caller.userId().value()));
    }

    private static Device device(Field field) {
        return field.ofRequest(Device.class).orElse(Device.UNKNOWN);
    }
}
