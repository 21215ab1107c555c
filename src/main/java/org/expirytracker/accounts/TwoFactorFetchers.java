package org.expirytracker.accounts;

import graphql.schema.DataFetchingEnvironment;
import io.vertx.core.Future;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Wiring;

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

    private Future<StartTwoFactorPayload> startTwoFactor(DataFetchingEnvironment env) {
        ActivityLog.refuseKey(env);
        Input input = Input.of(env);
        String password = input.exactText("password", Particulars.MOST_PASSWORD);
        input.check();
        return twoFactor.start(Fetchers.caller(env), password).map(StartTwoFactorPayload::new);
    }

    private Future<TwoFactor.Recoverable> confirmTwoFactor(DataFetchingEnvironment env) {
        ActivityLog.refuseKey(env);
        Input input = Input.of(env);
        String code = input.exactText("code", MOST_CODE);
        input.check();
        return twoFactor.confirm(Fetchers.caller(env), code);
    }

    private Future<Accounts.ViewerPayload> disableTwoFactor(DataFetchingEnvironment env) {
        ActivityLog.refuseKey(env);
        Input input = Input.of(env);
        String password = input.exactText("password", Particulars.MOST_PASSWORD);
        String code = input.exactText("code", MOST_CODE);
        input.check();
        return twoFactor.disable(Fetchers.caller(env), password, code).map(Accounts.ViewerPayload::new);
    }

    private Future<TwoFactor.Recoverable> regenerateRecoveryCodes(DataFetchingEnvironment env) {
        ActivityLog.refuseKey(env);
        Input input = Input.of(env);
        String password = input.exactText("password", Particulars.MOST_PASSWORD);
        input.check();
        return twoFactor.regenerateRecoveryCodes(Fetchers.caller(env), password);
    }
}
