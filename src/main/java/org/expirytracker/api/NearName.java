package org.expirytracker.api;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Finds what was probably meant by a name that nothing has. */
final class NearName {

    private static final int MOST_CHARACTERS = 60;
    private static final int MOST_TOLD = 3;
    private static final int LEAST_BEGINNING = 3;

    private NearName() {}

    /**
     * A question to put behind an objection.
     *
     * @return such as {@code " Did you mean name or names?"}; empty when nothing is near
     */
    static String question(String name, Collection<String> known) {
        List<String> near = near(name, known);
        return near.isEmpty() ? "" : " Did you mean " + String.join(" or ", near) + "?";
    }

    /** At most {@value #MOST_TOLD} names, the nearest first. */
    static List<String> near(String name, Collection<String> known) {
        if (name.isEmpty() || name.length() > MOST_CHARACTERS) {
            return List.of();
        }
        String wanted = name.toLowerCase(Locale.ROOT);
        List<Candidate> near = known.stream()
                .map(each -> new Candidate(each, distance(wanted, each.toLowerCase(Locale.ROOT))))
                .filter(each -> each.isNear(wanted))
                .sorted(Comparator.comparingInt(Candidate::distance).thenComparing(Candidate::name))
                .toList();
        return near.stream()
                .filter(each -> each.distance <= near.getFirst().distance + 1)
                .limit(MOST_TOLD)
                .map(Candidate::name)
                .toList();
    }

    private record Candidate(String name, int distance) {

        boolean isNear(String wanted) {
            return (wanted.length() >= LEAST_BEGINNING
                            && name.toLowerCase(Locale.ROOT).startsWith(wanted))
                    || distance <= Math.max(1, Math.max(wanted.length(), name.length()) / 3);
        }
    }

    /** How many letters must be put in, left out, exchanged, or swapped with their neighbour. */
    private static int distance(String one, String other) {
        int[][] steps = new int[one.length() + 1][other.length() + 1];
        for (int at = 0; at <= one.length(); at++) {
            for (int by = 0; by <= other.length(); by++) {
                steps[at][by] = at == 0 || by == 0 ? at + by : step(steps, one, other, at, by);
            }
        }
        return steps[one.length()][other.length()];
    }

    private static int step(int[][] steps, String one, String other, int at, int by) {
        boolean same = one.charAt(at - 1) == other.charAt(by - 1);
        int least =
                Math.min(Math.min(steps[at - 1][by], steps[at][by - 1]) + 1, steps[at - 1][by - 1] + (same ? 0 : 1));
        boolean swapped = at > 1
                && by > 1
                && one.charAt(at - 1) == other.charAt(by - 2)
                && one.charAt(at - 2) == other.charAt(by - 1);
        return swapped ? Math.min(least, steps[at - 2][by - 2] + 1) : least;
    }
}
