/** Tests of the jobs room. */
@NullMarked
package org.expirytracker.jobs;

import org.jspecify.annotations.NullMarked;
