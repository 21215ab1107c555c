package org.expirytracker;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Pattern;
import org.expirytracker.db.DatabaseUrl;
import org.jspecify.annotations.Nullable;

/**
 * The secrets that tests have chosen or were handed out, for {@link SecretsTest} to look for where none may be: as they
 * are, in Base64 wherever they begin in a text, and in hexadecimal. Those that are themselves an encoding of bytes are
 * looked for as these bytes too.
 */
public final class Secrets {

    /** Shorter ones, such as codes of six digits, stand in texts by chance. */
    static final int LEAST = 10;

    /** Members of inputs that hold a secret. */
    private static final Set<String> OF_INPUTS = Set.of(
            "password",
            "currentPassword",
            "newPassword",
            "answer",
            "securityAnswer",
            "refreshToken",
            "deviceToken",
            "token",
            "secret");

    /** Members of answers that hold a secret; the {@code answer} of a receiver of webhooks is none. */
    private static final Set<String> OF_ANSWERS =
            Set.of("password", "accessToken", "refreshToken", "deviceToken", "token", "secret", "recoveryCodes");

    private static final Pattern OF_THE_ENVIRONMENT = Pattern.compile(".*(KEYS?|SECRETS?|PASSWORD|TOKENS?)");
    private static final Pattern NAME = Pattern.compile("[a-z][0-9a-f]{8}-[0-9a-f-]{4,}(@example\\.org)?");
    private static final Pattern PREFIXED = Pattern.compile("[a-z]{2,5}_([A-Za-z0-9_-]+)");
    private static final Pattern BASE_64 = Pattern.compile("[A-Za-z0-9+/_-]{22,}={0,2}");
    private static final Pattern BASE_32 = Pattern.compile("[A-Z2-7]{16,}=*");
    private static final String BASE_32_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    private static final Set<String> KNOWN = ConcurrentHashMap.newKeySet();
    private static final Queue<String> ERRORS = new ConcurrentLinkedQueue<>();
    private static final Queue<String> METRICS = new ConcurrentLinkedQueue<>();

    private Secrets() {}

    /** Notes a secret and answers it. */
    public static String remember(String secret) {
        if (secret.length() >= LEAST) {
            KNOWN.add(secret);
        }
        return secret;
    }

    /** Notes the keys and passwords that a node is given. */
    static void rememberEnvironment(Map<String, String> environment) {
        environment.forEach((name, value) -> {
            if (OF_THE_ENVIRONMENT.matcher(name).matches()) {
                for (String secret : value.split(",", -1)) {
                    remember(secret);
                }
            }
            String login = value.contains("://") ? URI.create(value).getUserInfo() : null;
            if (login != null) {
                remember(login.substring(login.indexOf(':') + 1));
            }
        });
    }

    /** Notes what is secret in an input, however deep. */
    static void rememberIn(@Nullable Object input) {
        rememberIn(input, OF_INPUTS);
    }

    private static void rememberIn(@Nullable Object json, Set<String> members) {
        switch (json) {
            case JsonObject object ->
                object.forEach(member -> {
                    if (members.contains(member.getKey())) {
                        rememberAll(member.getValue());
                    }
                    rememberIn(member.getValue(), members);
                });
            case JsonArray array -> array.forEach(each -> rememberIn(each, members));
            case null, default -> {}
        }
    }

    private static void rememberAll(@Nullable Object value) {
        switch (value) {
            // A name that a test offers as a password, to see it refused, is no secret.
            case String name when NAME.matcher(name).matches() -> {}
            case String secret -> remember(secret);
            case JsonArray secrets -> secrets.forEach(Secrets::rememberAll);
            case null, default -> {}
        }
    }

    /** Notes what a node has answered: what is secret in it, and the errors that it tells. */
    static void answered(String body) {
        if (body.startsWith("{")) {
            try {
                JsonObject answer = new JsonObject(body);
                rememberIn(answer, OF_ANSWERS);
                noteErrors(answer);
            } catch (DecodeException other) {
                ERRORS.add(body);
            }
        }
    }

    private static void noteErrors(@Nullable Object json) {
        switch (json) {
            case JsonObject object ->
                object.forEach(member -> {
                    boolean errors =
                            member.getKey().equals("errors") || member.getKey().equals("userErrors");
                    if (errors && member.getValue() instanceof JsonArray told && !told.isEmpty()) {
                        ERRORS.add(told.encode());
                    }
                    noteErrors(member.getValue());
                });
            case JsonArray array -> array.forEach(Secrets::noteErrors);
            case null, default -> {}
        }
    }

    /** Notes what a node measures, before it stops. */
    static void measured(String metrics) {
        METRICS.add(metrics);
    }

    static List<String> known() {
        return List.copyOf(KNOWN);
    }

    static List<String> errors() {
        return List.copyOf(ERRORS);
    }

    static List<String> metrics() {
        return List.copyOf(METRICS);
    }

    /** How a secret may be written. */
    static Set<String> forms(String secret) {
        Set<String> forms = new LinkedHashSet<>();
        forms.add(secret);
        encode(secret.getBytes(UTF_8), forms);
        for (byte[] meant : decoded(secret)) {
            encode(meant, forms);
        }
        forms.removeIf(form -> form.length() < LEAST);
        return forms;
    }

    private static void encode(byte[] bytes, Set<String> into) {
        into.add(HexFormat.of().formatHex(bytes));
        into.add(HexFormat.of().withUpperCase().formatHex(bytes));
        for (int before = 0; before < 3; before++) {
            byte[] shifted = new byte[before + bytes.length];
            System.arraycopy(bytes, 0, shifted, before, bytes.length);
            // Without the digits at both ends that depend on what stands beside it.
            int begin = (before * 4 + 2) / 3;
            int end = shifted.length * 4 / 3;
            into.add(Base64.getEncoder().encodeToString(shifted).substring(begin, end));
            into.add(Base64.getUrlEncoder().encodeToString(shifted).substring(begin, end));
        }
    }

    private static List<byte[]> decoded(String secret) {
        List<byte[]> meant = new ArrayList<>();
        var prefixed = PREFIXED.matcher(secret);
        String text = prefixed.matches() ? prefixed.group(1) : secret;
        String url = text.replace('+', '-').replace('/', '_').replace("=", "");
        // No bytes are written in four digits and one more.
        if (BASE_64.matcher(text).matches() && url.length() % 4 != 1) {
            byte[] bytes = Base64.getUrlDecoder().decode(url);
            meant.add(bytes);
            if (bytes.length > 32) {
                // What is random of a token comes last.
                meant.add(Arrays.copyOfRange(bytes, bytes.length - 32, bytes.length));
            }
        }
        String grouped = secret.replace("-", "");
        if (BASE_32.matcher(grouped).matches()) {
            meant.add(grouped.getBytes(UTF_8));
            meant.add(base32(grouped.replace("=", "")));
        }
        return meant;
    }

    private static byte[] base32(String digits) {
        byte[] bytes = new byte[digits.length() * 5 / 8];
        int bits = 0;
        int buffer = 0;
        int at = 0;
        for (int digit = 0; digit < digits.length(); digit++) {
            buffer = buffer << 5 | BASE_32_DIGITS.indexOf(digits.charAt(digit));
            bits += 5;
            if (bits >= 8) {
                bits -= 8;
                bytes[at++] = (byte) (buffer >> bits);
                buffer &= (1 << bits) - 1;
            }
        }
        return bytes;
    }

    /** Finds many secrets in one pass over a text, by a hash of the last bytes of each of their forms. */
    public static final class Search {

        private static final long BASE = 1_000_003;
        private static final int SLOTS = 1 << 24;

        private final BitSet tails = new BitSet(SLOTS);
        private final Map<Long, List<byte[]>> forms = new HashMap<>();

        /** For all of these, as long as each is of ten characters or more. */
        public Search(Iterable<String> secrets) {
            for (String secret : secrets) {
                for (String form : forms(secret)) {
                    byte[] bytes = form.getBytes(UTF_8);
                    if (bytes.length >= LEAST) {
                        long hash = 0;
                        for (int at = bytes.length - LEAST; at < bytes.length; at++) {
                            hash = hash * BASE + bytes[at];
                        }
                        tails.set(slot(hash));
                        forms.computeIfAbsent(hash, tail -> new ArrayList<>()).add(bytes);
                    }
                }
            }
        }

        private static int slot(long hash) {
            return (int) (hash ^ hash >>> 29) & SLOTS - 1;
        }

        /** For each secret that stands in a text, the text around it. */
        public List<String> in(byte[] text) {
            List<String> found = new ArrayList<>();
            long power = 1;
            for (int at = 0; at < LEAST; at++) {
                power *= BASE;
            }
            long hash = 0;
            for (int at = 0; at < text.length; at++) {
                hash = hash * BASE + text[at] - (at < LEAST ? 0 : power * text[at - LEAST]);
                if (tails.get(slot(hash))) {
                    for (byte[] form : forms.getOrDefault(hash, List.of())) {
                        if (endsAt(text, at + 1, form)) {
                            found.add(around(text, at + 1, form.length));
                        }
                    }
                }
            }
            return found;
        }

        /** For each secret that stands in a dump of a database, the table and the text around it. */
        public List<String> in(DatabaseUrl database) throws SQLException, IOException {
            Map<String, ByteArrayOutputStream> tables = new TreeMap<>();
            Dump.of(database, table -> tables.computeIfAbsent(table, name -> new ByteArrayOutputStream()));
            List<String> found = new ArrayList<>();
            tables.forEach((table, rows) -> in(rows.toByteArray()).forEach(text -> found.add(table + ": " + text)));
            return found;
        }

        private static boolean endsAt(byte[] text, int end, byte[] form) {
            return end >= form.length && Arrays.equals(text, end - form.length, end, form, 0, form.length);
        }

        private static String around(byte[] text, int end, int length) {
            int from = Math.max(0, end - length - 160);
            int to = Math.min(text.length, end + 80);
            return new String(text, from, to - from, UTF_8);
        }
    }
}
