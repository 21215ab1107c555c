package org.expirytracker.migrations;

/**
 * Why the schema cannot be brought to what this program needs: what is wrong, in which file or version, and
 * what to do. When it is thrown, the database is as it was before.
 */
public final class MigrationFailure extends RuntimeException {

    MigrationFailure(String message) {
        super(message);
    }

    MigrationFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
