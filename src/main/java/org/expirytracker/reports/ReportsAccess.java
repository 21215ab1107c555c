package org.expirytracker.reports;

import org.expirytracker.kernel.Access;

/** What it takes to see and change reports. */
public final class ReportsAccess {

    /** Scope {@code reports:read}: reports. */
    public static final Access READ = new Access("REPORTS_READ");

    /** Scope {@code reports:write}: write and delete reports. */
    public static final Access WRITE = new Access("REPORTS_WRITE");

    static final Access[] ALL = {READ, WRITE};

    private ReportsAccess() {}
}
