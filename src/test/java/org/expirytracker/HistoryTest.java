package org.expirytracker;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.expirytracker.TestApi.User;
import org.jspecify.annotations.Nullable;

/**
 * Whatever happens, in whatever order and wherever the user lives: lists, counts, the inventory, notifications, reports,
 * their trend and the log agree with each other, and with a reckoning that knows nothing of a database.
 */
class HistoryTest {

    private static final Stock STOCK = new Stock(TestDatabase.migrated());
    private static final int LEAD_DAYS = 30;
    private static final List<String> OUTCOMES = List.of("USED", "SOLD", "DONATED", "DISCARDED");

    /** Something that a user may do. {@code which} and {@code back} choose among what there is by then. */
    sealed interface Act {
        record Create(
                String name,
                int quantity,
                @Nullable Integer price,
                @Nullable Integer days,
                @Nullable String place) implements Act {}

        record Update(int which, String member, int value) implements Act {}

        record TakeOut(int which, int percent, int outcome) implements Act {}

        record Delete(int which) implements Act {}

        record Undo(int back) implements Act {}

        /** Writes a report, and lets a day pass. */
        record Report() implements Act {}
    }

    /** What matters of an item. */
    private record State(
            String name,
            BigDecimal quantity,
            @Nullable BigDecimal price,
            @Nullable LocalDate date,
            @Nullable String place) {

        BigDecimal value() {
            return price == null ? BigDecimal.ZERO : quantity.multiply(price);
        }

        boolean inStock() {
            return quantity.signum() > 0;
        }

        String status(LocalDate today) {
            if (date == null) {
                return "UNDATED";
            }
            if (date.isBefore(today)) {
                return "EXPIRED";
            }
            return date.minusDays(LEAD_DAYS).isAfter(today) ? "ACTIVE" : "EXPIRING_SOON";
        }

        String band(LocalDate today) {
            long days = ChronoUnit.DAYS.between(today, Objects.requireNonNull(date));
            if (days < 0) {
                return "OVERDUE";
            }
            return days <= 7
                    ? "DAYS_0_7"
                    : days <= 30 ? "DAYS_8_30" : days <= 60 ? "DAYS_31_60" : days <= 90 ? "DAYS_61_90" : "LATER";
        }

        State with(String member, State other) {
            return switch (member) {
                case "name" -> new State(other.name, quantity, price, date, place);
                case "quantity" -> new State(name, other.quantity, price, date, place);
                case "price" -> new State(name, quantity, other.price, date, place);
                case "date" -> new State(name, quantity, price, other.date, place);
                default -> new State(name, quantity, price, date, other.place);
            };
        }

        static Set<String> differences(@Nullable State before, @Nullable State after) {
            Set<String> members = new TreeSet<>(Set.of("name", "quantity", "price", "date", "place"));
            if (before != null && after != null) {
                members.removeIf(member -> before.with(member, after).equals(before));
            }
            return members;
        }
    }

    private record Taken(String item, String outcome, BigDecimal quantity, BigDecimal value) {}

    /** An entry of the reckoned log. */
    private record Entry(
            String item,
            @Nullable State before,
            @Nullable State after,
            @Nullable Taken taken,
            boolean back) {}

    /** One history: what is done by the API is reckoned beside it. */
    private static final class History {

        private final LocalDate today;
        private final User user;
        private final Map<String, State> items = new LinkedHashMap<>();
        private final List<Entry> log = new ArrayList<>();
        private final List<Taken> gone = new ArrayList<>();
        /** Of equal entries each is another. */
        private final Set<Entry> putBack = Collections.newSetFromMap(new IdentityHashMap<>());

        private final List<Taken> untold = new ArrayList<>();
        private final List<JsonObject> reports = new ArrayList<>();
        private int acts;
        /** Every other act is done by the mutation of many rows. */
        private boolean bulk;

        History(String zone) {
            today = LocalDate.now(ZoneId.of(zone));
            user = TestApi.node().newUser(zone);
        }

        private @Nullable String choose(int which) {
            return items.isEmpty() ? null : List.copyOf(items.keySet()).get(which % items.size());
        }

        private void enter(Entry entry) {
            log.add(entry);
            if (entry.after == null) {
                items.remove(entry.item);
            } else {
                items.put(entry.item, entry.after);
            }
            if (entry.taken != null) {
                List.of(gone, untold).forEach(list -> {
                    if (entry.back) {
                        list.remove(entry.taken);
                    } else {
                        list.add(entry.taken);
                    }
                });
            }
        }

        private static JsonObject rows(String name, JsonObject row) {
            return JsonObject.of(name, JsonArray.of(row));
        }

        void act(Act act) {
            acts++;
            bulk = acts % 2 == 0;
            switch (act) {
                case Act.Create create -> create(create);
                case Act.Update update -> update(update);
                case Act.TakeOut takeOut -> takeOut(takeOut);
                case Act.Delete delete -> delete(delete);
                case Act.Undo undo -> undo(undo);
                case Act.Report report -> report();
            }
        }

        private static BigDecimal decimal(int thousandths) {
            return BigDecimal.valueOf(thousandths, 3);
        }

        private void create(Act.Create act) {
            State state = new State(
                    act.name,
                    decimal(act.quantity),
                    act.price == null ? null : decimal(act.price),
                    act.days == null ? null : today.plusDays(act.days),
                    act.place);
            JsonObject input = new JsonObject()
                    .put("name", state.name)
                    .put("quantity", state.quantity.toPlainString())
                    .put("costPrice", state.price == null ? null : state.price.toPlainString())
                    .put("expiryDate", state.date == null ? null : state.date.toString())
                    .put("location", state.place);
            String id = bulk
                    ? user.mutate(
                                    "upsertItems",
                                    "rows { item { id } }",
                                    rows("items", input.put("externalId", "x" + acts)))
                            .getJsonArray("rows")
                            .getJsonObject(0)
                            .getJsonObject("item")
                            .getString("id")
                    : user.createItem(input);
            enter(new Entry(id, null, state, null, false));
        }

        private void update(Act.Update act) {
            String id = choose(act.which);
            if (id == null) {
                return;
            }
            State before = Objects.requireNonNull(items.get(id));
            State other = new State(
                    "thing " + act.value % 3,
                    decimal(act.value % 4 * 500),
                    act.value % 4 == 0 ? null : decimal(act.value),
                    act.value % 5 == 0 ? null : today.plusDays(act.value % 200 - 20),
                    act.value % 3 == 0 ? null : "place " + act.value % 3);
            State after = before.with(act.member, other);
            JsonObject input = JsonObject.of("id", id);
            switch (act.member) {
                case "name" -> input.put("name", after.name);
                case "quantity" -> input.put("quantity", after.quantity.toPlainString());
                case "price" -> input.put("costPrice", after.price == null ? null : after.price.toPlainString());
                case "date" -> input.put("expiryDate", after.date == null ? null : after.date.toString());
                default -> input.put("location", after.place);
            }
            if (bulk) {
                user.mutate("updateItems", "changedIds", rows("items", input));
            } else {
                user.mutate("updateItem", "item { id }", input);
            }
            if (!before.equals(after)) {
                enter(new Entry(id, before, after, null, false));
            }
        }

        private void takeOut(Act.TakeOut act) {
            String id = choose(act.which);
            State before = id == null ? null : items.get(id);
            if (id == null || before == null || !before.inStock()) {
                return;
            }
            BigDecimal quantity = before.quantity
                    .multiply(BigDecimal.valueOf(act.percent))
                    .divide(BigDecimal.valueOf(100), 3, RoundingMode.UP);
            String outcome = OUTCOMES.get(act.outcome);
            JsonObject input = JsonObject.of("itemId", id, "quantity", quantity.toPlainString(), "outcome", outcome);
            if (bulk) {
                user.mutate("takeOutMany", "count", rows("takeOuts", input));
            } else {
                user.mutate("takeOut", "item { id }", input);
            }
            State after =
                    new State(before.name, before.quantity.subtract(quantity), before.price, before.date, before.place);
            BigDecimal value = before.price == null ? BigDecimal.ZERO : before.price.multiply(quantity);
            enter(new Entry(id, before, after, new Taken(id, outcome, quantity, value), false));
        }

        private void delete(Act.Delete act) {
            String id = choose(act.which);
            if (id != null) {
                if (bulk) {
                    user.mutate("deleteItems", "count", rows("items", JsonObject.of("id", id)));
                } else {
                    user.mutate("deleteItem", "deletedId", JsonObject.of("id", id));
                }
                enter(new Entry(id, items.get(id), null, null, false));
            }
        }

        private void undo(Act.Undo act) {
            if (log.isEmpty()) {
                return;
            }
            int at = log.size() - 1 - act.back % log.size();
            Entry entry = log.get(at);
            Set<String> members = State.differences(entry.before, entry.after);
            State now = items.get(entry.item);
            boolean contradicted = putBack.contains(entry)
                    || (!Objects.equals(entry.after, now)
                            && State.differences(entry.after, now).stream().anyMatch(members::contains));
            String activity = ofItems().get(at).getString("id");
            JsonArray errors = user.attempt("undo", "deletedId", JsonObject.of("activityId", activity))
                    .getJsonArray("userErrors");
            if (contradicted) {
                assertThat(TestApi.each(errors, "code")).as("Undo of %s", entry).containsExactly("CONFLICT");
                return;
            }
            assertThat(errors).as("Undo of %s", entry).isEmpty();
            if (entry.taken != null && !entry.back) {
                putBack.add(entry);
            }
            State former = now == null || entry.before == null ? entry.before : merged(now, entry.before, members);
            enter(new Entry(entry.item, now, former, entry.taken, entry.taken != null && !entry.back));
        }

        private static State merged(State now, State before, Set<String> members) {
            State merged = now;
            for (String member : members) {
                merged = merged.with(member, before);
            }
            return merged;
        }

        private void report() {
            JsonObject report = user.mutate("generateReport", "report { " + REPORT + " }", new JsonObject())
                    .getJsonObject("report");
            assertThat(report.getJsonArray("outcomes")).isEqualTo(outcomes(untold));
            assertCounts(report.copy().put("asOf", report.getString("date")));
            reports.add(report);
            untold.clear();
            // In two steps, because two reports never have one date.
            for (int days : List.of(-1000, 999)) {
                STOCK.run(
                        "UPDATE reports SET date = date + ? FROM users WHERE users.id = user_id AND username = ?",
                        days,
                        user.name());
            }
        }

        private static JsonArray outcomes(List<Taken> taken) {
            JsonArray outcomes = new JsonArray();
            for (String outcome : OUTCOMES) {
                List<Taken> of = taken.stream()
                        .filter(each -> each.outcome.equals(outcome))
                        .toList();
                BigDecimal quantity = of.stream().map(Taken::quantity).reduce(BigDecimal.ZERO, BigDecimal::add);
                outcomes.add(JsonObject.of(
                        "outcome",
                        outcome,
                        "count",
                        of.size(),
                        "value",
                        text(of.stream().map(Taken::value).reduce(BigDecimal.ZERO, BigDecimal::add)),
                        "quantities",
                        of.isEmpty()
                                ? new JsonArray()
                                : JsonArray.of(JsonObject.of("unit", "pcs", "quantity", text(quantity)))));
            }
            return outcomes;
        }

        private static String text(BigDecimal decimal) {
            return decimal.signum() == 0 ? "0" : decimal.stripTrailingZeros().toPlainString();
        }

        private static final String TOTALS = "totalItems activeItems expiringItems expiredItems undatedItems"
                + " totalValue activeValue expiringValue expiredValue undatedValue";
        private static final String PARTS = "byLocation { location " + TOTALS + " } aging { band count value }";
        private static final String REPORT = "id date " + TOTALS + " " + PARTS
                + " outcomes { outcome count value quantities { unit quantity } } wasteRate";

        /** Counts and values of what is in stock, of an inventory or a report. */
        private void assertCounts(JsonObject told) {
            assertThat(told.getString("asOf")).isEqualTo(today.toString());
            List<State> stock = items.values().stream().filter(State::inStock).toList();
            assertTotals(told, stock);
            Map<String, List<State>> byPlace = new TreeMap<>();
            stock.forEach(state -> byPlace.computeIfAbsent(String.valueOf(state.place), place -> new ArrayList<>())
                    .add(state));
            assertThat(told.getJsonArray("byLocation")).hasSize(byPlace.size());
            for (Object each : told.getJsonArray("byLocation")) {
                JsonObject place = (JsonObject) each;
                assertTotals(place, byPlace.getOrDefault(String.valueOf(place.getString("location")), List.of()));
            }
            for (Object each : told.getJsonArray("aging")) {
                JsonObject bucket = (JsonObject) each;
                List<State> within = stock.stream()
                        .filter(state -> state.date != null && state.band(today).equals(bucket.getString("band")))
                        .toList();
                assertThat(bucket.getInteger("count")).as(bucket.encode()).isEqualTo(within.size());
                assertThat(bucket.getString("value")).isEqualTo(value(within));
            }
        }

        private void assertTotals(JsonObject totals, List<State> stock) {
            Map.of("active", "ACTIVE", "expiring", "EXPIRING_SOON", "expired", "EXPIRED", "undated", "UNDATED")
                    .forEach((word, status) -> {
                        List<State> of = stock.stream()
                                .filter(state -> state.status(today).equals(status))
                                .toList();
                        assertThat(totals.getInteger(word + "Items")).as(status).isEqualTo(of.size());
                        assertThat(totals.getString(word + "Value")).as(status).isEqualTo(value(of));
                    });
            assertThat(totals.getInteger("totalItems")).isEqualTo(stock.size());
            assertThat(totals.getString("totalValue")).isEqualTo(value(stock));
        }

        private static String value(List<State> stock) {
            return text(stock.stream().map(State::value).reduce(BigDecimal.ZERO, BigDecimal::add));
        }

        void check() {
            checkCounted();
            checkLists();
            checkInventory();
            checkNotifications();
            checkReports();
            checkLog();
        }

        /** What is counted was kept by each change, not counted anew for who asks. */
        private void checkCounted() {
            assertThat(STOCK.column(
                            "SELECT counted_seq = last_seq FROM feeds JOIN users ON users.id = user_id WHERE username = ?",
                            user.name()))
                    .containsExactly("t");
        }

        private static final String ITEM = "id name quantity costPrice expiryDate location status version";

        private void checkLists() {
            for (boolean usedUp : List.of(false, true)) {
                JsonObject page = user.query("{ items(first: 100, filter: { usedUp: " + usedUp
                                + " }) { totalCount nodes { " + ITEM + " } } }")
                        .getJsonObject("items");
                Map<String, State> expected = new HashMap<>(items);
                expected.values().removeIf(state -> state.inStock() == usedUp);
                assertThat(page.getInteger("totalCount")).isEqualTo(expected.size());
                Set<String> listed = new TreeSet<>();
                for (Object node : page.getJsonArray("nodes")) {
                    JsonObject item = (JsonObject) node;
                    listed.add(item.getString("id"));
                    State state = Objects.requireNonNull(expected.get(item.getString("id")), "of this list");
                    assertThat(item.getString("name")).isEqualTo(state.name);
                    assertThat(item.getString("quantity")).isEqualTo(text(state.quantity));
                    assertThat(item.getString("costPrice")).isEqualTo(state.price == null ? null : text(state.price));
                    assertThat(item.getString("expiryDate"))
                            .isEqualTo(state.date == null ? null : state.date.toString());
                    assertThat(item.getString("location")).isEqualTo(state.place);
                    assertThat(item.getString("status")).isEqualTo(state.status(today));
                }
                assertThat(listed).isEqualTo(expected.keySet());
            }
            for (String status : List.of("ACTIVE", "EXPIRING_SOON", "EXPIRED", "UNDATED")) {
                assertThat(user.query("{ items(filter: { status: [" + status + "] }) { totalCount } }")
                                .getJsonObject("items")
                                .getInteger("totalCount"))
                        .as(status)
                        .isEqualTo((int) items.values().stream()
                                .filter(state ->
                                        state.inStock() && state.status(today).equals(status))
                                .count());
            }
        }

        private void checkInventory() {
            JsonObject inventory = user.query(
                            "{ inventory { asOf total { count value } byStatus { status count value } " + PARTS
                                    + " } }")
                    .getJsonObject("inventory");
            Map<String, String> words =
                    Map.of("ACTIVE", "active", "EXPIRING_SOON", "expiring", "EXPIRED", "expired", "UNDATED", "undated");
            JsonObject told = inventory.copy();
            told.put("totalItems", inventory.getJsonObject("total").getInteger("count"));
            told.put("totalValue", inventory.getJsonObject("total").getString("value"));
            for (Object each : inventory.getJsonArray("byStatus")) {
                JsonObject status = (JsonObject) each;
                String word = words.get(status.getString("status"));
                told.put(word + "Items", status.getInteger("count"));
                told.put(word + "Value", status.getString("value"));
            }
            assertCounts(told);
        }

        /** Of everything that is in stock and needs attention something was said, and of nothing that is gone. */
        private void checkNotifications() {
            Set<String> said = new TreeSet<>();
            for (Object node : user.query("{ notifications(first: 100) { nodes { kind item { id } } } }")
                    .getJsonObject("notifications")
                    .getJsonArray("nodes")) {
                JsonObject notification = (JsonObject) node;
                String item = notification.getJsonObject("item").getString("id");
                assertThat(items).containsKey(item);
                said.add(item + " " + notification.getString("kind"));
            }
            items.forEach((id, state) -> {
                if (state.inStock() && Set.of("EXPIRED", "EXPIRING_SOON").contains(state.status(today))) {
                    assertThat(said).contains(id + " " + state.status(today));
                }
            });
        }

        private void checkReports() {
            report();
            // Whatever happened since, each still says what it said.
            List<JsonObject> kept = user
                    .query("{ reports(first: 100) { nodes { " + REPORT + " } } }")
                    .getJsonObject("reports")
                    .getJsonArray("nodes")
                    .stream()
                    .map(JsonObject.class::cast)
                    .toList()
                    .reversed();
            assertThat(kept).hasSize(reports.size());
            for (int at = 0; at < kept.size(); at++) {
                assertThat(kept.get(at).copy().putNull("date"))
                        .isEqualTo(reports.get(at).copy().putNull("date"));
            }
            JsonArray trend = user.query(
                            "{ reportTrend(from: \"%s\", to: \"%s\", by: MONTH) { outcomes { outcome count value quantities { unit quantity } } } }"
                                    .formatted(today, today))
                    .getJsonArray("reportTrend");
            assertThat(trend).hasSize(1);
            assertThat(trend.getJsonObject(0).getJsonArray("outcomes")).isEqualTo(outcomes(gone));
        }

        private List<JsonObject> ofItems() {
            List<JsonObject> activities = new ArrayList<>();
            String before = "";
            boolean more = true;
            while (more) {
                JsonObject page = user.query(
                                "{ activities(last: 100" + before
                                        + ") { nodes { id kind subjectId before after } pageInfo { hasPreviousPage startCursor } } }")
                        .getJsonObject("activities");
                page.getJsonArray("nodes").stream().map(JsonObject.class::cast).toList().reversed().stream()
                        .filter(activity -> activity.getString("kind").startsWith("ITEM_"))
                        .forEach(activities::add);
                more = page.getJsonObject("pageInfo").getBoolean("hasPreviousPage");
                before = ", before: \"" + page.getJsonObject("pageInfo").getString("startCursor") + "\"";
            }
            return activities;
        }

        /** Each activity begins where the one before it ended, and where the last one ended is where things are. */
        private void checkLog() {
            Map<String, JsonObject> replayed = new HashMap<>();
            for (JsonObject activity : ofItems()) {
                String id = activity.getString("subjectId");
                assertThat(plain(activity.getJsonObject("before"))).isEqualTo(plain(replayed.get(id)));
                JsonObject after = activity.getJsonObject("after");
                if (after == null) {
                    replayed.remove(id);
                } else {
                    replayed.put(id, after);
                }
            }
            assertThat(replayed.keySet()).isEqualTo(items.keySet());
            replayed.forEach((id, state) -> {
                State item = Objects.requireNonNull(items.get(id));
                assertThat(state.getString("name")).isEqualTo(item.name);
                assertThat(new BigDecimal(state.getValue("quantity").toString()))
                        .isEqualByComparingTo(item.quantity);
                assertThat(state.getString("expiryDate")).isEqualTo(item.date == null ? null : item.date.toString());
                assertThat(state.getString("location")).isEqualTo(item.place);
            });
        }

        /** Without what is told beside the item, and the day of the telling. */
        private static @Nullable JsonObject plain(@Nullable JsonObject state) {
            if (state == null) {
                return null;
            }
            JsonObject plain = state.copy();
            plain.remove("takeOut");
            plain.remove("asOf");
            return plain;
        }
    }

    @Property(tries = 40)
    void is_told_alike_by_everything_that_tells_of_it(
            @ForAll("zones") String zone, @ForAll("acts") @Size(max = 30) List<Act> acts) {
        History history = new History(zone);

        acts.forEach(history::act);

        history.check();
        Assume.that(LocalDate.now(ZoneId.of(zone)).equals(history.today));
    }

    @Provide
    Arbitrary<String> zones() {
        return Arbitraries.of(
                "UTC",
                "Europe/Paris",
                "America/St_Johns",
                "Asia/Kathmandu",
                "Pacific/Apia",
                "Pacific/Kiritimati",
                "Pacific/Pago_Pago",
                "Australia/Lord_Howe",
                "America/Sao_Paulo",
                "Africa/Cairo");
    }

    @Provide
    Arbitrary<List<Act>> acts() {
        Arbitrary<Integer> any = Arbitraries.integers().between(0, 999);
        Arbitrary<Act> create = Combinators.combine(
                        Arbitraries.of("thing 0", "thing 1", "thing 2"),
                        Arbitraries.integers().between(1, 9_000),
                        Arbitraries.integers().between(0, 9_999).injectNull(0.2),
                        Arbitraries.integers().between(-40, 120).injectNull(0.2),
                        Arbitraries.of("place 1", "place 2", "Plàce 2").injectNull(0.3))
                .as(Act.Create::new);
        Arbitrary<Act> update = Combinators.combine(
                        any, Arbitraries.of("name", "quantity", "price", "date", "place"), any)
                .as(Act.Update::new);
        Arbitrary<Act> takeOut = Combinators.combine(
                        any,
                        Arbitraries.integers().between(1, 100),
                        Arbitraries.integers().between(0, 3))
                .as(Act.TakeOut::new);
        Arbitrary<Act> undo = Arbitraries.integers().between(0, 5).map(Act.Undo::new);
        return Arbitraries.frequencyOf(
                        net.jqwik.api.Tuple.of(4, create),
                        net.jqwik.api.Tuple.of(4, update),
                        net.jqwik.api.Tuple.of(5, takeOut),
                        net.jqwik.api.Tuple.of(1, any.map(Act.Delete::new)),
                        net.jqwik.api.Tuple.of(6, undo),
                        net.jqwik.api.Tuple.of(1, Arbitraries.just(new Act.Report())))
                .list();
    }
}
