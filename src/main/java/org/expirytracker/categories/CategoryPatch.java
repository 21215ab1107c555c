package org.expirytracker.categories;

import java.util.Locale;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.expirytracker.kernel.ExpectedVersion;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Changes to one category.
 *
 * @param id of the category
 * @param expected which version of it was read
 * @param values puts what is given in place of what is there
 */
public record CategoryPatch(UUID id, ExpectedVersion expected, UnaryOperator<Category> values) {

    private static final int MOST_NAME = 200;
    private static final int MOST_DESCRIPTION = 2_000;
    private static final int MOST_LEAD_DAYS = 3_650;
    /** Characters of what another program calls a category. */
    static final int MOST_EXTERNAL_ID = 200;

    /** Reads one; what is wrong is noted in the input. */
    public static CategoryPatch of(Input input) {
        return new CategoryPatch(input.id("id", Category.TYPE), input.expectedVersion(), values(input));
    }

    /** Reads the values that an input gives of a category: the one place that knows their names and bounds. */
    static UnaryOperator<Category> values(Input input) {
        String name = input.has("name") ? input.name("name", MOST_NAME) : null;
        String description = input.optionalText("description", MOST_DESCRIPTION);
        String color = color(input);
        Integer leadDays = input.optionalInt("leadDays", 0, MOST_LEAD_DAYS);
        String externalId = input.optionalCode("externalId", MOST_EXTERNAL_ID);
        return category -> new Category(
                category.id(),
                name == null ? category.name() : name,
                input.has("description") ? description : category.description(),
                input.has("color") ? color : category.color(),
                input.has("leadDays") ? leadDays : category.leadDays(),
                input.has("externalId") ? externalId : category.externalId(),
                category.version(),
                category.createdAt(),
                category.updatedAt());
    }

    private static @Nullable String color(Input input) {
        String color = input.optionalText("color", 7);
        if (color != null && !color.matches("#[0-9a-fA-F]{6}")) {
            input.reject("color", Problem.Code.INVALID, "color must be of the form #rrggbb, such as #2e7d32.");
        }
        return color == null ? null : color.toLowerCase(Locale.ROOT);
    }
}
