package org.expirytracker.api;

import graphql.GraphQLContext;

/** What the engine keeps of a request in the GraphQL context, besides the caller. */
final class RequestContext {

    private static final String REQUEST_ID = "requestId";

    private RequestContext() {}

    static void put(GraphQLContext.Builder context, String requestId) {
        context.of(REQUEST_ID, requestId);
    }

    static String requestId(GraphQLContext context) {
        return context.getOrDefault(REQUEST_ID, "");
    }
}
