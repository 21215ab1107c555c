package org.expirytracker.categories;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.UUID;
import org.expirytracker.kernel.NodeId;
import org.jspecify.annotations.Nullable;

/** A category as it was, from what the activity log keeps (GraphQL type {@code CategoryState}). */
record CategoryState(
        UUID id,
        String name,
        @Nullable String description,
        @Nullable String color,
        @JsonProperty("leadDays") @Nullable Integer ownLeadDays,
        @Nullable String externalId,
        int version,
        Instant createdAt,
        Instant updatedAt) {

    /** Global id of the category. */
    public String subjectId() {
        return new NodeId(Category.TYPE, id).encoded();
    }
}
