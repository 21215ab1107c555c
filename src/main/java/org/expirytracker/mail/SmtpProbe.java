package org.expirytracker.mail;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.expirytracker.mail.SmtpUrl.Protection;

/**
 * Asks whether a mail server (RFC 5321) is there and protects the connection as it is wanted to, without logging in or sending
 * anything. Blocking.
 */
public final class SmtpProbe {

    private static final int MOST_LINES = 100;

    private SmtpProbe() {}

    /** Why no mail can be sent there; empty when nothing speaks against it. */
    public static Optional<String> objection(SmtpUrl url, Duration patience) {
        int millis = (int) patience.toMillis();
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(url.host(), url.port()), millis);
            socket.setSoTimeout(millis);
            if (url.protection() == Protection.TLS) {
                try (SSLSocket sealed = seal(socket, url)) {
                    return greet(sealed, url);
                }
            }
            return greet(socket, url);
        } catch (IOException failure) {
            return Optional.of(failure.getClass().getSimpleName() + ": " + failure.getMessage());
        }
    }

    private static SSLSocket seal(Socket socket, SmtpUrl url) throws IOException {
        SSLSocket sealed = (SSLSocket)
                ((SSLSocketFactory) SSLSocketFactory.getDefault()).createSocket(socket, url.host(), url.port(), true);
        SSLParameters parameters = sealed.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        sealed.setSSLParameters(parameters);
        sealed.startHandshake();
        return sealed;
    }

    private static Optional<String> greet(Socket socket, SmtpUrl url) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
        String greeting = reply(in);
        if (!greeting.startsWith("220")) {
            return Optional.of("it does not greet as a mail server does");
        }
        say(socket, "EHLO localhost");
        String extensions = reply(in).toUpperCase(Locale.ROOT);
        if (url.protection() == Protection.REQUIRED) {
            if (!extensions.contains("STARTTLS")) {
                return Optional.of("it offers no STARTTLS, which is required unless the URL says starttls=optional");
            }
            say(socket, "STARTTLS");
            if (!reply(in).startsWith("220")) {
                return Optional.of("it refuses STARTTLS");
            }
            // Closed with the socket below it.
            SSLSocket sealed = seal(socket, url);
            say(sealed, "QUIT");
        } else {
            say(socket, "QUIT");
        }
        return Optional.empty();
    }

    private static void say(Socket socket, String line) throws IOException {
        socket.getOutputStream().write((line + "\r\n").getBytes(US_ASCII));
        socket.getOutputStream().flush();
    }

    /** All lines of one reply: the last one has a blank behind its code. */
    private static String reply(BufferedReader in) throws IOException {
        StringBuilder reply = new StringBuilder();
        for (int lines = 0; lines < MOST_LINES; lines++) {
            String line = in.readLine();
            if (line == null) {
                break;
            }
            reply.append(line).append('\n');
            if (line.length() < 4 || line.charAt(3) != '-') {
                break;
            }
        }
        return reply.toString();
    }
}
