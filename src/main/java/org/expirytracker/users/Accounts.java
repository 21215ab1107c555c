package org.expirytracker.users;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Actor;
import org.expirytracker.activities.Change;
import org.expirytracker.credentials.AccessTokens;
import org.expirytracker.credentials.LiveSessions;
import org.expirytracker.db.Database;
import org.expirytracker.db.Erasure;
import org.expirytracker.inventories.OwnInventory;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Problem;

/** Who somebody is: their particulars, and leaving for good. */
public final class Accounts {

    private final Database database;
    private final ActivityLog log;
    private final PasswordConfirmation confirmation;
    private final LiveSessions live;
    private final LeadDaysWatch watch;
    private final Letters letters;
    private final List<Erasure> erasures;
    private final OneTimeTokens oneTimeTokens = new OneTimeTokens();
    private final UserRepository users = new UserRepository();

    /**
     * Accounts over one event loop's connections.
     *
     * @param live one for the process
     * @param watch what follows for a user's items
     * @param letters one for the process
     * @param erasures of the rooms, of which one may refer to those after it
     */
    public Accounts(
            Database database,
            ActivityLog log,
            PasswordConfirmation confirmation,
            LiveSessions live,
            LeadDaysWatch watch,
            Letters letters,
            List<Erasure> erasures) {
        this.database = database;
        this.log = log;
        this.confirmation = confirmation;
        this.live = live;
        this.watch = watch;
        this.letters = letters;
        this.erasures = List.copyOf(erasures);
    }

    /**
     * The user who is calling.
     *
     * @return fails with {@code UNAUTHENTICATED} when the account was deleted a moment ago
     */
    public Future<User> viewer(Caller caller) {
        return users.find(database.reads(), caller.userId())
                .map(found -> found.orElseThrow(AccessTokens::unauthenticated));
    }

    /**
     * Changes somebody's own particulars. Another address needs the password: it is the way to a new one. It counts as
     * not verified; a token is mailed there, and a notice to the former one.
     *
     * @return the user as they are then; fails with {@code STALE_VERSION}, {@code CONFLICT}, {@code INVALID},
     *     {@code WRONG_CREDENTIALS}
     */
    Future<ViewerPayload> updateProfile(Actor actor, ProfilePatch patch) {
        if (patch.email() == null) {
            return updateProfile(actor, patch, Optional.empty());
        }
        Caller caller = actor.caller();
        return viewer(caller)
                .compose(before -> patch.applyTo(before).email().equals(before.email())
                        ? Future.succeededFuture(Optional.<UserRepository.Credentials>empty())
                        : confirmation
                                .confirm(caller, patch.password(), "password")
                                .map(Optional::of))
                .compose(confirmed -> updateProfile(actor, patch, confirmed));
    }

    private Future<ViewerPayload> updateProfile(
            Actor actor, ProfilePatch patch, Optional<UserRepository.Credentials> confirmed) {
        Caller caller = actor.caller();
        List<Runnable> mail = new ArrayList<>();
        return log.change(
                        actor,
                        ViewerPayload.class,
                        change -> users.find(change.connection(), change.userId())
                                .map(found -> found.orElseThrow(AccessTokens::unauthenticated))
                                .compose(before -> {
                                    patch.expected().require("profile", before.version());
                                    User after = patch.applyTo(before);
                                    return after.equals(before)
                                            ? Future.succeededFuture(before)
                                            : requireConfirmed(change, before, after, confirmed)
                                                    .compose(still -> update(change, caller, before, after, mail));
                                })
                                .map(ViewerPayload::new))
                .onSuccess(updated -> {
                    live.forget(caller.userId());
                    mail.forEach(Runnable::run);
                });
    }

    /** The address may have become another one since the password was asked for, or not. */
    private Future<?> requireConfirmed(
            Change change, User before, User after, Optional<UserRepository.Credentials> confirmed) {
        if (after.email().equals(before.email())) {
            return Future.succeededFuture();
        }
        return confirmed.isPresent()
                ? confirmation.requireStill(change, confirmed.get())
                : Future.failedFuture(PasswordConfirmation.wrongPassword("password"));
    }

    private Future<User> update(Change change, Caller caller, User before, User after, List<Runnable> mail) {
        return users.update(change.connection(), before, after).compose(updated -> {
            change.record(UserActivities.ACCOUNT_UPDATED, updated.id(), before, updated);
            Future<?> followed = before.leadDays() == updated.leadDays()
                    ? Future.succeededFuture()
                    : watch.leadDaysChanged(change, caller, null);
            return followed.compose(done -> before.email().equals(updated.email())
                            ? Future.succeededFuture()
                            : addressChanged(change, before, updated, mail))
                    .map(updated);
        });
    }

    private Future<?> addressChanged(Change change, User before, User updated, List<Runnable> mail) {
        mail.add(() -> letters.addressChanged(before.email(), updated.username()));
        return oneTimeTokens
                .issueForMail(change.connection(), change.userId(), OneTimeTokens.Purpose.EMAIL_VERIFICATION)
                .onSuccess(issued -> issued.ifPresent(token ->
                        mail.add(() -> letters.verification(updated.email(), updated.username(), token.token()))));
    }

    /**
     * Deletes the account and everything in it, at once and for good.
     *
     * @return fails with {@code CONFLICT} while others use an inventory that is the user's, {@code WRONG_CREDENTIALS}, {@code ACCOUNT_LOCKED} after too many wrong ones, {@code UNAVAILABLE}
     */
    public Future<?> deleteAccount(Caller caller, String password) {
        return confirmation
                .confirm(caller, password, "password")
                .compose(credentials -> log.change(
                        caller.userId(),
                        caller.sessionId(),
                        change -> confirmation.requireStill(change, credentials).compose(still -> erase(change))))
                .onSuccess(deleted -> live.forget(caller.userId()));
    }

    private Future<?> erase(Change change) {
        return OwnInventory.ownedBy(change.connection(), change.userId()).compose(owned -> {
            List<String> shared = owned.stream()
                    .filter(OwnInventory.Owned::shared)
                    .map(OwnInventory.Owned::name)
                    .toList();
            return shared.isEmpty() ? erase(change, owned) : Future.failedFuture(othersUse(shared));
        });
    }

    private static Problem othersUse(List<String> inventories) {
        return Problem.of(
                Problem.Code.CONFLICT,
                "Others use what would go with your account: %s. Hand it on by transferInventory, or remove its members first."
                        .formatted(String.join(", ", inventories)));
    }

    private Future<?> erase(Change change, List<OwnInventory.Owned> owned) {
        List<InventoryId> others = owned.stream()
                .map(OwnInventory.Owned::id)
                .filter(id -> !id.equals(change.inventoryId()))
                .toList();
        return ActivityLog.lockFree(change.connection(), others)
                .compose(locked -> locked.size() == others.size()
                        ? Future.succeededFuture()
                        : Future.failedFuture(Problem.of(
                                Problem.Code.UNAVAILABLE,
                                "One of your inventories is being changed just now. Try again.")))
                .compose(locked -> {
                    Future<?> emptied = Future.succeededFuture();
                    for (OwnInventory.Owned each : owned) {
                        emptied = emptied.compose(before -> Erasure.runAll(erasures, change.connection(), each.id()));
                    }
                    return emptied;
                })
                .compose(emptied -> users.delete(change.connection(), change.userId()));
    }
}
