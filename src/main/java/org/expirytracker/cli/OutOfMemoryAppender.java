package org.expirytracker.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import org.expirytracker.kernel.OutOfMemory;

/** Sees what libraries catch and only write to the log: named in {@code logback.xml}, behind the appender that writes. */
public final class OutOfMemoryAppender extends AppenderBase<ILoggingEvent> {

    @Override
    protected void append(ILoggingEvent event) {
        if (event.getThrowableProxy() instanceof ThrowableProxy thrown) {
            OutOfMemory.endProcessIf(thrown.getThrowable());
        }
    }
}
