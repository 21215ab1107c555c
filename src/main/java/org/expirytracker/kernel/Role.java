package org.expirytracker.kernel;

/** What a member of an inventory may do in it. */
public enum Role {
    /** All: also its settings, who its members are, and deleting it. There is one. */
    OWNER,
    /** Everything with what is in it. */
    EDITOR,
    /** Look at what is in it. */
    VIEWER;

    /** What is left to a member in this role of what their session or API token holds. */
    public Holdings limit(Holdings holdings) {
        return this == VIEWER ? new Holdings.OfViewer(holdings) : holdings;
    }
}
