package org.expirytracker.kernel;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Records as JSON text and back: how the activity log keeps an object's state and how the answer of a mutation
 * is kept for a retry. Member names are the record's components; dates and instants are ISO 8601.
 */
public final class RecordJson {

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            // A state written by a later release may have members that this one does not know.
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private static final ObjectReader EXACT = MAPPER.reader().with(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
    private static final ObjectReader MEMBERS =
            MAPPER.readerForMapOf(Object.class).with(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    private RecordJson() {}

    /** The record as JSON text. */
    public static String write(Record value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException cause) {
            throw new IllegalStateException("Not writable as JSON: " + value.getClass(), cause);
        }
    }

    /**
     * Records as rows for {@code jsonb_populate_recordset}: a member is called as the component, in lower case with an
     * underscore between words.
     *
     * @param columns names of the columns that are called otherwise, by component
     */
    public static String rows(List<? extends Record> records, Map<String, String> columns) {
        ArrayNode rows = MAPPER.createArrayNode();
        for (Record each : records) {
            ObjectNode row = rows.addObject();
            ObjectNode members = MAPPER.valueToTree(each);
            members.properties()
                    .forEach(member ->
                            row.set(columns.getOrDefault(member.getKey(), column(member.getKey())), member.getValue()));
        }
        return rows.toString();
    }

    private static String column(String component) {
        return PropertyNamingStrategies.SnakeCaseStrategy.INSTANCE.translate(component);
    }

    /** The record that {@link #write} wrote; members that are absent become null. */
    public static <R> R read(String json, Class<R> type) {
        try {
            return MAPPER.readValue(json, type);
        } catch (JsonProcessingException cause) {
            throw new IllegalStateException("Not readable as " + type, cause);
        }
    }

    /** The members of a JSON object, in order; numbers are exact. */
    public static Map<String, Object> members(String json) {
        try {
            return MEMBERS.readValue(json);
        } catch (JsonProcessingException cause) {
            throw new IllegalStateException("Not readable as a JSON object", cause);
        }
    }

    /**
     * The names of the members in which two states differ; all those of the one that is there when the other is not.
     * Numbers are compared by value, and an absent member counts as null.
     */
    public static Set<String> differences(@Nullable String before, @Nullable String after) {
        JsonNode former = tree(before);
        JsonNode latter = tree(after);
        Set<String> names = new TreeSet<>();
        former.fieldNames().forEachRemaining(names::add);
        latter.fieldNames().forEachRemaining(names::add);
        names.removeIf(
                name -> before != null && after != null && orNull(former, name).equals(orNull(latter, name)));
        return names;
    }

    /** The record with some of its members as they are in a state. */
    public static <R extends Record> R with(R value, String state, Set<String> members) {
        ObjectNode merged = MAPPER.valueToTree(value);
        JsonNode source = tree(state);
        members.forEach(name -> merged.set(name, orNull(source, name)));
        return read(merged.toString(), RecordJson.<R>type(value));
    }

    @SuppressWarnings("unchecked")
    private static <R extends Record> Class<R> type(R value) {
        return (Class<R>) value.getClass();
    }

    private static JsonNode tree(@Nullable String state) {
        try {
            return state == null ? MAPPER.createObjectNode() : EXACT.readTree(state);
        } catch (JsonProcessingException cause) {
            throw new IllegalStateException("Not readable as JSON", cause);
        }
    }

    private static JsonNode orNull(JsonNode state, String name) {
        JsonNode member = state.get(name);
        return member == null ? MAPPER.nullNode() : member;
    }
}
