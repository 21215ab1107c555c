package org.expirytracker.exports;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.credentials.AccessTokens;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.NodeId;

/**
 * Links by which whoever has one gets the file of an export, for an hour. What they name is signed, so none can be made up
 * and none lasts longer.
 */
public final class ExportLinks {

    /** How long a link works. */
    public static final Duration LIFETIME = Duration.ofHours(1);

    /** How the files' names end. */
    public static final String ENDING = ".jsonl";

    private final AccessTokens tokens;
    private final Clock clock;

    /**
     * Links under the key of a process's tokens.
     *
     * @param tokens sign
     */
    public ExportLinks(AccessTokens tokens, Clock clock) {
        this.tokens = tokens;
        this.clock = clock;
    }

    /** What a link is of. */
    public record Linked(InventoryId inventoryId, UUID id) {}

    /** A new link, from the root of this server on. */
    String of(InventoryId inventoryId, UUID id) {
        String named = new NodeId(BulkExport.TYPE, id).encoded();
        long until = clock.instant().plus(LIFETIME).getEpochSecond();
        return "/exports/%s%s?inventory=%s&expires=%d&signature=%s"
                .formatted(
                        named,
                        ENDING,
                        inventoryId.value(),
                        until,
                        signature(named, inventoryId.value().toString(), until));
    }

    private String signature(String named, String inventory, long until) {
        return tokens.signatureOfLink("%s %s %d".formatted(named, inventory, until));
    }

    /** What a link is of, from its parts; empty when it was not made here, or works no more. */
    public Optional<Linked> read(String named, String inventory, String expires, String signature) {
        Optional<UUID> id = NodeId.decode(named, BulkExport.TYPE);
        if (id.isEmpty() || !expires.matches("[0-9]{1,12}")) {
            return Optional.empty();
        }
        long until = Long.parseLong(expires);
        byte[] expected = signature(named, inventory, until).getBytes(US_ASCII);
        return MessageDigest.isEqual(expected, signature.getBytes(US_ASCII))
                        && clock.instant().getEpochSecond() < until
                ? Optional.of(new Linked(new InventoryId(UUID.fromString(inventory)), id.get()))
                : Optional.empty();
    }
}
