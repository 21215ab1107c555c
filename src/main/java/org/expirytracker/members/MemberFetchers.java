package org.expirytracker.members;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.expirytracker.activities.Activity;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Actor;
import org.expirytracker.db.Database;
import org.expirytracker.inventories.Membership;
import org.expirytracker.kernel.Access;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.Role;
import org.expirytracker.kernel.UserId;
import org.expirytracker.kernel.Wiring;
import org.expirytracker.users.Particulars;
import org.expirytracker.users.User;
import org.jspecify.annotations.Nullable;

/** GraphQL fields of the members room. */
public final class MemberFetchers implements Fetchers {

    private static final String ROLE_BY_INVENTORY = "role by inventory";
    private static final String NAME_BY_USER = "name by user";
    private static final String MEMBERS_BY_INVENTORY = "members by inventory";

    private final SqlClient reads;
    private final Members rules;
    private final MemberRepository repository = new MemberRepository();

    /** Fields over one event loop's connections. */
    public MemberFetchers(Database database, Members rules) {
        this.reads = database.reads();
        this.rules = rules;
    }

    @Override
    public void register(Wiring wiring) {
        wiring.declare(MemberActivities.ALL)
                .query("inventories", this::inventories)
                .query("currentInventory", this::currentInventory)
                .mutation("createInventory", this::createInventory)
                .mutation("updateInventory", this::updateInventory)
                .mutation("deleteInventory", this::deleteInventory)
                .mutation("transferInventory", this::transferInventory)
                .mutation("inviteMember", this::inviteMember)
                .mutation("revokeInvitation", this::revokeInvitation)
                .mutation("acceptInvitation", this::acceptInvitation)
                .mutation("changeMemberRole", this::changeMemberRole)
                .mutation("removeMember", this::removeMember)
                .mutation("leaveInventory", this::leaveInventory)
                .field("Activity", "memberId", MemberFetchers::memberId)
                .field("Activity", "memberName", MemberFetchers::memberName)
                .field("InventoryAccount", "own", field -> source(field).isOwn())
                .field(
                        "InventoryAccount",
                        "role",
                        field -> field.load(ROLE_BY_INVENTORY, source(field).id()))
                .field(
                        "InventoryAccount",
                        "members",
                        field -> field.load(MEMBERS_BY_INVENTORY, source(field).id()))
                .field("InventoryAccount", "invitations", this::invitations)
                .state("InventoryAccountState", InventoryAccountState.class)
                .state("InventoryMemberState", InventoryMemberState.class)
                .loader(
                        ROLE_BY_INVENTORY,
                        (Caller caller, Set<UUID> ids) -> repository.roles(reads, caller.userId(), ids))
                .loader(MEMBERS_BY_INVENTORY, this::members)
                .loader(NAME_BY_USER, (Caller caller, Set<UUID> ids) -> repository.names(reads, ids))
                .node(Membership.TYPE, InventoryAccount.class, InventoryAccount::id, this::find);
    }

    private static @Nullable String memberId(Field field) {
        UUID member = Objects.requireNonNull(field.<Activity>source()).memberId();
        return member == null ? null : new NodeId(User.TYPE, member).encoded();
    }

    private static @Nullable Object memberName(Field field) {
        return field.load(
                NAME_BY_USER, Objects.requireNonNull(field.<Activity>source()).memberId());
    }

    private static InventoryAccount source(Field field) {
        return Objects.requireNonNull(field.<InventoryAccount>source());
    }

    /** An API token sees the inventory that it works in, and no other. */
    private Future<Map<UUID, InventoryAccount>> find(Caller caller, Set<UUID> ids) {
        return repository.find(reads, caller.userId(), visible(caller, ids));
    }

    private static Collection<UUID> visible(Caller caller, Set<UUID> ids) {
        return caller.holds().contains(Access.SESSION)
                ? ids
                : ids.stream()
                        .filter(id -> id.equals(caller.inventoryId().value()))
                        .toList();
    }

    private Future<List<InventoryAccount>> inventories(Field field) {
        return repository.list(reads, field.caller().userId(), Members.MOST_INVENTORIES);
    }

    private @Nullable Object currentInventory(Field field) {
        return field.load(Membership.TYPE.name(), field.caller().inventoryId().value());
    }

    private Future<Map<UUID, List<InventoryMember>>> members(Caller caller, Set<UUID> ids) {
        return repository
                .members(reads, ids)
                .map(found -> found.stream()
                        .collect(Collectors.groupingBy(
                                Map.Entry::getKey, Collectors.mapping(Map.Entry::getValue, Collectors.toList()))));
    }

    private Future<List<InventoryInvitation>> invitations(Field field) {
        InventoryAccount inventory = source(field);
        return inventory.ownerId().equals(field.caller().userId().value())
                ? repository.invitations(reads, new InventoryId(inventory.id()))
                : Future.succeededFuture(List.of());
    }

    /** Does it in the inventory that the input names, else in the one in which the request acts. */
    private <P> Future<P> in(Field field, Input input, Function<Caller, Future<P>> work) {
        UUID id = input.optionalId("inventoryId", Membership.TYPE);
        input.check();
        Caller caller = field.caller();
        return rules.in(caller, id == null ? caller.inventoryId() : new InventoryId(id))
                .compose(work);
    }

    private static Actor actor(Field field, Caller caller) {
        return new Actor(caller, caller.inventoryId(), Actor.of(field).key(), field.dryRun());
    }

    private Future<Members.InventoryPayload> createInventory(Field field) {
        Input input = Input.of(field);
        NewInventory wanted = NewInventory.of(input);
        input.check();
        return rules.create(Actor.ofAccount(field), wanted);
    }

    private Future<Members.UpdateInventoryPayload> updateInventory(Field field) {
        Input input = Input.of(field);
        InventoryPatch patch = InventoryPatch.of(input);
        return in(field, input, caller -> rules.update(actor(field, caller), patch));
    }

    private Future<Payload.Deletion> deleteInventory(Field field) {
        return in(field, Input.of(field), caller -> rules.delete(Actor.ofAccount(field), caller));
    }

    private Future<Members.InventoryPayload> transferInventory(Field field) {
        Input input = Input.of(field);
        UserId userId = new UserId(input.id("userId", User.TYPE));
        return in(field, input, caller -> rules.transfer(actor(field, caller), userId));
    }

    private Future<Members.Invited> inviteMember(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        Role role = role(input);
        String email = email(input);
        return in(field, input, caller -> rules.invite(caller, role, email));
    }

    private static Role role(Input input) {
        Role role = input.optionalChoice("role", Role.class);
        if (role == null || role == Role.OWNER) {
            input.reject(
                    "role", Problem.Code.INVALID, "role must be EDITOR or VIEWER; transferInventory makes an owner.");
            return Role.VIEWER;
        }
        return role;
    }

    private static @Nullable String email(Input input) {
        String email = input.optionalName("email", Particulars.MOST_EMAIL);
        if (email != null) {
            Particulars.emailObjection(email)
                    .ifPresent(message -> input.reject("email", Problem.Code.INVALID, message));
        }
        return email;
    }

    private Future<Members.Removed> revokeInvitation(Field field) {
        Input input = Input.of(field);
        UUID id = rowId(input);
        return in(field, input, caller -> rules.revokeInvitation(actor(field, caller), id));
    }

    private static UUID rowId(Input input) {
        try {
            return UUID.fromString(input.exactText("invitationId", 36));
        } catch (IllegalArgumentException none) {
            // As one that is gone.
            return new UUID(0, 0);
        }
    }

    private Future<Members.InventoryPayload> acceptInvitation(Field field) {
        Input input = Input.of(field);
        String code = input.exactText("code", 200);
        input.check();
        return rules.accept(Actor.ofAccount(field), code);
    }

    private Future<Members.MemberPayload> changeMemberRole(Field field) {
        Input input = Input.of(field);
        UserId userId = new UserId(input.id("userId", User.TYPE));
        Role role = role(input);
        return in(field, input, caller -> rules.changeRole(actor(field, caller), userId, role));
    }

    private Future<Members.Removed> removeMember(Field field) {
        Input input = Input.of(field);
        UserId userId = new UserId(input.id("userId", User.TYPE));
        return in(field, input, caller -> rules.remove(actor(field, caller), userId));
    }

    private Future<Members.Removed> leaveInventory(Field field) {
        return in(field, Input.of(field), caller -> rules.leave(actor(field, caller)));
    }
}
