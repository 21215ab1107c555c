// Caddy before some nodes, with the very Caddyfile of deploy/compose; only its ports, its folder and the trust of this machine
// are those of a check.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { freePort, until } from './processes.mjs';

export class Caddy {
  #agent;

  /** Starts it, and waits until it has a certificate and knows a node that is ready. */
  static async start(processes, deploy, folder, nodePorts) {
    const [secure, open] = [await freePort(), await freePort()];
    const adapted = JSON.parse(execFileSync('caddy', ['adapt', '--config', join(deploy, 'compose/Caddyfile'), '--adapter', 'caddyfile'], {
      encoding: 'utf8',
      env: { ...process.env, EXPIRY_DOMAIN: `localhost:${secure}`, EXPIRY_NODES: nodePorts.map(port => `127.0.0.1:${port}`).join(' ') },
      stdio: ['ignore', 'pipe', 'ignore'],
    }));
    Object.assign(adapted, { admin: { disabled: true }, storage: { module: 'file_system', root: join(folder, 'caddy') } });
    adapted.apps.http.http_port = open;
    adapted.apps.http.https_port = secure;
    adapted.apps.pki = { certificate_authorities: { local: { install_trust: false } } };
    const file = join(folder, 'caddy.json');
    writeFileSync(file, JSON.stringify(adapted));
    processes.start('caddy', 'caddy', ['run', '--config', file], { XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder });
    const authority = join(folder, 'caddy/pki/authorities/local/root.crt');
    await until('Caddy has a certificate', () => existsSync(authority));
    const caddy = new Caddy(secure, open, readFileSync(authority));
    await until('Caddy knows a node', async () => (await caddy.ask('/health/ready')).status === 200, 90);
    return caddy;
  }

  constructor(secure, open, authority) {
    Object.assign(this, { secure, open, authority });
    this.#agent = new Agent({ ca: authority, keepAlive: true });
  }

  /** What it answers, over TLS that is verified. The path goes out as it is. */
  ask(path, { method = 'GET', headers = {}, body } = {}) {
    return new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', servername: 'localhost', port: this.secure, path, method, agent: this.#agent, headers: { host: `localhost:${this.secure}`, ...headers } }, answer => {
        const chunks = [];
        answer.on('data', chunk => chunks.push(chunk)).on('error', reject);
        answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text: Buffer.concat(chunks).toString() }));
      });
      sent.on('error', reject).end(body);
    });
  }

  /** Closes the connections to it. */
  leave() {
    this.#agent.destroy();
  }
}
