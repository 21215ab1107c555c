package org.expirytracker.login;

import io.vertx.core.Future;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Wiring;
import org.expirytracker.users.Particulars;
import org.expirytracker.users.ViewerPayload;

/** GraphQL fields of two-factor authentication, but for the login that it completes. */
public final class TwoFactorFetchers implements Fetchers {

    /** Longer than a recovery code with whatever spaces somebody types. */
    static final int MOST_CODE = 64;

    private final TwoFactor twoFactor;

    /** Fields over one event loop's two-factor authentication. */
    public TwoFactorFetchers(TwoFactor twoFactor) {
        this.twoFactor = twoFactor;
    }

    @Override
    public void register(Wiring wiring) {
        wiring.mutation("startTwoFactor", this::startTwoFactor)
                .mutation("confirmTwoFactor", this::confirmTwoFactor)
                .mutation("disableTwoFactor", this::disableTwoFactor)
                .mutation("regenerateRecoveryCodes", this::regenerateRecoveryCodes);
    }

    /** Answer of {@code startTwoFactor}. */
    public record StartTwoFactorPayload(TwoFactor.Enrolment twoFactorEnrolment) implements Payload {}

    private Future<StartTwoFactorPayload> startTwoFactor(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        String password = input.exactText("password", Particulars.MOST_PASSWORD);
        input.check();
        return twoFactor.start(field.caller(), password).map(StartTwoFactorPayload::new);
    }

    private Future<TwoFactor.Recoverable> confirmTwoFactor(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        String code = input.exactText("code", MOST_CODE);
        input.check();
        return twoFactor.confirm(field.caller(), code);
    }

    private Future<ViewerPayload> disableTwoFactor(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        String password = input.exactText("password", Particulars.MOST_PASSWORD);
        String code = input.exactText("code", MOST_CODE);
        input.check();
        return twoFactor.disable(field.caller(), password, code).map(ViewerPayload::new);
    }

    private Future<TwoFactor.Recoverable> regenerateRecoveryCodes(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        String password = input.exactText("password", Particulars.MOST_PASSWORD);
        input.check();
        return twoFactor.regenerateRecoveryCodes(field.caller(), password);
    }
}
