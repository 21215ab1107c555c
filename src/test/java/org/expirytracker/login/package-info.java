/** Tests of the login room. */
@NullMarked
package org.expirytracker.login;

import org.jspecify.annotations.NullMarked;
