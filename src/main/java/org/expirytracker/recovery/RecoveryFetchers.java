package org.expirytracker.recovery;

import io.vertx.core.Future;
import java.util.Objects;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.credentials.OpaqueToken;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Wiring;
import org.expirytracker.users.Particulars;
import org.expirytracker.users.SecurityQuestion;
import org.expirytracker.users.ViewerPayload;

/** GraphQL fields of new passwords, and of the security question that helps to one. */
public final class RecoveryFetchers implements Fetchers {

    private final PasswordChange change;
    private final PasswordReset reset;
    private final SecurityQuestions questions;

    /** Fields over one event loop's rules. */
    public RecoveryFetchers(PasswordChange change, PasswordReset reset, SecurityQuestions questions) {
        this.change = change;
        this.reset = reset;
        this.questions = questions;
    }

    @Override
    public void register(Wiring wiring) {
        wiring.query("securityQuestion", this::securityQuestion)
                .mutation("changePassword", this::changePassword)
                .mutation("requestPasswordReset", this::requestPasswordReset)
                .mutation("resetPassword", this::resetPassword)
                .mutation("setSecurityQuestion", this::setSecurityQuestion)
                .mutation("removeSecurityQuestion", this::removeSecurityQuestion);
    }

    /** Answer of the mutations that show nothing. */
    public record DonePayload() implements Payload {}

    private Future<SecurityQuestion> securityQuestion(Field field) {
        Input input = Input.arguments(field);
        String username = input.name("username", Particulars.MOST_EMAIL);
        input.check();
        return questions.of(username);
    }

    private Future<ViewerPayload> changePassword(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        String currentPassword = input.exactText("currentPassword", Particulars.MOST_PASSWORD);
        String newPassword = input.exactText("newPassword", Particulars.MOST_PASSWORD);
        boolean keepApiTokens = input.flag("keepApiTokens", false);
        input.check();
        return change.changePassword(field.caller(), currentPassword, newPassword, keepApiTokens)
                .map(ViewerPayload::new);
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
        String token = input.exactText("token", OpaqueToken.MOST_CHARACTERS);
        String answer = input.exactText("answer", SecurityQuestions.MOST_ANSWER);
        String newPassword = input.exactText("newPassword", Particulars.MOST_PASSWORD);
        input.check();
        return reset.reset(token, answer, newPassword).map(done -> new DonePayload());
    }

    private Future<ViewerPayload> setSecurityQuestion(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        SecurityQuestion question = Objects.requireNonNull(
                input.optionalChoice("question", SecurityQuestion.class), "the schema requires it");
        String answer = input.exactText("answer", SecurityQuestions.MOST_ANSWER);
        String password = input.exactText("password", Particulars.MOST_PASSWORD);
        input.check();
        return questions.set(field.caller(), question, answer, password).map(ViewerPayload::new);
    }

    private Future<ViewerPayload> removeSecurityQuestion(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        String password = input.exactText("password", Particulars.MOST_PASSWORD);
        input.check();
        return questions.remove(field.caller(), password).map(ViewerPayload::new);
    }
}
