/**
 * Who somebody is: their particulars, the proof of their address, and leaving for good. Owns {@code users},
 * {@code user_names}, {@code email_addresses}, {@code one_time_tokens} and the GraphQL type {@code User}. Imports the rooms up to {@code credentials}. Begin reading at
 * {@link org.expirytracker.users.Accounts}.
 */
@NullMarked
package org.expirytracker.users;

import org.jspecify.annotations.NullMarked;
