@NullMarked
package org.expirytracker.members;

import org.jspecify.annotations.NullMarked;
