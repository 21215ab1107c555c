package org.expirytracker.kernel;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.util.Map;

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
}
