package org.expirytracker.imports;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.sqlclient.SqlClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Actor;
import org.expirytracker.activities.Change;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.categories.Categories;
import org.expirytracker.categories.CategoryRepository;
import org.expirytracker.categories.NewCategory;
import org.expirytracker.items.BulkItems;
import org.expirytracker.items.BulkRow;
import org.expirytracker.items.Item;
import org.expirytracker.items.ItemRepository;
import org.expirytracker.items.ItemRow;
import org.expirytracker.items.Items;
import org.expirytracker.jobs.Job;
import org.expirytracker.jobs.Lease;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.Role;
import org.expirytracker.kernel.RowIds;
import org.expirytracker.kernel.Text;
import org.expirytracker.kernel.UserError;
import org.expirytracker.notifications.ExpiryNotices;
import org.expirytracker.products.ProductRepository;
import org.jspecify.annotations.Nullable;

/**
 * How files become items: one node at a time reads the file from its pieces, first as a whole, to see what its dates and
 * numbers are, then a thousand rows at a time, of which each becomes what {@code upsertItems} takes.
 *
 * <p>Where bad rows are left out, each thousand is one change, and how far the import has come is noted in the same
 * transaction: a node that dies in the middle leaves the rest to another, which does no row twice. Where one bad row refuses
 * all, the whole is written in one transaction, and looked through only when that was rolled back, to say why.
 */
public final class ImportJobs {

    /** The kind of the jobs; their tenant is the inventory, their object the import. */
    public static final String KIND = "import";

    /** Rows of an import that is one transaction, for whose end other changes of the inventory wait. */
    static final int MOST_ROWS_IN_ONE_CHANGE = 100_000;

    /** Reasons that are kept of one import; all are counted. */
    static final int MOST_REFUSALS = 10_000;

    private static final String NO_MEMBER = "Whoever began it may not change this inventory any more.";
    private static final int MOST_AT_ONCE = 2;
    private static final long NANOS_BETWEEN_SIGNS = 500_000_000;

    private final LiveFeed liveFeed;
    private final Clock clock;
    private final ImportRepository repository = new ImportRepository();

    private ImportJobs(LiveFeed liveFeed, Clock clock) {
        this.liveFeed = liveFeed;
        this.clock = clock;
    }

    /**
     * The jobs.
     *
     * @param liveFeed wakes subscribers
     */
    public static List<Job> of(LiveFeed liveFeed, Clock clock) {
        return List.of(Job.once(
                KIND, Job.Retries.minutes(5, 1, 2, 4, 8), MOST_AT_ONCE, new ImportJobs(liveFeed, clock)::work));
    }

    /** What is under way is left to a later run, or is wanted no more. */
    private static final class LeftOff extends RuntimeException {

        private static final long serialVersionUID = 1L;

        LeftOff() {
            super("Another has taken over, or nobody wants it any more", null, false, false);
        }
    }

    /** Because of which a change of all rows is rolled back. */
    private static final class RowRefused extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final int number;

        RowRefused(int number) {
            super("Row " + number + " is refused", null, false, false);
            this.number = number;
        }
    }

    private void work(Lease lease) {
        InventoryId inventoryId = new InventoryId(lease.tenantId());
        Optional<ImportRepository.Work> found = repository
                .findWork(lease.client(), inventoryId, lease.objectId())
                .await();
        if (found.isEmpty()) {
            // It has ended, perhaps in the middle of deleting its file.
            deleteFileOfEnded(lease, inventoryId);
            return;
        }
        Import asked = found.get().of();
        Optional<Caller> maker = found.get().maker().filter(caller -> caller.role() != Role.VIEWER);
        if (maker.isEmpty()) {
            end(lease, inventoryId, asked, Import.State.FAILED, NO_MEMBER);
            return;
        }
        try {
            new Working(lease, maker.get(), asked).work();
        } catch (LeftOff leftOff) {
            leave(lease, inventoryId, asked, leftOff);
        } catch (FileProblem unreadable) {
            boolean looking = asked.state() == Import.State.PREVIEWING;
            end(
                    lease,
                    inventoryId,
                    asked,
                    looking ? Import.State.READY : Import.State.FAILED,
                    String.valueOf(unreadable.getMessage()));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** Why did it not go on? */
    private void leave(Lease lease, InventoryId inventoryId, Import of, LeftOff leftOff) {
        Optional<ImportRepository.Work> now = repository
                .findWork(lease.client(), inventoryId, of.id())
                .await()
                .filter(work -> work.of().state() == of.state());
        if (now.isEmpty()) {
            deleteFileOfEnded(lease, inventoryId);
        } else if (lease.goesOn()) {
            if (now.get().maker().filter(caller -> caller.role() != Role.VIEWER).isPresent()) {
                throw leftOff;
            }
            end(lease, inventoryId, of, Import.State.FAILED, NO_MEMBER);
        }
    }

    private void end(Lease lease, InventoryId inventoryId, Import of, Import.State state, @Nullable String problem) {
        String cut = problem != null && problem.length() > 1_000 ? problem.substring(0, 1_000) : problem;
        boolean ended = repository
                .end(lease.client(), inventoryId, of.id(), of.state(), state, cut)
                .await();
        if (ended && state == Import.State.DONE) {
            repository.deleteFile(lease.client(), inventoryId, of.id()).await();
        }
    }

    private void deleteFileOfEnded(Lease lease, InventoryId inventoryId) {
        Import now = repository
                .find(lease.client(), inventoryId, List.of(lease.objectId()))
                .await()
                .get(lease.objectId());
        if (now != null && (now.state() == Import.State.DONE || now.state() == Import.State.CANCELLED)) {
            repository.deleteFile(lease.client(), inventoryId, now.id()).await();
        }
    }

    /** By which files of the same columns are known. */
    static String key(List<ImportColumn> columns) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            columns.forEach(column -> digest.update((column.name() + "\n").getBytes(StandardCharsets.UTF_8)));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(digest.digest());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /**
     * Rows that were read together.
     *
     * @param good those of them in which nothing is wrong so far
     * @param items the good ones, in their order, as the items room takes them
     */
    private record Batch(
            int from, int to, List<RowReader.Read> rows, List<RowReader.Read> good, List<BulkRow<ItemRow>> items) {

        static Batch of(int from, List<RowReader.Read> rows) {
            List<RowReader.Read> good = rows.stream()
                    .filter(row -> !row.skipped() && row.refusals().isEmpty())
                    .toList();
            return new Batch(
                    from,
                    from + rows.size(),
                    List.copyOf(rows),
                    good,
                    good.stream().map(Batch::asItem).toList());
        }

        // An input holds null for what is to be cleared.
        @SuppressWarnings("NullAway")
        private static BulkRow<ItemRow> asItem(RowReader.Read row) {
            Map<String, @Nullable Object> values = new HashMap<>(row.values());
            UUID id = values.remove("id") instanceof String text
                    ? NodeId.decode(text.strip(), Item.TYPE).orElse(null)
                    : null;
            return BulkRow.of(Input.arguments(values), input -> ItemRow.of(id, input));
        }

        Set<String> categories() {
            Set<String> names = new LinkedHashSet<>();
            good.forEach(row -> {
                if (row.category() != null) {
                    names.add(row.category());
                }
            });
            return names;
        }
    }

    /** What became of a batch: kept as the answer of its change. */
    record Written(Tally tally) {}

    /** One import while it is worked at, on the one thread that does it. */
    private final class Working {

        private final Lease lease;
        private final Caller maker;
        private final InventoryId inventoryId;
        private final Import asked;
        private final ActivityLog log;
        private final Categories categories;
        private final BulkItems bulk;
        private final SeenKeys seen = new SeenKeys();
        private long lastSign = System.nanoTime();
        private int refusalsKept;

        Working(Lease lease, Caller maker, Import asked) {
            this.lease = lease;
            this.maker = maker;
            this.inventoryId = maker.inventoryId();
            this.asked = asked;
            ItemRepository itemRepository = new ItemRepository();
            ExpiryNotices notices = new ExpiryNotices();
            log = new ActivityLog(lease.database(), liveFeed);
            Items items = new Items(itemRepository, log, notices, new ProductRepository(), clock);
            categories = new Categories(new CategoryRepository(), log, items);
            bulk = new BulkItems(itemRepository, items, log, notices, clock);
            refusalsKept = asked.refusalCount();
        }

        private SqlClient client() {
            return lease.client();
        }

        private StoredFile file() {
            return new StoredFile(place -> repository
                    .findChunk(client(), inventoryId, asked.id(), place)
                    .await());
        }

        void work() throws IOException {
            ImportOptions options = asked.options();
            if (options == null || asked.rowCount() == null) {
                options = survey(options);
            }
            String problem = options.problem();
            if (problem != null) {
                throw new FileProblem(problem);
            }
            if (asked.state() == Import.State.PREVIEWING) {
                look(options);
                end(lease, inventoryId, asked, Import.State.READY, null);
            } else if (options.errorPolicy() == BulkRow.ErrorPolicy.REJECT_ALL) {
                runAtOnce(options);
            } else {
                runInSteps(options);
            }
        }

        /** Looks through the whole file, and says how it is read. */
        private ImportOptions survey(@Nullable ImportOptions chosen) throws IOException {
            FileLayout layout = chosen == null
                    ? FileLayout.of(file().readNBytes(FileLayout.HEAD_BYTES), asked.utf8(), asked.name())
                    : chosen.layout();
            Survey survey;
            try (SourceRows rows = SourceFile.open(file(), layout)) {
                survey = Survey.of(rows, this::sign);
            }
            ImportOptions options = chosen == null ? found(layout, survey) : again(chosen, survey);
            if (!repository
                    .surveyed(client(), inventoryId, asked.id(), asked.state(), options, survey.rows())
                    .await()) {
                throw new LeftOff();
            }
            return options;
        }

        /** As a file of these columns was read the last time; else as their names say. */
        private ImportOptions found(FileLayout layout, Survey survey) {
            ImportOptions proposed = ImportOptions.proposed(layout, survey.columns());
            return repository
                    .findMapping(client(), inventoryId, key(survey.columns()))
                    .await()
                    .map(former -> mapped(former, layout, survey))
                    .orElse(proposed);
        }

        /** What was chosen, for columns that are read in another way. */
        private ImportOptions again(ImportOptions chosen, Survey survey) {
            return chosen.columns().isEmpty()
                    ? chosen.with(Proposals.of(
                            survey.columns(),
                            Origin.of(survey.columns().stream()
                                    .map(ImportColumn::name)
                                    .toList())))
                    : mapped(chosen, chosen.layout(), survey);
        }

        private static ImportOptions mapped(ImportOptions former, FileLayout layout, Survey survey) {
            Map<String, @Nullable ImportField> fields = new HashMap<>();
            former.columns().forEach(column -> fields.put(column.name(), column.field()));
            return former.with(layout)
                    .with(survey.columns().stream()
                            .map(column -> column.as(fields.get(column.name())))
                            .toList());
        }

        /** Now and then: that it goes on, and how far it is. */
        private void sign(int rows) {
            if (System.nanoTime() - lastSign < NANOS_BETWEEN_SIGNS) {
                return;
            }
            lastSign = System.nanoTime();
            if (!lease.goesOn()
                    || !repository
                            .seen(client(), inventoryId, asked.id(), asked.state(), rows)
                            .await()) {
                throw new LeftOff();
            }
        }

        /** Handles batches, one after the other. */
        @FunctionalInterface
        private interface Step {
            void take(Batch batch);
        }

        /**
         * Reads the file, a batch at a time.
         *
         * @param done so many rows are done already, of which no more is needed than their ids
         */
        private void eachBatch(ImportOptions options, int done, Step step) throws IOException {
            RowReader reader = new RowReader(options);
            try (SourceRows rows = SourceFile.open(file(), options.layout())) {
                List<RowReader.Read> batch = new ArrayList<>();
                int at = 0;
                for (SourceRow row = rows.next(); row != null; row = rows.next()) {
                    RowReader.Read read = once(reader, reader.read(row));
                    at++;
                    if (at <= done) {
                        continue;
                    }
                    batch.add(read);
                    if (batch.size() == BulkItems.MOST_ROWS) {
                        step.take(Batch.of(at - batch.size(), batch));
                        batch.clear();
                    }
                }
                if (!batch.isEmpty()) {
                    step.take(Batch.of(at - batch.size(), batch));
                }
            }
        }

        /** A row that names what one before it has named is refused: which of both is right, the file does not say. */
        private RowReader.Read once(RowReader reader, RowReader.Read row) {
            if (row.skipped() || !row.refusals().isEmpty()) {
                return row;
            }
            for (String input : List.of("externalId", "id")) {
                if (row.values().get(input) instanceof String key
                        && !Text.isBlank(key)
                        && !seen.add(input.charAt(0), Text.bareCode(key))) {
                    return row.refused(new RowReader.Refusal(
                            row.number(), reader.columnOf(input), key, "A row before this one has the same."));
                }
            }
            return row;
        }

        /** The good rows in their categories, once these are known. */
        private List<BulkRow<ItemRow>> placed(Batch batch, Map<String, UUID> known, boolean create) {
            List<BulkRow<ItemRow>> placed = new ArrayList<>();
            for (int at = 0; at < batch.good.size(); at++) {
                placed.add(placed(batch.good.get(at), batch.items.get(at), known, create));
            }
            return placed;
        }

        private static BulkRow<ItemRow> placed(
                RowReader.Read row, BulkRow<ItemRow> item, Map<String, UUID> known, boolean create) {
            String category = row.category();
            if (category == null) {
                return row.clearsCategory() ? new BulkRow<>(item.asked().in(null), item.path(), item.errors()) : item;
            }
            UUID categoryId = known.get(Text.identity(category));
            if (categoryId != null) {
                return new BulkRow<>(item.asked().in(categoryId), item.path(), item.errors());
            }
            List<UserError> errors = new ArrayList<>(item.errors());
            errors.add(new UserError(
                    Problem.Code.NOT_FOUND,
                    create
                            ? "“%s” cannot be the name of a category: %s".formatted(category, nameProblem(category))
                            : "There is no category “%s”. Create it, or let missing categories be created."
                                    .formatted(category),
                    List.of("categoryId")));
            return new BulkRow<>(item.asked(), item.path(), errors);
        }

        private static String nameProblem(String name) {
            Input input = Input.arguments(Map.of("name", name));
            NewCategory.of(input);
            return input.errors().isEmpty() ? "" : input.errors().getFirst().message();
        }

        /** Those that may be names of categories. */
        private static Set<String> proper(Set<String> names) {
            Set<String> proper = new LinkedHashSet<>();
            names.forEach(name -> {
                if (nameProblem(name).isEmpty()) {
                    proper.add(name);
                }
            });
            return proper;
        }

        private Tally tally(RowReader reader, Batch batch, List<ItemRow.Done> done) {
            List<List<RowReader.Refusal>> refused = new ArrayList<>();
            for (int at = 0; at < done.size(); at++) {
                RowReader.Read row = batch.good.get(at);
                refused.add(done.get(at).row().errors().stream()
                        .map(error -> refusal(reader, row, error))
                        .toList());
            }
            return Tally.of(batch.rows, done, refused);
        }

        private static RowReader.Refusal refusal(RowReader reader, RowReader.Read row, UserError error) {
            String input = error.field().isEmpty() ? "" : error.field().getLast();
            Object value =
                    input.equals("categoryId") ? row.category() : row.values().get(input);
            return new RowReader.Refusal(
                    row.number(), reader.columnOf(input), value == null ? null : value.toString(), error.message());
        }

        // Looking -------------------------------------------------------------------------------------------

        /** What would become of each row; all of it, as if none was done yet. */
        private Tally look(ImportOptions options) throws IOException {
            restart();
            RowReader reader = new RowReader(options);
            Map<String, UUID> toCome = new LinkedHashMap<>();
            Tally[] whole = {Tally.NOTHING};
            int[] at = {0};
            eachBatch(options, 0, batch -> {
                Map<String, UUID> known = known(options, batch, toCome);
                List<ItemRow.Done> done = bulk.lookAtRows(
                                client(), inventoryId, placed(batch, known, options.createCategories()))
                        .await();
                Tally tally = tally(reader, batch, done);
                advance(client(), at[0], batch.to, tally);
                at[0] = batch.to;
                whole[0] = whole[0].plus(tally.keeping(0));
            });
            return whole[0];
        }

        /** Categories by name; those that would be made have ids of nothing. */
        private Map<String, UUID> known(ImportOptions options, Batch batch, Map<String, UUID> toCome) {
            Map<String, String> wanted = new HashMap<>();
            proper(batch.categories()).forEach(name -> wanted.put(Text.identity(name), name));
            Map<String, UUID> known = new HashMap<>();
            categories
                    .find(client(), inventoryId, wanted.keySet())
                    .await()
                    .forEach((identity, category) -> known.put(identity, category.id()));
            if (options.createCategories()) {
                wanted.keySet()
                        .forEach(identity -> known.computeIfAbsent(
                                identity, missing -> toCome.computeIfAbsent(missing, fresh -> RowIds.next())));
            }
            return known;
        }

        /** Notes that a batch is done, where that is all there is to write. */
        private void advance(SqlClient client, int from, int to, Tally tally) {
            if (!lease.goesOn()) {
                throw new LeftOff();
            }
            boolean noted = note(client, from, to, tally).await();
            if (!noted) {
                throw new LeftOff();
            }
        }

        /** Notes that rows are done, and why some of them were refused; whether they were still to be done. */
        private Future<Boolean> note(SqlClient client, int from, int to, Tally tally) {
            Tally kept = tally.keeping(MOST_REFUSALS - refusalsKept);
            int before = refusalsKept;
            return repository
                    .advance(client, inventoryId, asked.id(), asked.state(), from, to, kept)
                    .compose(noted -> noted
                            ? repository
                                    .addRefusals(client, inventoryId, asked.id(), before, kept.refusals())
                                    .map(added -> true)
                            : Future.succeededFuture(false))
                    .onSuccess(noted ->
                            refusalsKept = noted ? before + kept.refusals().size() : before);
        }

        // Running -------------------------------------------------------------------------------------------

        private void runInSteps(ImportOptions options) throws IOException {
            int done = startAt();
            RowReader reader = new RowReader(options);
            eachBatch(options, done, batch -> write(reader, options, batch));
            end(lease, inventoryId, asked, Import.State.DONE, null);
        }

        /** A survey has counted rows as well. */
        private int startAt() {
            return asked.rowCount() == null ? 0 : asked.rowsDone();
        }

        /** Writes a batch in one change; where the database refuses it, in halves, to find the row that is to blame. */
        private void write(RowReader reader, ImportOptions options, Batch batch) {
            if (!lease.goesOn()) {
                throw new LeftOff();
            }
            try {
                log.change(Actor.of(maker), Written.class, change -> write(reader, options, batch, change))
                        .await();
            } catch (Problem refused) {
                if (!refused.code().isRefusal()) {
                    throw refused;
                }
                if (batch.rows.size() == 1) {
                    RowReader.Read row = batch.rows.getFirst();
                    RowReader.Refusal why =
                            refusal(reader, row, refused.errors().getFirst());
                    advance(client(), batch.from, batch.to, new Tally(0, 0, 0, 0, 1, List.of(why)));
                    return;
                }
                int half = batch.rows.size() / 2;
                write(reader, options, Batch.of(batch.from, batch.rows.subList(0, half)));
                write(reader, options, Batch.of(batch.from + half, batch.rows.subList(half, batch.rows.size())));
            }
        }

        private Future<Written> write(RowReader reader, ImportOptions options, Batch batch, Change change) {
            return put(reader, options, batch, change)
                    .compose(tally -> note(change.connection(), batch.from, batch.to, tally)
                            .map(noted -> {
                                if (!noted) {
                                    throw new LeftOff();
                                }
                                return new Written(tally);
                            }));
        }

        /** Writes the items of a batch. */
        private Future<Tally> put(RowReader reader, ImportOptions options, Batch batch, Change change) {
            LocalDate today = maker.today(clock);
            return categories
                    .named(change, proper(batch.categories()), options.createCategories())
                    .compose(found -> {
                        Map<String, UUID> known = new HashMap<>();
                        found.forEach((identity, category) -> known.put(identity, category.id()));
                        return bulk.writeRows(change, placed(batch, known, options.createCategories()), today);
                    })
                    .map(done -> tally(reader, batch, done));
        }

        /** Writes all in one transaction, or nothing; then it looks at each row, for the reasons. */
        private void runAtOnce(ImportOptions options) throws IOException {
            int rows = rowCount();
            if (rows > MOST_ROWS_IN_ONE_CHANGE) {
                throw new FileProblem(tooMany(rows));
            }
            restart();
            try {
                writeAtOnce(options);
            } catch (RowRefused row) {
                int refused = look(options).refused();
                repository
                        .nothingWritten(client(), inventoryId, asked.id(), asked.state())
                        .await();
                throw new FileProblem(
                        refused == 0
                                ? "Nothing was written: row %d was refused, as somebody else was changing the inventory. Start it once more."
                                        .formatted(row.number)
                                : "Nothing was written: %,d of %,d rows are refused. Repair them in the file, or start it once more with errorPolicy REJECT_FAILED_ROWS, which leaves them out."
                                        .formatted(refused, rows));
            }
        }

        private int rowCount() {
            return Objects.requireNonNullElse(
                    repository
                            .find(client(), inventoryId, List.of(asked.id()))
                            .await()
                            .getOrDefault(asked.id(), asked)
                            .rowCount(),
                    0);
        }

        private void restart() {
            repository.restart(client(), inventoryId, asked.id(), asked.state()).await();
            repository.forgetRefusals(client(), inventoryId, asked.id()).await();
            refusalsKept = 0;
            seen.clear();
        }

        /** The transaction is begun on its event loop, fed from this thread, and ended by it. */
        private void writeAtOnce(ImportOptions options) throws IOException {
            Promise<Change> opened = Promise.promise();
            Promise<Written> ended = Promise.promise();
            Future<Written> committed = log.change(Actor.of(maker), Written.class, change -> {
                // After a deadlock the log would have it done once more, for which the file is to be read anew.
                return opened.tryComplete(change)
                        ? ended.future()
                        : Future.failedFuture(Problem.of(
                                Problem.Code.UNAVAILABLE, "It was rolled back, and is to be done once more."));
            });
            committed.onFailure(opened::tryFail);
            try {
                Change change = opened.future().await();
                ended.complete(new Written(putAll(options, change)));
            } catch (RuntimeException | IOException failure) {
                ended.tryFail(failure);
                committed.otherwiseEmpty().await();
                throw failure;
            }
            committed.await();
            repository.deleteFile(client(), inventoryId, asked.id()).await();
        }

        private Tally putAll(ImportOptions options, Change change) throws IOException {
            RowReader reader = new RowReader(options);
            Tally[] whole = {Tally.NOTHING};
            change.keepUntilEnd();
            eachBatch(options, 0, batch -> {
                sign(batch.from);
                Tally tally = put(reader, options, batch, change).await();
                if (tally.refused() > 0) {
                    throw new RowRefused(tally.refusals().getFirst().row());
                }
                change.flush().await();
                whole[0] = whole[0].plus(tally);
            });
            // Progress was noted outside the transaction, for people.
            int shown = repository
                    .find(change.connection(), inventoryId, List.of(asked.id()))
                    .await()
                    .getOrDefault(asked.id(), asked)
                    .rowsDone();
            boolean noted = note(change.connection(), shown, rowCount(), whole[0])
                            .await()
                    && repository
                            .end(change.connection(), inventoryId, asked.id(), asked.state(), Import.State.DONE, null)
                            .await();
            if (!noted) {
                throw new LeftOff();
            }
            return whole[0];
        }
    }

    static String tooMany(int rows) {
        return "The file has %,d rows, and %,d at most are written all or none. Divide it, or start it with errorPolicy REJECT_FAILED_ROWS."
                .formatted(rows, MOST_ROWS_IN_ONE_CHANGE);
    }
}
