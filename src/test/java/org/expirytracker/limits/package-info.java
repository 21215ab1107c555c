/** Tests of this room. */
@NullMarked
package org.expirytracker.limits;

import org.jspecify.annotations.NullMarked;
