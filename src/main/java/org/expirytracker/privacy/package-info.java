/**
 * What a person may know of what is kept about them: all of it. Imports rooms to its left; its statement reads their
 * tables. Begin reading at {@link org.expirytracker.privacy.Export}.
 */
@NullMarked
package org.expirytracker.privacy;

import org.jspecify.annotations.NullMarked;
