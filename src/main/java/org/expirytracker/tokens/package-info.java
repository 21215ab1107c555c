/**
 * API tokens, with which programs act for a user within scopes. Owns {@code api_tokens} and the GraphQL type
 * {@code ApiToken}. Imports the rooms up to {@code administration}. Begin reading at
 * {@link org.expirytracker.tokens.ApiTokens}.
 */
@NullMarked
package org.expirytracker.tokens;

import org.jspecify.annotations.NullMarked;
