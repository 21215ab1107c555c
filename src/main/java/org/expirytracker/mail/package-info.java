/**
 * Sends e-mail. Owns no table; what a message says is written in the room that sends it. Imports {@code kernel}. Begin
 * reading at {@link org.expirytracker.mail.Mailer}.
 */
@NullMarked
package org.expirytracker.mail;

import org.jspecify.annotations.NullMarked;
