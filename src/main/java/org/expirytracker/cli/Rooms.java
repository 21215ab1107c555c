package org.expirytracker.cli;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.expirytracker.activities.ActivityFetchers;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.activities.ReplicaPlacement;
import org.expirytracker.administration.Administration;
import org.expirytracker.administration.AdministrationFetchers;
import org.expirytracker.api.GraphQLEngine;
import org.expirytracker.api.GraphQLFactory;
import org.expirytracker.api.PersistedDocuments;
import org.expirytracker.categories.Categories;
import org.expirytracker.categories.CategoryFetchers;
import org.expirytracker.categories.CategoryRepository;
import org.expirytracker.channels.ChannelFetchers;
import org.expirytracker.channels.Channels;
import org.expirytracker.credentials.AccessTokens;
import org.expirytracker.credentials.Authenticated;
import org.expirytracker.credentials.LiveSessions;
import org.expirytracker.credentials.Passwords;
import org.expirytracker.credentials.SecretKeys;
import org.expirytracker.daily.DailyRun;
import org.expirytracker.db.Database;
import org.expirytracker.db.Replicas;
import org.expirytracker.db.ServerOptions;
import org.expirytracker.exports.BulkExportFetchers;
import org.expirytracker.exports.BulkExportFile;
import org.expirytracker.exports.BulkExports;
import org.expirytracker.exports.ExportLinks;
import org.expirytracker.http.Downloads;
import org.expirytracker.imports.ImportFetchers;
import org.expirytracker.imports.Imports;
import org.expirytracker.items.BulkItems;
import org.expirytracker.items.ItemExport;
import org.expirytracker.items.ItemFetchers;
import org.expirytracker.items.ItemRepository;
import org.expirytracker.items.Items;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Placement;
import org.expirytracker.limits.Budgets;
import org.expirytracker.limits.BytesInFlight;
import org.expirytracker.limits.LimitFetchers;
import org.expirytracker.limits.RateLimits;
import org.expirytracker.login.Login;
import org.expirytracker.login.LoginFetchers;
import org.expirytracker.login.Newcomers;
import org.expirytracker.login.Registration;
import org.expirytracker.login.TwoFactor;
import org.expirytracker.login.TwoFactorFetchers;
import org.expirytracker.members.MemberFetchers;
import org.expirytracker.members.Members;
import org.expirytracker.notifications.ExpiryNotices;
import org.expirytracker.notifications.MemberNotices;
import org.expirytracker.notifications.NotificationFetchers;
import org.expirytracker.notifications.Notifications;
import org.expirytracker.notifications.ReminderFetchers;
import org.expirytracker.notifications.Reminders;
import org.expirytracker.outbound.OutboundClient;
import org.expirytracker.privacy.PrivacyFetchers;
import org.expirytracker.products.ProductFetchers;
import org.expirytracker.products.ProductRepository;
import org.expirytracker.products.Products;
import org.expirytracker.recovery.PasswordChange;
import org.expirytracker.recovery.PasswordReset;
import org.expirytracker.recovery.RecoveryFetchers;
import org.expirytracker.recovery.SecurityQuestions;
import org.expirytracker.reports.ReportFetchers;
import org.expirytracker.reports.Reports;
import org.expirytracker.sessions.SessionFetchers;
import org.expirytracker.sessions.Sessions;
import org.expirytracker.tokens.ApiTokenFetchers;
import org.expirytracker.tokens.ApiTokens;
import org.expirytracker.undo.Undo;
import org.expirytracker.undo.UndoFetchers;
import org.expirytracker.users.Accounts;
import org.expirytracker.users.EmailVerification;
import org.expirytracker.users.Letters;
import org.expirytracker.users.PasswordConfirmation;
import org.expirytracker.users.UserFetchers;
import org.expirytracker.webhooks.WebhookFetchers;
import org.expirytracker.webhooks.Webhooks;

/**
 * Builds the house, in the order of its rooms: everything that one event loop needs to answer requests. What the
 * whole process shares comes from outside.
 */
final class Rooms {

    /** What all event loops of a process share. */
    record Shared(
            Clock clock,
            ServerOptions database,
            Optional<Replicas> replicas,
            LiveFeed liveFeed,
            AccessTokens accessTokens,
            SecretKeys secretKeys,
            Passwords passwords,
            LiveSessions liveSessions,
            Letters letters,
            Registration registration,
            PersistedDocuments documents,
            Budgets budgets,
            BytesInFlight inFlight,
            OutboundClient outbound,
            long importBytes,
            Runnable wakeJobs,
            int rateCapacity,
            int rateRestore) {}

    private final Database database;
    private final Newcomers newcomers;
    private final Accounts accounts;
    private final ApiTokens apiTokens;
    private final Sessions sessions;
    private final Login login;
    private final Categories categories;
    private final Items items;
    private final BulkItems bulkItems;
    private final Imports imports;
    private final Downloads downloads;
    private final Notifications notifications;
    private final DailyRun dailyRun;
    private final GraphQLEngine engine;

    /**
     * The rooms of one event loop.
     *
     * @param connections most connections of this event loop
     */
    Rooms(Vertx vertx, Shared shared, int connections) {
        Clock clock = shared.clock();
        LiveFeed liveFeed = shared.liveFeed();
        database = new Database(
                vertx,
                shared.database(),
                connections,
                shared.replicas().map(Replicas::all).orElse(List.of()));
        ActivityLog log = new ActivityLog(database, liveFeed);
        ItemRepository itemRepository = new ItemRepository();
        ExpiryNotices notices = new ExpiryNotices();
        ProductRepository productRepository = new ProductRepository();
        items = new Items(itemRepository, log, notices, productRepository, clock);
        ExportLinks links = new ExportLinks(shared.accessTokens(), clock);
        downloads = new Downloads(new ItemExport(vertx, database, clock), new BulkExportFile(vertx, database), links);
        bulkItems = new BulkItems(itemRepository, items, log, notices, clock);
        CategoryRepository categoryRepository = new CategoryRepository();
        Products products = new Products(productRepository, items, bulkItems, log, clock);
        categories = new Categories(categoryRepository, log, items.and(products));
        notifications = new Notifications(log, clock);
        sessions = new Sessions(vertx, database, log, shared.accessTokens(), shared.liveSessions());
        apiTokens = new ApiTokens(vertx, database, log, shared.liveSessions(), clock);
        PasswordConfirmation confirmation = new PasswordConfirmation(database, shared.passwords());
        accounts = new Accounts(
                database, log, confirmation, shared.liveSessions(), items, shared.letters(), Registered.ERASURES);
        EmailVerification verification = new EmailVerification(database, log, shared.letters());
        newcomers = new Newcomers(database, log, shared.passwords(), sessions, shared.letters());
        TwoFactor twoFactor =
                new TwoFactor(database, log, confirmation, shared.secretKeys(), shared.liveSessions(), clock);
        login = new Login(database, log, shared.accessTokens(), shared.passwords(), sessions, twoFactor);
        PasswordChange passwordChange =
                new PasswordChange(database, log, shared.passwords(), confirmation, shared.liveSessions(), apiTokens);
        PasswordReset passwordReset = new PasswordReset(
                database, log, shared.passwords(), shared.liveSessions(), apiTokens, shared.letters());
        SecurityQuestions questions =
                new SecurityQuestions(database, log, shared.accessTokens(), shared.passwords(), confirmation);
        dailyRun = new DailyRun(vertx, database, log);
        imports = new Imports(database, log, clock, shared.importBytes(), shared.wakeJobs());
        ItemFetchers itemFetchers =
                new ItemFetchers(vertx, clock, database, log, liveFeed, itemRepository, items, bulkItems);
        List<Fetchers> fetchers = List.of(
                new ActivityFetchers(vertx, database, log, liveFeed),
                new UserFetchers(accounts, verification),
                new SessionFetchers(database, sessions),
                new LoginFetchers(database, newcomers, shared.registration(), login),
                new TwoFactorFetchers(twoFactor),
                new RecoveryFetchers(passwordChange, passwordReset, questions),
                new AdministrationFetchers(
                        new Administration(database, log, shared.passwords(), shared.liveSessions(), clock)),
                new ApiTokenFetchers(clock, database, apiTokens),
                new MemberFetchers(
                        database,
                        new Members(
                                database,
                                log,
                                shared.liveSessions(),
                                items,
                                new MemberNotices(),
                                shared.letters(),
                                Registered.ERASURES)),
                new CategoryFetchers(database, categoryRepository, categories),
                itemFetchers,
                new ProductFetchers(clock, database, productRepository, products, itemFetchers),
                new NotificationFetchers(vertx, database, log, liveFeed, notifications),
                new ReminderFetchers(database, new Reminders(categoryRepository, log)),
                new ReportFetchers(vertx, database, log, liveFeed, new Reports(log, clock)),
                new UndoFetchers(new Undo(itemRepository, items, categories, products, log, clock)),
                new WebhookFetchers(
                        database,
                        new Webhooks(database, log, shared.secretKeys(), this::engine, clock),
                        shared.outbound().targets()),
                new ChannelFetchers(
                        database,
                        new Channels(database, log, shared.secretKeys(), shared.outbound()),
                        shared.outbound().targets()),
                new ImportFetchers(vertx, database, imports),
                new BulkExportFetchers(database, new BulkExports(log, this::engine, clock), links),
                new LimitFetchers(clock),
                new PrivacyFetchers(vertx, database));
        RateLimits limits =
                new RateLimits(vertx, database.reads(), shared.budgets(), shared.rateCapacity(), shared.rateRestore());
        Placement placement = shared.replicas()
                .<Placement>map(replicas -> new ReplicaPlacement(vertx, database, replicas))
                .orElse(Placement.PRIMARY);
        engine = GraphQLFactory.engine(vertx, limits, shared.inFlight(), shared.documents(), fetchers, placement);
    }

    Database database() {
        return database;
    }

    /** Opens accounts. */
    Newcomers newcomers() {
        return newcomers;
    }

    /** Who sends a token, be it of a session or an API token. */
    Future<Authenticated> authenticate(String token, Optional<InventoryId> inventory) {
        return ApiTokens.isOne(token)
                ? apiTokens.authenticate(token, inventory)
                : sessions.authenticate(token, inventory);
    }

    Accounts accounts() {
        return accounts;
    }

    Login login() {
        return login;
    }

    Categories categories() {
        return categories;
    }

    Items items() {
        return items;
    }

    Downloads downloads() {
        return downloads;
    }

    Imports imports() {
        return imports;
    }

    BulkItems bulkItems() {
        return bulkItems;
    }

    Notifications notifications() {
        return notifications;
    }

    DailyRun dailyRun() {
        return dailyRun;
    }

    GraphQLEngine engine() {
        return engine;
    }

    Future<Void> close() {
        return database.close();
    }
}
