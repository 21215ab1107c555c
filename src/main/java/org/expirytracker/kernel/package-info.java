/**
 * What every room speaks: who calls, which page, what went wrong, and how a room offers its fields
 * to the schema. Imports no other room. Begin reading at {@link org.expirytracker.kernel.Fetchers}.
 */
@NullMarked
package org.expirytracker.kernel;

import org.jspecify.annotations.NullMarked;
