package org.expirytracker.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import org.expirytracker.tracing.LogContext;
import org.slf4j.event.KeyValuePair;

/** Has each line that is written tell of which request or job it is, and of which trace. */
public final class LineContext extends Filter<ILoggingEvent> {

    /** For Logback, which is told its name. */
    public LineContext() {}

    @Override
    public FilterReply decide(ILoggingEvent event) {
        if (event instanceof LoggingEvent line) {
            LogContext.forEach((name, value) -> line.addKeyValuePair(new KeyValuePair(name, value)));
        }
        return FilterReply.NEUTRAL;
    }
}
