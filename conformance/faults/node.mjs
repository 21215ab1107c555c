// A node of the packaged program, which can be killed, frozen and started again; and the people who ask it.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { freePort, status, until } from '../processes.mjs';

/** The same for every node. */
const KEYS = { EXPIRY_JWT_KEY: randomBytes(48).toString('base64'), EXPIRY_SECRET_KEYS: randomBytes(32).toString('base64') };

/** No request may take longer: the server itself answers within ten seconds. */
const LONGEST_SECONDS = 30;

export class Node {
  constructor(processes, program, name, databaseUrl, more = {}) {
    Object.assign(this, { processes, program, name, databaseUrl, more });
  }

  /** Returns when it is ready, or with `false` as soon as it runs. */
  async start(waits = true) {
    this.port ??= await freePort();
    this.process = this.processes.start(this.name, this.program, [...this.before ?? [], 'serve'], {
      DATABASE_URL: this.databaseUrl,
      ...KEYS,
      EXPIRY_HOST: '127.0.0.1',
      EXPIRY_PORT: this.port,
      EXPIRY_DRAIN_SECONDS: '0',
      EXPIRY_RATE_CAPACITY: '1000000000',
      EXPIRY_RATE_RESTORE: '1000000',
      EXPIRY_SOCKETS_PER_USER: '1000',
      // Short lives: what the second compiler learns would come too late.
      EXPIRY_JAVA_OPTS: '-XX:TieredStopAtLevel=1 -Xmx256m',
      ...this.more,
    });
    if (waits) {
      await this.ready();
    }
  }

  ready(seconds = 180) {
    const ended = this.process.ended.then(([code, signal]) => {
      throw new Error(`${this.name} has ended with ${code ?? signal}.`);
    });
    return Promise.race([ended, until(`${this.name} is ready`, async () => await status(`http://127.0.0.1:${this.port}/health/ready`) === 200, seconds)]);
  }

  isRunning() {
    return this.process.child.exitCode === null && this.process.child.signalCode === null;
  }

  signal(name) {
    this.process.child.kill(name);
  }

  /** Returns when it has ended: with which code, or by which signal. */
  async end(signal) {
    this.signal(signal);
    const [code, by] = await this.process.ended;
    return code ?? by;
  }
}

/** Asks over connections that are kept, as clients do. */
export class Client {
  #agent = new Agent({ keepAlive: true, maxSockets: Infinity });

  constructor(port) {
    this.port = port;
  }

  /** What comes back; fails when the connection does. */
  async ask(token, query, variables = {}) {
    const sent = request({
      host: '127.0.0.1',
      port: this.port,
      path: '/graphql',
      method: 'POST',
      agent: this.#agent,
      signal: AbortSignal.timeout(LONGEST_SECONDS * 1000),
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    });
    sent.end(JSON.stringify({ query, variables }));
    const [answer] = await once(sent, 'response');
    const pieces = [];
    for await (const piece of answer) {
      pieces.push(piece);
    }
    const text = Buffer.concat(pieces).toString();
    // What is cut at its end is no answer.
    assert(answer.complete, 'The answer was cut.');
    return { status: answer.statusCode, text };
  }

  /** The data of an answer without errors. */
  async data(token, query, variables) {
    const { status: code, text } = await this.ask(token, query, variables);
    assert.equal(code, 200, text);
    const { data, errors } = JSON.parse(text);
    assert.equal(errors, undefined, text);
    return data;
  }

  leave() {
    this.#agent.destroy();
  }
}

/** Tokens of so many new accounts, which do not end with a session. */
export async function accounts(client, count) {
  const tokens = [];
  while (tokens.length < count) {
    // On a busy machine a server that has just started may need longer than it gives itself.
    tokens.push(await until('there is an account', () => account(client), 120));
  }
  return tokens;
}

async function account(client) {
  const name = `u${randomBytes(8).toString('hex')}`;
  const { register } = await client.data(undefined, 'mutation ($input: RegisterInput!) { register(input: $input) { session { accessToken } userErrors { message } } }', {
    input: { username: name, email: `${name}@example.org`, password: 'green stapler walks 77' },
  });
  assert.deepEqual(register.userErrors, []);
  const { createApiToken } = await client.data(register.session.accessToken, 'mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { token userErrors { message } } }', {
    input: { name: 'Faults', scopes: ['ITEMS_READ', 'ITEMS_WRITE'] },
  });
  assert.deepEqual(createApiToken.userErrors, []);
  return createApiToken.token;
}

/** Asks for as much as a page holds: more than half a megabyte once it is filled with items that come first in it. */
export const LARGE_PAGE = '{ items(first: 100) { nodes { name description } } }';

export async function fillLargePage(client, token) {
  const { createItems } = await until('there is a large page', () => client.data(token, 'mutation ($input: CreateItemsInput!) { createItems(input: $input) { userErrors { message } } }', {
    input: { items: Array.from({ length: 100 }, (_, at) => ({ name: `Long ${at}`, expiryDate: '2099-12-31', description: '€'.repeat(2_000) })) },
  }));
  assert.deepEqual(createItems.userErrors, []);
}
