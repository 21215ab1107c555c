package org.expirytracker.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.junit.jupiter.api.Test;

/** What docs/home-assistant.md has people paste. */
class HomeAssistantTest {

    private static final Path PAGE = Path.of("docs/home-assistant.md");
    private static final Pattern PAYLOAD = Pattern.compile("payload: >-\\s+(\\{.*})\n");
    private static final Pattern SENSOR = Pattern.compile(
            "- name: ([^\n]+)\n\\s+unique_id:.*?value_template: \"\\{\\{ value_json\\.([\\w.\\[\\]]+)", Pattern.DOTALL);

    private static final Pattern AUTOMATION = Pattern.compile("```yaml\n(automation:\n.*?)```", Pattern.DOTALL);
    private static final Pattern ENTITY = Pattern.compile("entity_id: sensor\\.(\\w+)\n\\s+above: (\\d+)");
    private static final Pattern MESSAGE = Pattern.compile("message: \"([^\n]+)\"");
    private static final Pattern STATE = Pattern.compile("\\{\\{ states\\('sensor\\.(\\w+)'\\) }}");

    private final User user = TestApi.node().newUser();

    private void hold(String name, LocalDate date) {
        user.createItem(new JsonObject()
                .put("name", name)
                .put("quantity", "1")
                .put("leadDays", 5)
                .put("expiryDate", date.toString()));
    }

    /** The state of each sensor, as its template takes it out of the answer. */
    private static Map<String, Object> sensors(String page, JsonObject answer) {
        Map<String, Object> states = new LinkedHashMap<>();
        Matcher sensors = SENSOR.matcher(page);
        while (sensors.find()) {
            Object value = answer;
            for (String step : sensors.group(2).split("[.\\[\\]]+", -1)) {
                value = value instanceof JsonArray array
                        ? array.getValue(Integer.parseInt(step))
                        : ((JsonObject) value).getValue(step);
            }
            states.put(sensors.group(1), value);
        }
        return states;
    }

    /** By the names that Home Assistant gives to entities: the sensor's, in lower case, with underscores. */
    private static Map<String, Object> entities(String page, JsonObject answer) {
        Map<String, Object> entities = new LinkedHashMap<>();
        sensors(page, answer)
                .forEach((name, state) ->
                        entities.put(name.toLowerCase(Locale.ROOT).replace(' ', '_'), state));
        return entities;
    }

    /** What the sensors are answered that the page has people paste, by a token as it has them make. */
    private JsonObject asked(String page) {
        Matcher payload = PAYLOAD.matcher(page);
        assertThat(payload.find()).isTrue();
        String token = user.mutate(
                        "createApiToken",
                        "token",
                        new JsonObject().put("name", "Home").put("scopes", new JsonArray(List.of("ITEMS_READ"))))
                .getString("token");
        JsonObject answer =
                new JsonObject(TestApi.node().post(token, payload.group(1)).body());
        assertThat(answer.containsKey("errors")).as(answer.encode()).isFalse();
        return answer;
    }

    @Test
    void shows_what_has_expired_what_expires_soon_and_what_is_next() throws IOException {
        LocalDate today = LocalDate.now(ZoneOffset.UTC);
        hold("Yoghurt", today.minusDays(2));
        hold("Cheese", today.plusDays(3));
        hold("Ham", today.plusDays(4));
        hold("Rice", today.plusDays(300));
        String page = Files.readString(PAGE);

        JsonObject answer = asked(page);

        assertThat(sensors(page, answer))
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "Expired things",
                        1,
                        "Things that expire soon",
                        2,
                        "Expires next",
                        "Cheese",
                        "Next expiry date",
                        today.plusDays(3).toString()));
    }

    @Test
    void says_in_the_morning_what_has_expired_and_what_is_next() throws IOException {
        LocalDate today = LocalDate.now(ZoneOffset.UTC);
        hold("Yoghurt", today.minusDays(2));
        hold("Cheese", today.plusDays(3));
        String page = Files.readString(PAGE);
        Matcher found = AUTOMATION.matcher(page);
        assertThat(found.find()).isTrue();
        String automation = found.group(1);

        Map<String, Object> entities = entities(page, asked(page));

        Matcher condition = ENTITY.matcher(automation);
        assertThat(condition.find()).isTrue();
        assertThat((Integer) entities.get(condition.group(1))).isGreaterThan(Integer.parseInt(condition.group(2)));
        Matcher message = MESSAGE.matcher(automation);
        assertThat(message.find()).isTrue();
        assertThat(STATE.matcher(message.group(1)).replaceAll(state -> String.valueOf(entities.get(state.group(1)))))
                .isEqualTo("1 things have expired. Next: Cheese.");
    }
}
