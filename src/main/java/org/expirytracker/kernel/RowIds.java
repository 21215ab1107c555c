package org.expirytracker.kernel;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochRandomGenerator;
import java.util.UUID;

/** Ids of new rows: UUID version 7 (RFC 9562 section 5.7), ordered by time, so that new rows lie together. */
public final class RowIds {

    private static final TimeBasedEpochRandomGenerator GENERATOR = Generators.timeBasedEpochRandomGenerator();

    private RowIds() {}

    /** A new id; ids made one after another are in order. */
    public static UUID next() {
        return GENERATOR.generate();
    }
}
