/**
 * Schema and rooms become GraphQL here: wiring, scalars, loaders, limits and prices, and what a failure looks like to
 * a client. Owns no table; may import every room before it, but needs only {@code kernel}, {@code limits} and what
 * {@code sessions} knows of a device. Begin reading at {@link org.expirytracker.api.GraphQLEngine}.
 */
@NullMarked
package org.expirytracker.api;

import org.jspecify.annotations.NullMarked;
