package org.expirytracker.credentials;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.password4j.Argon2Function;
import com.password4j.types.Argon2;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.util.Base64;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Hashes passwords with Argon2id (RFC 9106; parameters of the OWASP Password Storage Cheat Sheet), off the event loop
 * and not more than a few at a time. One for each process, shared by its event loops.
 */
public final class Passwords {

    private static final int MEMORY_KIB = 19_456;
    private static final int ITERATIONS = 2;
    private static final int PARALLELISM = 1;
    private static final int HASH_BYTES = 32;
    private static final int SALT_BYTES = 16;

    /** Most that are hashed or wait for it: seconds of work, beyond which a caller is better told to come back. */
    private static final int MOST_UNDER_WAY = 64;

    /** The hash of no password that anyone knows: checking it takes as long as checking a real one. */
    static final String NOBODYS_HASH = "$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s"
            .formatted(MEMORY_KIB, ITERATIONS, PARALLELISM, zeros(SALT_BYTES), zeros(HASH_BYTES));

    private final SecureRandom random = new SecureRandom();
    private final AtomicInteger underWay = new AtomicInteger();
    private final WorkerExecutor workers;

    /** Uses threads of its own, half as many as there are processors, so that hashing never starves the rest. */
    public Passwords(Vertx vertx) {
        int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        this.workers = vertx.createSharedWorkerExecutor("passwords", threads);
    }

    /**
     * Hashes a new password with a fresh salt.
     *
     * @return the hash in PHC string format; fails with {@code UNAVAILABLE} when too many are waiting
     */
    public Future<String> hash(String password) {
        byte[] salt = new byte[SALT_BYTES];
        random.nextBytes(salt);
        return run(() -> Argon2Function.getInstance(MEMORY_KIB, ITERATIONS, PARALLELISM, HASH_BYTES, Argon2.ID)
                .hash(bytes(password), salt)
                .getResult());
    }

    /**
     * Checks a password.
     *
     * @param hash as {@link #hash} made it, with whatever parameters were in force then; null when there is no such
     *     user: the answer is false and takes as long
     * @return fails with {@code UNAVAILABLE} when too many are waiting
     */
    public Future<Boolean> matches(String password, @Nullable String hash) {
        String compared = hash == null ? NOBODYS_HASH : hash;
        return run(() -> Argon2Function.getInstanceFromHash(compared).check(bytes(password), compared.getBytes(UTF_8)));
    }

    /** Stops the threads; whatever is being hashed is given up. */
    public Future<Void> close() {
        return workers.close();
    }

    // Vert.x declares that the work may answer null; here it never does.
    @SuppressWarnings("NullAway")
    private <T> Future<T> run(Callable<T> work) {
        if (underWay.incrementAndGet() > MOST_UNDER_WAY) {
            underWay.decrementAndGet();
            return Future.failedFuture(Problem.of(
                    Problem.Code.UNAVAILABLE,
                    "Too many passwords are being checked just now. Try again in a few seconds."));
        }
        return workers.executeBlocking(work, false).onComplete(done -> underWay.decrementAndGet());
    }

    /** One text may be spelled with different code points, depending on the keyboard: NFC makes them one. */
    private static byte[] bytes(String password) {
        return Normalizer.normalize(password, Normalizer.Form.NFC).getBytes(UTF_8);
    }

    private static String zeros(int bytes) {
        return Base64.getEncoder().withoutPadding().encodeToString(new byte[bytes]);
    }
}
