package org.expirytracker;

import static java.nio.charset.StandardCharsets.UTF_8;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.FileAppender;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/**
 * All that is logged while tests run, as the program would write it with {@code EXPIRY_LOG_LEVEL=debug}, into a file.
 * Registered for every test of the JVM; processes that tests start do not come here.
 */
public final class CapturedLog implements BeforeAllCallback {

    private static final Path FILE = Leftovers.HERE.log();

    @Override
    public void beforeAll(ExtensionContext context) {
        appender();
    }

    private static FileAppender<ILoggingEvent> appender() {
        return Started.APPENDER;
    }

    /** What was captured so far. */
    public static byte[] bytes() throws IOException {
        flush();
        return Files.readAllBytes(FILE);
    }

    /** Writes down whatever was captured. */
    static void flush() throws IOException {
        appender().getOutputStream().flush();
    }

    private static final class Started {
        static final FileAppender<ILoggingEvent> APPENDER = start();

        private static FileAppender<ILoggingEvent> start() {
            LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
            PatternLayoutEncoder encoder = new PatternLayoutEncoder();
            encoder.setContext(context);
            encoder.setPattern(pattern());
            encoder.start();
            FileAppender<ILoggingEvent> appender = new FileAppender<>();
            appender.setContext(context);
            appender.setName("captured");
            appender.setFile(FILE.toString());
            appender.setAppend(false);
            appender.setImmediateFlush(false);
            appender.setEncoder(encoder);
            appender.start();
            Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
            root.addAppender(appender);
            context.getLogger("org.expirytracker").setLevel(Level.DEBUG);
            return appender;
        }

        /** That of the program. */
        private static String pattern() {
            try (InputStream in = Objects.requireNonNull(CapturedLog.class.getResourceAsStream("/logback-text.xml"))) {
                Matcher pattern =
                        Pattern.compile("<pattern>(.*)</pattern>").matcher(new String(in.readAllBytes(), UTF_8));
                if (!pattern.find()) {
                    throw new IllegalStateException("logback-text.xml has no pattern");
                }
                return pattern.group(1).replace("&lt;", "<").replace("&amp;", "&");
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }
    }
}
