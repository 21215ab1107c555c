package org.expirytracker.accounts;

import io.vertx.core.Future;
import java.util.Objects;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Wiring;
import org.jspecify.annotations.Nullable;

/** GraphQL fields by which people prove their address, and come back in without their password. */
public final class RecoveryFetchers implements Fetchers {

    private static final int MOST_TOKEN = 4_096;

    private final EmailVerification verification;
    private final PasswordReset reset;
    private final SecurityQuestions questions;

    /** Fields over one event loop's rules. */
    public RecoveryFetchers(EmailVerification verification, PasswordReset reset, SecurityQuestions questions) {
        this.verification = verification;
        this.reset = reset;
        this.questions = questions;
    }

    @Override
    public void register(Wiring wiring) {
        wiring.query("securityQuestion", this::securityQuestion)
                .mutation("sendVerificationEmail", this::sendVerificationEmail)
                .mutation("verifyEmail", this::verifyEmail)
                .mutation("requestPasswordReset", this::requestPasswordReset)
                .mutation("resetPassword", this::resetPassword)
                .mutation("setSecurityQuestion", this::setSecurityQuestion)
                .mutation("removeSecurityQuestion", this::removeSecurityQuestion);
    }

    /** Answer of {@code verifyEmail}: the address that is proven now. */
    public record VerifyEmailPayload(String email) implements Payload {}

    /** Answer of {@code sendVerificationEmail}. */
    public record SendVerificationEmailPayload(@Nullable String clientMutationId) implements Payload {}

    /** Answer of the mutations that show nothing. */
    public record DonePayload() implements Payload {}

    private Future<SecurityQuestion> securityQuestion(Field field) {
        Input input = Input.arguments(field);
        String username = input.name("username", Particulars.MOST_EMAIL);
        input.check();
        return questions.of(username);
    }

    private Future<SendVerificationEmailPayload> sendVerificationEmail(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        String clientMutationId = input.exactText("clientMutationId", AccountFetchers.MOST_MUTATION_ID);
        input.check();
        return verification
                .send(field.caller())
                .map(sent -> new SendVerificationEmailPayload(clientMutationId.isEmpty() ? null : clientMutationId));
    }

    private Future<VerifyEmailPayload> verifyEmail(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        String token = input.exactText("token", MOST_TOKEN);
        input.check();
        return verification.verify(token).map(VerifyEmailPayload::new);
    }

    private Future<DonePayload> requestPasswordReset(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        String name = input.name("username", Particulars.MOST_EMAIL);
        input.check();
        return reset.request(name).map(requested -> new DonePayload());
    }

    private Future<DonePayload> resetPassword(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        String token = input.exactText("token", MOST_TOKEN);
        String answer = input.exactText("answer", SecurityQuestions.MOST_ANSWER);
        String newPassword = input.exactText("newPassword", Particulars.MOST_PASSWORD);
        input.check();
        return reset.reset(token, answer, newPassword).map(done -> new DonePayload());
    }

    private Future<Accounts.ViewerPayload> setSecurityQuestion(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        SecurityQuestion question = Objects.requireNonNull(
                input.optionalChoice("question", SecurityQuestion.class), "the schema requires it");
        String answer = input.exactText("answer", SecurityQuestions.MOST_ANSWER);
        String password = input.exactText("password", Particulars.MOST_PASSWORD);
        input.check();
        return questions.set(field.caller(), question, answer, password).map(Accounts.ViewerPayload::new);
    }

    private Future<Accounts.ViewerPayload> removeSecurityQuestion(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        String password = input.exactText("password", Particulars.MOST_PASSWORD);
        input.check();
        return questions.remove(field.caller(), password).map(Accounts.ViewerPayload::new);
    }
}
