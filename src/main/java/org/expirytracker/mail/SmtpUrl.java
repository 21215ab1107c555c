package org.expirytracker.mail;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.ext.mail.LoginOption;
import io.vertx.ext.mail.MailConfig;
import io.vertx.ext.mail.StartTLSOptions;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Which server sends the mail, and how it is reached:
 * {@code smtp://user:password@host:587?starttls=required|optional|disabled}, or {@code smtps://…} with TLS from the
 * first byte. Its certificate is verified whenever there is TLS.
 *
 * @param user null to send without a login
 * @param password null when {@code user} is
 */
public record SmtpUrl(
        String host,
        int port,
        Protection protection,
        @Nullable String user,
        @Nullable String password) {

    private static final int SMTP_PORT = 587;
    private static final int SMTPS_PORT = 465;
    private static final int MOST_CONNECTIONS = 4;
    private static final int CONNECT_MILLIS = 10_000;
    private static final int IDLE_SECONDS = 30;

    /** How a connection is protected; of {@code STARTTLS}, those but the first are asked for by name. */
    public enum Protection {
        TLS,
        REQUIRED,
        OPTIONAL,
        DISABLED
    }

    /**
     * Reads a URL. User and password are percent-decoded; the port is 587, or 465 for {@code smtps}, unless given.
     *
     * @throws IllegalArgumentException when it is not of that form; the message repeats nothing of it
     */
    public static SmtpUrl parse(String text) {
        try {
            URI uri = new URI(text.strip());
            boolean tls = "smtps".equalsIgnoreCase(uri.getScheme());
            boolean rest = uri.getRawPath() == null
                    || uri.getRawPath().isEmpty()
                    || uri.getRawPath().equals("/");
            String host = uri.getHost();
            if ((!tls && !"smtp".equalsIgnoreCase(uri.getScheme()))
                    || host == null
                    || !rest
                    || uri.getFragment() != null) {
                throw new IllegalArgumentException("not of the form smtp://user:password@host:port");
            }
            String login = uri.getRawUserInfo();
            int colon = login == null ? -1 : login.indexOf(':');
            if (login != null && colon < 1) {
                throw new IllegalArgumentException("a login is a user and a password");
            }
            return new SmtpUrl(
                    host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
                    uri.getPort() > 0 ? uri.getPort() : tls ? SMTPS_PORT : SMTP_PORT,
                    protection(tls, uri.getRawQuery()),
                    login == null ? null : decode(login.substring(0, colon)),
                    login == null ? null : decode(login.substring(colon + 1)));
        } catch (URISyntaxException invalid) {
            throw new IllegalArgumentException("not a URL", null);
        }
    }

    private static Protection protection(boolean tls, @Nullable String query) {
        if (tls && query == null) {
            return Protection.TLS;
        }
        return switch (tls ? "" : query == null ? "starttls=required" : query) {
            case "starttls=required" -> Protection.REQUIRED;
            case "starttls=optional" -> Protection.OPTIONAL;
            case "starttls=disabled" -> Protection.DISABLED;
            default -> throw new IllegalArgumentException("starttls is required, optional or disabled");
        };
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), UTF_8);
    }

    /**
     * Settings of a client.
     *
     * @param ownHost how it names itself to the server
     */
    MailConfig config(String ownHost) {
        MailConfig config = new MailConfig(host, port)
                .setOwnHostname(ownHost)
                .setMaxPoolSize(MOST_CONNECTIONS)
                .setSsl(protection == Protection.TLS)
                .setStarttls(
                        switch (protection) {
                            case REQUIRED -> StartTLSOptions.REQUIRED;
                            case OPTIONAL -> StartTLSOptions.OPTIONAL;
                            case TLS, DISABLED -> StartTLSOptions.DISABLED;
                        })
                .setLogin(user == null ? LoginOption.NONE : LoginOption.REQUIRED)
                .setHostnameVerificationAlgorithm("HTTPS")
                .setConnectTimeout(CONNECT_MILLIS)
                .setIdleTimeout(IDLE_SECONDS)
                .setIdleTimeoutUnit(TimeUnit.SECONDS);
        return user == null ? config : config.setUsername(user).setPassword(password);
    }

    /** For logs: without the login. */
    @Override
    public String toString() {
        return (protection == Protection.TLS ? "smtps://" : "smtp://") + (user == null ? "" : "***@") + host + ":"
                + port;
    }
}
