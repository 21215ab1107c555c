/**
 * Programs of others that are told what happens in an inventory, as Standard Webhooks has it. Owns the tables {@code
 * webhooks} and {@code webhook_deliveries}. What has happened is read from the activity log; each webhook has its place
 * in it, and its job.
 *
 * <p>Imports only rooms to its left. Begin reading at {@link org.expirytracker.webhooks.WebhookJobs}.
 */
@NullMarked
package org.expirytracker.webhooks;

import org.jspecify.annotations.NullMarked;
