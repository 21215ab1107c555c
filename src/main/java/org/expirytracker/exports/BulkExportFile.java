package org.expirytracker.exports;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.SqlClient;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Problem;

/** The files of exports that are completed, read a chunk at a time. */
public final class BulkExportFile {

    private final Vertx vertx;
    private final SqlClient reads;
    private final BulkExportRepository repository = new BulkExportRepository();

    /** Files over one event loop's connections. */
    public BulkExportFile(Vertx vertx, Database database) {
        this.vertx = vertx;
        this.reads = database.reads();
    }

    /** How many bytes a file has; empty when there is none any more. */
    public Future<Optional<Long>> size(ExportLinks.Linked file) {
        return repository.findCompleted(reads, file.inventoryId(), file.id());
    }

    /**
     * Reads a part of a file.
     *
     * @param from its first byte
     * @param to after its last byte
     * @param target takes each piece; the next one is read when it is done
     */
    public Future<?> read(ExportLinks.Linked file, long from, long to, Function<Buffer, Future<?>> target) {
        return read(file, 0, from, to, target);
    }

    private Future<?> read(
            ExportLinks.Linked file, int number, long from, long to, Function<Buffer, Future<?>> target) {
        if (from >= to) {
            return Future.succeededFuture();
        }
        return repository
                .findChunk(reads, file.inventoryId(), file.id(), number, from)
                .compose(found -> {
                    BulkExportRepository.Chunk chunk = found.orElseThrow(
                            () -> Problem.of(Problem.Code.NOT_FOUND, "The export was deleted meanwhile."));
                    long end = Math.min(to, chunk.first() + chunk.bytes());
                    return vertx.executeBlocking(() -> inflated(chunk.compressed()), false)
                            .map(lines -> Objects.requireNonNull(lines)
                                    .slice((int) (from - chunk.first()), (int) (end - chunk.first())))
                            .compose(target::apply)
                            .compose(taken -> read(file, chunk.number() + 1, end, to, target));
                });
    }

    /** Compresses lines; takes its time. */
    static Buffer deflated(Buffer lines) {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(Deflater.BEST_SPEED);
        try (DeflaterOutputStream out = new DeflaterOutputStream(compressed, deflater)) {
            out.write(lines.getBytes());
        } catch (IOException e) {
            throw new UncheckedIOException("Memory takes whatever is written", e);
        } finally {
            deflater.end();
        }
        return Buffer.buffer(compressed.toByteArray());
    }

    private static Buffer inflated(Buffer compressed) throws IOException {
        try (InflaterInputStream in = new InflaterInputStream(new ByteArrayInputStream(compressed.getBytes()))) {
            return Buffer.buffer(in.readAllBytes());
        }
    }
}
