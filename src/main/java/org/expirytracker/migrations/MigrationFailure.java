package org.expirytracker.migrations;

/**
 * Why the schema cannot be brought where it should be: what is wrong, in which file or version, and what to do. The step
 * that failed has changed nothing.
 */
public final class MigrationFailure extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** With what to tell the operator, as whole sentences. */
    public MigrationFailure(String message) {
        super(message);
    }

    /** As {@link #MigrationFailure(String)}, because of something else. */
    public MigrationFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
