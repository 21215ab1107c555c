package org.expirytracker.login;

import io.vertx.core.Future;
import java.time.ZoneId;
import java.util.Optional;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Author;
import org.expirytracker.activities.Change;
import org.expirytracker.credentials.OpaqueToken;
import org.expirytracker.credentials.Passwords;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.RowIds;
import org.expirytracker.kernel.UserId;
import org.expirytracker.sessions.Device;
import org.expirytracker.sessions.Sessions;
import org.expirytracker.users.Letters;
import org.expirytracker.users.OneTimeTokens;
import org.expirytracker.users.Particulars;
import org.expirytracker.users.User;
import org.expirytracker.users.UserActivities;
import org.expirytracker.users.UserRepository;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opening an account: at once with its first session, or without one until its address is proven. */
public final class Newcomers {

    private static final Logger LOG = LoggerFactory.getLogger(Newcomers.class);

    private final Database database;
    private final ActivityLog log;
    private final Passwords passwords;
    private final Sessions sessions;
    private final Letters letters;
    private final UserRepository users = new UserRepository();
    private final NewcomerRepository newcomers = new NewcomerRepository();
    private final OneTimeTokens oneTimeTokens = new OneTimeTokens();

    /**
     * Over one event loop's connections; passwords and letters are the process's.
     *
     * @param sessions opens the first session
     */
    public Newcomers(Database database, ActivityLog log, Passwords passwords, Sessions sessions, Letters letters) {
        this.database = database;
        this.log = log;
        this.passwords = passwords;
        this.sessions = sessions;
        this.letters = letters;
    }

    /**
     * Opens an account and its first session.
     *
     * @param username 3 to 40 letters, digits, dots, hyphens and underscores
     * @param email an address that mail can be sent to
     * @param password 15 to 256 characters, taken exactly as given
     * @param timeZone an IANA time zone that Java and PostgreSQL know
     * @return fails with {@code INVALID} naming each input that is wrong, {@code CONFLICT} when the username or the
     *     address is taken, {@code UNAVAILABLE}
     */
    public Future<Sessions.Opened> register(
            String username, String email, String password, ZoneId timeZone, Device device) {
        try {
            Particulars.check(username, email, password, timeZone);
        } catch (Problem refused) {
            return Future.failedFuture(refused);
        }
        OpaqueToken refresh = OpaqueToken.create(OpaqueToken.Kind.REFRESH, new UserId(RowIds.next()), RowIds.next());
        return passwords
                .hash(password)
                .compose(hash -> log.firstChange(
                        Author.user(refresh.id()),
                        refresh.userId(),
                        change -> users.insert(change.connection(), change.userId(), username, email, hash, timeZone)
                                .compose(user -> sessions.open(
                                        change,
                                        UserActivities.ACCOUNT_REGISTERED,
                                        null,
                                        user,
                                        refresh,
                                        device,
                                        Optional.empty()))));
    }

    /**
     * Opens an account that waits for the proof of its address. Whether the name or the address is taken is answered in the
     * mail alone; the answer comes before anything is written, and the same is done in any case.
     *
     * @return fails with {@code INVALID} naming each input that is wrong, {@code UNAVAILABLE}
     */
    Future<Void> registerUnproven(String username, String email, String password, ZoneId timeZone) {
        try {
            Particulars.check(username, email, password, timeZone);
        } catch (Problem refused) {
            return Future.failedFuture(refused);
        }
        return passwords
                .hash(password)
                .compose(hash -> newcomers.findOwner(database.reads(), email).map(owner -> {
                    open(
                            new NewcomerRepository.Newcomer(new UserId(RowIds.next()), username, email, hash, timeZone),
                            owner);
                    return null;
                }));
    }

    private void open(NewcomerRepository.Newcomer newcomer, Optional<User> owner) {
        log.firstChange(Author.user(null), newcomer.userId(), change -> open(change, newcomer))
                .onSuccess(token -> answer(newcomer, owner, token))
                .onFailure(failure -> LOG.warn("A registration could not be written", failure));
    }

    private Future<Optional<OneTimeTokens.Issued>> open(Change change, NewcomerRepository.Newcomer newcomer) {
        return newcomers
                .giveWay(change.connection(), newcomer)
                .compose(gone -> newcomers.insertAwaiting(change.connection(), newcomer))
                .onSuccess(user -> change.record(
                        UserActivities.ACCOUNT_REGISTERED, change.userId().value(), null, user.orElse(null)))
                .compose(user -> oneTimeTokens.issueForMail(
                        change.connection(), change.userId(), OneTimeTokens.Purpose.EMAIL_VERIFICATION));
    }

    private void answer(
            NewcomerRepository.Newcomer newcomer, Optional<User> owner, Optional<OneTimeTokens.Issued> token) {
        if (token.isPresent()) {
            letters.verification(
                    newcomer.email(), newcomer.username(), token.get().token());
        } else if (owner.isPresent()) {
            letters.addressTaken(owner.get().email(), owner.get().username());
        } else {
            letters.usernameTaken(newcomer.email(), newcomer.username());
        }
    }
}
