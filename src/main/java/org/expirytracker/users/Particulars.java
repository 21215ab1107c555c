package org.expirytracker.users;

import java.text.Normalizer;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.expirytracker.credentials.CommonPasswords;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.Text;
import org.expirytracker.kernel.UserError;
import org.expirytracker.mail.MailAddress;

/** What a username, an e-mail address, a password and a time zone must be like. */
public final class Particulars {

    /** Longest username, in characters. */
    public static final int MOST_USERNAME = 40;

    /** Longest e-mail address, in characters: what SMTP can carry (RFC 5321, erratum 1690). */
    public static final int MOST_EMAIL = 254;

    /** Longest password, in characters. */
    public static final int MOST_PASSWORD = 256;

    public static final int MOST_LEAD_DAYS = 3_650;
    public static final int MOST_TURN_HOUR = 23;

    private static final int LEAST_PASSWORD = 15;
    private static final Pattern USERNAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{2,39}");
    private static final Set<String> ZONES = ZoneId.getAvailableZoneIds();

    /** Names that PostgreSQL reads as abbreviations of a fixed offset, while they have summer time in Java. */
    private static final Set<String> ABBREVIATIONS = Set.of("CET", "EET", "MET", "WET");

    private Particulars() {}

    static Optional<String> usernameObjection(String username) {
        return USERNAME.matcher(username).matches()
                ? Optional.empty()
                : Optional.of("username must have 3 to 40 characters: letters a to z, digits, dot, hyphen and"
                        + " underscore, beginning with a letter or digit.");
    }

    /** Why an e-mail address cannot be taken. */
    public static Optional<String> emailObjection(String email) {
        Optional<String> objection = Text.objection(email, MOST_EMAIL);
        if (objection.isPresent()) {
            return Optional.of("email " + objection.get() + ".");
        }
        return MailAddress.of(email).isPresent()
                ? Optional.empty()
                : Optional.of(
                        "email must be an address that mail can be sent to, such as name@example.org: before the @"
                                + " letters a to z, digits and the characters .!#$%&'*+/=?^_`{|}~-, without quotes, spaces and"
                                + " accents.");
    }

    /**
     * Why a new password cannot be taken.
     *
     * @param name of the input, for the message
     * @param personal username and e-mail address, of which it must not merely be made
     */
    public static Optional<String> passwordObjection(String name, String password, String... personal) {
        Optional<String> objection = Text.objection(password, MOST_PASSWORD);
        if (objection.isPresent()) {
            return Optional.of(name + " " + objection.get() + ".");
        }
        String normal = Normalizer.normalize(password, Normalizer.Form.NFC);
        if (normal.codePointCount(0, normal.length()) < LEAST_PASSWORD) {
            return Optional.of("%s must have at least %d characters: a few words that do not belong together will do."
                    .formatted(name, LEAST_PASSWORD));
        }
        return CommonPasswords.include(normal, List.of(personal))
                ? Optional.of(name + " is one that is guessed early: a common password, or made of common ones, of"
                        + " repetitions or of your name. Take a few words that do not belong together, or let a"
                        + " password manager make one.")
                : Optional.empty();
    }

    /** Why a time zone cannot be taken. */
    public static Optional<String> timeZoneObjection(ZoneId timeZone) {
        return ZONES.contains(timeZone.getId()) && !ABBREVIATIONS.contains(timeZone.getId())
                ? Optional.empty()
                : Optional.of(
                        "timeZone must be named by its continent and city, such as Europe/Paris; UTC will do too.");
    }

    /**
     * Checks what somebody registers with.
     *
     * @throws Problem {@code INVALID} with everything that is wrong, each at its input
     */
    public static void check(String username, String email, String password, ZoneId timeZone) {
        List<UserError> errors = new ArrayList<>();
        note(errors, "username", usernameObjection(username));
        note(errors, "email", emailObjection(email));
        note(errors, "password", passwordObjection("password", password, username, email));
        note(errors, "timeZone", timeZoneObjection(timeZone));
        if (!errors.isEmpty()) {
            throw Problem.all(errors);
        }
    }

    private static void note(List<UserError> errors, String name, Optional<String> objection) {
        objection.ifPresent(
                message -> errors.add(new UserError(Problem.Code.INVALID, message, List.of("input", name))));
    }
}
