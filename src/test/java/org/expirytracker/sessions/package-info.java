/** Tests of the sessions room. */
@NullMarked
package org.expirytracker.sessions;

import org.jspecify.annotations.NullMarked;
