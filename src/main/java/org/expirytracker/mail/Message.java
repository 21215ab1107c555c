package org.expirytracker.mail;

/**
 * A plain-text message. What it says may be secret.
 *
 * @param to one address; see {@link MailAddress}
 * @param subject one line
 * @param text paragraphs of whatever length
 */
public record Message(String to, String subject, String text) {

    /** Neither to whom nor what: it may end up in a log. */
    @Override
    public String toString() {
        return "Message[subject=" + subject + "]";
    }
}
