package org.expirytracker.channels;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Problem;
import org.expirytracker.outbound.OutboundTargets;
import org.jspecify.annotations.Nullable;

/** Reads where and how a channel sends; what is wrong is noted in the input. */
final class SettingsInput {

    private static final String TELEGRAM = "https://api.telegram.org";
    private static final String NTFY = "https://ntfy.sh";

    private static final Map<String, Function<SettingsInput, ChannelSettings>> KINDS = Map.of(
            "ntfy", SettingsInput::ntfy,
            "gotify", SettingsInput::gotify,
            "telegram", SettingsInput::telegram,
            "template", SettingsInput::template);

    private static final Pattern TOPIC = Pattern.compile("[-_A-Za-z0-9]{1,64}");
    private static final Pattern TOKEN = Pattern.compile("[\\x21-\\x7e]{1,500}");
    private static final Pattern BOT = Pattern.compile("[A-Za-z0-9:_-]{1,200}");
    private static final Pattern HEADER = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}");
    private static final Pattern HEADER_VALUE = Pattern.compile("[\\t\\x20-\\x7e]{0,1000}");

    /** What the connection is made of, and what names a message. */
    private static final Set<String> RESERVED = Set.of(
            "host",
            "connection",
            "content-length",
            "transfer-encoding",
            "te",
            "trailer",
            "upgrade",
            "expect",
            "keep-alive",
            "proxy-connection",
            "proxy-authorization",
            "accept-encoding",
            "idempotency-key");

    private static final int MOST_URL = 2_000;
    private static final int MOST_BODY = 10_000;
    private static final int MOST_HEADERS = 20;
    private static final int MOST_TAGS = 5;
    private static final int MOST_TAG = 40;
    private static final int MOST_CHAT = 100;
    private static final int MOST_NTFY = 5;
    private static final int MOST_GOTIFY = 10;

    private final Input input;
    private final OutboundTargets targets;

    private SettingsInput(Input input, OutboundTargets targets) {
        this.input = input;
        this.targets = targets;
    }

    /** Reads the one that is given; null when none is. */
    static @Nullable ChannelSettings read(Input input, OutboundTargets targets) {
        List<String> given = Stream.of("ntfy", "gotify", "telegram", "template")
                .filter(input::isGiven)
                .toList();
        if (given.size() > 1) {
            input.reject(
                    given.getLast(),
                    Problem.Code.INVALID,
                    "Give one of ntfy, gotify, telegram and template, not several.");
        }
        if (given.isEmpty()) {
            return null;
        }
        String kind = given.getFirst();
        return Objects.requireNonNull(KINDS.get(kind)).apply(new SettingsInput(input.object(kind), targets));
    }

    private ChannelSettings ntfy() {
        return new ChannelSettings.Ntfy(
                server(NTFY),
                matching("topic", TOPIC, "must be 1 to 64 letters, digits, - and _"),
                input.isGiven("token") ? token() : null,
                input.optionalInt("priority", 1, MOST_NTFY),
                input.optionalNames("tags", MOST_TAG, MOST_TAGS));
    }

    private ChannelSettings gotify() {
        return new ChannelSettings.Gotify(server(""), token(), input.optionalInt("priority", 0, MOST_GOTIFY));
    }

    private ChannelSettings telegram() {
        return new ChannelSettings.Telegram(
                server(TELEGRAM),
                matching("token", BOT, "must be a bot's token, such as 123456:ABC-DEF"),
                input.name("chatId", MOST_CHAT));
    }

    private ChannelSettings template() {
        String method = Objects.requireNonNullElse(input.optionalChoice("method", Method.class), Method.POST)
                .name();
        Map<String, String> headers = headers();
        String body = input.isGiven("body") ? input.exactText("body", MOST_BODY) : null;
        ChannelSettings.Template template = new ChannelSettings.Template(method, templateUrl(), headers, body);
        if (body != null) {
            checkBody(template, body);
        }
        return template;
    }

    /** GraphQL enumeration {@code TemplateMethod}. */
    private enum Method {
        POST,
        PUT,
        PATCH,
        GET
    }

    private String server(String usual) {
        String url = input.isGiven("url") || usual.isEmpty() ? input.exactText("url", MOST_URL) : usual;
        objectToUrl(url);
        if (url.contains("?")) {
            reject("url", "must be the address of the server, without a query");
        }
        return url;
    }

    private String templateUrl() {
        String url = input.exactText("url", MOST_URL);
        MessageTemplate.objection(url).ifPresent(objection -> reject("url", objection));
        String sample = MessageTemplate.sample(url);
        objectToUrl(sample);
        int path = url.indexOf('/', url.indexOf("://") + "://".length());
        if (MessageTemplate.hasPlace(path < 0 ? url : url.substring(0, path))) {
            reject("url", "must have its placeholders behind the host");
        }
        return url;
    }

    private void objectToUrl(String url) {
        targets.objection(url).ifPresent(objection -> reject("url", objection));
    }

    private String token() {
        return matching("token", TOKEN, "must be 1 to 500 characters of ASCII without blanks");
    }

    private String matching(String name, Pattern form, String objection) {
        String text = input.exactText(name, MOST_URL);
        if (!form.matcher(text).matches()) {
            reject(name, objection);
        }
        return text;
    }

    private Map<String, String> headers() {
        Map<String, String> headers = new LinkedHashMap<>();
        List<Input> given = Objects.requireNonNullElse(input.optionalObjects("headers"), List.of());
        if (given.size() > MOST_HEADERS) {
            reject("headers", "must be at most %d".formatted(MOST_HEADERS));
            return headers;
        }
        for (Input each : given) {
            String name = each.exactText("name", MOST_URL).toLowerCase(Locale.ROOT);
            String value = each.exactText("value", MOST_URL);
            if (!HEADER.matcher(name).matches() || RESERVED.contains(name)) {
                each.reject("name", Problem.Code.INVALID, "name is no header that can be set.");
            }
            if (!HEADER_VALUE.matcher(value).matches()) {
                each.reject(
                        "value", Problem.Code.INVALID, "value must be one line of at most 1,000 characters of ASCII.");
            }
            MessageTemplate.objection(value)
                    .ifPresent(objection -> each.reject("value", Problem.Code.INVALID, "value " + objection + "."));
            headers.put(name, value);
        }
        return headers;
    }

    private void checkBody(ChannelSettings.Template template, String body) {
        if (template.method().equals(Method.GET.name())) {
            reject("body", "cannot be sent by GET");
        }
        MessageTemplate.objection(body).ifPresent(objection -> reject("body", objection));
        if (template.bodyPlace() == MessageTemplate.Place.JSON
                && !(isJson(MessageTemplate.sample(body)) && isJson(MessageTemplate.empty(body)))) {
            reject(
                    "body",
                    "is no JSON, which it must be unless a header content-type says otherwise; write placeholders within"
                            + " quotation marks");
        }
    }

    private static boolean isJson(String text) {
        try {
            Json.decodeValue(text);
            return true;
        } catch (DecodeException malformed) {
            return false;
        }
    }

    private void reject(String name, String objection) {
        input.reject(name, Problem.Code.INVALID, name + " " + objection + ".");
    }
}
