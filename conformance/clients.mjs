// What the scripts here that stand for clients have in common: accounts, tokens, and a way to ask.
import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Asks over HTTP; answers the data. */
export async function ask(url, query, variables, token) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify({ query, variables }),
  });
  const answer = await response.json();
  assert.ok(!answer.errors, JSON.stringify(answer.errors));
  return answer.data;
}

/** Opens an account of its own for a client; answers its session. */
export async function register(url) {
  const username = `c${randomUUID().slice(0, 18)}`;
  const input = { username, email: `${username}@example.org`, password: 'correct horse battery staple', timeZone: 'UTC' };
  const { register: payload } = await ask(
    url,
    `mutation ($input: RegisterInput!) {
      register(input: $input) { session { accessToken refreshToken expiresAt } userErrors { message } }
    }`,
    { input },
  );
  assert.deepEqual(payload.userErrors, []);
  return payload.session;
}

/** Exchanges a session's refresh token. */
export async function refresh(url, { refreshToken }) {
  const { refreshSession: payload } = await ask(
    url,
    `mutation ($input: RefreshSessionInput!) {
      refreshSession(input: $input) { session { accessToken refreshToken expiresAt } userErrors { message } }
    }`,
    { input: { refreshToken } },
  );
  assert.deepEqual(payload.userErrors, []);
  return payload.session;
}

/** The same session with an access token that ends soon, signed by the server's own key. */
export function endingIn(seconds, session, keyFile) {
  const key = Buffer.from(readFileSync(keyFile, 'ascii').trim(), 'base64url');
  const [header, claims] = session.accessToken.split('.');
  const exp = Math.floor(Date.now() / 1000) + seconds;
  const changed = { ...JSON.parse(Buffer.from(claims, 'base64url')), exp };
  const signed = `${header}.${Buffer.from(JSON.stringify(changed)).toString('base64url')}`;
  const signature = createHmac('sha256', key).update(signed).digest('base64url');
  return { ...session, accessToken: `${signed}.${signature}`, expiresAt: new Date(exp * 1000).toISOString() };
}

/** Creates an item. */
export async function createItem(url, token, name) {
  const { createItem: payload } = await ask(
    url,
    'mutation ($input: CreateItemInput!) { createItem(input: $input) { userErrors { message } } }',
    { input: { name } },
    token,
  );
  assert.deepEqual(payload.userErrors, []);
}
