/**
 * What proves who somebody is: passwords, codes, tokens, the keys behind them, and how often any of them can be guessed.
 * Owns {@code credential_guards} and {@code known_devices}. Imports {@code kernel} and {@code db}. Begin reading at
 * {@link org.expirytracker.credentials.CredentialGuards}.
 */
@NullMarked
package org.expirytracker.credentials;

import org.jspecify.annotations.NullMarked;
