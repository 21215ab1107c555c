// Clients that write, ask again with the same key until they have an answer, and note what was acknowledged; in the end that is
// compared with what the server has.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../processes.mjs';

const CREATE = 'mutation ($input: CreateItemInput!, $key: String!) { createItem(input: $input) @idempotent(key: $key) { item { id } userErrors { message } } }';
const TAKE = 'mutation ($input: TakeOutInput!, $key: String!) { takeOut(input: $input) @idempotent(key: $key) { item { id } userErrors { message } } }';
const ALL = 'query ($after: String, $name: String!) { items(first: 100, after: $after, filter: { search: $name }) { pageInfo { hasNextPage endCursor } nodes { name quantity } } }';

/** What a barrel holds at first: more than is ever taken out. */
const BARREL = 900_000;

/** What may pass: no answer, or one that says to try again. A 500 is a fault of the server's own. */
const passes = status => status === 429 || (status >= 502 && status <= 504);

class Writer {
  created = [];
  taken = 0;
  /** What was sent last and has no answer yet. */
  doubtful;
  /** When the last answer came, and how long the longest took from its first sending. */
  answered = 0;
  longest = 0;
  refused = {};

  constructor(workload, at, token) {
    Object.assign(this, { workload, token, name: `${workload.name}-${at}` });
  }

  /** One write, and again until it is acknowledged; false when the workload ends before. */
  async write(what, query, input) {
    const key = `${this.name} ${what}`;
    const begun = Date.now();
    this.doubtful = what;
    for (;;) {
      let status = 'no answer';
      let text = '';
      try {
        ({ status, text } = await this.workload.client.ask(this.token, query, { input, key }));
      } catch {
        // Cut, refused or silent: it is not known what became of it.
      }
      if (status === 200) {
        const { data, errors } = JSON.parse(text);
        const refused = errors ?? Object.values(data)[0].userErrors;
        if (refused.length === 0) {
          this.doubtful = undefined;
          this.answered = Date.now();
          this.longest = Math.max(this.longest, this.answered - begun);
          return Object.values(data)[0];
        }
        assert(errors?.every(({ extensions }) => ['UNAVAILABLE', 'RATE_LIMITED'].includes(extensions?.code)), `${key}: ${text}`);
      } else {
        assert(status === 'no answer' || passes(status), `${key}: ${status} ${text}`);
      }
      this.refused[status] = (this.refused[status] ?? 0) + 1;
      if (this.workload.ended) {
        return false;
      }
      await pause(50);
    }
  }

  /** Makes the barrel, from which every third write takes out one. */
  async begin() {
    const made = await this.write('barrel', CREATE, { name: `${this.name} barrel`, quantity: String(BARREL) });
    assert(made, 'Nothing can be written before there is any fault.');
    this.barrel = made.item.id;
  }

  async next() {
    const at = this.created.length + this.taken;
    if (at % 3 === 2) {
      const done = await this.write(`take ${at}`, TAKE, { itemId: this.barrel, quantity: '1', outcome: 'USED' });
      this.taken += done ? 1 : 0;
    } else {
      const name = `${this.name} item ${at}`;
      if (await this.write(`create ${at}`, CREATE, { name })) {
        this.created.push(name);
      }
    }
  }

  /** Against what the server has under these names. */
  count(found) {
    const times = new Map();
    for (const { name } of found) {
      times.set(name, (times.get(name) ?? 0) + 1);
    }
    const barrel = found.find(({ name }) => name === `${this.name} barrel`);
    assert(barrel, `${this.name} has lost its barrel.`);
    const gone = BARREL - Number(barrel.quantity);
    const most = this.taken + (this.doubtful?.startsWith('take') ? 1 : 0);
    return {
      acknowledged: this.created.length + this.taken,
      lost: this.created.filter(name => !times.has(name)).length + Math.max(0, this.taken - gone),
      doubled: [...times.values()].reduce((sum, each) => sum + each - 1, 0) + Math.max(0, gone - most),
    };
  }
}

export class Workload {
  static #all = new Set();

  /** None writes any more. */
  static endAll() {
    Workload.#all.forEach(workload => { workload.ended = true; });
  }

  ended = false;
  #loops = [];

  /** @param name begins the names of all that it writes, and of nothing else */
  constructor(client, tokens, name, writers = 8) {
    Object.assign(this, { client, name });
    Workload.#all.add(this);
    this.writers = Array.from({ length: writers }, (_, at) => new Writer(this, at, tokens[at % tokens.length]));
  }

  /** Begins to write, and returns when each has written. */
  async start() {
    await this.ready();
    this.#loops = this.writers.map(async writer => {
      while (!this.ended) {
        await writer.next();
      }
    });
    // Noticed where it is waited for.
    this.#loops.forEach(loop => loop.catch(() => {}));
    const begun = Date.now();
    await this.healthy(begun);
  }

  /** Writes nothing yet but what is needed for it. */
  async ready() {
    await Promise.all(this.writers.map(writer => writer.begin()));
  }

  /** So many more writes of each. */
  async more(count) {
    const before = this.writers.map(({ created, taken }) => created.length + taken);
    await Promise.race([this.#failure(), until(`${this.name}: ${count} writes more`, () => this.writers.every(({ created, taken }, at) => created.length + taken >= before[at] + count), 120)]);
  }

  /** How many seconds after a time each writer had an acknowledgement again. */
  async healthy(since, patience = 120) {
    await Promise.race([this.#failure(), until(`${this.name}: every client is answered again`, () => this.writers.every(({ answered }) => answered >= since), patience)]);
    return (Math.max(...this.writers.map(({ answered }) => answered)) - since) / 1000;
  }

  /** Fails as soon as a writer has failed. */
  #failure() {
    return new Promise((_, reject) => this.#loops.forEach(loop => loop.catch(reject)));
  }

  /** The longest that a write took, in seconds, with all its repetitions. */
  longest() {
    return Math.max(...this.writers.map(writer => writer.longest)) / 1000;
  }

  /** How often what came back instead of an acknowledgement. */
  refusals() {
    const all = {};
    for (const { refused } of this.writers) {
      Object.entries(refused).forEach(([status, times]) => { all[status] = (all[status] ?? 0) + times; });
    }
    return Object.entries(all).map(([status, times]) => `${times} × ${status}`).join(', ') || 'none';
  }

  /** Writes nothing more, and compares. */
  async check() {
    this.ended = true;
    await Promise.all(this.#loops);
    const sums = { acknowledged: 0, lost: 0, doubled: 0 };
    for (const writer of this.writers) {
      const found = [];
      for (let after; ;) {
        const { items } = await this.#read(writer, after);
        found.push(...items.nodes.filter(({ name }) => name.startsWith(`${writer.name} `)));
        if (!items.pageInfo.hasNextPage) {
          break;
        }
        after = items.pageInfo.endCursor;
      }
      Object.entries(writer.count(found)).forEach(([name, value]) => { sums[name] += value; });
    }
    return sums;
  }

  #read(writer, after) {
    return until('what was written is read', () => this.client.data(writer.token, ALL, { after, name: writer.name }), 60);
  }
}
