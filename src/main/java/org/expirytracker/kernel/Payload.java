package org.expirytracker.kernel;

import java.util.List;

/**
 * What a mutation answers: the object under its type's name, or the reasons why nothing was done. A record that
 * implements it lists the object; one that can succeed in part lists {@code userErrors} as well.
 */
public interface Payload {

    /** Why nothing, or not everything, was done; empty on success. */
    default List<UserError> userErrors() {
        return List.of();
    }

    /** The answer of any mutation that did nothing: every object in it is null. */
    record Refusal(List<UserError> userErrors) implements Payload {}

    /**
     * The answer of a deletion.
     *
     * @param deletedId global id of what is gone
     */
    record Deletion(String deletedId) implements Payload {

        /** What is gone, by its type and row id. */
        public static Deletion of(NodeId.Type type, java.util.UUID id) {
            return new Deletion(new NodeId(type, id).encoded());
        }
    }
}
