@NullMarked
package org.expirytracker.outbound;

import org.jspecify.annotations.NullMarked;
