package org.expirytracker.http;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.expirytracker.api.GraphQLEngine;
import org.expirytracker.calendar.ExpiryCalendar;
import org.expirytracker.categories.ItemsAccess;
import org.expirytracker.items.Item;
import org.expirytracker.kernel.Access;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Problem;
import org.expirytracker.notifications.NotificationsAccess;
import org.expirytracker.reports.ReportsAccess;
import org.expirytracker.sessions.Device;
import org.expirytracker.tokens.ApiTokens;
import org.jspecify.annotations.Nullable;

/**
 * The addresses that calendar programs subscribe to: {@code GET /calendar/TOKEN.ics}, where the token is an API token that can
 * read items and nothing else, since such addresses are pasted into other people's programs. What is shown can be narrowed by
 * {@code category}, {@code location} (both as often as wanted), {@code search} and {@code withinDays}; {@code alarm} is the
 * hour of the reminders, or {@code none}.
 */
final class CalendarPage {

    /** What is in stock and has a date, soonest first. */
    static final FixedOperation DATED_ITEMS = new FixedOperation("""
            query Calendar($filter: ItemFilter!, $after: String) {
              currentInventory { name timeZone }
              items(first: 100, after: $after, filter: $filter) {
                nodes {
                  id name description quantity unit expiryDate leadDays location lotNumber version updatedAt
                  category { name }
                }
                pageInfo { hasNextPage endCursor }
              }
            }""");

    /** How many things one calendar shows, those whose day comes first: a few hundred kilobytes. */
    static final int MOST_ENTRIES = 2_000;

    /** For how long what is past its day, and still in stock, is shown. */
    private static final int DAYS_AFTER = 30;

    /** How many calendars an event loop makes at once: each is many questions, one after the other. */
    private static final int MOST_UNDER_WAY = 8;

    private static final List<Access> TOO_MUCH =
            List.of(ItemsAccess.WRITE, NotificationsAccess.WRITE, ReportsAccess.WRITE, Access.ACCOUNT);

    private static final LocalTime USUAL_ALARM = LocalTime.of(9, 0);
    private static final Set<String> PARAMETERS = Set.of("category", "location", "search", "withinDays", "alarm");
    private static final Pattern HOUR = Pattern.compile("\\d|1\\d|2[0-3]");
    private static final Pattern DAYS = Pattern.compile("\\d{1,4}");
    private static final String SUFFIX = ".ics";
    private static final String TYPE = "text/calendar; charset=utf-8";

    private final Vertx vertx;
    private final HttpOptions options;
    private final GraphQLEngine engine;
    private final Authentication authentication;
    private final InstantSource clock;
    private int underWay;

    CalendarPage(
            Vertx vertx,
            HttpOptions options,
            GraphQLEngine engine,
            Authentication authentication,
            InstantSource clock) {
        this.vertx = vertx;
        this.options = options;
        this.engine = engine;
        this.authentication = authentication;
        this.clock = clock;
    }

    void route(Router router) {
        Routes.readable(router, "/calendar/:address", this::answer);
    }

    /** Why there is no calendar. */
    private static final class Refused extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final int status;
        private final long retrySeconds;

        Refused(int status, @Nullable String message, long retrySeconds) {
            super(message, null, false, false);
            this.status = status;
            this.retrySeconds = retrySeconds;
        }

        static Refused malformed(String message) {
            return new Refused(400, message, 0);
        }
    }

    private void answer(RoutingContext context) {
        HttpServerRequest request = context.request();
        Device device = new Device(
                request.getHeader("User-Agent"),
                options.trustedProxies().client(request.remoteAddress(), request.headers()));
        if (underWay == MOST_UNDER_WAY) {
            refuse(context, new Refused(503, "This server makes many calendars just now. Ask again.", 2));
            return;
        }
        underWay++;
        caller(String.valueOf(context.pathParam("address")))
                .compose(caller -> read(caller, device, request))
                .compose(calendar ->
                        vertx.executeBlocking(() -> Assets.Asset.of(TYPE, Buffer.buffer(calendar.text())), false))
                .onComplete(done -> underWay--)
                .onSuccess(made -> made.answer(request, "private, no-cache"))
                .onFailure(failure -> refuse(context, device, failure));
    }

    private Future<Caller> caller(String address) {
        String token = address.endsWith(SUFFIX) ? address.substring(0, address.length() - SUFFIX.length()) : "";
        return ApiTokens.isOne(token)
                ? authentication.authenticate(token, Optional.empty()).map(known -> onlyReading(known.caller()))
                : Future.failedFuture(Problem.of(Problem.Code.UNAUTHENTICATED, "No API token"));
    }

    private static Caller onlyReading(Caller caller) {
        if (TOO_MUCH.stream().anyMatch(caller.holds()::contains)) {
            throw new Refused(
                    403,
                    "This token can do more than read items, which is too much for an address that is pasted into other"
                            + " programs. Create an API token with the scope ITEMS_READ alone.",
                    0);
        }
        caller.require(ItemsAccess.READ);
        return caller;
    }

    private Future<ExpiryCalendar> read(Caller caller, Device device, HttpServerRequest request) {
        if (!RequestTarget.isQuery(request.query())) {
            throw Refused.malformed("The address is not well-formed: after each % two digits, together UTF-8.");
        }
        MultiMap given = request.params();
        Map<String, Object> variables = new LinkedHashMap<>();
        variables.put("filter", filter(given, LocalDate.ofInstant(clock.instant(), caller.zone())));
        RequestId.begin(request);
        return page(caller, device, variables, alarm(given), new ArrayList<>());
    }

    private static Map<String, Object> filter(MultiMap given, LocalDate today) {
        for (String name : given.names()) {
            if (!PARAMETERS.contains(name) && !name.equals("address")) {
                throw Refused.malformed(
                        "A calendar has no parameter %s, but category, location, search, withinDays and alarm."
                                .formatted(name));
            }
        }
        Map<String, Object> filter = new LinkedHashMap<>();
        // What has no date is in no range.
        filter.put("expiryDate", Map.of("from", today.minusDays(DAYS_AFTER).toString()));
        if (given.contains("category")) {
            filter.put("categoryId", given.getAll("category"));
        }
        if (given.contains("location")) {
            filter.put("locations", given.getAll("location"));
        }
        single(given, "search").ifPresent(words -> filter.put("search", words));
        single(given, "withinDays").ifPresent(days -> {
            if (!DAYS.matcher(days).matches()) {
                throw Refused.malformed("withinDays must be a number of days, such as withinDays=60.");
            }
            filter.put("expiresWithinDays", Integer.valueOf(days));
        });
        return filter;
    }

    private static @Nullable LocalTime alarm(MultiMap given) {
        String wanted = single(given, "alarm").orElse(null);
        if (wanted == null) {
            return USUAL_ALARM;
        }
        if (wanted.equals("none")) {
            return null;
        }
        if (!HOUR.matcher(wanted).matches()) {
            throw Refused.malformed("alarm must be an hour from 0 to 23, or none.");
        }
        return LocalTime.of(Integer.parseInt(wanted), 0);
    }

    private static Optional<String> single(MultiMap given, String name) {
        List<String> values = given.getAll(name);
        if (values.size() > 1) {
            throw Refused.malformed(name + " is given more than once.");
        }
        return values.stream().findFirst();
    }

    /** The next page, and those after it. */
    private Future<ExpiryCalendar> page(
            Caller caller,
            Device device,
            Map<String, Object> variables,
            @Nullable LocalTime alarm,
            List<ExpiryCalendar.Entry> entries) {
        return DATED_ITEMS
                .ask(engine, caller, device, variables, options.requestTimeout())
                .compose(outcome -> {
                    if (outcome.status() != 200) {
                        throw new Refused(outcome.status(), outcome.message(), outcome.retrySeconds());
                    }
                    JsonObject data = outcome.body().getJsonObject("data");
                    JsonObject items = data.getJsonObject("items");
                    items.getJsonArray("nodes").forEach(node -> entries.add(entry((JsonObject) node)));
                    JsonObject place = items.getJsonObject("pageInfo");
                    if (place.getBoolean("hasNextPage") && entries.size() < MOST_ENTRIES) {
                        variables.put("after", place.getString("endCursor"));
                        return page(caller, device, variables, alarm, entries);
                    }
                    JsonObject inventory = data.getJsonObject("currentInventory");
                    return Future.succeededFuture(new ExpiryCalendar(
                            inventory.getString("name"),
                            zone(caller, inventory.getString("timeZone")),
                            alarm,
                            entries));
                });
    }

    /** As it is called, where Java knows it so, or else as the caller's days go. */
    private static ZoneId zone(Caller caller, String name) {
        return ZoneId.getAvailableZoneIds().contains(name) ? ZoneId.of(name) : caller.zone();
    }

    private static ExpiryCalendar.Entry entry(JsonObject item) {
        JsonObject category = item.getJsonObject("category");
        return new ExpiryCalendar.Entry(
                NodeId.decode(item.getString("id"), Item.TYPE).orElseThrow(),
                item.getString("name"),
                item.getString("description"),
                (item.getString("quantity") + " " + item.getString("unit")).strip(),
                LocalDate.parse(item.getString("expiryDate")),
                item.getInteger("leadDays"),
                category == null ? null : category.getString("name"),
                item.getString("location"),
                item.getString("lotNumber"),
                item.getInteger("version"),
                Instant.parse(item.getString("updatedAt")));
    }

    /** Whoever sends what is no token pays for it, or guessing would be free. */
    private void refuse(RoutingContext context, Device device, Throwable failure) {
        if (failure instanceof Refused refused) {
            refuse(context, refused);
        } else if (Problem.isUnauthenticated(failure)) {
            engine.payForRefusal(device)
                    .otherwise(Optional.empty())
                    .onSuccess(unpaid -> refuse(
                            context,
                            unpaid.isPresent()
                                    ? new Refused(429, "Too many wrong addresses were asked for. Try again later.", 1)
                                    : new Refused(
                                            404,
                                            "There is no such calendar, or not any more: its address may have been revoked.",
                                            0)));
        } else if (failure instanceof Problem problem) {
            refuse(
                    context,
                    problem.code() == Problem.Code.UNAVAILABLE
                            ? new Refused(503, problem.getMessage(), 2)
                            : new Refused(403, problem.getMessage(), 0));
        } else {
            context.fail(failure);
        }
    }

    private static void refuse(RoutingContext context, Refused refused) {
        if (refused.retrySeconds > 0) {
            context.response().putHeader("Retry-After", Long.toString(refused.retrySeconds));
        }
        context.response()
                .setStatusCode(refused.status)
                .putHeader("Cache-Control", "no-store")
                .putHeader("Content-Type", "text/plain; charset=utf-8");
        Routes.end(context.request(), Buffer.buffer(Objects.requireNonNull(refused.getMessage()) + "\n"));
    }
}
