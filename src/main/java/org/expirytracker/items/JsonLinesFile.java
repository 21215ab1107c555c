package org.expirytracker.items;

import static org.expirytracker.items.ItemFile.plain;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.List;
import java.util.UUID;
import org.expirytracker.categories.Category;
import org.expirytracker.kernel.NodeId;
import org.jspecify.annotations.Nullable;

/** Items as JSON objects, one in each line. */
record JsonLinesFile() implements ItemFile {

    @Override
    public Buffer beginning() {
        return Buffer.buffer();
    }

    @Override
    public Buffer lines(List<Line> lines) {
        Buffer bytes = Buffer.buffer();
        lines.forEach(line -> bytes.appendBuffer(json(line).toBuffer()).appendString("\n"));
        return bytes;
    }

    @Override
    public Buffer end() {
        return Buffer.buffer();
    }

    private static JsonObject json(Line line) {
        Item item = line.item();
        UUID categoryId = item.categoryId();
        return new JsonObject()
                .put("id", new NodeId(Item.TYPE, item.id()).encoded())
                .put("externalId", item.externalId())
                .put("name", item.name())
                .put("description", item.description())
                .put("quantity", plain(item.quantity()))
                .put("unit", item.unit())
                .put("costPrice", orNull(item.costPrice()))
                .put("sellingPrice", orNull(item.sellingPrice()))
                .put("expiryDate", orNull(item.expiryDate()))
                .put("purchaseDate", orNull(item.purchaseDate()))
                .put("leadDays", item.ownLeadDays())
                .put("location", item.location())
                .put("barcode", item.barcode())
                .put("lotNumber", item.lotNumber())
                .put(
                        "category",
                        categoryId == null
                                ? null
                                : JsonObject.of(
                                        "id", new NodeId(Category.TYPE, categoryId).encoded(), "name", line.category()))
                .put("status", line.status().name())
                .put("createdAt", item.createdAt().toString())
                .put("updatedAt", item.updatedAt().toString());
    }

    private static @Nullable String orNull(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case BigDecimal number -> plain(number);
            default -> value.toString();
        };
    }
}
