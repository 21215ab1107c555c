/** Tests of the daily room. */
@NullMarked
package org.expirytracker.daily;

import org.jspecify.annotations.NullMarked;
