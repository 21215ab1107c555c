@NullMarked
package org.expirytracker.maintenance;

import org.jspecify.annotations.NullMarked;
