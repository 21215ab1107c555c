/** Tests of the administration room. */
@NullMarked
package org.expirytracker.administration;

import org.jspecify.annotations.NullMarked;
