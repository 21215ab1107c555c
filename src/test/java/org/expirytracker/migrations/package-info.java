@NullMarked
package org.expirytracker.migrations;

import org.jspecify.annotations.NullMarked;
