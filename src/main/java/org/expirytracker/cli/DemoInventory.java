package org.expirytracker.cli;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.expirytracker.activities.Actor;
import org.expirytracker.categories.Category;
import org.expirytracker.categories.NewCategory;
import org.expirytracker.db.Rows;
import org.expirytracker.items.BulkRow;
import org.expirytracker.items.Item;
import org.expirytracker.items.ItemIdentifier;
import org.expirytracker.items.NewItem;
import org.expirytracker.items.NewTakeOut;
import org.expirytracker.items.TakeOut;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.ExpectedVersion;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Problem;
import org.expirytracker.login.Login;
import org.expirytracker.sessions.Device;
import org.expirytracker.users.UserDirectory;

/**
 * The demo user and a realistic inventory: 300 items over 12 categories, with dates around today, made by the same
 * rules as any client's. Then a month of the user's days is turned, so that there are notifications and
 * reports to look at.
 */
final class DemoInventory {

    static final String USERNAME = "demo";

    private static final String EMAIL = "demo@example.org";

    private static final int ITEMS = 300;
    private static final int TAKE_OUTS = 96;
    private static final int WEEKS_OF_TAKE_OUTS = 12;
    private static final int DAYS_OF_REPORTS = 30;
    private static final int LEFT_UNREAD = 7;
    private static final int TURN_PAUSE_MILLIS = 200;
    private static final BigDecimal MARGIN = new BigDecimal("1.35");
    private static final ZoneId ZONE =
            ZoneId.systemDefault().getId().contains("/") ? ZoneId.systemDefault() : ZoneId.of("UTC");

    /** A category, where its things are kept, and what they are: name, unit, price of one, days they keep. */
    private record Shelf(String name, String color, int leadDays, List<String> places, List<Thing> things) {}

    /** @param keeps days from now to the latest date; 0 for things that do not expire */
    private record Thing(String name, String unit, String price, int keeps) {}

    private static final List<Shelf> SHELVES = List.of(
            shelf(
                    "Dairy",
                    "#90caf9",
                    5,
                    "Fridge, top|Fridge, door",
                    "Whole milk|l|1.15|9",
                    "Greek yoghurt|pcs|0.95|18",
                    "Butter|pcs|2.49|40",
                    "Crème fraîche|pcs|1.29|20",
                    "Gouda|kg|9.90|35",
                    "Mozzarella|pcs|0.99|14"),
            shelf(
                    "Meat and fish",
                    "#ef9a9a",
                    3,
                    "Fridge, bottom|Freezer 1",
                    "Chicken breast|kg|11.50|4",
                    "Minced beef|kg|9.80|3",
                    "Smoked salmon|pcs|5.99|12",
                    "Ham|pcs|2.79|10",
                    "Cod fillet, frozen|kg|14.90|180"),
            shelf(
                    "Vegetables and fruit",
                    "#a5d6a7",
                    3,
                    "Cellar|Fridge, drawer",
                    "Carrots|kg|1.49|14",
                    "Potatoes|kg|1.10|40",
                    "Apples|kg|2.20|25",
                    "Spinach|pcs|1.99|4",
                    "Lemons|pcs|0.45|18"),
            shelf(
                    "Bread and bakery",
                    "#ffcc80",
                    2,
                    "Bread bin|Freezer 2",
                    "Sourdough loaf|pcs|4.20|4",
                    "Toast|pcs|1.59|8",
                    "Tortillas|pcs|2.10|30",
                    "Croissants, frozen|pcs|3.40|120"),
            shelf(
                    "Tins and jars",
                    "#ce93d8",
                    30,
                    "Pantry, shelf 2|Pantry, shelf 3",
                    "Chopped tomatoes|pcs|0.89|720",
                    "Chickpeas|pcs|0.99|600",
                    "Tuna in oil|pcs|1.79|900",
                    "Pesto|pcs|2.99|300",
                    "Honey|pcs|5.49|0",
                    "Pickles|pcs|1.99|400"),
            shelf(
                    "Dry goods",
                    "#fff59d",
                    30,
                    "Pantry, shelf 1|Pantry, drawer",
                    "Spaghetti|kg|1.80|500",
                    "Basmati rice|kg|3.20|450",
                    "Flour|kg|0.95|200",
                    "Oats|kg|1.60|240",
                    "Sea salt|pcs|0.80|0",
                    "Sugar|kg|1.20|0"),
            shelf(
                    "Drinks",
                    "#80deea",
                    14,
                    "Cellar|Kitchen",
                    "Orange juice|l|2.30|60",
                    "Coffee beans|kg|15.90|180",
                    "Green tea|pcs|3.50|400",
                    "Mineral water|l|0.40|365",
                    "Red wine|pcs|8.90|0"),
            shelf(
                    "Medicine",
                    "#f48fb1",
                    60,
                    "Bathroom cabinet|First-aid box",
                    "Ibuprofen 400 mg|pcs|4.95|500",
                    "Eye drops|pcs|7.80|90",
                    "Antiseptic spray|pcs|6.40|300",
                    "Plasters|pcs|3.20|0",
                    "Cough syrup|pcs|8.10|200",
                    "Amoxicillin 500 mg|pcs|12.40|45"),
            shelf(
                    "Baby",
                    "#b39ddb",
                    14,
                    "Nursery|Pantry, shelf 4",
                    "Formula milk|pcs|18.90|150",
                    "Baby porridge|pcs|3.99|120",
                    "Carrot purée|pcs|1.25|200",
                    "Sun cream 50+|pcs|11.90|330"),
            shelf(
                    "Laboratory reagents",
                    "#80cbc4",
                    90,
                    "Cold room, rack A|Chemical store",
                    "PBS buffer 10×|l|42.00|240",
                    "Trypsin-EDTA 0.25 %|pcs|31.50|60",
                    "Fetal bovine serum|pcs|389.00|400",
                    "Ethanol 96 %|l|14.80|0",
                    "Taq polymerase|pcs|128.00|180"),
            shelf(
                    "Contracts and warranties",
                    "#bcaaa4",
                    60,
                    "Folder 1|Folder 2",
                    "Lease of the shop|contract|0|300",
                    "Warranty of the dishwasher|contract|0|500",
                    "Insurance of the van|contract|0|120",
                    "Domain name|contract|0|40"),
            shelf(
                    "Cosmetics",
                    "#e6ee9c",
                    30,
                    "Bathroom|Shop, shelf 5",
                    "Day cream|pcs|14.90|360",
                    "Shampoo|pcs|3.95|700",
                    "Toothpaste|pcs|1.95|400",
                    "Sun cream 30|pcs|8.95|250"));

    private static Shelf shelf(String name, String color, int leadDays, String places, String... things) {
        return new Shelf(
                name,
                color,
                leadDays,
                List.of(places.split("\\|")),
                List.of(things).stream().map(DemoInventory::thing).toList());
    }

    private static Thing thing(String line) {
        List<String> parts = List.of(line.split("\\|"));
        return new Thing(parts.get(0), parts.get(1), parts.get(2), Integer.parseInt(parts.get(3)));
    }

    private final Vertx vertx;
    private final Rooms rooms;
    private final Clock clock;
    private final Random random = new Random(20_260_101);

    DemoInventory(Vertx vertx, Rooms rooms, Clock clock) {
        this.vertx = vertx;
        this.rooms = rooms;
        this.clock = clock;
    }

    /**
     * Makes the demo user and everything that is theirs, unless all of it is there. What a start that was broken off has
     * left, whenever that was, is deleted and made anew; somebody else's user of this name is left alone. Must be called
     * on an event loop.
     *
     * @return whether the inventory was made now; fails with {@code UNAVAILABLE} as a {@link Problem}, when calling again
     *     may do it
     */
    Future<Boolean> fill(String password) {
        SqlClient reads = rooms.database().reads();
        return new UserDirectory()
                .find(reads, USERNAME)
                .compose(named -> Rows.first(
                        reads,
                        FOUND,
                        Tuple.of(UserDirectory.orNobody(named.byUsername()).value(), EMAIL),
                        row -> row.getBoolean("whole")))
                .compose(whole -> whole.isEmpty()
                        ? make(password)
                        : whole.get() ? Future.succeededFuture(false) : makeAnew(password));
    }

    // The last step marks notifications as read. What was changed by more sessions than the one that fills, or the user
    // of another address, is somebody's who would miss it.
    private static final String FOUND = """
            SELECT email <> $2
                   OR EXISTS (SELECT FROM activities WHERE user_id = users.id AND kind = 'NOTIFICATION_UPDATED')
                   OR (SELECT count(DISTINCT session_id)
                         FROM activities
                        WHERE user_id = users.id AND kind ~ '^(ITEM|CATEGORY)_') > 1 AS whole
              FROM users
             WHERE id = $1
            """;

    private Future<Boolean> make(String password) {
        return rooms.newcomers()
                .register(USERNAME, EMAIL, password, ZONE, Device.UNKNOWN)
                .compose(opened -> rooms.authenticate(opened.session().accessToken(), Optional.empty()))
                .compose(authenticated -> fill(authenticated.caller()))
                .map(true);
    }

    /** Only with the password that this program made: whose user it is otherwise, nobody can tell. */
    private Future<Boolean> makeAnew(String password) {
        return rooms.login()
                .login(USERNAME, password, "", Device.UNKNOWN)
                .map(admission -> admission instanceof Login.Admitted admitted
                        ? Optional.of(admitted.opened().session().accessToken())
                        : Optional.<String>empty())
                .recover(DemoInventory::refused)
                .compose(token -> token.isEmpty()
                        ? Future.succeededFuture(false)
                        : rooms.authenticate(token.get(), Optional.empty())
                                .compose(authenticated ->
                                        rooms.accounts().deleteAccount(authenticated.caller(), password))
                                .compose(deleted -> make(password)));
    }

    private static Future<Optional<String>> refused(Throwable failure) {
        return failure instanceof Problem problem && problem.code().isRefusal()
                ? Future.succeededFuture(Optional.empty())
                : Future.failedFuture(failure);
    }

    private Future<?> fill(Caller caller) {
        return createCategories(caller)
                .compose(categoryIds -> createItems(caller, categoryIds))
                .compose(itemIds -> takeSomeOut(caller, itemIds))
                .compose(taken -> spreadOverWeeks(caller))
                .compose(spread -> beginAMonthAgo(caller))
                .compose(begun -> turnAll(caller))
                .compose(turned -> readMost(caller));
    }

    private Future<List<Category>> createCategories(Caller caller) {
        Future<List<Category>> created = Future.succeededFuture(new ArrayList<>());
        for (Shelf shelf : SHELVES) {
            Input input = Input.arguments(Map.of("name", shelf.name, "color", shelf.color, "leadDays", shelf.leadDays));
            created = created.compose(categories -> rooms.categories()
                    .create(Actor.of(caller), NewCategory.of(input))
                    .map(payload -> {
                        categories.add(payload.category());
                        return categories;
                    }));
        }
        return created;
    }

    private Future<List<Item>> createItems(Caller caller, List<Category> categories) {
        LocalDate today = caller.today(clock);
        List<BulkRow<NewItem>> items = new ArrayList<>();
        for (int at = 0; at < ITEMS; at++) {
            int shelf = at % SHELVES.size();
            items.add(BulkRow.of(Input.arguments(item(SHELVES.get(shelf), categories.get(shelf), today)), NewItem::of));
        }
        return rooms.bulkItems()
                .createAll(Actor.of(caller), items, BulkRow.ErrorPolicy.REJECT_ALL)
                .map(payload ->
                        payload.items().stream().map(Objects::requireNonNull).toList());
    }

    private Map<String, Object> item(Shelf shelf, Category category, LocalDate today) {
        Thing thing = any(shelf.things);
        BigDecimal price = new BigDecimal(thing.price);
        boolean weighed = thing.unit.equals("kg") || thing.unit.equals("l");
        Map<String, Object> item = new HashMap<>();
        item.put("name", thing.name);
        item.put("unit", thing.unit);
        boolean single = thing.unit.equals("contract");
        item.put(
                "quantity",
                single
                        ? BigDecimal.ONE
                        : weighed
                                ? BigDecimal.valueOf(5 + random.nextInt(40), 1)
                                : BigDecimal.valueOf(1 + random.nextInt(6)));
        item.put("costPrice", price);
        item.put("sellingPrice", price.multiply(MARGIN).setScale(2, RoundingMode.HALF_UP));
        item.put("location", any(shelf.places));
        item.put("categoryId", new NodeId(Category.TYPE, category.id()).encoded());
        if (thing.keeps > 0) {
            // Most lie ahead, some have just been missed.
            int days = (int) (thing.keeps * (random.nextDouble() * 1.12 - 0.12));
            item.put("expiryDate", today.plusDays(days));
        }
        if (random.nextInt(3) == 0) {
            item.put("lotNumber", "L%04d-%c".formatted(random.nextInt(10_000), 'A' + random.nextInt(6)));
        }
        if (random.nextInt(2) == 0) {
            item.put("barcode", "40%011d".formatted(random.nextLong(100_000_000_000L)));
        }
        return item;
    }

    private <T> T any(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    private Future<?> takeSomeOut(Caller caller, List<Item> items) {
        List<Item> shuffled = new ArrayList<>(items);
        Collections.shuffle(shuffled, random);
        List<TakeOut.Outcome> outcomes = List.of(
                TakeOut.Outcome.USED,
                TakeOut.Outcome.USED,
                TakeOut.Outcome.USED,
                TakeOut.Outcome.DISCARDED,
                TakeOut.Outcome.DONATED,
                TakeOut.Outcome.SOLD);
        Future<?> taken = Future.succeededFuture();
        for (int at = 0; at < TAKE_OUTS; at++) {
            NewTakeOut asked = new NewTakeOut(
                    new ItemIdentifier.ById(shuffled.get(at).id()),
                    at % 3 == 0 ? new BigDecimal("0.5") : BigDecimal.ONE,
                    outcomes.get(at % outcomes.size()),
                    null,
                    ExpectedVersion.ANY);
            taken = taken.compose(
                    before -> rooms.items().takeOut(Actor.of(caller), asked).recover(DemoInventory::tooMuch));
        }
        return taken;
    }

    /** Some hold less than is asked for: as in life, that is refused and nothing happens. */
    private static <T> Future<T> tooMuch(Throwable failure) {
        return failure instanceof Problem problem && problem.code() == Problem.Code.CONFLICT
                ? Future.succeededFuture()
                : Future.failedFuture(failure);
    }

    private static final String SPREAD = """
            WITH older AS (
                UPDATE items
                   SET created_at = (created_at AT TIME ZONE 'UTC' - make_interval(weeks => $2)) AT TIME ZONE 'UTC'
                 WHERE user_id = $1
            )
            UPDATE take_outs
               SET created_at = (created_at AT TIME ZONE 'UTC'
                       - (0.5 + hashtext(id::text)::float8 / 4294967296) * make_interval(weeks => $2)) AT TIME ZONE 'UTC'
             WHERE user_id = $1
            """;

    /** As if everything had been there for some weeks, and what was taken out had been taken out one after another. */
    private Future<?> spreadOverWeeks(Caller caller) {
        return Rows.change(
                rooms.database().reads(), SPREAD, Tuple.of(caller.userId().value(), WEEKS_OF_TAKE_OUTS));
    }

    private static final String BEGIN_EARLIER = """
            UPDATE inventories
               SET next_day_at = (next_day_at AT TIME ZONE 'UTC' - make_interval(days => $2)) AT TIME ZONE 'UTC'
             WHERE id = $1
            """;

    /** Makes the user's first days due, as after a month in which the server was down: each gets its report. */
    private Future<?> beginAMonthAgo(Caller caller) {
        return Rows.change(
                rooms.database().reads(),
                BEGIN_EARLIER,
                Tuple.of(caller.inventoryId().value(), DAYS_OF_REPORTS));
    }

    private static final String TURNED = """
            SELECT next_day_at > now() AS turned
              FROM inventories
             WHERE id = $1
            """;

    /** The node's own turn of the day may have the user in hand: then its result is waited for. */
    private Future<?> turnAll(Caller caller) {
        return rooms.dailyRun()
                .turnDue()
                .compose(turned -> Rows.first(
                        rooms.database().reads(),
                        TURNED,
                        Tuple.of(caller.inventoryId().value()),
                        row -> row.getBoolean("turned")))
                .compose(turned -> turned.orElse(true)
                        ? Future.succeededFuture()
                        : vertx.timer(TURN_PAUSE_MILLIS, TimeUnit.MILLISECONDS).compose(waited -> turnAll(caller)));
    }

    private static final String LONG_READ = """
            SELECT id
              FROM notifications
             WHERE user_id = $1 AND status = 'UNREAD'
             ORDER BY id DESC
            OFFSET $2
             LIMIT 100
            """;

    /** Leaves a handful of notifications to be read, as someone who looks in now and then would. */
    private Future<?> readMost(Caller caller) {
        return Rows.list(
                        rooms.database().reads(),
                        LONG_READ,
                        Tuple.of(caller.userId().value(), LEFT_UNREAD),
                        row -> row.getUUID("id"))
                .compose(ids -> rooms.notifications().markRead(Actor.of(caller), ids));
    }
}
