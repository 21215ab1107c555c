/** What is refused, priced, shown and hidden before and after execution. */
@NullMarked
package org.expirytracker.api;

import org.jspecify.annotations.NullMarked;
