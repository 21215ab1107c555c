/** Tests of the reports room. */
@NullMarked
package org.expirytracker.reports;

import org.jspecify.annotations.NullMarked;
