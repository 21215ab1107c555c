package org.expirytracker.maintenance;

import org.jspecify.annotations.Nullable;

/**
 * Who stores backups in a bucket.
 *
 * @param id public
 * @param secret with which requests are signed
 * @param sessionToken of a key that ends; null of one that does not
 */
public record S3Key(String id, String secret, @Nullable String sessionToken) {

    @Override
    public String toString() {
        return "S3Key[" + id + "]";
    }
}
