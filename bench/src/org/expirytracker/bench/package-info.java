/**
 * How near GraphQL comes to a handler written by hand. No part of the product: compiled and run by {@code bench/run}.
 * Begin reading at {@link org.expirytracker.bench.Benchmark}.
 */
@NullMarked
package org.expirytracker.bench;

import org.jspecify.annotations.NullMarked;
