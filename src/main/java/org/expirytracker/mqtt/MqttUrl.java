package org.expirytracker.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.net.PemTrustOptions;
import io.vertx.mqtt.MqttClientOptions;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Which broker is told, and how it is reached: {@code mqtt://user:password@host:1883}, or {@code mqtts://…:8883} with TLS.
 * The certificate is verified, by what Java trusts or by a file of the operator's: {@code mqtts://host?ca=FILE}.
 *
 * @param user null to connect without a login
 * @param password null when there is none
 * @param ca file of certificates (PEM) that are trusted in place of Java's; null for Java's
 */
public record MqttUrl(
        String host,
        int port,
        boolean tls,
        @Nullable String user,
        @Nullable String password,
        @Nullable Path ca) {

    private static final int PORT = 1883;
    private static final int TLS_PORT = 8883;
    private static final int CONNECT_MILLIS = 10_000;
    private static final String CA = "ca=";

    /** A URL that cannot be used. */
    public static final class Invalid extends IllegalArgumentException {

        private static final long serialVersionUID = 1;

        Invalid(String reason) {
            super(reason, null);
        }

        /** Why, without anything that is secret. */
        public String reason() {
            return String.valueOf(getMessage());
        }
    }

    /**
     * Reads a URL. User, password and file are percent-decoded.
     *
     * @throws Invalid when it is not of that form, or its file cannot be read
     */
    public static MqttUrl parse(String text) {
        try {
            URI uri = new URI(text.strip());
            boolean tls = "mqtts".equalsIgnoreCase(uri.getScheme());
            String host = uri.getHost();
            boolean noPath = uri.getRawPath() == null
                    || uri.getRawPath().isEmpty()
                    || uri.getRawPath().equals("/");
            if ((!tls && !"mqtt".equalsIgnoreCase(uri.getScheme()))
                    || host == null
                    || !noPath
                    || uri.getFragment() != null) {
                throw new Invalid("it is not of that form; a user or password has its signs percent-encoded");
            }
            String login = uri.getRawUserInfo();
            int colon = login == null ? -1 : login.indexOf(':');
            return new MqttUrl(
                    host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
                    uri.getPort() > 0 ? uri.getPort() : tls ? TLS_PORT : PORT,
                    tls,
                    login == null ? null : decode(colon < 0 ? login : login.substring(0, colon)),
                    login == null || colon < 0 ? null : decode(login.substring(colon + 1)),
                    ca(tls, uri.getRawQuery()));
        } catch (URISyntaxException invalid) {
            throw new Invalid("it is no URL; a user or password has its signs percent-encoded");
        }
    }

    private static @Nullable Path ca(boolean tls, @Nullable String query) {
        if (query == null) {
            return null;
        }
        if (!tls || !query.startsWith(CA)) {
            throw new Invalid("after the ? only ca=FILE is known, with mqtts://");
        }
        Path file = Path.of(decode(query.substring(CA.length())));
        if (!Files.isReadable(file)) {
            throw new Invalid("ca names a file that cannot be read: " + file);
        }
        return file;
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), UTF_8);
    }

    /** Settings of a client, but for its name and its will. */
    MqttClientOptions options() {
        MqttClientOptions options = new MqttClientOptions();
        options.setConnectTimeout(CONNECT_MILLIS);
        if (tls) {
            options.setSsl(true).setHostnameVerificationAlgorithm("HTTPS");
            if (ca != null) {
                options.setTrustOptions(new PemTrustOptions().addCertPath(ca.toString()));
            }
        }
        if (user != null) {
            options.setUsername(user);
        }
        return password == null ? options : options.setPassword(password);
    }

    /** For logs: without the login. */
    @Override
    public String toString() {
        return (tls ? "mqtts://" : "mqtt://") + (user == null ? "" : "***@") + host + ":" + port;
    }
}
