package org.expirytracker.api;

import java.util.LinkedHashMap;
import java.util.Map;
import org.expirytracker.limits.Receipt;

/**
 * What an operation costs, and what the budget it is paid from said to that.
 *
 * @param requested in points, at least 1
 */
public record Cost(int requested, Receipt receipt) {

    private static final int USUAL_BYTES = 256;

    /** As clients see it, under {@code extensions}. */
    public Map<String, Object> extensions() {
        Map<String, Object> budget = new LinkedHashMap<>();
        budget.put("name", receipt.policy().name());
        budget.put("capacity", receipt.policy().capacity());
        budget.put("remaining", receipt.remaining());
        budget.put("restoreRate", receipt.policy().restore());
        Map<String, Object> cost = new LinkedHashMap<>();
        cost.put("requested", requested);
        cost.put("limit", Operations.MOST_COST);
        cost.put("budget", budget);
        return Map.of("cost", cost);
    }

    /** The same as JSON in UTF-8. */
    public byte[] extensionsAsJson() {
        JsonBytes json = new JsonBytes(USUAL_BYTES);
        json.value(extensions());
        return json.copy();
    }
}
