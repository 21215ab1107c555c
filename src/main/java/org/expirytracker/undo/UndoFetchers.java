package org.expirytracker.undo;

import io.vertx.core.Future;
import java.util.UUID;
import org.expirytracker.activities.Activity;
import org.expirytracker.activities.Actor;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Wiring;

/** GraphQL fields of the undo room. */
public final class UndoFetchers implements Fetchers {

    private final Undo undo;

    /** Fields over one event loop's rules. */
    public UndoFetchers(Undo undo) {
        this.undo = undo;
    }

    @Override
    public void register(Wiring wiring) {
        wiring.mutation("undo", this::undo);
    }

    private Future<Undo.UndoPayload> undo(Field field) {
        Input input = Input.of(field);
        UUID activityId = input.id("activityId", Activity.TYPE);
        input.check();
        return undo.undo(Actor.of(field), activityId);
    }
}
