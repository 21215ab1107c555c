package org.expirytracker.backups;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.regex.Pattern;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.expirytracker.backups.Manifest.Table;
import org.expirytracker.kernel.RecordJson;

/**
 * A backup as a file: a ZIP archive (of any size: ZIP64) that holds a text for whoever finds it, the rows of each
 * table as {@code COPY} writes them, and last {@code manifest.json}. Its comment, which is the end of the file, is the
 * SHA-256 of the whole file, counted as if the comment's 64 digits were zeros. So every change of any byte shows, and
 * so does a missing piece; that someone could change a file on purpose and count again is not prevented.
 */
final class BackupFile implements Closeable {

    /** About what COPY itself writes in a second, so a progress bar moves but does not flicker. */
    static final int SHOW_EVERY_BYTES = 1 << 20;

    private static final String ABOUT = "EXPIRY-TRACKER-BACKUP.txt";
    private static final String MANIFEST = "manifest.json";
    private static final String SEAL = "expiry-backup sha256 ";
    private static final int DIGITS = 64;
    private static final Pattern SEALED = Pattern.compile(Pattern.quote(SEAL) + "[0-9a-f]{64}");
    private static final byte[] UNSEALED = "0".repeat(DIGITS).getBytes(US_ASCII);
    private static final int BUFFER = 1 << 16;

    private static final String ABOUT_TEXT = """
            This is a backup of Expiry Tracker. Load it with: expiry db restore <this file>

            manifest.json says what is in it. Each .copy file holds the rows of one table in the text format of
            PostgreSQL's COPY, in UTF-8, with the columns that the manifest names. The comment of this archive is
            the SHA-256 of the whole file, counted with zeros in place of its own 64 digits.
            """;

    private final ZipFile zip;
    private final Manifest manifest;

    private BackupFile(ZipFile zip, Manifest manifest) {
        this.zip = zip;
        this.manifest = manifest;
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Writes a backup from the first byte to the last. */
    static final class Writer implements Closeable {

        private final FileChannel channel;
        private final MessageDigest whole = sha256();
        private final ZipOutputStream zip;
        private final LocalDateTime at;

        /**
         * Begins the file.
         *
         * @param channel of an empty file; closed with this
         * @param at what the entries bear as their time
         */
        Writer(FileChannel channel, Instant at) throws IOException {
            this.channel = channel;
            this.at = LocalDateTime.ofInstant(at, ZoneOffset.UTC);
            this.zip = new ZipOutputStream(
                    new BufferedOutputStream(new DigestOutputStream(Channels.newOutputStream(channel), whole), BUFFER));
            // Higher levels save a tenth of the size and cost twice COPY's own time.
            zip.setLevel(Deflater.BEST_SPEED);
            zip.setComment(SEAL + new String(UNSEALED, US_ASCII));
            write(ABOUT, ABOUT_TEXT);
        }

        /**
         * A stream for the content of the next entry, to be closed before the one after it begins.
         *
         * @param digest of the content
         */
        OutputStream entry(String name, MessageDigest digest) throws IOException {
            ZipEntry entry = new ZipEntry(name);
            entry.setTimeLocal(at);
            zip.putNextEntry(entry);
            OutputStream content = new DigestOutputStream(zip, digest) {
                @Override
                public void close() throws IOException {
                    zip.closeEntry();
                }
            };
            // Digest and deflater are slow with single rows.
            return new BufferedOutputStream(content, BUFFER);
        }

        /** Ends the file, seals it, and returns when it is on disk. */
        void finish(Manifest manifest) throws IOException {
            finish(RecordJson.write(manifest));
        }

        void finish(String manifest) throws IOException {
            write(MANIFEST, manifest);
            zip.finish();
            zip.flush();
            ByteBuffer seal = US_ASCII.encode(hex(whole));
            long position = channel.size() - DIGITS;
            while (seal.hasRemaining()) {
                position += channel.write(seal, position);
            }
            channel.force(true);
        }

        private void write(String name, String text) throws IOException {
            try (OutputStream content = entry(name, sha256())) {
                content.write(text.getBytes(UTF_8));
            }
        }

        @Override
        public void close() throws IOException {
            try {
                zip.close();
            } finally {
                channel.close();
            }
        }
    }

    /**
     * Opens a backup after checking all of it.
     *
     * @throws BackupFailure when it is missing, no backup, damaged, or of a format that this program does not know
     */
    static BackupFile open(Path file, CopyProgress progress) {
        try {
            check(file, progress);
            ZipFile zip = new ZipFile(file.toFile());
            try {
                return new BackupFile(zip, manifest(file, zip));
            } catch (BackupFailure | IOException e) {
                zip.close();
                throw e;
            }
        } catch (NoSuchFileException e) {
            throw new BackupFailure("There is no file " + file + ". Give the path of a backup.", e);
        } catch (ZipException e) {
            throw notUnderstood(file, e);
        } catch (IOException e) {
            throw new BackupFailure(
                    "The file " + file + " cannot be read: " + e.getMessage() + ". Give the path of a backup.", e);
        }
    }

    private static void check(Path file, CopyProgress progress) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                InputStream in = Channels.newInputStream(channel)) {
            long size = channel.size();
            byte[] end = new byte[(int) Math.min(SEAL.length() + DIGITS, size)];
            readAt(channel, end, size - end.length);
            String seal = new String(end, US_ASCII);
            if (!SEALED.matcher(seal).matches()) {
                throw unsealed(file, channel);
            }
            MessageDigest whole = sha256();
            long left = size - DIGITS;
            byte[] buffer = new byte[SHOW_EVERY_BYTES];
            while (left > 0) {
                int read = in.readNBytes(buffer, 0, (int) Math.min(buffer.length, left));
                if (read == 0) {
                    throw new EOFException("it became shorter while it was read");
                }
                whole.update(buffer, 0, read);
                left -= read;
                progress.checks(size - left - DIGITS, size);
            }
            whole.update(UNSEALED);
            if (!seal.endsWith(hex(whole))) {
                throw damaged(file, "its content does not fit the checksum at its end");
            }
            progress.checks(size, size);
        }
    }

    private static void readAt(FileChannel channel, byte[] bytes, long position) throws IOException {
        ByteBuffer into = ByteBuffer.wrap(bytes);
        while (into.hasRemaining()) {
            if (channel.read(into, position + into.position()) < 0) {
                throw new EOFException("it became shorter while it was read");
            }
        }
    }

    /** The name of the first entry tells a backup that was cut off from a file of another kind. */
    private static BackupFailure unsealed(Path file, FileChannel channel) throws IOException {
        byte[] begin = new byte[(int) Math.min(ABOUT.length() + BUFFER / 1024, channel.size())];
        readAt(channel, begin, 0);
        return new String(begin, US_ASCII).contains(ABOUT)
                ? damaged(file, "its end is missing or altered")
                : new BackupFailure("The file " + file + " is not a backup of Expiry Tracker. Give one that"
                        + " expiry db backup has written.");
    }

    private static BackupFailure damaged(Path file, String how) {
        return new BackupFailure("The backup " + file + " is damaged: " + how + ". It was cut off or altered after it"
                + " was written, so nothing of it is loaded. Take another copy of it, or another backup.");
    }

    private static BackupFailure notUnderstood(Path file, Exception e) {
        return new BackupFailure(
                "The backup " + file + " is whole, but this program does not understand it: " + e.getMessage()
                        + ". Restore it with the release that has written it.",
                e);
    }

    private static Manifest manifest(Path file, ZipFile zip) throws IOException {
        ZipEntry entry = zip.getEntry(MANIFEST);
        if (entry == null) {
            throw new ZipException("it has no " + MANIFEST);
        }
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try (InputStream in = zip.getInputStream(entry)) {
            in.transferTo(text);
        }
        String json = text.toString(UTF_8);
        try {
            Manifest.Form form = RecordJson.read(json, Manifest.Form.class);
            if (form.format() != Manifest.FORMAT) {
                throw new BackupFailure("The backup " + file + " is of format " + form.format()
                        + "; this program reads format " + Manifest.FORMAT + ". Restore it with release "
                        + form.program() + " or newer.");
            }
            return RecordJson.read(json, Manifest.class);
        } catch (IllegalStateException e) {
            throw notUnderstood(file, e);
        }
    }

    Manifest manifest() {
        return manifest;
    }

    /** The rows of a table. */
    InputStream rows(Table table) throws IOException {
        ZipEntry entry = table.entry() == null ? null : zip.getEntry(table.entry());
        if (entry == null) {
            throw new ZipException("it has no rows of table " + table.label());
        }
        return zip.getInputStream(entry);
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }
}
