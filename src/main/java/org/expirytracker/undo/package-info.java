/**
 * Taking back what happened: {@code Mutation.undo}. Owns no table. Imports everything that can be undone, which is to its
 * left. Begin reading at {@link org.expirytracker.undo.Undo}.
 */
@NullMarked
package org.expirytracker.undo;

import org.jspecify.annotations.NullMarked;
