package org.expirytracker.users;

import java.text.Normalizer;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The questions that a user may choose from (GraphQL enum {@code SecurityQuestion}). A closed list: so the question shown
 * for a name that nobody has looks like any other.
 */
public enum SecurityQuestion {
    FIRST_TEACHER("Who was your first teacher?"),
    FIRST_JOB("What was your first job?"),
    FIRST_CONCERT("Whose concert did you go to first?"),
    FIRST_HOLIDAY("Where did you spend the first holiday that you remember?"),
    CHILDHOOD_FRIEND("Who was your best friend as a child?"),
    CHILDHOOD_BOOK("Which book did you love as a child?"),
    GRANDPARENTS_HOME("Where did your grandparents live?"),
    UNFULFILLED_WISH("What did you want to become as a child?");

    private final String wording;

    SecurityQuestion(String wording) {
        this.wording = wording;
    }

    /** As people read it. */
    public String wording() {
        return wording;
    }

    /** Reads what is stored; empty for a question of former days that is not of this list. */
    static Optional<SecurityQuestion> of(@Nullable String name) {
        for (SecurityQuestion question : values()) {
            if (question.name().equals(name)) {
                return Optional.of(question);
            }
        }
        return Optional.empty();
    }

    /**
     * The question shown where there is none.
     *
     * @param subject stands for the name that was asked for; nobody can compute it
     */
    public static SecurityQuestion decoy(UUID subject) {
        return values()[Math.floorMod(subject.getLeastSignificantBits(), values().length)];
    }

    /**
     * An answer as it is hashed: how it is spelled with regard to case, spaces, punctuation and width does not count.
     *
     * @return empty when nothing is left of it
     */
    public static String normal(String answer) {
        // Folding twice by way of the upper case makes equal what only differs in case, such as ß and SS.
        return Normalizer.normalize(answer, Normalizer.Form.NFKC)
                .toUpperCase(Locale.ROOT)
                .toLowerCase(Locale.ROOT)
                .replaceAll("[\\p{P}\\p{S}\\p{Cntrl}]+", "")
                .replaceAll("[\\s\\p{Z}]+", " ")
                .strip();
    }
}
