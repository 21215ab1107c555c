package org.expirytracker.items;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.file.OpenOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.UUID;
import org.expirytracker.Stock;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Holdings;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.Role;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files of items, written into files. */
@Timeout(60)
class ItemExportTest {

    private static final Vertx VERTX = Vertx.vertx();
    private static final Database DATABASE =
            new Database(VERTX, TestDatabase.migrated().connectOptions(), 6);
    private static final int MOST = 3;

    private final Stock stock = new Stock(TestDatabase.migrated());
    private final InventoryId inventory = stock.user();
    private final ItemExport items = new ItemExport(VERTX, DATABASE, Clock.systemUTC(), MOST);

    @TempDir
    private Path directory;

    @AfterAll
    static void close() {
        DATABASE.close().await();
        VERTX.close().await();
    }

    private Path written(ItemExport.Format format) {
        Path file = directory.resolve(UUID.randomUUID() + "." + format.ending);
        Caller caller = new Caller(
                Stock.ownerOf(inventory),
                inventory,
                Role.OWNER,
                UUID.randomUUID(),
                ZoneOffset.UTC,
                new Holdings.OfSession(false));
        AsyncFile target =
                VERTX.fileSystem().open(file.toString(), new OpenOptions()).await();
        items.write(new ItemExport.Request(caller, ItemFilter.IN_STOCK, LocalDate.EPOCH, null, format), target)
                .eventually(target::close)
                .await();
        return file;
    }

    @Test
    void a_workbook_of_more_than_a_sheet_holds_is_refused_before_anything_of_it_is_written() throws IOException {
        for (int n = 0; n < MOST; n++) {
            stock.item(inventory, "Item " + n, null, 0);
        }
        assertThat(Files.size(written(ItemExport.Format.WORKBOOK))).isPositive();
        stock.item(inventory, "One more", null, 0);

        assertThatThrownBy(() -> written(ItemExport.Format.WORKBOOK))
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.code()).isEqualTo(Problem.Code.INVALID))
                .hasMessageContaining("more than 3 items");

        try (var files = Files.list(directory)) {
            assertThat(files.filter(file -> file.toFile().length() == 0)).hasSize(1);
        }
        assertThat(Files.readAllLines(written(ItemExport.Format.JSON_LINES))).hasSize(MOST + 1);
    }
}
