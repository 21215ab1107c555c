/**
 * Users, passwords, sessions and tokens. Owns {@code users}, {@code sessions}, {@code refresh_tokens} and the GraphQL
 * types {@code User} and {@code Session}. Imports {@code kernel}, {@code db}, {@code activities} and {@code mail}. Begin
 * reading at {@link org.expirytracker.accounts.Accounts}.
 */
@NullMarked
package org.expirytracker.accounts;

import org.jspecify.annotations.NullMarked;
