package org.expirytracker.items;

import java.util.Objects;
import java.util.UUID;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Problem;

/** What is known of an item that is meant. */
public sealed interface ItemIdentifier {

    /** Its id. */
    record ById(UUID id) implements ItemIdentifier {}

    /**
     * What another program calls it, byte for byte; used up or not.
     *
     * @param externalId 1 to {@value ItemPatch#MOST_EXTERNAL_ID} characters
     */
    record ByExternalId(String externalId) implements ItemIdentifier {

        /** Reads the argument {@code externalId}; what is wrong is noted in the input. */
        static ByExternalId of(Input input) {
            String externalId = input.optionalCode("externalId", ItemPatch.MOST_EXTERNAL_ID);
            if (externalId == null && input.isGiven("externalId")) {
                input.reject("externalId", Problem.Code.INVALID, "externalId must not be empty.");
            }
            return new ByExternalId(Objects.requireNonNullElse(externalId, ""));
        }
    }
}
