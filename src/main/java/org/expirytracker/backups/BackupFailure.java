package org.expirytracker.backups;

/**
 * Why a backup or a restore did not happen: what is wrong, with which file or database, and what to do. When it is
 * thrown, the database is as it was before, and nothing is left of an unfinished file.
 */
public final class BackupFailure extends RuntimeException {

    BackupFailure(String message) {
        super(message);
    }

    BackupFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
