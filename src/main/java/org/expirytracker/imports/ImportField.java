package org.expirytracker.imports;

/** What of an item a column of a file says (GraphQL enumeration {@code ImportField}). */
public enum ImportField {
    ID("id", Kind.CODE),
    EXTERNAL_ID("externalId", Kind.CODE),
    NAME("name", Kind.LINE),
    DESCRIPTION("description", Kind.TEXT),
    QUANTITY("quantity", Kind.NUMBER),
    UNIT("unit", Kind.LINE),
    COST_PRICE("costPrice", Kind.NUMBER),
    /** Of the whole quantity. */
    TOTAL_COST("costPrice", Kind.NUMBER),
    SELLING_PRICE("sellingPrice", Kind.NUMBER),
    EXPIRY_DATE("expiryDate", Kind.DATE),
    PURCHASE_DATE("purchaseDate", Kind.DATE),
    LEAD_DAYS("leadDays", Kind.NUMBER),
    LOCATION("location", Kind.LINE),
    BARCODE("barcode", Kind.CODE),
    LOT_NUMBER("lotNumber", Kind.CODE),
    /** By its name. */
    CATEGORY("categoryId", Kind.LINE),
    /** Several words, of which the first is the category and the others go to the description. */
    TAGS("categoryId", Kind.LINE),
    /** Whether it is good without an end. */
    LIFETIME("expiryDate", Kind.FLAG),
    /** Whether its owner keeps it no more. */
    ARCHIVED("", Kind.FLAG);

    /** How a value is read. */
    enum Kind {
        LINE,
        TEXT,
        CODE,
        NUMBER,
        DATE,
        FLAG
    }

    /** Name of what it becomes in the input of {@code upsertItems}. */
    final String input;

    final Kind kind;

    ImportField(String input, Kind kind) {
        this.input = input;
        this.kind = kind;
    }
}
