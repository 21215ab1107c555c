@NullMarked
package org.expirytracker.products;

import org.jspecify.annotations.NullMarked;
