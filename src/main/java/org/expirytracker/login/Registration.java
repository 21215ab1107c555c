package org.expirytracker.login;

/** Who may open an account. */
public enum Registration {
    /** Anybody, at once. That a name or an address is taken is answered. */
    OPEN,
    /** Anybody who proves the address by mail; whether a name or an address is answered only there. */
    VERIFIED,
    /** Nobody: accounts are added by who runs the server. */
    CLOSED
}
