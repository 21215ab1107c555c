package org.expirytracker.webhooks;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.UUID;
import org.expirytracker.categories.Category;
import org.expirytracker.items.Item;
import org.expirytracker.items.ItemStatus;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Text;
import org.jspecify.annotations.Nullable;

/**
 * Of which items a webhook is told: of those that meet every condition. What is about no item is not filtered.
 *
 * @param categories in one of these; null for any or none
 * @param locations in one of these places, whatever the case of their letters; null for any or none
 * @param statuses of one of these on the day; null for any
 */
public record WebhookFilter(
        @JsonProperty("categoryIds") @Nullable List<UUID> categories,
        @Nullable List<String> locations,
        @Nullable List<ItemStatus> statuses) {

    static final int MOST = 50;
    private static final int MOST_LOCATION = 200;

    /** Reads one; what is wrong is noted in the input. */
    static WebhookFilter of(Input filter) {
        return new WebhookFilter(
                filter.optionalIds("categoryIds", Category.TYPE, MOST),
                filter.optionalNames("locations", MOST_LOCATION, MOST),
                filter.optionalChoices("statuses", ItemStatus.class));
    }

    /** Global ids of the categories. */
    public @Nullable List<String> categoryIds() {
        return categories == null
                ? null
                : categories.stream()
                        .map(id -> new NodeId(Category.TYPE, id).encoded())
                        .toList();
    }

    /**
     * Whether an item meets every condition.
     *
     * @param status on the day when it happened
     */
    boolean matches(Item item, ItemStatus status) {
        return (categories == null || (item.categoryId() != null && categories.contains(item.categoryId())))
                && (locations == null || isIn(item.location(), locations))
                && (statuses == null || statuses.contains(status));
    }

    private static boolean isIn(@Nullable String location, List<String> asked) {
        return location != null
                && asked.stream().anyMatch(each -> Text.identity(each).equals(Text.identity(location)));
    }
}
