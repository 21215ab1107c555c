/**
 * What was in stock on a day, kept as it was. Owns {@code reports} and the GraphQL types {@code Report…}. Imports the
 * rooms up to {@code notifications}. Begin reading at {@link org.expirytracker.reports.ReportFetchers}; how a report
 * comes about is in {@link org.expirytracker.reports.ReportWriter}.
 */
@NullMarked
package org.expirytracker.reports;

import org.jspecify.annotations.NullMarked;
