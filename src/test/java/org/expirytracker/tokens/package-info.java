/** Tests of the tokens room. */
@NullMarked
package org.expirytracker.tokens;

import org.jspecify.annotations.NullMarked;
