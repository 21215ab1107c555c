package org.expirytracker.kernel;

import java.util.UUID;

/**
 * Id of a user, which is also the tenant: a UUID that cannot be mistaken for another row's.
 *
 * @param value primary key in table {@code users}
 */
public record UserId(UUID value) {}
