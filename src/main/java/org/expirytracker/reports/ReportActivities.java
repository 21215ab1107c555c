package org.expirytracker.reports;

import org.expirytracker.activities.ActivityKind;

/** What can happen to a report. */
public final class ReportActivities {

    public static final ActivityKind REPORT_GENERATED =
            new ActivityKind("REPORT_GENERATED", Report.TYPE, ReportsAccess.READ, "ReportState");
    public static final ActivityKind REPORT_DELETED =
            new ActivityKind("REPORT_DELETED", Report.TYPE, ReportsAccess.READ, "ReportState");

    static final ActivityKind[] ALL = {REPORT_GENERATED, REPORT_DELETED};

    private ReportActivities() {}
}
