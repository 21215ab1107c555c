package org.expirytracker.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** A part of a start that is done on a thread of its own, while the start goes on. */
final class Meanwhile<T> {

    private final FutureTask<T> work;

    private Meanwhile(Callable<T> work) {
        this.work = new FutureTask<>(work);
    }

    /** Begins at once. */
    static <T> Meanwhile<T> run(String name, Callable<T> work) {
        Meanwhile<T> begun = new Meanwhile<>(work);
        Thread.ofPlatform().daemon().name("start-" + name).start(begun.work);
        return begun;
    }

    /**
     * Waits until it is done. Blocking.
     *
     * @throws IOException what the work failed with; what else it can fail with is thrown as it is
     */
    T get() throws IOException {
        try {
            return work.get();
        } catch (ExecutionException failed) {
            switch (failed.getCause()) {
                case IOException expected -> throw expected;
                case RuntimeException unexpected -> throw unexpected;
                case Error fatal -> throw fatal;
                case null, default -> throw new IllegalStateException(failed);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("The start was interrupted", interrupted);
        }
    }
}
