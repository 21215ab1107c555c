@NullMarked
package org.expirytracker.imports;

import org.jspecify.annotations.NullMarked;
