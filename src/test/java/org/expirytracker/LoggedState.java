package org.expirytracker;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.RecordComponent;
import java.util.stream.Stream;
import org.expirytracker.kernel.RecordJson;

/** States that a statement has written to the log, held against the record whose JSON they must be. */
public final class LoggedState {

    private LoggedState() {}

    /** Asserts that a state has every component of a record, and the same value of each. */
    public static void assertIs(String state, Record record) {
        assertThat(RecordJson.members(state))
                .as("members of what a statement has logged")
                .containsKeys(Stream.of(record.getClass().getRecordComponents())
                        .map(RecordComponent::getName)
                        .toArray(String[]::new));
        // Read first: an instant may be written with more digits.
        Record read = RecordJson.read(state, record.getClass());
        assertThat(RecordJson.differences(RecordJson.write(read), RecordJson.write(record)))
                .as("%s instead of %s", state, record)
                .isEmpty();
    }
}
