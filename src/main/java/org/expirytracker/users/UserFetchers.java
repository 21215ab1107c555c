package org.expirytracker.users;

import io.vertx.core.Future;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Actor;
import org.expirytracker.credentials.OpaqueToken;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Wiring;
import org.jspecify.annotations.Nullable;

/** GraphQL fields of the users room. */
public final class UserFetchers implements Fetchers {

    private final Accounts accounts;
    private final EmailVerification verification;

    /** Fields over one event loop's rules. */
    public UserFetchers(Accounts accounts, EmailVerification verification) {
        this.accounts = accounts;
        this.verification = verification;
    }

    @Override
    public void register(Wiring wiring) {
        wiring.declare(UserActivities.ALL)
                .query("viewer", this::viewer)
                .mutation("updateProfile", this::updateProfile)
                .mutation("deleteAccount", this::deleteAccount)
                .mutation("sendVerificationEmail", this::sendVerificationEmail)
                .mutation("verifyEmail", this::verifyEmail)
                .node(User.TYPE, User.class, User::id, this::users)
                .state("UserState", UserState.class);
    }

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

    private Future<ViewerPayload> updateProfile(Field field) {
        Input input = Input.of(field);
        if (input.has("password")) {
            ActivityLog.refuseKey(field);
        }
        ProfilePatch patch = ProfilePatch.of(input);
        input.check();
        return accounts.updateProfile(Actor.ofAccount(field), patch);
    }

    private Future<Payload.Deletion> deleteAccount(Field field) {
        ActivityLog.refuseKey(field);
        Caller caller = field.caller();
        Input input = Input.of(field);
        String password = input.exactText("password", Particulars.MOST_PASSWORD);
        input.check();
        return accounts.deleteAccount(caller, password)
                .map(deleted -> Payload.Deletion.of(User.TYPE, caller.userId().value()));
    }

    /** Answer of {@code sendVerificationEmail}. */
    public record SendVerificationEmailPayload(@Nullable String clientMutationId) implements Payload {}

    private Future<SendVerificationEmailPayload> sendVerificationEmail(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        String clientMutationId = input.clientMutationId();
        input.check();
        return verification.send(field.caller()).map(sent -> new SendVerificationEmailPayload(clientMutationId));
    }

    /** Answer of {@code verifyEmail}: the address that is proven now. */
    public record VerifyEmailPayload(String email) implements Payload {}

    private Future<VerifyEmailPayload> verifyEmail(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        String token = input.exactText("token", OpaqueToken.MOST_CHARACTERS);
        input.check();
        return verification.verify(token).map(VerifyEmailPayload::new);
    }
}
