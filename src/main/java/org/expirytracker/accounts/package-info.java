/**
 * Users, passwords, sessions and tokens. Owns {@code users}, {@code sessions}, {@code refresh_tokens},
 * {@code credential_guards}, {@code login_attempts}, {@code known_devices}, {@code one_time_tokens} and the GraphQL types
 * {@code User}, {@code Session}, {@code DeviceSession} and {@code LoginAttempt}. Imports {@code kernel}, {@code db},
 * {@code activities} and {@code mail}. Begin reading at {@link org.expirytracker.accounts.Login}.
 */
@NullMarked
package org.expirytracker.accounts;

import org.jspecify.annotations.NullMarked;
