package org.expirytracker.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A client of Server-Sent Events (HTML standard, section 9.2) that shows each of them. */
final class TestEvents implements AutoCloseable {

    private static final int PATIENCE_SECONDS = 60;

    /**
     * What came.
     *
     * @param name of an event; ":" for a comment; "end" for the end of the stream, "broken" for one without an end
     */
    record Event(String name, String data) {

        JsonObject json() {
            return new JsonObject(data);
        }
    }

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final HttpResponse<InputStream> response;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

    private TestEvents(HttpRequest request) {
        try {
            response = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (IOException | InterruptedException failure) {
            throw new AssertionError(failure);
        }
        Thread.ofVirtual().start(this::read);
    }

    /** Asks by POST. */
    static TestEvents post(URI uri, String token, String query) {
        return new TestEvents(HttpRequest.newBuilder(uri)
                .header("accept", "text/event-stream")
                .header("authorization", "Bearer " + token)
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(
                        JsonObject.of("query", query).encode()))
                .build());
    }

    private void read() {
        String name = "message";
        String data = "";
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(response.body(), UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(":")) {
                    events.add(new Event(":", ""));
                } else if (line.startsWith("event:")) {
                    name = line.substring(6).strip();
                } else if (line.startsWith("data:")) {
                    data = line.substring(5).strip();
                } else if (!name.equals("message")) {
                    events.add(new Event(name, data));
                    name = "message";
                    data = "";
                }
            }
            events.add(new Event("end", ""));
        } catch (IOException broken) {
            events.add(new Event("broken", ""));
        }
    }

    HttpResponse<?> response() {
        return response;
    }

    /** What comes next, comments as well; fails after {@value #PATIENCE_SECONDS} seconds. */
    Event nextOrComment() {
        try {
            Event event = events.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (event == null) {
                throw new AssertionError("No event came");
            }
            return event;
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    /** The next event. */
    Event next() {
        Event event = nextOrComment();
        while (event.name.equals(":")) {
            event = nextOrComment();
        }
        return event;
    }

    /** The first event of a name; others are passed over. */
    Event next(String name) {
        Event event = next();
        while (!event.name.equals(name) && !event.name.equals("end") && !event.name.equals("broken")) {
            event = next();
        }
        return event;
    }

    /** The first event that tells errors; others are passed over. */
    JsonObject error() {
        Event event = next("next");
        while (event.name.equals("next") && !event.json().containsKey("errors")) {
            event = next("next");
        }
        return event.json().getJsonArray("errors").getJsonObject(0);
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
