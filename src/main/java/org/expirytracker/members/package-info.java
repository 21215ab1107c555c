/**
 * Who shares an inventory, as what, and how one becomes a member. Owns {@code invitations} and the GraphQL types
 * {@code InventoryAccount}, {@code InventoryMember} and {@code InventoryInvitation}. Imports the rooms up to {@code tokens}.
 * Begin reading at {@link org.expirytracker.members.Members}.
 */
@NullMarked
package org.expirytracker.members;

import org.jspecify.annotations.NullMarked;
