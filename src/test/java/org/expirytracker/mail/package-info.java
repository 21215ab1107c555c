/** Tests of the room {@code mail}. */
@NullMarked
package org.expirytracker.mail;

import org.jspecify.annotations.NullMarked;
