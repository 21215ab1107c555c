/**
 * The tenant: what is held together, by one or several people. Owns {@code inventories} and {@code members}. Imports
 * {@code kernel} and {@code db}. Begin reading at {@link org.expirytracker.inventories.Membership}; how one becomes a member
 * is the room {@code members}.
 */
@NullMarked
package org.expirytracker.inventories;

import org.jspecify.annotations.NullMarked;
