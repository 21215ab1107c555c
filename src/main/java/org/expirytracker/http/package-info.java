/**
 * The server's edge: routes, GraphQL over HTTP and over WebSocket, who is calling, health, metrics, and stopping
 * without losing anything. Owns no table; imports {@code api}. The two GraphQL handlers are our own: Vert.x's execute
 * mutations by GET and have no back-pressure. Begin reading at {@link org.expirytracker.http.HttpVerticle}.
 */
@NullMarked
package org.expirytracker.http;

import org.jspecify.annotations.NullMarked;
