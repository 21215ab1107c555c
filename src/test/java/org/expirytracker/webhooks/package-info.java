@NullMarked
package org.expirytracker.webhooks;

import org.jspecify.annotations.NullMarked;
