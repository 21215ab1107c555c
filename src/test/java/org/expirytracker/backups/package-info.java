@NullMarked
package org.expirytracker.backups;

import org.jspecify.annotations.NullMarked;
