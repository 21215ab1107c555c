package org.expirytracker.kernel;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.UUIDClock;
import com.fasterxml.uuid.impl.TimeBasedEpochRandomGenerator;
import java.time.InstantSource;
import java.util.UUID;

/** Ids of new rows: UUID version 7 (RFC 9562 section 5.7), ordered by time, so that new rows lie together. */
public final class RowIds {

    /** Of the process: lists are in the order of the ids, whichever node made them. */
    private static volatile InstantSource clock = InstantSource.system();

    private static final TimeBasedEpochRandomGenerator GENERATOR =
            Generators.timeBasedEpochRandomGenerator(null, new UUIDClock() {
                @Override
                public long currentTimeMillis() {
                    return clock.millis();
                }
            });

    private RowIds() {}

    /** From now on this process makes ids by this clock. */
    public static void follow(InstantSource now) {
        clock = now;
    }

    /** A new id; ids made one after another are in order. */
    public static UUID next() {
        return GENERATOR.generate();
    }
}
