@NullMarked
package org.expirytracker.schemas;

import org.jspecify.annotations.NullMarked;
