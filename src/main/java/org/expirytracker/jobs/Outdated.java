package org.expirytracker.jobs;

/**
 * What a room deletes of people's rows when it is outdated. Registered by the room that owns the table.
 *
 * @param statement deletes, of the users $1, at most $2 rows
 */
public record Outdated(String statement) {}
