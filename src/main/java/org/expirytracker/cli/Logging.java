package org.expirytracker.cli;

import java.util.Locale;

/** Hands the settings of the log to Logback, which reads them when the first logger is made. */
final class Logging {

    private Logging() {}

    /** Has an effect only before anything was logged. */
    static void configure(Config.LogFormat format, Config.LogLevel level) {
        System.setProperty("expiry.log.format", format.name().toLowerCase(Locale.ROOT));
        System.setProperty("expiry.log.level", level.name().toLowerCase(Locale.ROOT));
    }
}
