/** Tests of the credentials room. */
@NullMarked
package org.expirytracker.credentials;

import org.jspecify.annotations.NullMarked;
