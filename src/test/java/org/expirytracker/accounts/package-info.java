/** Tests of the accounts room. */
@NullMarked
package org.expirytracker.accounts;

import org.jspecify.annotations.NullMarked;
