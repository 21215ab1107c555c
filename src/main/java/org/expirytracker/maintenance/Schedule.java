package org.expirytracker.maintenance;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;

/** Moments by a cron expression of five fields, in UTC: so no hour comes twice or not at all. */
public final class Schedule {

    private final String expression;
    private final ExecutionTime times;

    private Schedule(String expression, ExecutionTime times) {
        this.expression = expression;
        this.times = times;
    }

    /**
     * Reads an expression: minute, hour, day of the month, month, day of the week.
     *
     * @throws IllegalArgumentException when it is none, or its moment never comes
     */
    public static Schedule parse(String expression) {
        CronParser parser = new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX));
        Schedule schedule = new Schedule(
                expression,
                ExecutionTime.forCron(parser.parse(expression.strip()).validate()));
        schedule.after(Instant.now());
        return schedule;
    }

    /** The first moment after this one. */
    public Instant after(Instant moment) {
        return times.nextExecution(moment.atZone(ZoneOffset.UTC))
                .map(ZonedDateTime::toInstant)
                .orElseThrow(() -> new IllegalArgumentException("Its moment never comes"));
    }

    @Override
    public String toString() {
        return expression;
    }
}
