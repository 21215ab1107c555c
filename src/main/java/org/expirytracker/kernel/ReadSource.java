package org.expirytracker.kernel;

/**
 * From where one operation reads: from the primary of the database, or from a replica that has all that the operation must
 * see. Once a statement fails there, the rest of the operation reads from the primary: else it could read something older than
 * what it has read already.
 */
public final class ReadSource {

    private static final int NONE = -1;

    /** The primary, for whatever changes something and for whatever did not ask. */
    public static final ReadSource PRIMARY = new ReadSource(NONE);

    private volatile int replica;

    private ReadSource(int replica) {
        this.replica = replica;
    }

    /**
     * A replica, for one operation.
     *
     * @param number from 0, by which the database's room knows it
     */
    public static ReadSource ofReplica(int number) {
        return new ReadSource(number);
    }

    /** The number of the replica; negative for the primary. */
    public int replica() {
        return replica;
    }

    /** From now on reads from the primary. */
    public void leaveReplica() {
        replica = NONE;
    }
}
