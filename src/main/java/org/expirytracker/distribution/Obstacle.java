package org.expirytracker.distribution;

/**
 * Why a database is not distributed.
 *
 * @param what is in the way, a sentence
 * @param remedy what to do about it, with commands where there are any
 */
public record Obstacle(String what, String remedy) {

    /** Two lines for the operator. */
    @Override
    public String toString() {
        return what + "\n    " + remedy.replace("\n", "\n    ");
    }
}
