package org.expirytracker.maintenance;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where backups are in a store that speaks the S3 protocol: {@code s3://bucket/prefix?region=…&endpoint=https://…}. Holds no
 * secret.
 *
 * @param path what it says before {@code ?}, without a slash at the end
 * @param prefix with which the keys of the backups begin: empty, or ends in a slash
 * @param region null for the one of the environment
 * @param endpoint of a store that is not Amazon's; null for the one of the environment
 * @param pathStyle whether the bucket stands in the path and not in the name of the host; null for what is usual
 * @param checksum that goes with all that is sent
 * @param readable whether it was said that backups may be stored there unencrypted
 * @param query what it says from {@code ?} on; may be empty
 */
public record S3Address(
        String path,
        String bucket,
        String prefix,
        @Nullable String region,
        @Nullable URI endpoint,
        @Nullable Boolean pathStyle,
        Checksum checksum,
        boolean readable,
        String query) {

    private static final String SCHEME = "s3://";
    private static final Pattern BUCKET = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]");
    private static final Pattern PREFIX = Pattern.compile("([A-Za-z0-9!_.*'()=-]+/)*");
    private static final Pattern REGION = Pattern.compile("[a-z0-9-]{1,40}");
    private static final Set<String> KNOWN = Set.of("region", "endpoint", "path-style", "checksum", "encryption");

    /** How the store sees that what it got is what was sent. */
    public enum Checksum {
        /** {@code x-amz-checksum-sha256}, as Amazon, MinIO and most others know it. */
        SHA256,
        /** {@code Content-MD5}, which all know. */
        MD5
    }

    /** Why a text is no such address, to follow "cannot be used:". */
    public static final class Invalid extends IllegalArgumentException {

        private static final long serialVersionUID = 1;

        Invalid(String reason) {
            super(reason);
        }

        /** In a few words. */
        public String reason() {
            return String.valueOf(getMessage());
        }
    }

    /** Whether a text means a place of this kind, right or wrong. */
    public static boolean isOne(String text) {
        return text.startsWith(SCHEME);
    }

    /**
     * Reads an address.
     *
     * @throws Invalid when it is none
     */
    public static S3Address parse(String text) {
        if (!isOne(text)) {
            throw new Invalid("it does not begin with s3://");
        }
        int question = text.indexOf('?');
        String query = question < 0 ? "" : text.substring(question);
        String path = withoutSlash(question < 0 ? text : text.substring(0, question));
        String rest = path.length() < SCHEME.length() ? "" : path.substring(SCHEME.length());
        int slash = rest.indexOf('/');
        String bucket = slash < 0 ? rest : rest.substring(0, slash);
        String prefix = slash < 0 ? "" : rest.substring(slash + 1) + "/";
        if (!BUCKET.matcher(bucket).matches()) {
            throw new Invalid("\"" + bucket + "\" is no name of a bucket");
        }
        if (!PREFIX.matcher(prefix).matches()) {
            throw new Invalid("what follows the bucket may have letters, digits, / and !_.*'()=-");
        }
        Map<String, String> options = options(query);
        return new S3Address(
                path,
                bucket,
                prefix,
                options.containsKey("region") ? region(options.get("region")) : null,
                options.containsKey("endpoint") ? endpoint(options.get("endpoint")) : null,
                options.containsKey("path-style") ? yes("path-style", options.get("path-style")) : null,
                checksum(options.getOrDefault("checksum", "sha256")),
                readable(options.get("encryption")),
                query);
    }

    private static String withoutSlash(String text) {
        return text.endsWith("/") && text.length() > SCHEME.length() ? text.substring(0, text.length() - 1) : text;
    }

    private static Map<String, String> options(String query) {
        Map<String, String> options = new LinkedHashMap<>();
        if (query.length() <= 1) {
            return options;
        }
        for (String each : Arrays.asList(query.substring(1).split("&", -1))) {
            int is = each.indexOf('=');
            String name = is < 0 ? each : each.substring(0, is);
            if (!KNOWN.contains(name)) {
                throw new Invalid("it knows "
                        + String.join(", ", KNOWN.stream().sorted().toList()) + ", and not \"" + name + "\"");
            }
            options.put(name, URLDecoder.decode(each.substring(is + 1), UTF_8));
        }
        return options;
    }

    /**
     * Reads a region.
     *
     * @throws Invalid when it is none
     */
    public static String region(@Nullable String text) {
        if (text == null || !REGION.matcher(text).matches()) {
            throw new Invalid("\"" + text + "\" is no region");
        }
        return text;
    }

    /**
     * Reads an endpoint.
     *
     * @throws Invalid when it is none
     */
    public static URI endpoint(@Nullable String text) {
        try {
            URI uri = new URI(String.valueOf(text));
            if (Set.of("http", "https").contains(String.valueOf(uri.getScheme()))
                    && uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null) {
                return uri;
            }
        } catch (URISyntaxException malformed) {
            // Told below.
        }
        throw new Invalid("an endpoint is like https://s3.example.org:9000");
    }

    private static boolean yes(String name, @Nullable String text) {
        if (!"true".equals(text) && !"false".equals(text)) {
            throw new Invalid(name + " is true or false");
        }
        return Boolean.parseBoolean(text);
    }

    private static Checksum checksum(String text) {
        try {
            return Checksum.valueOf(text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException unknown) {
            throw new Invalid("checksum is sha256 or md5");
        }
    }

    private static boolean readable(@Nullable String text) {
        if (text != null && !text.equals("none")) {
            throw new Invalid("encryption is none, or not said");
        }
        return text != null;
    }

    /** As this, where it says nothing of them, with what the environment says. */
    public S3Address or(Optional<String> otherRegion, Optional<URI> otherEndpoint) {
        return new S3Address(
                path,
                bucket,
                prefix,
                region == null ? otherRegion.orElse(null) : region,
                endpoint == null ? otherEndpoint.orElse(null) : endpoint,
                pathStyle,
                checksum,
                readable,
                query);
    }

    @Override
    public String toString() {
        return path + query;
    }
}
