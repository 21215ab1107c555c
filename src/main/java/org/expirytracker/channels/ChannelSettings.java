package org.expirytracker.channels;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.expirytracker.kernel.RecordJson;
import org.expirytracker.notifications.Notification;
import org.expirytracker.outbound.OutboundRequest;
import org.jspecify.annotations.Nullable;

/**
 * Where and how a channel sends, with all its tokens. Kept encrypted, as JSON under the names of the components, and never
 * shown.
 */
sealed interface ChannelSettings {

    /** How it sends. */
    Channel.Kind kind();

    /** The server's address, which may have more than its origin. */
    String url();

    /** The request that brings a message there. */
    OutboundRequest request(ChannelMessage message);

    /** What can be shown of the address. */
    default String origin() {
        URI uri = URI.create(MessageTemplate.sample(url()));
        return uri.getScheme() + "://" + uri.getRawAuthority();
    }

    /** What {@code json} says of a channel of a kind. */
    static ChannelSettings read(Channel.Kind kind, String json) {
        return switch (kind) {
            case NTFY -> RecordJson.read(json, Ntfy.class);
            case GOTIFY -> RecordJson.read(json, Gotify.class);
            case TELEGRAM -> RecordJson.read(json, Telegram.class);
            case TEMPLATE -> RecordJson.read(json, Template.class);
        };
    }

    private static String below(String url, String path) {
        return (url.endsWith("/") ? url.substring(0, url.length() - 1) : url) + path;
    }

    private static Map<String, String> known(UUID id) {
        Map<String, String> headers = new HashMap<>();
        headers.put("idempotency-key", id.toString());
        return headers;
    }

    /**
     * A topic of an ntfy server (docs.ntfy.sh, "Publish as JSON").
     *
     * @param token of an account; null where none is needed
     * @param priority 1 to 5; null for that of what is told
     * @param tags in place of that of what is told; null for that
     */
    record Ntfy(
            String url,
            String topic,
            @Nullable String token,
            @Nullable Integer priority,
            @Nullable List<String> tags) implements ChannelSettings {

        /** ntfy makes a file of what is longer. */
        private static final int MOST_BYTES = 4_000;

        private static final int MOST_TITLE_BYTES = 250;
        private static final int HIGH = 4;
        private static final int USUAL = 3;

        @Override
        public Channel.Kind kind() {
            return Channel.Kind.NTFY;
        }

        @Override
        public OutboundRequest request(ChannelMessage message) {
            MessageContent content = message.content();
            Map<String, String> headers = known(message.id());
            if (token != null) {
                headers.put("authorization", "Bearer " + token);
            }
            JsonObject body = JsonObject.of(
                    "topic",
                    topic,
                    "title",
                    Cut.toBytes(content.title(), MOST_TITLE_BYTES),
                    "message",
                    Cut.toBytes(content.message(), MOST_BYTES),
                    "priority",
                    priority != null ? priority : content.kind() == Notification.Kind.EXPIRED ? HIGH : USUAL,
                    "tags",
                    new JsonArray(tags != null ? List.copyOf(tags) : List.of(tag(content))));
            if (message.link() != null) {
                body.put("click", message.link());
            }
            return OutboundRequest.post(below(url, "/"), headers, body.encode());
        }

        private static String tag(MessageContent content) {
            return switch (content.kind()) {
                case EXPIRED -> "warning";
                case EXPIRING_SOON -> "hourglass_flowing_sand";
                case SYSTEM -> "information_source";
                case null -> content.test() ? "white_check_mark" : "calendar";
            };
        }

        /** Without what is secret. */
        @Override
        public String toString() {
            return "Ntfy[]";
        }
    }

    /**
     * An application of a Gotify server (gotify.net, "Push messages").
     *
     * @param token of the application
     * @param priority 0 to 10; null for that of what is told
     */
    record Gotify(String url, String token, @Nullable Integer priority) implements ChannelSettings {

        private static final int HIGH = 8;
        private static final int USUAL = 5;

        @Override
        public Channel.Kind kind() {
            return Channel.Kind.GOTIFY;
        }

        @Override
        public OutboundRequest request(ChannelMessage message) {
            MessageContent content = message.content();
            Map<String, String> headers = known(message.id());
            headers.put("x-gotify-key", token);
            JsonObject body = JsonObject.of(
                    "title",
                    content.title(),
                    "message",
                    content.message(),
                    "priority",
                    priority != null ? priority : content.kind() == Notification.Kind.EXPIRED ? HIGH : USUAL);
            if (message.link() != null) {
                body.put(
                        "extras",
                        JsonObject.of(
                                "client::notification", JsonObject.of("click", JsonObject.of("url", message.link()))));
            }
            return OutboundRequest.post(below(url, "/message"), headers, body.encode());
        }

        /** Without what is secret. */
        @Override
        public String toString() {
            return "Gotify[]";
        }
    }

    /**
     * A chat with a bot of Telegram, or of a server with the same interface (core.telegram.org/bots/api, "sendMessage").
     *
     * @param token of the bot
     * @param chatId of the chat, or the name of a channel
     */
    record Telegram(String url, String token, String chatId) implements ChannelSettings {

        private static final int MOST_CHARACTERS = 4_096;

        @Override
        public Channel.Kind kind() {
            return Channel.Kind.TELEGRAM;
        }

        @Override
        public OutboundRequest request(ChannelMessage message) {
            MessageContent content = message.content();
            String link = message.link() == null ? "" : "\n\n" + message.link();
            String text =
                    Cut.toCharacters(content.title() + "\n\n" + content.message(), MOST_CHARACTERS - link.length());
            return OutboundRequest.post(
                    below(url, "/bot" + token + "/sendMessage"),
                    known(message.id()),
                    JsonObject.of("chat_id", chatId, "text", text + link).encode());
        }

        /** Without what is secret. */
        @Override
        public String toString() {
            return "Telegram[]";
        }
    }

    /**
     * Any request, made of templates.
     *
     * @param method {@code GET}, {@code POST}, {@code PUT} or {@code PATCH}
     * @param headers by their names, in lower case
     * @param body null for none
     */
    record Template(
            String method,
            String url,
            Map<String, String> headers,
            @Nullable String body) implements ChannelSettings {

        static final String CONTENT_TYPE = "content-type";
        private static final String JSON = "application/json";

        @Override
        public Channel.Kind kind() {
            return Channel.Kind.TEMPLATE;
        }

        /** How what stands in the body is written there. */
        MessageTemplate.Place bodyPlace() {
            String type = headers.getOrDefault(CONTENT_TYPE, JSON);
            if (type.contains("json")) {
                return MessageTemplate.Place.JSON;
            }
            return type.startsWith("application/x-www-form-urlencoded")
                    ? MessageTemplate.Place.URL
                    : MessageTemplate.Place.TEXT;
        }

        @Override
        public OutboundRequest request(ChannelMessage message) {
            Map<String, String> values = MessageTemplate.values(message);
            Map<String, String> filled = known(message.id());
            headers.forEach((name, value) ->
                    filled.put(name, MessageTemplate.fill(value, values, MessageTemplate.Place.HEADER)));
            return new OutboundRequest(
                    method,
                    MessageTemplate.fill(url, values, MessageTemplate.Place.URL),
                    filled,
                    body == null ? null : MessageTemplate.fill(body, values, bodyPlace()));
        }

        /** Without what is secret. */
        @Override
        public String toString() {
            return "Template[]";
        }
    }
}
