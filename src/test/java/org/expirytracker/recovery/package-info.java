/** Tests of the recovery room. */
@NullMarked
package org.expirytracker.recovery;

import org.jspecify.annotations.NullMarked;
