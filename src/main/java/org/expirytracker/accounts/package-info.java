@NullMarked
package org.expirytracker.accounts;

import org.jspecify.annotations.NullMarked;
