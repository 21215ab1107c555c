package org.expirytracker.activities;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.expirytracker.activities.Activity.Actor;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.Wiring;
import org.jspecify.annotations.Nullable;

/**
 * Which activities are asked for, all conditions together.
 *
 * @param kinds of one of these, by name; null for any
 * @param actors by one of these; null for anybody
 * @param since at this instant or later; null for no limit
 * @param before before this instant; null for no limit
 */
record ActivityFilter(
        @Nullable Set<String> kinds,
        @Nullable Set<Actor> actors,
        @Nullable Instant since,
        @Nullable Instant before) {

    /**
     * Reads what is asked for, and leaves out of it what the caller may not know of.
     *
     * @throws Problem {@code FORBIDDEN} when they may know of nothing, or ask for a kind that is not open to them
     */
    static ActivityFilter of(Input given, Caller caller, Wiring wiring) {
        List<Actor> actors = given.optionalChoices("actor", Actor.class);
        return new ActivityFilter(
                kinds(given, caller, wiring),
                actors == null ? null : Set.copyOf(actors),
                given.optionalInstant("createdSince"),
                given.optionalInstant("createdBefore"));
    }

    /** The kinds that are asked for and open to the caller, by name; null when all there are. */
    static @Nullable Set<String> kinds(Input given, Caller caller, Wiring wiring) {
        List<ActivityKind> all = wiring.declared(ActivityKind.class);
        List<ActivityKind> open =
                all.stream().filter(kind -> kind.isOpenTo(caller)).toList();
        if (open.isEmpty()) {
            String scopes = all.stream()
                    .flatMap(kind -> kind.opensTo().scope().stream())
                    .filter(scope -> !scope.equals("account"))
                    .distinct()
                    .collect(Collectors.joining(", "));
            throw Problem.of(
                    Problem.Code.FORBIDDEN,
                    "This API token lacks a scope that opens activities: %s or account. Create one that has it."
                            .formatted(scopes));
        }
        List<ActivityKind> asked = given.optionalNamed("kind", ActivityKind.class);
        if (asked == null) {
            return open.size() == all.size() ? null : names(open);
        }
        List<ActivityKind> closed =
                asked.stream().filter(kind -> !kind.isOpenTo(caller)).toList();
        closed.forEach(kind -> caller.require(kind.opensTo()));
        // What is left of these is about the account of somebody else, of whom there is nothing to read.
        return names(asked.stream().filter(kind -> !closed.contains(kind)).toList());
    }

    private static Set<String> names(List<ActivityKind> kinds) {
        return kinds.stream().map(ActivityKind::name).collect(Collectors.toUnmodifiableSet());
    }
}
