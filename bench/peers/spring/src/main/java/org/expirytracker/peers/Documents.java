package org.expirytracker.peers;

import graphql.execution.preparsed.PreparsedDocumentEntry;
import graphql.execution.preparsed.PreparsedDocumentProvider;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.boot.graphql.autoconfigure.GraphQlSourceBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** A document is parsed and validated once, which is not so without this. */
@Configuration
class Documents {

    @Bean
    GraphQlSourceBuilderCustomizer parsedOnce() {
        Map<String, PreparsedDocumentEntry> documents = new ConcurrentHashMap<>();
        PreparsedDocumentProvider provider = (input, parse) ->
                CompletableFuture.completedFuture(documents.computeIfAbsent(input.getQuery(), text -> parse.apply(input)));
        return builder -> builder.configureGraphQl(graphQL -> graphQL.preparsedDocumentProvider(provider));
    }
}
