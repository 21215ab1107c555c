package org.expirytracker.credentials;

/**
 * A column that holds secrets which {@link SecretKeys} encrypts. Registered by the room that owns the table, so that keys
 * can be exchanged without knowing it.
 *
 * @param owner what a secret is bound to, in a word: {@code user}
 * @param column the table and column, as the ciphertexts are bound to it
 * @param listFormer of secrets whose first four bytes are not $2, at most $3, in the order of their owners' ids after $1:
 *     {@code id} and {@code encrypted}
 * @param replace puts the ciphertexts $3 in place of the ciphertexts $2 of the owners $1, where they still are what they were
 * @param countByKey how many there are under each key: {@code key}, in hexadecimal digits, and {@code secrets}
 */
public record EncryptedColumn(String owner, String column, String listFormer, String replace, String countByKey) {}
