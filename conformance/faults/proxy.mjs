// A TCP proxy that does to connections what networks do: cut them at any byte, let them fall silent, refuse them, delay them,
// lead them elsewhere.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

export class Proxy {
  #server;
  #pairs = new Set();
  #state = 'passing';
  #delay = 0;
  #cut;
  /** How many bytes have passed: `up` to the server, `down` from it. */
  passed = { up: 0, down: 0 };

  /** One on a free port of the loopback interface that leads to another port there. */
  static async to(port) {
    const proxy = new Proxy();
    proxy.target = port;
    proxy.#server = createServer({ allowHalfOpen: true, noDelay: true }, client => proxy.#join(client));
    proxy.#server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
    await once(proxy.#server, 'listening');
    proxy.port = proxy.#server.address().port;
    return proxy;
  }

  #join(client) {
    client.on('error', () => {});
    if (this.#state === 'refusing') {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ port: this.target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const pair = { client, server, silent: false };
    this.#pairs.add(pair);
    this.#pump(pair, 'up', client, server);
    this.#pump(pair, 'down', server, client);
  }

  #pump(pair, direction, from, to) {
    // Those that come later: none overtakes another, also when the delay ends.
    const waiting = [];
    from.on('error', () => this.#reset(pair));
    from.on('close', () => {
      this.#pairs.delete(pair);
      to.destroy();
    });
    from.on('end', () => {
      if (!pair.silent && this.#state !== 'silent') {
        setTimeout(() => to.end(), this.#delay);
      }
    });
    from.on('data', piece => {
      if (pair.silent || this.#state === 'silent') {
        return;
      }
      const cut = this.#cut;
      if (cut?.direction === direction) {
        if (piece.length >= cut.left) {
          this.#cut = undefined;
          this.#write(from, to, piece.subarray(0, cut.left), () => this.#reset(pair));
          cut.happened();
          return;
        }
        cut.left -= piece.length;
      }
      this.passed[direction] += piece.length;
      if (this.#delay || waiting.length > 0) {
        waiting.push(piece);
        setTimeout(() => this.#write(from, to, waiting.shift()), this.#delay);
      } else {
        this.#write(from, to, piece);
      }
    });
  }

  #write(from, to, piece, written) {
    if (to.destroyed) {
      written?.();
      return;
    }
    if (!to.write(piece, written)) {
      from.pause();
      to.once('drain', () => from.resume());
    }
  }

  #reset(pair) {
    this.#pairs.delete(pair);
    pair.client.resetAndDestroy();
    pair.server.resetAndDestroy();
  }

  /** Resets every connection. */
  reset() {
    this.#pairs.forEach(pair => this.#reset(pair));
  }

  /** Lets so many more bytes pass in one direction, over all connections, and resets the one on which the last of them did. */
  cutAfter(direction, bytes) {
    const cut = { direction, left: bytes };
    const happened = new Promise(resolve => { cut.happened = () => resolve(true); });
    this.#cut = cut;
    return happened;
  }

  /** Cuts nothing any more; whether there was still something to be cut. */
  spare() {
    const spared = this.#cut !== undefined;
    this.#cut = undefined;
    return spared;
  }

  /** Passes nothing more on of the connections that there are, but all of new ones, as a network that has forgotten them. */
  strand() {
    this.#pairs.forEach(pair => { pair.silent = true; });
  }

  /** Passes nothing on. */
  swallow() {
    this.#state = 'silent';
  }

  /** Resets every connection and refuses new ones. */
  refuse() {
    this.#state = 'refusing';
    this.reset();
  }

  /** Passes everything on; what was silent until now is reset. */
  pass() {
    if (this.#state === 'silent') {
      this.reset();
    }
    this.#state = 'passing';
  }

  /** Each piece comes so much later. */
  delay(milliseconds) {
    this.#delay = milliseconds;
  }

  /** New connections lead to another port. */
  redirect(port) {
    this.target = port;
  }

  async close() {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.reset();
    await closed;
  }
}
