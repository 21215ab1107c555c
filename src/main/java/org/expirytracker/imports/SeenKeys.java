package org.expirytracker.imports;

/**
 * The ids that rows of a file have named so far, as hashes of 64 bits: a set of eight to sixteen bytes for each. That two of a
 * million different ones have the same hash happens once in thirty million files.
 */
final class SeenKeys {

    private static final long PRIME = 0x100000001b3L;
    private static final long BASIS = 0xcbf29ce484222325L;

    private long[] slots = new long[1_024];
    private int size;

    /** Whether this is the first time that it is added. */
    boolean add(char kind, String key) {
        long hash = hash(kind, key);
        if (!put(slots, hash)) {
            return false;
        }
        size++;
        if (size * 2 > slots.length) {
            long[] larger = new long[slots.length * 2];
            for (long each : slots) {
                if (each != 0) {
                    put(larger, each);
                }
            }
            slots = larger;
        }
        return true;
    }

    /** Forgets all. */
    void clear() {
        slots = new long[1_024];
        size = 0;
    }

    private static boolean put(long[] into, long hash) {
        int mask = into.length - 1;
        for (int at = (int) hash & mask; ; at = (at + 1) & mask) {
            if (into[at] == hash) {
                return false;
            }
            if (into[at] == 0) {
                into[at] = hash;
                return true;
            }
        }
    }

    /** FNV-1a, its bits mixed once more; never zero, which stands for nothing. */
    private static long hash(char kind, String key) {
        long hash = (BASIS ^ kind) * PRIME;
        for (int at = 0; at < key.length(); at++) {
            hash = (hash ^ key.charAt(at)) * PRIME;
        }
        hash = (hash ^ (hash >>> 32)) * 0x9e3779b97f4a7c15L;
        hash ^= hash >>> 29;
        return hash == 0 ? 1 : hash;
    }
}
