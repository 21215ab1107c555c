/** The server as clients meet it, over real connections. */
@NullMarked
package org.expirytracker.http;

import org.jspecify.annotations.NullMarked;
