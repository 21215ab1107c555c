package org.expirytracker.recovery;

import io.vertx.core.Future;
import org.expirytracker.activities.Change;

/** What must follow when a password is set anew. The tokens room implements it. */
public interface PasswordWatch {

    /**
     * Called inside the transaction, after a user's password was reset, or changed without wish to keep what programs use.
     * A failure takes the new password back.
     */
    Future<?> passwordChanged(Change change);
}
