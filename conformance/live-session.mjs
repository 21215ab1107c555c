// What the code in docs/live.md takes for granted: an account, whose first access token has ended, and a place that shows what
// comes. Usage: EXPIRY_URL=… in a module that has that code
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { ask as askAs, createItem, refresh, register } from './clients.mjs';

// As browsers and later releases of Node.js have it.
globalThis.WebSocket ??= WebSocket;

const url = process.env.EXPIRY_URL;
const account = await register(url);
const PATIENCE_MILLIS = 20_000;
const seen = new Map();
let renewals = 0;

/** The session, with a token that has to be renewed. */
export const login = async () => ({ ...account, expiresAt: new Date().toISOString() });

export async function refreshSession(refreshToken) {
  renewals += 1;
  return refresh(url, { refreshToken });
}

export const ask = (query, variables) => askAs(url, query, variables, account.accessToken);

export const add = (name) => createItem(url, account.accessToken, name);

/** Where somebody shows what comes. */
export const showOf = (who) => (change) => {
  assert.equal(change.action, 'CREATED');
  seen.set(who, (seen.get(who) ?? 0) + 1);
};

export const show = showOf('client');

/** Creates items until everybody has shown one. */
export async function allShow(...who) {
  const deadline = Date.now() + PATIENCE_MILLIS;
  while (!who.every((each) => seen.has(each))) {
    assert.ok(Date.now() < deadline, `Only ${[...seen.keys()]} of ${who} have shown anything`);
    await add('Milk');
    await pause(100);
  }
  assert.ok(renewals > 0, 'No token was renewed');
  process.exit(0);
}
