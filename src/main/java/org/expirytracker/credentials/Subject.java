package org.expirytracker.credentials;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.kernel.UserId;

/**
 * Whom an attempt is counted against: a user, or whoever a name that nobody has would be. Whatever is done for the one
 * is done for the other too, so that neither answer nor work tells which names exist.
 *
 * @param id the user's id; for a name that nobody has an id made of it, always the same on every node
 * @param user empty for a name that nobody has
 */
public record Subject(UUID id, Optional<UserId> user) {

    /** A user. */
    public static Subject of(UserId userId) {
        return new Subject(userId.value(), Optional.of(userId));
    }

    /**
     * Whom a name stands for.
     *
     * @param folded the name as the database compares it when it looks for a user: whatever finds the same
     *     user must be the same nobody
     * @param found whose name it is, if it is anybody's
     * @param tokens holds the key without which nobody can tell what id a name gets
     */
    public static Subject of(String folded, Optional<UserId> found, AccessTokens tokens) {
        ByteBuffer standIn = ByteBuffer.wrap(tokens.pseudonym("subject:" + folded));
        UUID nobody = new UUID(standIn.getLong(), standIn.getLong());
        return new Subject(found.map(UserId::value).orElse(nobody), found);
    }
}
