package org.expirytracker.members;

import io.vertx.core.Future;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.activities.ActivityKind;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Actor;
import org.expirytracker.activities.Change;
import org.expirytracker.backups.AfterRestore;
import org.expirytracker.credentials.AccessTokens;
import org.expirytracker.credentials.LiveSessions;
import org.expirytracker.credentials.OpaqueToken;
import org.expirytracker.db.Database;
import org.expirytracker.db.Erasure;
import org.expirytracker.inventories.Membership;
import org.expirytracker.jobs.Job;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.Role;
import org.expirytracker.kernel.RowIds;
import org.expirytracker.kernel.UserId;
import org.expirytracker.users.LeadDaysWatch;
import org.expirytracker.users.Letters;
import org.expirytracker.users.UserRepository;
import org.jspecify.annotations.Nullable;

/**
 * The inventories that people share: how one is made, set, handed on and deleted, and who becomes and stays a member.
 * Whoever is removed may do nothing more within a second on any node.
 */
public final class Members {

    /** Most inventories that are one user's, and most that one statement lists. */
    static final int MOST_INVENTORIES = 100;

    private static final int MOST_MEMBERS = 100;
    private static final int MOST_INVITATIONS = 50;

    /** Codes of before a backup was taken are good no more. */
    public static final AfterRestore AFTER_RESTORE = MemberRepository.AFTER_RESTORE;

    /** Forgets invitations that have run out. */
    public static final Job JANITOR = MemberRepository.JANITOR;

    private final Database database;
    private final ActivityLog log;
    private final LiveSessions live;
    private final LeadDaysWatch leadDaysWatch;
    private final MembersWatch membersWatch;
    private final Letters letters;
    private final List<Erasure> erasures;
    private final MemberRepository repository = new MemberRepository();
    private final UserRepository users = new UserRepository();

    /**
     * Rules over one event loop's connections.
     *
     * @param live one for the process
     * @param leadDaysWatch what follows for the items of an inventory
     * @param membersWatch what follows for its notifications
     * @param letters one for the process
     * @param erasures of the rooms, of which one may refer to those after it
     */
    public Members(
            Database database,
            ActivityLog log,
            LiveSessions live,
            LeadDaysWatch leadDaysWatch,
            MembersWatch membersWatch,
            Letters letters,
            List<Erasure> erasures) {
        this.database = database;
        this.log = log;
        this.live = live;
        this.leadDaysWatch = leadDaysWatch;
        this.membersWatch = membersWatch;
        this.letters = letters;
        this.erasures = List.copyOf(erasures);
    }

    /** Answer of {@code createInventory}, {@code acceptInvitation} and {@code transferInventory}. */
    record InventoryPayload(InventoryAccount inventory) implements Payload {}

    /** Answer of {@code updateInventory}. */
    record UpdateInventoryPayload(InventoryAccount inventory, boolean changed) implements Payload {}

    /** Answer of {@code inviteMember}; the code is shown this once. */
    record Invited(InventoryInvitation invitation, String code, String link) implements Payload {
        @Override
        public String toString() {
            return "Invited[" + invitation + "]";
        }
    }

    /** Answer of {@code changeMemberRole}. */
    record MemberPayload(InventoryMember member) implements Payload {}

    /** Answer of what takes somebody or something away. */
    record Removed(boolean changed) implements Payload {}

    /**
     * The caller as a member of another inventory than the one in which their request acts.
     *
     * @return fails with {@code NOT_FOUND} at {@code inventoryId} when they are no member of it
     */
    Future<Caller> in(Caller caller, InventoryId inventoryId) {
        if (inventoryId.equals(caller.inventoryId())) {
            return Future.succeededFuture(caller);
        }
        return repository
                .membership(database.reads(), inventoryId, caller.userId())
                .map(found -> found.orElseThrow(() -> missing("inventoryId", "inventory"))
                        .caller(caller.userId(), caller.sessionId(), caller.holds()));
    }

    private static Problem missing(String input, String what) {
        return Problem.at(
                Problem.Code.NOT_FOUND, List.of("input", input), "There is no %s with this id.".formatted(what));
    }

    /**
     * Makes an inventory of the caller's.
     *
     * @return fails with {@code INVALID}, and {@code LIMIT_REACHED} when they have {@value #MOST_INVENTORIES}
     */
    Future<InventoryPayload> create(Actor account, NewInventory wanted) {
        return log.change(
                account,
                InventoryPayload.class,
                change -> repository
                        .find(
                                change.connection(),
                                change.userId(),
                                List.of(account.caller().inventoryId().value()))
                        .map(found -> found.values().stream().findFirst().orElseThrow(Membership::missing))
                        .compose(model -> create(change, model, wanted)));
    }

    private Future<InventoryPayload> create(Change change, InventoryAccount model, NewInventory wanted) {
        return repository
                .countOwned(change.connection(), change.userId())
                .compose(owned -> owned < MOST_INVENTORIES
                        ? insert(change, model, wanted)
                        : Future.failedFuture(Problem.of(
                                Problem.Code.CONFLICT,
                                "You have %d inventories, and may have no more. Delete one that you do not need."
                                        .formatted(owned))))
                .map(created -> {
                    change.record(MemberActivities.INVENTORY_CREATED, created.id(), null, created);
                    return new InventoryPayload(created);
                });
    }

    private Future<InventoryAccount> insert(Change change, InventoryAccount model, NewInventory wanted) {
        ZoneId timeZone = wanted.timeZone() == null ? model.timeZone() : wanted.timeZone();
        return repository.insert(
                change.connection(),
                RowIds.next(),
                change.userId(),
                wanted.name(),
                wanted.currency(),
                timeZone,
                wanted.leadDays() == null ? model.leadDays() : wanted.leadDays(),
                wanted.turnHour() == null ? model.turnHour() : wanted.turnHour());
    }

    /**
     * Changes an inventory's settings, and the lead days in force of what is in it.
     *
     * @return fails with {@code FORBIDDEN} for whoever is not its owner, {@code STALE_VERSION}, {@code INVALID}
     */
    Future<UpdateInventoryPayload> update(Actor actor, InventoryPatch patch) {
        return owned(actor, UpdateInventoryPayload.class, (change, before) -> {
            patch.expected().require("inventory", before.version());
            InventoryAccount after = patch.values().apply(before);
            return after.equals(before)
                    ? Future.succeededFuture(new UpdateInventoryPayload(before, false))
                    : update(change, actor.caller(), before, after)
                            .map(updated -> new UpdateInventoryPayload(updated, true));
        });
    }

    private Future<InventoryAccount> update(
            Change change, Caller caller, InventoryAccount before, InventoryAccount after) {
        return repository.update(change.connection(), after).compose(updated -> {
            change.record(MemberActivities.INVENTORY_UPDATED, updated.id(), before, updated);
            Future<?> followed = before.leadDays() == updated.leadDays()
                    ? Future.succeededFuture()
                    : leadDaysWatch.leadDaysChanged(change, caller, null);
            return followed.map(updated);
        });
    }

    /**
     * Deletes an inventory with everything in it, at once and for good. What remains is an entry in its owner's own log.
     *
     * @return fails with {@code FORBIDDEN} for whoever is not its owner, {@code CONFLICT} for their own and while somebody
     *     else changes it
     */
    Future<Payload.Deletion> delete(Actor account, Caller caller) {
        InventoryId inventoryId = caller.inventoryId();
        return log.change(
                account,
                Payload.Deletion.class,
                change -> requireOwner(change, caller).compose(before -> {
                    refuseOwn(before, "deleted");
                    return ActivityLog.lockFree(change.connection(), List.of(inventoryId))
                            .compose(locked -> locked.isEmpty()
                                    ? Future.failedFuture(Problem.of(
                                            Problem.Code.CONFLICT,
                                            "Somebody is changing this inventory just now. Try again."))
                                    : erase(change, before));
                }));
    }

    private Future<Payload.Deletion> erase(Change change, InventoryAccount before) {
        InventoryId inventoryId = new InventoryId(before.id());
        return Erasure.runAll(erasures, change.connection(), inventoryId)
                .compose(done -> repository.delete(change.connection(), inventoryId))
                .map(deleted -> {
                    change.record(MemberActivities.INVENTORY_DELETED, before.id(), before, null);
                    return Payload.Deletion.of(Membership.TYPE, before.id());
                });
    }

    private record Pending(InventoryAccount inventory, InventoryInvitation invitation) {}

    /**
     * Invites somebody: whoever accepts the code within seven days becomes a member. The answer is secret, so none is kept
     * for a repetition.
     *
     * @param email to which the link is mailed; null for nobody
     * @return fails with {@code FORBIDDEN} for whoever is not the owner, {@code CONFLICT} when {@value #MOST_INVITATIONS}
     *     wait, and at {@code email} for whoever has not confirmed an address of their own
     */
    Future<Invited> invite(Caller caller, Role role, @Nullable String email) {
        OpaqueToken code = OpaqueToken.ofInventory(caller.inventoryId(), RowIds.next());
        return owned(
                        Actor.of(caller),
                        Pending.class,
                        (change, inventory) -> requireVerified(change, email)
                                .compose(verified -> repository.invite(
                                        change.connection(),
                                        change.inventoryId(),
                                        code.id(),
                                        code.hash(),
                                        role,
                                        email,
                                        change.userId(),
                                        MOST_INVITATIONS))
                                .map(added -> {
                                    change.record(
                                            MemberActivities.MEMBER_INVITED,
                                            inventory.id(),
                                            null,
                                            new InventoryMemberState(null, null, role));
                                    return new Pending(inventory, added.orElseThrow(Members::tooManyInvitations));
                                }))
                .map(pending -> {
                    if (email != null) {
                        letters.invitation(email, pending.inventory.name(), code.encoded());
                    }
                    return new Invited(pending.invitation, code.encoded(), letters.invitationLink(code.encoded()));
                });
    }

    /** Nobody has letters sent to others before it is known who they are. */
    private Future<?> requireVerified(Change change, @Nullable String email) {
        return email == null
                ? Future.succeededFuture()
                : users.find(change.connection(), change.userId()).map(found -> {
                    if (!found.orElseThrow(AccessTokens::unauthenticated).emailVerified()) {
                        throw Problem.at(
                                Problem.Code.CONFLICT,
                                List.of("input", "email"),
                                "Confirm your own address first (sendVerificationEmail), or leave out email and hand over the link.");
                    }
                    return found;
                });
    }

    private static Problem tooManyInvitations() {
        return Problem.of(
                Problem.Code.CONFLICT,
                "%d invitations wait already. Withdraw one by revokeInvitation.".formatted(MOST_INVITATIONS));
    }

    /**
     * Withdraws an invitation that nobody has accepted.
     *
     * @return fails with {@code FORBIDDEN} for whoever is not the owner
     */
    Future<Removed> revokeInvitation(Actor actor, UUID id) {
        return owned(
                actor,
                Removed.class,
                (change, inventory) -> repository
                        .withdraw(change.connection(), change.inventoryId(), id)
                        .map(withdrawn -> new Removed(withdrawn > 0)));
    }

    /**
     * Makes the caller a member by a code, which is used up.
     *
     * @return fails with {@code NOT_FOUND} at {@code code} when it is of no invitation, or not any more, {@code CONFLICT}
     *     when they are a member already or there are {@value #MOST_MEMBERS}
     */
    Future<InventoryPayload> accept(Actor account, String text) {
        Optional<OpaqueToken> code = OpaqueToken.decode(OpaqueToken.Kind.INVITATION, text);
        if (code.isEmpty()) {
            return Future.failedFuture(noInvitation());
        }
        InventoryId inventoryId = code.get().inventoryId();
        Actor actor = new Actor(account.caller(), inventoryId, account.key(), account.dryRun());
        return repository
                .invitation(
                        database.reads(),
                        inventoryId,
                        code.get().id(),
                        code.get().hash())
                .compose(waiting -> waiting.isPresent() || actor.key().isPresent()
                        ? log.change(actor, InventoryPayload.class, change -> accept(change, code.get()))
                        : Future.failedFuture(noInvitation()))
                .onSuccess(joined -> live.forget(account.caller().userId()));
    }

    private Future<InventoryPayload> accept(Change change, OpaqueToken code) {
        return repository
                .invitation(change.connection(), change.inventoryId(), code.id(), code.hash())
                .map(found -> found.orElseThrow(Members::noInvitation))
                .compose(invitation -> repository
                        .member(change.connection(), change.inventoryId(), change.userId())
                        .compose(already -> already.isPresent()
                                ? Future.failedFuture(Problem.of(
                                        Problem.Code.CONFLICT, "You are a member of this inventory already."))
                                : join(change, invitation)))
                .compose(joined -> repository.withdraw(change.connection(), change.inventoryId(), code.id()))
                .compose(used -> inventory(change));
    }

    private Future<?> join(Change change, InventoryInvitation invitation) {
        return repository
                .addMember(change.connection(), change.inventoryId(), change.userId(), invitation.role(), MOST_MEMBERS)
                .map(added -> {
                    if (added == 0) {
                        throw Problem.of(
                                Problem.Code.CONFLICT,
                                "This inventory has %d members, and may have no more.".formatted(MOST_MEMBERS));
                    }
                    return added;
                })
                .compose(added -> membersWatch.joined(change, change.userId()))
                .compose(followed -> requireMember(change, change.userId()))
                .onSuccess(member -> record(change, MemberActivities.MEMBER_JOINED, null, member));
    }

    private static Problem noInvitation() {
        return Problem.at(
                Problem.Code.NOT_FOUND,
                List.of("input", "code"),
                "This invitation does not exist, was used, or has run out. Ask for another one.");
    }

    private Future<InventoryPayload> inventory(Change change) {
        UUID id = change.inventoryId().value();
        return repository
                .find(change.connection(), change.userId(), List.of(id))
                .map(found ->
                        new InventoryPayload(Optional.ofNullable(found.get(id)).orElseThrow(Membership::missing)));
    }

    /**
     * Makes a member an editor or a viewer.
     *
     * @return fails with {@code FORBIDDEN} for whoever is not the owner, {@code NOT_FOUND}, {@code CONFLICT} for the owner
     */
    Future<MemberPayload> changeRole(Actor actor, UserId userId, Role role) {
        return owned(
                        actor,
                        MemberPayload.class,
                        (change, inventory) -> requireOther(change, inventory, userId)
                                .compose(before -> repository
                                        .setRole(change.connection(), change.inventoryId(), userId, role)
                                        .compose(set -> requireMember(change, userId))
                                        .map(after -> {
                                            if (before.role() != after.role()) {
                                                record(change, MemberActivities.MEMBER_ROLE_CHANGED, before, after);
                                            }
                                            return new MemberPayload(after);
                                        })))
                .onSuccess(changed -> live.forget(userId));
    }

    /**
     * Ends somebody's membership, and their API tokens for the inventory.
     *
     * @return fails with {@code FORBIDDEN} for whoever is not the owner, {@code NOT_FOUND}, {@code CONFLICT} for the owner
     */
    Future<Removed> remove(Actor actor, UserId userId) {
        return owned(
                        actor,
                        Removed.class,
                        (change, inventory) ->
                                requireOther(change, inventory, userId).compose(member -> end(change, member)))
                .onSuccess(removed -> live.forget(userId));
    }

    /**
     * Ends the caller's own membership.
     *
     * @return fails with {@code CONFLICT} for the owner, who hands the inventory on or deletes it
     */
    Future<Removed> leave(Actor actor) {
        return log.change(
                        actor,
                        Removed.class,
                        change -> requireMember(change, change.userId())
                                .compose(member -> member.role() == Role.OWNER
                                        ? Future.failedFuture(Problem.of(
                                                Problem.Code.CONFLICT,
                                                "The owner cannot leave: transferInventory makes somebody else the owner, "
                                                        + "deleteInventory deletes it."))
                                        : end(change, member)))
                .onSuccess(left -> live.forget(actor.caller().userId()));
    }

    private Future<Removed> end(Change change, InventoryMember member) {
        record(change, MemberActivities.MEMBER_LEFT, member, null);
        return repository
                .removeMember(change.connection(), change.inventoryId(), new UserId(member.id()))
                .map(removed -> new Removed(removed > 0));
    }

    /**
     * Makes another member the owner; the former one stays as an editor.
     *
     * @return fails with {@code FORBIDDEN} for whoever is not the owner, {@code NOT_FOUND}, {@code CONFLICT} for the
     *     inventory that they have from registration on, and when the new owner has {@value #MOST_INVENTORIES}
     */
    Future<InventoryPayload> transfer(Actor actor, UserId userId) {
        return owned(
                        actor,
                        InventoryPayload.class,
                        (change, before) -> requireOther(change, before, userId)
                                .map(member -> {
                                    refuseOwn(before, "handed on");
                                    return member;
                                })
                                .compose(member -> repository.countOwned(change.connection(), userId))
                                .compose(owned -> owned < MOST_INVENTORIES
                                        ? repository.setOwner(change.connection(), change.inventoryId(), userId)
                                        : Future.failedFuture(Problem.of(
                                                Problem.Code.CONFLICT, "They own as many inventories as one may.")))
                                .compose(after -> membersWatch
                                        .handedOn(change, change.userId(), userId)
                                        .map(after))
                                .map(after -> {
                                    change.record(MemberActivities.INVENTORY_TRANSFERRED, after.id(), before, after);
                                    return new InventoryPayload(after);
                                }))
                .onSuccess(transferred -> {
                    live.forget(userId);
                    live.forget(actor.caller().userId());
                });
    }

    private interface Owned<P> {
        Future<P> apply(Change change, InventoryAccount inventory);
    }

    /** A change that only the owner may make; whether they are is asked in its transaction. */
    private <P extends Record> Future<P> owned(Actor actor, Class<P> answer, Owned<P> work) {
        return log.change(
                actor,
                answer,
                change -> requireOwner(change, actor.caller()).compose(inventory -> work.apply(change, inventory)));
    }

    private Future<InventoryAccount> requireOwner(Change change, Caller caller) {
        UUID id = caller.inventoryId().value();
        return repository
                .find(change.connection(), caller.userId(), List.of(id))
                .map(found -> {
                    InventoryAccount inventory =
                            Optional.ofNullable(found.get(id)).orElseThrow(Membership::missing);
                    if (!inventory.ownerId().equals(caller.userId().value())) {
                        throw Problem.of(Problem.Code.FORBIDDEN, "Only the owner of this inventory may do this.");
                    }
                    return inventory;
                });
    }

    private static void refuseOwn(InventoryAccount inventory, String what) {
        if (inventory.isOwn()) {
            throw Problem.of(
                    Problem.Code.CONFLICT,
                    "The inventory that you have from registration on cannot be %s. It goes with your account."
                            .formatted(what));
        }
    }

    private Future<InventoryMember> requireMember(Change change, UserId userId) {
        return repository
                .member(change.connection(), change.inventoryId(), userId)
                .map(found -> found.orElseThrow(() -> missing("userId", "member")));
    }

    private Future<InventoryMember> requireOther(Change change, InventoryAccount inventory, UserId userId) {
        if (inventory.ownerId().equals(userId.value())) {
            return Future.failedFuture(Problem.at(
                    Problem.Code.CONFLICT,
                    List.of("input", "userId"),
                    "This is the owner. transferInventory makes somebody else the owner."));
        }
        return requireMember(change, userId);
    }

    private static void record(
            Change change, ActivityKind kind, @Nullable InventoryMember before, @Nullable InventoryMember after) {
        change.record(kind, change.inventoryId().value(), state(before), state(after));
    }

    private static @Nullable InventoryMemberState state(@Nullable InventoryMember member) {
        return member == null ? null : new InventoryMemberState(member.id(), member.username(), member.role());
    }
}
