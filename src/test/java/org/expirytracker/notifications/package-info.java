/** Tests of the notifications room. */
@NullMarked
package org.expirytracker.notifications;

import org.jspecify.annotations.NullMarked;
