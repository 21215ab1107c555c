package org.expirytracker.schemas;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.expirytracker.migrations.MigrationFailure;
import org.expirytracker.migrations.MigrationFiles;
import org.expirytracker.migrations.Revision;
import org.expirytracker.migrations.SchemaState;

/**
 * Makes the history of a folder linear again after two branches met in it: what is not applied and is in the way, by
 * an equal or an older version, moves behind the head. Its pair of files is renamed; the description stays, and
 * nothing is edited.
 */
public final class Merge {

    private Merge() {}

    /** A revision under its former and under its new version. */
    public record Move(Revision from, Revision to) {}

    /**
     * Renames the files.
     *
     * @param state of the folder's files and a database, which tells what is applied
     * @param today the date that a new version begins with, unless the head is later
     * @return what was renamed, in order; empty when the history is linear
     * @throws MigrationFailure when the files are those inside the program, or cannot be renamed
     */
    public static List<Move> behindHead(SchemaState state, LocalDate today) {
        List<Revision> moving = inTheWay(state);
        if (moving.isEmpty()) {
            return List.of();
        }
        Path folder = state.files()
                .folder()
                .orElseThrow(() -> new MigrationFailure("The files inside the program cannot be renamed. Run this in a"
                        + " checkout, or name the folder with --directory."));
        List<Revision> staying = new ArrayList<>(state.files().revisions());
        staying.removeAll(moving);
        // Also behind what is applied and has no file here.
        staying.add(state.current());
        Revision head = Collections.max(staying);
        List<Move> moves = new ArrayList<>();
        for (Revision from : moving) {
            head = new Revision(head.nextVersion(today), from.name());
            moves.add(new Move(from, head));
        }
        moves.forEach(move -> rename(folder, state.files(), move));
        return moves;
    }

    private static List<Revision> inTheWay(SchemaState state) {
        List<Revision> applied = state.applied();
        List<Revision> moving = new ArrayList<>();
        Revision last = Revision.BASE;
        for (Revision revision : state.files().revisions()) {
            if (applied.contains(revision)) {
                last = revision;
                continue;
            }
            if (isTaken(revision, last, state) || isOvertaken(revision, state)) {
                moving.add(revision);
            } else {
                last = revision;
            }
        }
        return moving;
    }

    private static boolean isTaken(Revision revision, Revision last, SchemaState state) {
        return isVersionOf(revision, last)
                || state.applied().stream()
                        .anyMatch(applied -> isVersionOf(revision, applied)
                                && state.files().revisions().contains(applied));
    }

    /** The file of an applied revision that has another name now stays: it is not pending. */
    private static boolean isOvertaken(Revision revision, SchemaState state) {
        return revision.compareTo(state.current()) < 0
                && state.applied().stream().noneMatch(applied -> isVersionOf(revision, applied));
    }

    private static boolean isVersionOf(Revision one, Revision other) {
        return one.version().equals(other.version());
    }

    /** The V file goes last: while it has its old name, another try finds the pair again. */
    private static void rename(Path folder, MigrationFiles files, Move move) {
        try {
            if (files.has(move.from.down())) {
                Files.move(folder.resolve(move.from.down()), folder.resolve(move.to.down()));
            }
            Files.move(folder.resolve(move.from.up()), folder.resolve(move.to.up()));
        } catch (IOException e) {
            throw new MigrationFailure(
                    "The files of " + move.from + " could not be renamed to " + move.to + ": " + e
                            + ". Check the folder's permissions and what else lies there, and run this again.",
                    e);
        }
    }
}
