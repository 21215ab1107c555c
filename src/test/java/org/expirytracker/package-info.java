/** Tests mirror the packages they test; here lies what several of them share. */
@NullMarked
package org.expirytracker;

import org.jspecify.annotations.NullMarked;
