package org.expirytracker.tokens;

import org.expirytracker.activities.ActivityKind;
import org.expirytracker.kernel.Access;

/** What can happen to an API token. */
public final class ApiTokenActivities {

    public static final ActivityKind API_TOKEN_CREATED =
            new ActivityKind("API_TOKEN_CREATED", ApiToken.TYPE, Access.ACCOUNT, "ApiTokenState");
    public static final ActivityKind API_TOKEN_REVOKED =
            new ActivityKind("API_TOKEN_REVOKED", ApiToken.TYPE, Access.ACCOUNT, "ApiTokenState");

    static final ActivityKind[] ALL = {API_TOKEN_CREATED, API_TOKEN_REVOKED};

    private ApiTokenActivities() {}
}
