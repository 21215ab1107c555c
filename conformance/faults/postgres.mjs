// Clusters of Debian's PostgreSQL 15 (or another one: PG_BIN), which can be killed, frozen, made slow and made full.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, until } from '../processes.mjs';

const run = promisify(execFile);
const BIN = process.env.PG_BIN ?? '/usr/lib/postgresql/15/bin';
const IS_ROOT = process.getuid() === 0;
const PASSWORD = 'secret15';

/** A program of PostgreSQL, which refuses to run as root. */
function postgres(program, ...args) {
  const command = [join(BIN, program), ...args];
  return IS_ROOT ? run('runuser', ['-u', 'postgres', '--', ...command]) : run(command[0], command.slice(1));
}

export const children = pid => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);

export class Cluster {
  constructor(folder, port, host = '127.0.0.1') {
    Object.assign(this, { folder, data: join(folder, 'data'), log: join(folder, 'log'), port, host });
  }

  /** One in a new folder; with segments of a megabyte a full disk is noticed early. */
  static async create(folder) {
    const cluster = await Cluster.#inFolder(folder);
    const password = join(folder, 'password');
    writeFileSync(password, `${PASSWORD}\n`);
    if (IS_ROOT) {
      await run('chown', ['-R', 'postgres', folder]);
    }
    await postgres('initdb', '-D', cluster.data, '-U', 'tester', '--pwfile', password, '-A', 'scram-sha-256', '-E', 'UTF8', '--locale', 'C.UTF-8', '--wal-segsize', '1');
    await cluster.configure(
      `port = ${cluster.port}`,
      "listen_addresses = '127.0.0.1'",
      "unix_socket_directories = ''",
      'max_connections = 200',
      'max_wal_size = 64MB',
      'min_wal_size = 8MB',
      'jit = off',
    );
    return cluster;
  }

  static async #inFolder(folder, port, host) {
    mkdirSync(folder, { recursive: true });
    if (IS_ROOT) {
      await run('chown', ['postgres', folder]);
    }
    return new Cluster(folder, port ?? await freePort(), host);
  }

  /** A standby that follows this one, on some port or a certain one; each commit waits from now on until it is in both. */
  async follow(folder, port, host) {
    const standby = await Cluster.#inFolder(folder, port, host);
    const url = `postgresql://tester:${PASSWORD}@${this.host}:${this.port}/postgres?application_name=standby`;
    await postgres('pg_basebackup', '-D', standby.data, '-d', url, '-R', '-c', 'fast', '-X', 'stream');
    await standby.configure(`port = ${standby.port}`, `listen_addresses = '${standby.host}'`);
    await standby.start();
    await this.configure("synchronous_standby_names = 'standby'");
    await postgres('pg_ctl', 'reload', '-D', this.data);
    await until('the standby is synchronous', async () => await this.ask("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") === '1');
    return standby;
  }

  async configure(...lines) {
    writeFileSync(join(this.data, 'postgresql.conf'), `${lines.join('\n')}\n`, { flag: 'a' });
  }

  /** As the server of the database `postgres`. */
  url(...others) {
    return `postgresql://tester:${PASSWORD}@${[this, ...others].map(({ host, port }) => `${host}:${port}`).join(',')}/postgres?sslmode=disable`;
  }

  /** Returns when it takes connections. */
  async start() {
    await postgres('pg_ctl', 'start', '-D', this.data, '-w', '-t', '60', '-s', '-l', this.log).catch(failure => {
      throw new Error(`PostgreSQL does not start:\n${readFileSync(this.log, 'utf8').slice(-2000)}`, { cause: failure });
    });
    this.pid = Number(readFileSync(join(this.data, 'postmaster.pid'), 'utf8').split('\n')[0]);
  }

  async stop(mode = 'immediate') {
    await postgres('pg_ctl', 'stop', '-D', this.data, '-m', mode, '-w', '-s');
  }

  async promote() {
    await postgres('pg_ctl', 'promote', '-D', this.data, '-w', '-s');
  }

  /** The one value of one row. */
  async ask(sql) {
    const url = `postgresql://tester:${PASSWORD}@${this.host}:${this.port}/postgres`;
    const { stdout } = await run(join(BIN, 'psql'), ['-X', '-A', '-t', '-d', url, '-c', sql], { timeout: 20_000 });
    return stdout.trim();
  }

  isRunning() {
    return existsSync(`/proc/${this.pid}/stat`) && !readFileSync(`/proc/${this.pid}/stat`, 'utf8').includes(') Z');
  }

  /** The server and all that it has started. */
  processes() {
    return this.isRunning() ? [this.pid, ...children(this.pid)] : [];
  }

  signal(name) {
    for (const pid of this.processes()) {
      try {
        process.kill(pid, name);
      } catch {
        // It has ended by itself meanwhile.
      }
    }
  }

  /** As SIGKILL to all of it; returns when nothing of it is left. */
  async kill() {
    const pids = this.processes();
    this.signal('SIGKILL');
    await until('PostgreSQL is gone', () => !pids.some(pid => existsSync(`/proc/${pid}`)));
  }

  async remove() {
    if (this.isRunning()) {
      this.signal('SIGCONT');
      await this.kill();
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A disk of its own for a cluster, which can be filled: a mount of tmpfs, which needs the rights of root. */
export class Disk {
  constructor(folder) {
    this.folder = folder;
  }

  /** Nothing where that is not allowed, as in most containers. */
  static async mount(folder, megabytes) {
    mkdirSync(folder, { recursive: true });
    try {
      await run('mount', ['-t', 'tmpfs', '-o', `mode=0755,size=${megabytes}m`, 'tmpfs', folder]);
      return new Disk(folder);
    } catch {
      return undefined;
    }
  }

  /** Takes all of its space. */
  async fill() {
    await run('dd', ['if=/dev/zero', `of=${join(this.folder, 'filler')}`, 'bs=64k']).catch(() => {});
  }

  free() {
    rmSync(join(this.folder, 'filler'), { force: true });
  }

  async unmount() {
    await run('umount', ['-l', this.folder]);
  }
}
