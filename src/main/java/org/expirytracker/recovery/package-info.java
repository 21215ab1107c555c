/**
 * Coming back in: new passwords, by the old one or by a token that is mailed, and the security question on that way.
 * Owns the columns {@code security_…} of {@code users}. Imports the rooms up to {@code login}. Begin reading at
 * {@link org.expirytracker.recovery.PasswordReset}.
 */
@NullMarked
package org.expirytracker.recovery;

import org.jspecify.annotations.NullMarked;
