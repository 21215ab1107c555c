package org.expirytracker.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Documents that clients name instead of sending them. Either whatever callers have sent once, by the SHA-256 of its text
 * (Apollo's automatic persisted queries, version 1): this node keeps the latest of them and forgets the others, of which a
 * client then sends the text again. Or those alone that the operator trusts, by the ids of their list or by their text.
 *
 * <p>One for the process, for use on any thread.
 */
public final class PersistedDocuments {

    /** Longest that is kept, in characters; a longer one is answered as often as its text is sent. */
    static final int MOST_CHARACTERS = 16_384;

    /** What all that are kept have at most, in characters. */
    private static final int KEPT_CHARACTERS = 4_194_304;

    /** What each counts at least, so that short ones are not without number. */
    private static final int LEAST_CHARACTERS = 256;

    /** With the words that Apollo's and urql's links look for, which then send hash and text together. */
    private static final ClientError NOT_FOUND = ClientError.of("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound");

    private final Cache<String, String> kept = Caffeine.newBuilder()
            .maximumWeight(KEPT_CHARACTERS)
            .weigher((String hash, String text) -> Math.max(text.length(), LEAST_CHARACTERS))
            .executor(Runnable::run)
            .build();

    private final boolean trustedOnly;
    private final Map<String, String> trustedById;
    private final Set<String> trusted;

    private PersistedDocuments(boolean trustedOnly, Map<String, String> trustedById, Collection<String> others) {
        this.trustedOnly = trustedOnly;
        this.trustedById = Map.copyOf(trustedById);
        Set<String> texts = new LinkedHashSet<>(trustedById.values());
        texts.addAll(others);
        this.trusted = texts;
    }

    /** Any document may be asked for. */
    public static PersistedDocuments ofCallers() {
        return new PersistedDocuments(false, Map.of(), List.of());
    }

    /**
     * Only these may be asked for.
     *
     * @param byId as {@link #read} reads them
     * @param others by their text, or the SHA-256 of it, alone
     */
    public static PersistedDocuments trusted(Map<String, String> byId, Collection<String> others) {
        Map<String, String> all = new LinkedHashMap<>(byId);
        byId.values().forEach(text -> all.putIfAbsent(sha256(text), text));
        others.forEach(text -> all.putIfAbsent(sha256(text), text));
        return new PersistedDocuments(true, all, others);
    }

    /**
     * Reads a list of operations: Apollo's manifest ({@code apollo-persisted-query-manifest}, version 1), or an object of
     * texts by id, as Relay's compiler and GraphQL Code Generator write it.
     *
     * @throws IllegalArgumentException when it is neither, with what is wrong
     */
    public static Map<String, String> read(String json) {
        JsonNode whole;
        try {
            whole = new ObjectMapper().readTree(json);
        } catch (JsonProcessingException malformed) {
            throw new IllegalArgumentException("it is not JSON: " + malformed.getOriginalMessage());
        }
        Map<String, String> byId = new LinkedHashMap<>();
        if (whole.path("format").asText().equals("apollo-persisted-query-manifest")) {
            if (whole.path("version").asInt() != 1) {
                throw new IllegalArgumentException("its version is not 1");
            }
            for (JsonNode operation : whole.path("operations")) {
                add(byId, operation.path("id").asText(), operation.path("body"));
            }
        } else {
            whole.properties().forEach(entry -> add(byId, entry.getKey(), entry.getValue()));
        }
        if (byId.isEmpty()) {
            throw new IllegalArgumentException("it names no operation");
        }
        return byId;
    }

    private static void add(Map<String, String> byId, String id, JsonNode text) {
        if (id.isEmpty() || !text.isTextual() || text.asText().isBlank()) {
            throw new IllegalArgumentException("operation \"%s\" has no text".formatted(id));
        }
        byId.put(id, text.asText());
    }

    /** What a request asks for. */
    sealed interface Found {

        /** It may be looked at. */
        record Text(String text) implements Found {}

        /** There is nothing to execute. */
        record Refused(Answer.Reason reason, ClientError error) implements Found {}
    }

    /**
     * The document of a request that has a text, an id, or both.
     *
     * @param id the SHA-256 of the text in hexadecimal digits, or what a list of trusted operations calls it
     */
    Found find(@Nullable String text, @Nullable String id) {
        if (trustedOnly) {
            String listed = id == null ? null : trustedById.get(id);
            String asked = text == null ? listed : text;
            return asked == null || !trusted.contains(asked) || (listed != null && !listed.equals(asked))
                    ? new Found.Refused(
                            Answer.Reason.FORBIDDEN,
                            ClientError.of(
                                    "PERSISTED_QUERY_NOT_IN_LIST",
                                    "This server answers only operations that its operator has listed (EXPIRY_OPERATIONS)."
                                            + " Ask them to add this one."))
                    : new Found.Text(asked);
        }
        if (text == null) {
            return Optional.ofNullable(id)
                    .map(kept::getIfPresent)
                    .<Found>map(Found.Text::new)
                    .orElse(new Found.Refused(Answer.Reason.DOCUMENT_UNKNOWN, NOT_FOUND));
        }
        return id == null || id.equals(sha256(text))
                ? new Found.Text(text)
                : new Found.Refused(
                        Answer.Reason.INVALID,
                        ClientError.of(
                                Problem.Code.INVALID.name(),
                                "extensions.persistedQuery.sha256Hash is not the SHA-256 of query, in hexadecimal digits."));
    }

    /** Keeps a text that a caller has sent with its hash and that may be executed: strangers fill nothing. */
    void keep(String hash, String text) {
        if (!trustedOnly && text.length() <= MOST_CHARACTERS) {
            kept.put(hash, text);
        }
    }

    /** All texts that the operator trusts; empty where any may be asked for. */
    Set<String> trusted() {
        return trusted;
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
