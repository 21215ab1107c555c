import { once } from 'node:events';
import { createServer, request as send } from 'node:http';

/**
 * A proxy that shows the server of `url` under paths of its own.
 *
 * @returns `{ server, at }`: to be closed, and the addresses of the paths
 */
export async function proxied(url, ...paths) {
  const { hostname, port } = new URL(url);
  const onwards = ({ method, url: target, headers }) => {
    const path = paths.find((each) => target.startsWith(each));
    return send({ hostname, port, method, path: path === undefined ? target : target.replace(path, '/'), headers });
  };
  const server = createServer((request, response) => {
    request.pipe(onwards(request).on('response', (from) => {
      response.writeHead(from.statusCode, from.headers);
      from.pipe(response);
    }));
  });
  server.on('upgrade', (request, socket) => {
    onwards(request).on('upgrade', (from, upstream) => {
      const lines = [];
      for (let at = 0; at < from.rawHeaders.length; at += 2) lines.push(`${from.rawHeaders[at]}: ${from.rawHeaders[at + 1]}`);
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
      upstream.on('error', () => socket.destroy()).pipe(socket).on('error', () => upstream.destroy()).pipe(upstream);
    }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, at: paths.map((path) => `http://127.0.0.1:${server.address().port}${path}`) };
}
