@NullMarked
package org.expirytracker.privacy;

import org.jspecify.annotations.NullMarked;
