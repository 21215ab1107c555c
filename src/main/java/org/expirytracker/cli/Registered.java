package org.expirytracker.cli;

import java.util.List;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.backups.AfterRestore;
import org.expirytracker.credentials.KnownDevices;
import org.expirytracker.db.Erasure;
import org.expirytracker.items.ItemRepository;
import org.expirytracker.login.RecoveryCodes;
import org.expirytracker.login.TwoFactorRepository;
import org.expirytracker.notifications.ExpiryNotices;
import org.expirytracker.sessions.SessionRepository;
import org.expirytracker.tokens.ApiTokenRepository;
import org.expirytracker.users.OneTimeTokens;

/**
 * What rooms register of their own tables for a room to their left, which may not name these.
 */
public final class Registered {

    /** What becomes of a restored copy. */
    public static final List<AfterRestore> AFTER_RESTORE = List.of(
            ActivityLog.AFTER_RESTORE,
            KnownDevices.AFTER_RESTORE,
            OneTimeTokens.AFTER_RESTORE,
            SessionRepository.AFTER_RESTORE,
            RecoveryCodes.AFTER_RESTORE,
            TwoFactorRepository.AFTER_RESTORE,
            ApiTokenRepository.AFTER_RESTORE);

    /** What goes of a room with a user who leaves; from right to left, since a table may refer to one on its left. */
    public static final List<Erasure> ERASURES =
            List.of(ExpiryNotices.ERASURE, ItemRepository.ERASURE, ActivityLog.ERASURE);

    private Registered() {}
}
