// What most faults strike: clients, a proxy, a node, another proxy, and PostgreSQL on a disk of its own where one can be mounted.
import { join } from 'node:path';
import { Client, Node, accounts } from './node.mjs';
import { Cluster, Disk } from './postgres.mjs';
import { Proxy } from './proxy.mjs';
import { Workload } from './workload.mjs';

const DISK_MEGABYTES = 400;
/** Each may have a thousand sockets. */
const ACCOUNTS = 6;

export class World {
  /** What is needed to make more of it: where to put files, and how to start processes. */
  constructor(surroundings) {
    Object.assign(this, surroundings);
  }

  async begin() {
    const place = join(this.folder, 'disk');
    this.disk = await Disk.mount(place, DISK_MEGABYTES);
    this.database = await Cluster.create(join(place, 'cluster'));
    await this.database.start();
    this.network = await Proxy.to(this.database.port);
    this.node = this.newNode('node', { port: this.network.port });
    await this.node.start();
    this.front = await Proxy.to(this.node.port);
    this.client = new Client(this.front.port);
    this.tokens = await accounts(this.client, ACCOUNTS);
  }

  /** A node on this database, not started yet. */
  newNode(name, { port = this.database.port, more = {} } = {}) {
    return new Node(this.processes, this.program, name, new Cluster(this.folder, port).url(), more);
  }

  workload(name, writers) {
    return new Workload(this.client, this.tokens, name, writers);
  }

  /** Everything as at first, after a fault that went wrong in the middle. */
  async heal() {
    Workload.endAll();
    this.network.pass();
    this.network.delay(0);
    this.disk?.free();
    this.database.signal('SIGCONT');
    if (!this.database.isRunning()) {
      await this.database.start();
    }
    if (this.node.isRunning()) {
      this.node.signal('SIGCONT');
      await this.node.ready();
    } else {
      await this.node.start();
    }
  }

  async end() {
    this.client?.leave();
    await Promise.all([this.front?.close(), this.network?.close()]);
    if (this.node?.process && this.node.isRunning()) {
      await this.node.end('SIGKILL');
    }
    await this.database?.remove();
    await this.disk?.unmount();
  }
}
