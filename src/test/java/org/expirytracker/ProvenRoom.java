package org.expirytracker;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Long tests of a room that changes rarely, or of the product as a whole ({@code product}). They run whole, unless the system property {@value #PROVEN} names the room:
 * then nothing that they depend on has changed since all of them passed, and one in {@value #ONE_IN} runs, always the
 * same ones. {@code .ci/run} compares and decides; {@code mvn verify} alone runs all.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@ExtendWith(ProvenRoom.Sample.class)
public @interface ProvenRoom {

    /** The rooms that are proven, and what is proven of a room by itself, with commas between them. */
    String PROVEN = "proven";

    /** How many there are for each one that runs in a proven room. */
    int ONE_IN = 20;

    /** The room's name, as {@code .ci/run} knows it. */
    String value();

    /** Skips what does not belong to the sample. */
    final class Sample implements ExecutionCondition {

        /** All cases of one test, or every {@value ProvenRoom#ONE_IN}th where their room is proven. */
        public static <T> List<T> of(String room, List<T> cases) {
            return of(room, cases, 0);
        }

        /**
         * As {@link #of(String, List)}, of cases that are some of a larger number.
         *
         * @param before how many of the others come before these
         */
        public static <T> List<T> of(String room, List<T> cases, int before) {
            return IntStream.range(0, cases.size())
                    .filter(number -> !isEnough(room) || (before + number) % ONE_IN == 0)
                    .mapToObj(cases::get)
                    .toList();
        }

        private static boolean isEnough(String room) {
            return Arrays.asList(System.getProperty(PROVEN, "").split(",", -1)).contains(room);
        }

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            String id = context.getUniqueId();
            String last = id.substring(id.lastIndexOf('[') + 1);
            if (!last.startsWith("method:") && !last.startsWith("test-template-invocation:")) {
                return ConditionEvaluationResult.enabled("holds tests");
            }
            String room = AnnotationSupport.findAnnotation(
                            context.getRequiredTestClass(), ProvenRoom.class, context.getEnclosingTestClasses())
                    .orElseThrow()
                    .value();
            if (!isEnough(room)) {
                return ConditionEvaluationResult.enabled("room " + room + " is not proven");
            }
            CRC32 number = new CRC32();
            number.update(id.getBytes(StandardCharsets.UTF_8));
            return number.getValue() % ONE_IN == 0
                    ? ConditionEvaluationResult.enabled("belongs to the sample of room " + room)
                    : ConditionEvaluationResult.disabled("room " + room + " is proven");
        }
    }
}
