@NullMarked
package org.expirytracker.exports;

import org.jspecify.annotations.NullMarked;
