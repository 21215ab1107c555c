/** Tests of what is traced. */
@NullMarked
package org.expirytracker.tracing;

import org.jspecify.annotations.NullMarked;
