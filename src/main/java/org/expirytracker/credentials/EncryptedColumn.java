package org.expirytracker.credentials;

/**
 * A column that holds secrets which {@link SecretKeys} encrypts. Registered by the room that owns the table, so that keys
 * can be exchanged without knowing it.
 *
 * @param owner what a secret is bound to, in a word: {@code user}
 * @param column the table and column, as the ciphertexts are bound to it
 * @param listFormer of secrets whose first four bytes are not $3, at most $4, in the order of their tenants and owners
 *     after the tenant $1 and the owner $2: {@code tenant_id}, {@code id} and {@code encrypted}
 * @param replace puts the ciphertexts $4 in place of the ciphertexts $3 of the owners $2 of the tenants $1, where they
 *     still are what they were
 * @param countByKey how many there are under each key: {@code key}, in hexadecimal digits, and {@code secrets}
 */
public record EncryptedColumn(String owner, String column, String listFormer, String replace, String countByKey) {}
