package org.expirytracker.accounts;

import io.vertx.core.Future;
import java.util.UUID;
import org.expirytracker.activities.Change;
import org.expirytracker.kernel.Caller;
import org.jspecify.annotations.Nullable;

public interface LeadDaysWatch {
    Future<?> leadDaysChanged(Change change, Caller caller, @Nullable UUID categoryId);
}
