package org.expirytracker.kernel;

import org.jspecify.annotations.Nullable;

/**
 * The end of a process that has run out of memory. Java ends it by itself ({@code -XX:+ExitOnOutOfMemoryError}) only when
 * its heap is full; when it is the memory outside of the heap, an {@link OutOfMemoryError} is thrown like any other, by
 * {@code java.nio} or Netty, to whoever reads or writes at that moment, and what was being done is left half done.
 */
public final class OutOfMemory {

    /** That of {@code -XX:+ExitOnOutOfMemoryError}. */
    public static final int EXIT_CODE = 3;

    private static final int DEEPEST_CAUSE = 20;

    private OutOfMemory() {}

    /** Ends the process at once if this failure has no memory for its cause, for its supervisor to start it again. */
    public static void endProcessIf(@Nullable Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < DEEPEST_CAUSE; depth++) {
            if (cause instanceof OutOfMemoryError) {
                // No logger: it would need memory.
                System.err.println("Out of memory: " + cause.getMessage() + ". The process ends.");
                Runtime.getRuntime().halt(EXIT_CODE);
            }
            cause = cause.getCause();
        }
    }
}
