package org.expirytracker.users;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.expirytracker.mail.MailAddress;
import org.expirytracker.mail.Mailer;
import org.expirytracker.mail.Message;

/**
 * What the accounts room writes to people: why a letter came, what to do, and what to do when one did not ask for it.
 * Strangers cause most of them, so whatever the reason, an address gets one letter of a kind a minute; others are
 * dropped. Kinds are counted apart: a letter that anybody can cause must not hold up one that its reader waits for. One
 * for each process.
 */
public final class Letters {

    private static final Duration PAUSE = Duration.ofMinutes(1);

    private static final int MOST_REMEMBERED = 50_000;

    private final Mailer mailer;
    private final Supplier<String> home;
    private final Cache<Sent, Boolean> sent;

    /** A letter of the last minute; its subject tells its kind. */
    private record Sent(String address, String subject) {}

    /**
     * Letters by a mailer.
     *
     * @param home where people find this server, without a slash at the end; asked for with each letter
     * @param clock by which a minute passes
     */
    public Letters(Mailer mailer, Supplier<String> home, InstantSource clock) {
        this.mailer = mailer;
        this.home = home;
        this.sent = Caffeine.newBuilder()
                .expireAfterWrite(PAUSE)
                .maximumSize(MOST_REMEMBERED)
                .ticker(() -> TimeUnit.MILLISECONDS.toNanos(clock.millis()))
                .build();
    }

    /** Asks whether an address is theirs. */
    public void verification(String to, String username, String token) {
        send(to, "Confirm your address", """
                Hello %s,

                please confirm that this is your address. Open this link within a day:

                %s/#verify=%s

                If you do not know why you get this, do nothing: without you the address is not confirmed.
                """.formatted(username, home.get(), token));
    }

    /** Answers somebody who registers with an address that has an account. */
    public void addressTaken(String to, String username) {
        send(to, "You already have an account", """
                Hello,

                somebody, probably you, wanted to open an account with this address. There is one already; its username
                is %s. Log in with it, or set a new password if you have forgotten yours or have never chosen one:

                %s/#forgotten

                If it was not you, do nothing: nothing has changed.
                """.formatted(username, home.get()));
    }

    /** Answers somebody who registers with a username that another one has. */
    public void usernameTaken(String to, String username) {
        send(to, "Please choose another username", """
                Hello,

                somebody, probably you, wanted to open an account with this address and the username %s. Somebody else
                has that name. No account was opened; please choose another name:

                %s/

                If it was not you, do nothing.
                """.formatted(username, home.get()));
    }

    /** Notifies the former address that it is not the account's any more. */
    void addressChanged(String to, String username) {
        send(to, "Your address was changed", """
                Hello %s,

                your account has another e-mail address now; this one is not in use any more.

                If it was not you, somebody knows your password: log in and change it, or ask who runs the server for help.
                %s/
                """.formatted(username, home.get()));
    }

    /** Where whoever was invited accepts it. */
    public String invitationLink(String code) {
        return home.get() + "/#invitation=" + code;
    }

    /** Asks somebody to share an inventory; they need not have an account yet. */
    public void invitation(String to, String inventory, String code) {
        send(to, "You are invited to share an inventory", """
                Hello,

                you are invited to share this inventory: %s. Open this link within a week, and log in or open an account:

                %s

                If you do not know why you get this, do nothing.
                """.formatted(inventory, invitationLink(code)));
    }

    /** Hands out the token for a new password. */
    public void passwordReset(String to, String username, String token) {
        send(to, "Set a new password", """
                Hello %s,

                somebody, probably you, has forgotten the password of your account. Open this link within half an hour to
                set a new one:

                %s/#reset=%s

                If it was not you, do nothing: your password stays as it is.
                """.formatted(username, home.get(), token));
    }

    /** Notifies somebody that the password was reset. */
    public void passwordWasReset(String to, String username) {
        send(to, "Your password was changed", """
                Hello %s,

                your password was changed by a link from this mailbox, and every session has ended. Log in again:

                %s/

                If it was not you, somebody reads your mail: secure your mailbox first, then set a new password.
                """.formatted(username, home.get()));
    }

    private void send(String to, String subject, String text) {
        if (sent.asMap().putIfAbsent(new Sent(mailbox(to), subject), true) == null) {
            mailer.send(new Message(to, subject, text));
        }
    }

    /** One spelling for all that lead to the same mailbox, as far as that can be known. */
    private static String mailbox(String address) {
        return MailAddress.of(address).orElse(address).toLowerCase(Locale.ROOT);
    }
}
