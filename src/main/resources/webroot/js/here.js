const { pathname } = new URL('..', import.meta.url);

/** Ends the names of what a browser keeps and shares, where other dashboards have the same origin. */
export const HERE = pathname === '/' ? '' : ` ${pathname}`;
