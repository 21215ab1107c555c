/** Tests of the users room. */
@NullMarked
package org.expirytracker.users;

import org.jspecify.annotations.NullMarked;
