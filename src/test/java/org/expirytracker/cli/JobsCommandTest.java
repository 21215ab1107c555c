package org.expirytracker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.time.Clock;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Stock;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.kernel.InventoryId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The commands as an operator types them. Each test has a database of its own. */
@Timeout(60)
@ProvenRoom("product")
class JobsCommandTest {

    private final DatabaseUrl url = TestDatabase.freshMigrated();
    private final Stock stock = new Stock(url);

    private record Answer(int code, String out, String err) {}

    private Answer run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        List<String> all = new ArrayList<>(List.of("jobs"));
        all.addAll(List.of(arguments));
        int code = Main.commandLine(
                        Map.of("DATABASE_URL", TestDatabase.textOf(url)),
                        Clock.systemUTC(),
                        new BufferedReader(new StringReader("")))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all.toArray(String[]::new));
        return new Answer(code, out.toString(), err.toString());
    }

    private String out(String... arguments) {
        Answer answer = run(arguments);
        assertThat(answer.code).as(answer.err).isZero();
        assertThat(answer.err).isEmpty();
        return answer.out;
    }

    private InventoryId parkedUser() {
        InventoryId user = stock.user();
        stock.run(
                "INSERT INTO jobs (tenant_id, kind, object_id, tries, error, first_failed_at, due_at)"
                        + " VALUES (?, 'turn', '00000000-0000-0000-0000-000000000000', 3, 'zone not known', now(), 'infinity')",
                user.value());
        return user;
    }

    private UUID waitingItem(InventoryId user) {
        UUID item = stock.item(user, "milk", LocalDate.of(2026, 11, 22), 3);
        stock.run(
                "INSERT INTO jobs (tenant_id, kind, object_id, tries, error, first_failed_at, due_at)"
                        + " VALUES (?, 'notice', ?, 1, 'poison', now(), now() + interval '1 minute')",
                user.value(),
                item);
        return item;
    }

    @Nested
    class Help {

        @Test
        void teaches_what_is_parked_and_how_it_goes_on() {
            assertThat(out("--help"))
                    .startsWith("Usage: expiry jobs")
                    .contains("DATABASE_URL", "parked", "Examples:", "expiry jobs retry --all");
            for (String command : List.of("list", "retry")) {
                assertThat(out(command, "--help"))
                        .startsWith("Usage: expiry jobs " + command)
                        .contains("--json");
            }
            assertThat(out("--help").lines())
                    .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(100));
        }

        @Test
        void is_offered_when_the_command_line_is_wrong() {
            String id = UUID.randomUUID().toString();
            for (String[] wrong : new String[][] {{}, {"lst"}, {"retry"}, {"retry", "milk"}, {"retry", id, "--all"}}) {
                Answer answer = run(wrong);

                assertThat(answer.code).as(String.join(" ", wrong)).isEqualTo(2);
                assertThat(answer.err).containsPattern("Try: expiry jobs( \\w+)? --help");
            }
        }
    }

    @Nested
    class ListOfJobs {

        @Test
        void says_so_when_there_is_nothing_to_do() {
            stock.user();

            assertThat(out("list")).isEqualTo("Nobody's day is due.\nNothing is stuck.\n");
        }

        @Test
        void tells_how_many_are_due_since_when_and_what_is_stuck_and_why() {
            stock.run(
                    "UPDATE inventories SET next_day_at = '2026-11-22T10:00:00Z' WHERE id = ?",
                    stock.user().value());
            InventoryId user = parkedUser();
            UUID item = waitingItem(user);

            assertThat(out("list"))
                    .contains("Users whose day is due: 1, the oldest since 2026-11-22 10:00:00Z.")
                    .contains("Stuck: 1 users and 1 items, of which 1 and 0 are parked. Next: expiry jobs retry <id>")
                    .containsPattern(user.value() + " +the day +user-" + user.value() + " +3 .* parked +zone not known")
                    .containsPattern(item + " +item milk +user-" + user.value() + " +1 .*Z +poison");
        }

        @Test
        void gives_a_script_the_same() {
            InventoryId user = parkedUser();
            UUID item = waitingItem(user);

            JsonObject listed = new JsonObject(out("list", "--json"));

            assertThat(listed.getInteger("due")).isZero();
            assertThat(listed.getValue("oldestDueAt")).isNull();
            assertThat(listed.getInteger("parkedUsers")).isEqualTo(1);
            assertThat(listed.getInteger("waitingItems")).isEqualTo(1);
            JsonObject first = listed.getJsonArray("stuck").getJsonObject(0);
            assertThat(first.getString("userId")).isEqualTo(user.value().toString());
            assertThat(first.getValue("itemId")).isNull();
            assertThat(first.getValue("retryAt")).isNull();
            JsonObject second = listed.getJsonArray("stuck").getJsonObject(1);
            assertThat(second.getString("itemId")).isEqualTo(item.toString());
            assertThat(second.getString("retryAt")).isNotNull();
        }
    }

    private void job(String kind, int tries, String due, @Nullable String error) {
        stock.run(
                "INSERT INTO jobs (tenant_id, kind, object_id, tries, due_at, error, first_failed_at, done_at)"
                        + " SELECT nil, ?, nil, ?, ?::timestamptz, ?, now(), '2026-11-22T10:00:00Z'"
                        + " FROM (SELECT '00000000-0000-0000-0000-000000000000'::uuid AS nil) AS whole",
                kind,
                tries,
                due,
                error);
    }

    @Nested
    class RecurringJobs {

        @Test
        void are_listed_with_what_is_wrong() {
            job("forget-failures", 0, "2026-11-22T11:00:00Z", null);
            job("forget-full-budgets", 12, "infinity", "the disk is full");

            assertThat(out("list"))
                    .containsPattern("forget-failures +2026-11-22 10:00:00Z +2026-11-22 11:00:00Z +0")
                    .containsPattern("forget-full-budgets +2026-11-22 10:00:00Z +parked +12 +the disk is full");
            JsonObject parked =
                    new JsonObject(out("list", "--json")).getJsonArray("jobs").getJsonObject(1);
            assertThat(parked.getString("job")).isEqualTo("forget-full-budgets");
            assertThat(parked.getValue("dueAt")).isNull();
            assertThat(parked.getString("error")).isEqualTo("the disk is full");
        }

        @Test
        void that_failed_are_tried_again_by_name_or_with_all() {
            job("forget-failures", 0, "2050-11-22T11:00:00Z", null);
            job("forget-full-budgets", 12, "infinity", "the disk is full");
            String due = "SELECT kind FROM jobs WHERE due_at <= now()";

            assertThat(run("retry", "forget-failures").code).isEqualTo(1);
            assertThat(out("retry", "forget-full-budgets")).startsWith("To be tried again: 1.");
            assertThat(stock.column(due)).containsExactly("forget-full-budgets");
            stock.run("UPDATE jobs SET due_at = 'infinity'");
            assertThat(out("retry", "--all")).startsWith("To be tried again: 1.");
            assertThat(stock.column(due)).containsExactly("forget-full-budgets");
        }
    }

    @Nested
    class Digests {

        private UUID failedDigest() {
            UUID user = stock.user().value();
            stock.run(
                    "INSERT INTO jobs (tenant_id, kind, object_id, tries, error, first_failed_at, due_at) VALUES"
                            + " (?, 'digest', '00000000-0000-0000-0000-000000000000', 3, 'away', now(), 'infinity')",
                    user);
            return user;
        }

        @Test
        void that_were_not_taken_are_listed_and_those_that_wait_are_not() {
            UUID user = failedDigest();
            stock.run(
                    "INSERT INTO jobs (tenant_id, kind, object_id, due_at)"
                            + " VALUES (?, 'digest', '00000000-0000-0000-0000-000000000000', now())",
                    stock.user().value());

            assertThat(out("list")).containsPattern("digest +user-" + user + " +never +parked +3 +away");
            JsonObject listed = new JsonObject(out("list", "--json"));
            assertThat(listed.getJsonArray("stuck")).isEmpty();
            assertThat(listed.getJsonArray("jobs")).hasSize(1);
            assertThat(listed.getJsonArray("jobs").getJsonObject(0).getString("tenantId"))
                    .isEqualTo(user.toString());
        }

        @Test
        void are_tried_again_by_their_kind_or_their_user() {
            String user = failedDigest().toString();
            String due = "SELECT count(*) FROM jobs WHERE due_at <= now()";

            assertThat(out("retry", "digest")).startsWith("To be tried again: 1.");
            assertThat(stock.column(due)).containsExactly("1");
            stock.run("UPDATE jobs SET due_at = 'infinity'");
            assertThat(out("retry", user)).startsWith("To be tried again: 1.");
            assertThat(stock.column(due)).containsExactly("1");
        }
    }

    @Nested
    class Retry {

        private List<@Nullable String> due() {
            return stock.column("SELECT CASE kind WHEN 'turn' THEN 'day' WHEN 'notice' THEN 'item' ELSE kind END"
                    + " FROM jobs WHERE due_at <= now() ORDER BY 1");
        }

        @Test
        void has_a_user_an_item_or_everything_tried_again() {
            InventoryId user = parkedUser();
            UUID item = waitingItem(user);
            parkedUser();

            assertThat(out("retry", item.toString()))
                    .isEqualTo("To be tried again: 1. What came of it: expiry jobs list\n");
            assertThat(due()).containsExactly("item");
            assertThat(out("retry", user.value().toString())).startsWith("To be tried again: 2.");
            assertThat(due()).containsExactly("day", "item");
            assertThat(new JsonObject(out("retry", "--all", "--json"))).isEqualTo(JsonObject.of("again", 3));
            assertThat(due()).containsExactly("day", "day", "item");
        }

        @Test
        void of_what_is_not_stuck_is_an_error() {
            Answer answer = run("retry", stock.user().value().toString());

            assertThat(answer.code).isEqualTo(1);
            assertThat(answer.err).isEqualTo("Nothing is stuck under this id. What is: expiry jobs list\n");
            assertThat(out("retry", "--all")).startsWith("To be tried again: 0.");
        }
    }
}
