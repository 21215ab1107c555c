package org.expirytracker.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.expirytracker.api.Answer;

/** An answer as it leaves, for tests of what makes answers. */
public final class AnswerText {

    private AnswerText() {}

    /** The member {@code data} as it is sent, whoever made it; {@code null} when there is none. */
    public static String data(Answer.Executed executed) {
        Answer.Executed bare = new Answer.Executed(executed.data(), java.util.List.of(), null);
        String whole =
                new String(Json.write(json -> Json.writeExecuted(json, bare)).getBytes(), UTF_8);
        return whole.substring("{\"data\":".length(), whole.length() - 1);
    }
}
