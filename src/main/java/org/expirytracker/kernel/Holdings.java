package org.expirytracker.kernel;

import java.util.Set;

/** What a caller may do. */
public sealed interface Holdings {

    /** Whether this is among it. */
    boolean contains(Access access);

    /** A person who has logged in may do everything, but for what only administrators may. */
    record OfSession(boolean administrator) implements Holdings {
        @Override
        public boolean contains(Access access) {
            return administrator || !access.equals(Access.ADMIN);
        }
    }

    /** A member who may look at an inventory but not change it may do the rest of what they could elsewhere. */
    record OfViewer(Holdings elsewhere) implements Holdings {
        @Override
        public boolean contains(Access access) {
            return !access.changes() && elsewhere.contains(access);
        }
    }

    /** Of what somebody may do, what is about the inventory, and not about themselves. */
    record OfInventory(Holdings whole) implements Holdings {
        @Override
        public boolean contains(Access access) {
            return !access.equals(Access.ACCOUNT)
                    && !access.equals(Access.SESSION)
                    && !access.equals(Access.ADMIN)
                    && whole.contains(access);
        }
    }

    /** A program may do what its API token was made for. */
    record OfToken(Set<Access> scopes) implements Holdings {
        @Override
        public boolean contains(Access access) {
            return access.equals(Access.ANYONE) || access.equals(Access.CALLER) || scopes.contains(access.granting());
        }
    }
}
