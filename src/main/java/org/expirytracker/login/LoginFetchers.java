package org.expirytracker.login;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.time.ZoneId;
import java.util.Objects;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.credentials.OpaqueToken;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Connection;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.Text;
import org.expirytracker.kernel.UserId;
import org.expirytracker.kernel.Wiring;
import org.expirytracker.sessions.Device;
import org.expirytracker.sessions.Session;
import org.expirytracker.sessions.Sessions;
import org.expirytracker.users.Particulars;
import org.expirytracker.users.User;
import org.jspecify.annotations.Nullable;

/** GraphQL fields of registering and logging in. */
public final class LoginFetchers implements Fetchers {

    private static final ZoneId UTC = ZoneId.of("UTC");
    private static final int MOST_DEVICE_TOKEN = 255;

    private final SqlClient reads;
    private final Newcomers newcomers;
    private final Registration registration;
    private final Login login;
    private final LoginAttempts attempts = new LoginAttempts();

    /** Fields over one event loop's connections; {@code registration} is how an account is opened. */
    public LoginFetchers(Database database, Newcomers newcomers, Registration registration, Login login) {
        this.reads = database.reads();
        this.newcomers = newcomers;
        this.registration = registration;
        this.login = login;
    }

    @Override
    public void register(Wiring wiring) {
        wiring.query("loginAttempts", this::loginAttempts)
                .mutation("register", this::register)
                .mutation("login", this::login)
                .mutation("verifyTwoFactor", this::verifyTwoFactor)
                .connection("LoginAttemptConnection");
    }

    private Future<Connection<LoginAttempt>> loginAttempts(Field field) {
        UserId userId = field.caller().userId();
        return attempts.connection(reads, userId, Page.of(field));
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
                newcomers
                        .register(username, email, password, timeZone, device(field))
                        .map(opened -> new RegisterPayload(opened.session(), opened.viewer(), opened.deviceToken()));
            case VERIFIED ->
                newcomers
                        .registerUnproven(username, email, password, timeZone)
                        .map(mailed -> new RegisterPayload(null, null, null));
            case CLOSED ->
                throw Problem.of(
                        Problem.Code.FORBIDDEN,
                        "Nobody can open an account here by themselves. Ask who runs this server for one.");
        };
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

    private Future<LoginPayload> login(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        String name = input.name("username", Particulars.MOST_EMAIL);
        String password = input.exactText("password", Particulars.MOST_PASSWORD);
        String deviceToken = input.exactText("deviceToken", MOST_DEVICE_TOKEN);
        input.check();
        return login.login(name, password, deviceToken, device(field)).map(admission -> switch (admission) {
            case Login.Admitted(Sessions.Opened opened) ->
                new LoginPayload(opened.session(), opened.viewer(), opened.deviceToken(), null);
            case TwoFactorChallenge challenge -> new LoginPayload(null, null, null, challenge);
        });
    }

    private Future<Sessions.Opened> verifyTwoFactor(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        String token = input.exactText("token", OpaqueToken.MOST_CHARACTERS);
        String code = input.exactText("code", TwoFactorFetchers.MOST_CODE);
        String deviceToken = input.exactText("deviceToken", MOST_DEVICE_TOKEN);
        input.check();
        return login.verifyTwoFactor(token, code, deviceToken, device(field));
    }

    private static Device device(Field field) {
        return field.ofRequest(Device.class).orElse(Device.UNKNOWN);
    }
}
