// Very many sockets, and clients that are very slow.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import WebSocket from 'ws';
import { until } from '../processes.mjs';
import { LARGE_PAGE, fillLargePage } from './node.mjs';

const SUBSCRIBE = JSON.stringify({ id: '1', type: 'subscribe', payload: { query: 'subscription { itemChanged { item { name } } }' } });

/** The server takes clients up to three quarters of its files. */
const FILES_OF_A_SOCKET = 4 / 3;
const OPENED_TOGETHER = 100;

/** A live one, with all names of which it was told. */
async function open(port, token) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws', { perMessageDeflate: false });
  const names = [];
  const live = { socket, names, token, ended: undefined };
  socket.on('message', data => {
    const message = JSON.parse(data);
    if (message.type === 'next') {
      names.push(message.payload.data.itemChanged.item.name);
    } else if (message.type === 'connection_ack') {
      socket.send(SUBSCRIBE);
      live.acknowledged = true;
    } else if (message.type === 'ping') {
      socket.send('{"type":"pong"}');
    } else {
      live.ended = message;
    }
  });
  socket.on('close', code => { live.ended = code; });
  socket.on('error', failure => { live.ended = failure; });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
  await until('a socket is acknowledged', () => {
    if (live.ended) {
      throw new Error(String(live.ended));
    }
    return live.acknowledged;
  }, 60);
  return live;
}

/** Sends a byte after another of a request that never ends. */
function dripping(port) {
  const socket = connect(port, '127.0.0.1');
  const text = `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\nx-slow: ${'x'.repeat(4_000)}`;
  let at = 0;
  const timer = setInterval(() => socket.write(text[at++ % text.length]), 200);
  return { socket, stop: () => clearInterval(timer) };
}

/** Asks for a page that no buffer of the network holds, and reads a byte after another. */
function sipping(port, token) {
  const socket = connect({ port, host: '127.0.0.1', highWaterMark: 1 });
  const body = JSON.stringify({ query: LARGE_PAGE });
  socket.pause();
  socket.write(`POST /graphql HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  const timer = setInterval(() => socket.read(1), 200);
  return { socket, stop: () => clearInterval(timer) };
}

/** How many connections the server has, as it says itself: who does not read does not learn that it was cut. */
async function connections(port) {
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return [...metrics.matchAll(/^expiry_http_connections\{.*\} (.*)$/gm)].reduce((sum, [, each]) => sum + Number(each), 0);
}

export default [
  {
    name: 'sockets',
    what: '5,000 live sockets (1,000 in short), each of which has to be told of each change, once',
    within: 30,
    async run(world, long) {
      const count = long ? 5_000 : 1_000;
      const files = Number(execFileSync('bash', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }));
      if (files < count * FILES_OF_A_SOCKET + 1_000) {
        return { skipped: `a process may have only ${files} files open here` };
      }
      const workload = world.workload('sockets', world.tokens.length);
      await workload.ready();
      const begun = Date.now();
      const all = [];
      while (all.length < count) {
        all.push(...await Promise.all(Array.from({ length: Math.min(OPENED_TOGETHER, count - all.length) }, (_, at) => open(world.node.port, world.tokens[at % world.tokens.length]))));
      }
      const opened = (Date.now() - begun) / 1000;
      try {
        // Until a subscription stands nothing is told; so it is told again and again.
        await until('every socket is told something', async () => {
          await Promise.all(workload.writers.map(writer => writer.next()));
          return all.every(({ names }) => names.length > 0);
        }, 120);
        const first = workload.writers.map(({ created }) => created.length);
        for (let at = 0; at < 12; at++) {
          await Promise.all(workload.writers.map(writer => writer.next()));
        }
        const last = Date.now();
        const expected = new Map(workload.writers.map(({ token, created }, at) => [token, created.slice(first[at])]));
        const missing = ({ token, names }) => expected.get(token).filter(name => !names.includes(name)).length;
        await until('every socket is told everything', () => all.every(live => missing(live) === 0 || live.ended), 60).catch(() => {});
        const seconds = (Date.now() - last) / 1000;
        const sums = await workload.check();
        const told = all.map(live => missing(live)).reduce((sum, each) => sum + each, 0);
        const twice = all.map(({ token, names }) => {
          const wanted = new Set(expected.get(token));
          const seen = names.filter(name => wanted.has(name));
          return seen.length - new Set(seen).size;
        }).reduce((sum, each) => sum + each, 0);
        const events = all.reduce((sum, { names }) => sum + names.length, 0);
        return {
          acknowledged: sums.acknowledged, lost: sums.lost + told, doubled: sums.doubled + twice, seconds,
          note: `${count} sockets open after ${opened.toFixed(1)} s, ${events} events; ${all.filter(({ ended }) => ended).length} were closed`,
        };
      } finally {
        all.forEach(({ socket }) => socket.terminate());
      }
    },
  },
  {
    name: 'clients-slow',
    what: 'clients that send and read one byte after another; healthy is the longest write of the others',
    within: 10,
    async run(world, long) {
      const reader = world.tokens.at(-1);
      await fillLargePage(world.client, reader);
      const workload = world.workload('clients-slow');
      await workload.start();
      const slow = Array.from({ length: long ? 2_000 : 300 }, (_, at) => at % 2 ? dripping(world.node.port) : sipping(world.node.port, reader));
      slow.forEach(({ socket, stop }) => socket.on('error', () => {}).on('close', stop));
      await pause(long ? 40_000 : 15_000);
      await workload.more(2);
      const note = `${slow.length} slow clients; the server has ${await connections(world.node.port)} connections; instead of answers: ${workload.refusals()}`;
      slow.forEach(({ socket, stop }) => {
        stop();
        socket.destroy();
      });
      return { ...await workload.check(), seconds: workload.longest(), note };
    },
  },
];
