/**
 * Coming in: registering, logging in, and the second factor. Owns {@code login_attempts}, {@code recovery_codes}, the
 * columns {@code two_factor_…} of {@code users} and the GraphQL type {@code LoginAttempt}. Imports the rooms up to
 * {@code sessions}. Begin reading at {@link org.expirytracker.login.Login}.
 */
@NullMarked
package org.expirytracker.login;

import org.jspecify.annotations.NullMarked;
