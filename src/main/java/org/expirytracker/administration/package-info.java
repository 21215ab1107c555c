/**
 * What administrators and operators do with the accounts of others, and the exchange of the keys under which secrets are
 * kept. Owns no table. Imports the rooms up to {@code recovery}. Begin reading at
 * {@link org.expirytracker.administration.Administration}.
 */
@NullMarked
package org.expirytracker.administration;

import org.jspecify.annotations.NullMarked;
