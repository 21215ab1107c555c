package org.expirytracker.kernel;

import java.util.List;

/**
 * One reason why a mutation did nothing, told to the person who asked (GraphQL type {@code UserError}).
 *
 * @param code what clients may branch on
 * @param message what is wrong and what to do, in one or two sentences
 * @param field path to the input that is wrong, such as {@code [input, name]}; empty when no one input is
 */
public record UserError(Problem.Code code, String message, List<String> field) {}
