@NullMarked
package org.expirytracker.activities;

import org.jspecify.annotations.NullMarked;
