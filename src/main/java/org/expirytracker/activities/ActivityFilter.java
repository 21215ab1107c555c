package org.expirytracker.activities;

import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.expirytracker.activities.Activity.Actor;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Which activities are asked for, all conditions together.
 *
 * @param kinds of one of these; null for any
 * @param actors by one of these; null for anybody
 * @param since at this instant or later; null for no limit
 * @param before before this instant; null for no limit
 */
record ActivityFilter(
        @Nullable Set<ActivityKind> kinds,
        @Nullable Set<Actor> actors,
        @Nullable Instant since,
        @Nullable Instant before) {

    /**
     * Reads what is asked for, and leaves out of it what the caller may not be told of.
     *
     * @throws Problem {@code FORBIDDEN} when they may be told of nothing, or ask for a kind that is not open to them
     */
    static ActivityFilter of(Input given, Caller caller) {
        List<Actor> actors = given.optionalChoices("actor", Actor.class);
        return new ActivityFilter(
                kinds(given, caller),
                actors == null ? null : Set.copyOf(actors),
                given.optionalInstant("createdSince"),
                given.optionalInstant("createdBefore"));
    }

    /** The kinds that are asked for and open to the caller; null when all there are. */
    static @Nullable Set<ActivityKind> kinds(Input given, Caller caller) {
        Set<ActivityKind> open = ActivityKind.openTo(caller);
        if (open.isEmpty()) {
            throw Problem.of(
                    Problem.Code.FORBIDDEN,
                    "This API token lacks a scope that opens activities: items:read, notifications:read, reports:read"
                            + " or account. Create one that has it.");
        }
        List<ActivityKind> asked = given.optionalChoices("kind", ActivityKind.class);
        if (asked == null) {
            return open.size() == ActivityKind.values().length ? null : open;
        }
        Set<ActivityKind> kinds = EnumSet.noneOf(ActivityKind.class);
        for (ActivityKind kind : asked) {
            if (!kind.isOpenTo(caller)) {
                caller.require(kind.opensTo());
            }
            kinds.add(kind);
        }
        return kinds;
    }
}
