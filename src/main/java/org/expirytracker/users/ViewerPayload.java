package org.expirytracker.users;

import org.expirytracker.kernel.Payload;

/** Answer of the mutations that change the caller. */
public record ViewerPayload(User viewer) implements Payload {}
