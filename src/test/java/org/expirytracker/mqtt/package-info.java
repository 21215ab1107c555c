@NullMarked
package org.expirytracker.mqtt;

import org.jspecify.annotations.NullMarked;
