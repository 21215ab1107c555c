package org.expirytracker.activities;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.buffer.Buffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.Text;

/**
 * What makes a retry of a mutation recognisable: {@code @idempotent(key:)} on the mutation, and a hash of what was
 * asked, so that one key cannot serve two requests.
 *
 * @param key 1 to 255 characters, chosen by the client
 * @param requestHash SHA-256 of the mutation's name, its arguments, and the inventory in which it acts
 */
public record IdempotencyKey(String key, Buffer requestHash) {

    private static final int MOST_CHARACTERS = 255;

    /**
     * The key on the mutation being executed, if it has one. The same request in another inventory is another one.
     *
     * @throws Problem {@code INVALID} when the key is empty, too long or not plain text
     */
    static Optional<IdempotencyKey> of(Field field) {
        String key = field.idempotencyKey().orElse(null);
        if (key == null) {
            return Optional.empty();
        }
        Optional<String> objection =
                key.isEmpty() ? Optional.of("must not be empty") : Text.objection(key, MOST_CHARACTERS);
        if (objection.isPresent()) {
            throw Problem.of(Problem.Code.INVALID, "The key of @idempotent " + objection.get() + ".");
        }
        // Nothing is added in the caller's own, so that a retry is known that a former release has answered.
        String elsewhere = field.callerIfAny()
                .filter(caller -> !caller.actsInOwn())
                .map(caller -> caller.inventoryId().value().toString())
                .orElse("");
        String request =
                field.name() + canonical(field.arguments()) + field.unreadable().given() + elsewhere;
        return Optional.of(new IdempotencyKey(key, sha256(request)));
    }

    private static String canonical(Object value) {
        return switch (value) {
            case null -> "null";
            case Map<?, ?> map -> {
                Map<String, Object> sorted = new TreeMap<>();
                map.forEach((name, member) -> sorted.put((String) name, canonical(member)));
                yield sorted.toString();
            }
            case Collection<?> list ->
                list.stream().map(IdempotencyKey::canonical).collect(Collectors.joining(",", "[", "]"));
            case String text -> '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
            default -> value.toString();
        };
    }

    private static Buffer sha256(String text) {
        try {
            return Buffer.buffer(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
