@NullMarked
package org.expirytracker.channels;

import org.jspecify.annotations.NullMarked;
