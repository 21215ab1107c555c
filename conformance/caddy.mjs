// Caddy before some nodes, with the very Caddyfile of deploy/compose; only its ports, its folder and the trust of this machine
// are those of a check.
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, until } from './processes.mjs';

export class Caddy {
  #agent;
  #deploy;
  #folder;
  /** As Caddy's command names it, for a running one. */
  #admin;

  /** Starts it, and waits until it has a certificate and knows a node that is ready. */
  static async start(processes, deploy, folder, nodePorts) {
    const caddy = new Caddy(deploy, folder, await freePort(), await freePort());
    processes.start('caddy', 'caddy', ['run', '--config', caddy.#configure(nodePorts)], caddy.#environment());
    const authority = join(folder, 'caddy/pki/authorities/local/root.crt');
    await until('Caddy has a certificate', () => existsSync(authority));
    caddy.#trust(readFileSync(authority));
    await until('Caddy knows a node', async () => (await caddy.ask('/health/ready')).status === 200, 90);
    return caddy;
  }

  constructor(deploy, folder, secure, open) {
    Object.assign(this, { secure, open });
    this.#deploy = deploy;
    this.#folder = folder;
    this.#admin = `unix/${join(folder, 'caddy.sock')}`;
  }

  #trust(authority) {
    this.authority = authority;
    this.#agent = new Agent({ ca: authority, keepAlive: true });
  }

  #environment() {
    return { XDG_DATA_HOME: this.#folder, XDG_CONFIG_HOME: this.#folder };
  }

  /** The file of a configuration with these nodes. */
  #configure(nodePorts) {
    const adapted = JSON.parse(execFileSync('caddy', ['adapt', '--config', join(this.#deploy, 'compose/Caddyfile'), '--adapter', 'caddyfile'], {
      encoding: 'utf8',
      env: { ...process.env, EXPIRY_DOMAIN: `localhost:${this.secure}`, EXPIRY_NODES: nodePorts.map(port => `127.0.0.1:${port}`).join(' ') },
      stdio: ['ignore', 'pipe', 'ignore'],
    }));
    Object.assign(adapted, { admin: { listen: this.#admin }, storage: { module: 'file_system', root: join(this.#folder, 'caddy') } });
    adapted.apps.http.http_port = this.open;
    adapted.apps.http.https_port = this.secure;
    adapted.apps.pki = { certificate_authorities: { local: { install_trust: false } } };
    const file = join(this.#folder, 'caddy.json');
    writeFileSync(file, JSON.stringify(adapted));
    return file;
  }

  /** From now on it sends requests to these nodes alone, as with `caddy reload` of another EXPIRY_NODES. */
  async serve(nodePorts) {
    await promisify(execFile)('caddy', ['reload', '--config', this.#configure(nodePorts), '--address', this.#admin], { env: { ...process.env, ...this.#environment() } });
  }

  /**
   * What it answers, over TLS that is verified. The path goes out as it is. A connection that was open already, and which Caddy
   * closes as the request comes, is no failure: like a browser, this asks once more, over another one.
   */
  async ask(path, { method = 'GET', headers = {}, body } = {}) {
    const options = { host: '127.0.0.1', servername: 'localhost', port: this.secure, path, method, agent: this.#agent, headers: { host: `localhost:${this.secure}`, ...headers } };
    for (;;) {
      const sent = request(options);
      try {
        return await new Promise((resolve, reject) => {
          sent.on('response', answer => {
            const chunks = [];
            answer.on('data', chunk => chunks.push(chunk)).on('error', reject);
            answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text: Buffer.concat(chunks).toString() }));
          });
          sent.on('error', reject).end(body);
        });
      } catch (failure) {
        if (!sent.reusedSocket || failure.code !== 'ECONNRESET') {
          throw failure;
        }
      }
    }
  }

  /** Closes the connections to it. */
  leave() {
    this.#agent.destroy();
  }
}
