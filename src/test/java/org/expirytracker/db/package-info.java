@NullMarked
package org.expirytracker.db;

import org.jspecify.annotations.NullMarked;
