package org.expirytracker.kernel;

import java.math.BigInteger;
import java.net.InetAddress;

/**
 * Addresses of one network.
 *
 * @param text as it was written
 * @param bits of the network's prefix
 * @param length of its addresses, in bytes: 4 or 16
 */
public record AddressRange(String text, BigInteger prefix, int bits, int length) {

    /**
     * Reads an address, such as {@code 10.0.0.7}, or a range, such as {@code 10.0.0.0/8} or {@code 2001:db8::/32}.
     *
     * @throws IllegalArgumentException when it is neither
     */
    public static AddressRange parse(String text) {
        int slash = text.indexOf('/');
        byte[] address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash))
                .getAddress();
        int most = address.length * Byte.SIZE;
        int bits = slash < 0 ? most : Integer.parseInt(text.substring(slash + 1));
        if (bits < 0 || bits > most) {
            throw new IllegalArgumentException("no prefix of " + text);
        }
        return new AddressRange(text, new BigInteger(1, address).shiftRight(most - bits), bits, address.length);
    }

    @Override
    public String toString() {
        return text;
    }

    /** Whether an address is in it. */
    public boolean contains(InetAddress other) {
        byte[] address = other.getAddress();
        return address.length == length
                && new BigInteger(1, address)
                        .shiftRight(length * Byte.SIZE - bits)
                        .equals(prefix);
    }
}
