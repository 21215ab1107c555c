/**
 * The command line: reads the environment, starts and stops what the other rooms offer. May import every room;
 * none imports it. Begin reading at {@link org.expirytracker.cli.Main}.
 */
@NullMarked
package org.expirytracker.cli;

import org.jspecify.annotations.NullMarked;
