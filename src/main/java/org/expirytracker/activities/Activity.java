package org.expirytracker.activities;

import java.time.Instant;
import java.util.UUID;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.RecordJson;
import org.jspecify.annotations.Nullable;

/**
 * One thing that happened to a user's data.
 *
 * @param seq its place in the user's log: 1, 2, 3 and so on without gap, in the order of commit
 * @param kind name of an {@link ActivityKind}; a later release may have written one that this one does not know
 * @param subjectId row id of what it happened to
 * @param actor who did it
 * @param sessionId the session or API token it came from, null for anybody but the user
 * @param memberId the user who did it; null for anybody else
 * @param before the object's state before, as JSON; null when it was created
 * @param after the object's state after, as JSON; null when it is gone
 */
public record Activity(
        long seq,
        String kind,
        UUID subjectId,
        Actor actor,
        @Nullable UUID sessionId,
        @Nullable UUID memberId,
        @Nullable String before,
        @Nullable String after,
        Instant createdAt) {

    /** Its global ids. */
    public static final NodeId.Type TYPE = new NodeId.Type('A', "Activity");

    /** Who did it: the user through a session or an API token, the system on its own, or an administrator. */
    public enum Actor {
        USER,
        SYSTEM,
        ADMIN
    }

    /** Where a replay continues after this activity: the argument {@code after} of {@code Subscription.activity}. */
    public String cursor() {
        return Long.toString(seq);
    }

    /** Row id of the activity as a node. */
    public UUID id() {
        return idOf(seq);
    }

    static UUID idOf(long seq) {
        return new UUID(0, seq);
    }

    /** About how many characters it takes to hold this. */
    int characters() {
        return 100 + (before == null ? 0 : before.length()) + (after == null ? 0 : after.length());
    }

    /** The object's last known state: after, or before when it is gone. */
    public <R> R state(Class<R> type) {
        String state = after == null ? before : after;
        if (state == null) {
            throw new IllegalStateException("Activity " + seq + " has no state");
        }
        return RecordJson.read(state, type);
    }
}
