package org.expirytracker.http;

import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.expirytracker.api.VariablesSchema;
import org.expirytracker.categories.ItemsAccess;
import org.expirytracker.kernel.Access;
import org.expirytracker.kernel.Caller;
import org.expirytracker.reports.ReportsAccess;

/**
 * What an assistant can do by the Model Context Protocol: a fixed operation with words that tell it what for. Its arguments
 * are the operation's variables.
 *
 * @param title for people
 * @param description for the model
 * @param needs what a caller must hold to be offered it; the operation itself is checked as any other
 * @param changes whether it changes anything
 * @param loses whether what it changes may be missed
 */
record AssistantTool(
        String name,
        String title,
        String description,
        List<Access> needs,
        boolean changes,
        boolean loses,
        FixedOperation operation,
        JsonObject arguments) {

    /** The variable by which a change is made once, however often it is asked for. */
    static final String KEY = "idempotencyKey";

    private static final String ITEM = """
            id name description quantity unit expiryDate status daysLeft location lotNumber costPrice version
            category { id name }""";

    private static final String ERRORS = "userErrors { code message field }";

    static final AssistantTool REPORT = reading(
            "report",
            "Report of a day",
            "The report of a day: stock and value by status, category and place, and what was used, sold, donated or thrown"
                    + " away. Null when there is none of that day.",
            ReportsAccess.READ,
            """
                    query Report($date: Date!) {
                      report(date: $date) {
                        date totalItems activeItems expiringItems expiredItems undatedItems
                        totalValue expiringValue expiredValue discardedValue wasteRate
                        byCategory { name totalItems totalValue expiredItems }
                        byLocation { location totalItems totalValue }
                        outcomes { outcome count value }
                      }
                    }""");

    static final List<AssistantTool> ALL = List.of(
            reading(
                    "find_items",
                    "Find items",
                    "Lists what is in stock, soonest expiry first: by words, category, place, status, dates and more. Answers a page;"
                            + " give pageInfo.endCursor as `after` for the next one. Quantities are decimal strings.",
                    ItemsAccess.READ,
                    """
                    query FindItems($filter: ItemFilter, $orderBy: ItemOrder, $first: Int = 25, $after: String) {
                      items(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
                        totalCount
                        pageInfo { hasNextPage endCursor }
                        nodes { %s }
                      }
                    }""".formatted(ITEM)),
            reading(
                    "what_expires",
                    "What expires",
                    "What is past its last good day, and what reaches it within so many days from today, soonest first.",
                    ItemsAccess.READ,
                    """
                    query WhatExpires($withinDays: Int! = 14) {
                      caller { today }
                      expired: items(first: 50, filter: {status: [EXPIRED]}) { totalCount nodes { %1$s } }
                      expiring: items(first: 100, filter: {expiresWithinDays: $withinDays}) { totalCount nodes { %1$s } }
                    }""".formatted(ITEM)),
            reading(
                    "inventory",
                    "Inventory",
                    "How much is in stock and what it is worth: in all, by status, category, place, and by how soon it expires.",
                    ItemsAccess.READ,
                    """
                    query Inventory($asOf: Date) {
                      currentInventory { name currency timeZone }
                      inventory(asOf: $asOf) {
                        asOf
                        total { count value }
                        byStatus { status count value }
                        byCategory { name totalItems totalValue }
                        byLocation { location totalItems totalValue }
                        aging { band count value }
                      }
                    }"""),
            reading(
                    "forecast",
                    "What will be wasted",
                    "What will expire before it is used, if it is used as fast as in the last 90 days, with its value.",
                    ItemsAccess.READ,
                    """
                    query Forecast($within: Int! = 90) {
                      atRisk(within: $within) { asOf items value lots { quantity value dailyUse item { %s } } }
                    }""".formatted(ITEM)),
            reading(
                    "list_categories",
                    "Categories",
                    "The categories with their ids, which other tools take, and how many items each has.",
                    ItemsAccess.READ,
                    "query ListCategories { categories(first: 100) { nodes { id name leadDays itemCount } } }"),
            reading(
                    "recent_changes",
                    "Recent changes",
                    "What was changed lately and by whom, newest first. The id of a change is what `undo` takes.",
                    ItemsAccess.READ,
                    """
                    query RecentChanges($first: Int = 20) {
                      activities(first: $first) {
                        nodes {
                          id kind actor memberName createdAt subjectId
                          stateAfter { ... on ItemState { name quantity unit expiryDate } }
                        }
                      }
                    }"""),
            REPORT,
            changing(
                    "add_item",
                    "Add an item",
                    "Adds a thing with its quantity and last good day. Ask the person when the date is not known, rather than guess.",
                    false,
                    """
                    mutation AddItem($input: CreateItemInput!, $idempotencyKey: String!, $dryRun: Boolean! = false) {
                      createItem(input: $input) @idempotent(key: $idempotencyKey) @dryRun(if: $dryRun) { item { %s } %s }
                    }""".formatted(ITEM, ERRORS)),
            changing(
                    "update_item",
                    "Change an item",
                    "Changes what is given of an item and leaves the rest; null empties a field.",
                    true,
                    """
                    mutation UpdateItem($input: UpdateItemInput!, $idempotencyKey: String!, $dryRun: Boolean! = false) {
                      updateItem(input: $input) @idempotent(key: $idempotencyKey) @dryRun(if: $dryRun) { item { %s } %s }
                    }""".formatted(ITEM, ERRORS)),
            changing(
                    "take_out",
                    "Take out",
                    "Takes some or all of an item out of the stock, and says what became of it.",
                    true,
                    """
                    mutation TakeOut($input: TakeOutInput!, $idempotencyKey: String!, $dryRun: Boolean! = false) {
                      takeOut(input: $input) @idempotent(key: $idempotencyKey) @dryRun(if: $dryRun) { item { %s } %s }
                    }""".formatted(ITEM, ERRORS)),
            changing(
                    "undo",
                    "Undo a change",
                    "Takes back a change of an item or category, by its id from `recent_changes`.",
                    true,
                    """
                    mutation Undo($input: UndoInput!, $idempotencyKey: String!, $dryRun: Boolean! = false) {
                      undo(input: $input) @idempotent(key: $idempotencyKey) @dryRun(if: $dryRun) { item { %s } deletedId %s }
                    }""".formatted(ITEM, ERRORS)));

    private static AssistantTool reading(String name, String title, String description, Access needs, String document) {
        return new AssistantTool(
                name, title, description, List.of(needs), false, false, new FixedOperation(document), schema(document));
    }

    private static AssistantTool changing(
            String name, String title, String description, boolean loses, String document) {
        return new AssistantTool(
                name,
                title,
                description,
                List.of(ItemsAccess.READ, ItemsAccess.WRITE),
                true,
                loses,
                new FixedOperation(document),
                schema(document));
    }

    /** A key need not be given: without one, a repeated call is another change. */
    private static JsonObject schema(String document) {
        JsonObject schema = new JsonObject(VariablesSchema.of(document));
        JsonObject properties = schema.getJsonObject("properties");
        if (properties.containsKey(KEY)) {
            properties
                    .getJsonObject(KEY)
                    .put(
                            "description",
                            "Any text that is new for each change. Send the same one again when an answer was lost: the change is"
                                    + " then made once.");
            schema.getJsonArray("required").remove(KEY);
            properties
                    .getJsonObject("dryRun")
                    .put("description", "True to see what would come of it, without doing it.");
        }
        return schema;
    }

    boolean isFor(Caller caller) {
        return needs.stream().allMatch(caller.holds()::contains);
    }

    /** As the protocol describes a tool. */
    JsonObject described() {
        Map<String, Object> hints = new LinkedHashMap<>();
        hints.put("title", title);
        hints.put("readOnlyHint", !changes);
        hints.put("destructiveHint", loses);
        hints.put("idempotentHint", !changes);
        hints.put("openWorldHint", false);
        return new JsonObject()
                .put("name", name)
                .put("title", title)
                .put("description", description)
                .put("inputSchema", arguments)
                .put("annotations", new JsonObject(hints));
    }
}
