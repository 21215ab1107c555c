// Processes of a check, each with a log of its own in the check's folder; and how a check waits.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** What the condition answers as soon as that is something; its failures count as nothing. */
export async function until(what, condition, seconds = 60) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    try {
      const found = await condition();
      if (found) {
        return found;
      }
    } catch (failure) {
      if (Date.now() > end) {
        throw new Error(`${what}: ${failure.message}`, { cause: failure });
      }
    }
    assert(Date.now() < end, `${what}: not within ${seconds} s`);
    await pause(100);
  }
}

export const status = async url => (await fetch(url, { signal: AbortSignal.timeout(5000) })).status;

export class Processes {
  #folder;
  #running = new Set();
  #names = new Set();

  constructor(folder) {
    this.#folder = folder;
  }

  start(name, command, args, environment = {}) {
    const log = openSync(join(this.#folder, `${name}.log`), 'a');
    const child = spawn(command, args, { env: { ...process.env, ...environment }, stdio: ['ignore', log, log] });
    closeSync(log);
    const started = { name, child, ended: once(child, 'exit') };
    this.#names.add(name);
    this.#running.add(started);
    started.ended.then(() => this.#running.delete(started), () => this.#running.delete(started));
    return started;
  }

  log(name) {
    const log = join(this.#folder, `${name}.log`);
    return existsSync(log) ? readFileSync(log, 'utf8') : '';
  }

  /** The end of each log, for when a check fails. */
  logs() {
    return [...this.#names].map(name => `---- ${name}\n${this.log(name).slice(-2000)}`).join('\n');
  }

  async end() {
    const left = [...this.#running];
    left.forEach(({ child }) => child.kill('SIGKILL'));
    await Promise.all(left.map(({ ended }) => ended));
  }
}
