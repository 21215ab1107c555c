package org.expirytracker.maintenance;

import java.util.List;

/**
 * How backups are made by themselves.
 *
 * @param recipients of age for whom they are encrypted; none for backups that anybody can read who has the file
 * @param verification how each is proved good
 */
public record BackupSettings(
        Schedule schedule, BackupStore store, Retention retention, List<String> recipients, Verify verification) {

    /** How a backup is proved good. */
    public enum Verify {
        /** Restored into a scratch database, where the role may make one; else as {@link #READ}. */
        RESTORE,
        /** Read from its first byte to its last. */
        READ
    }

    @Override
    public String toString() {
        return "[" + schedule + " to " + store + ", keep=" + retention + ", recipients=" + recipients.size() + ", "
                + verification + "]";
    }
}
