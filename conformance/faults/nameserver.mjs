// A name server that knows one address, whatever it is asked for, and says that it is good for a second.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const HEADER = 12;
const A = 1;
const SECONDS = 1;

export class Nameserver {
  #socket;

  /** One at an address of the loopback interface; port 53 needs the rights of root. */
  static async at(host) {
    const server = new Nameserver();
    server.host = host;
    server.#socket = createSocket('udp4', (question, from) => server.#socket.send(server.#answer(question), from.port, from.address));
    server.#socket.bind(53, host);
    await once(server.#socket, 'listening');
    return server;
  }

  /** RFC 1035, 4.1: the question again, and the address when it was asked for. */
  #answer(question) {
    let end = HEADER;
    while (question[end] !== 0) {
      end += question[end] + 1;
    }
    const type = question.readUInt16BE(end + 1);
    const asked = question.subarray(0, end + 5);
    const head = Buffer.from(asked.subarray(0, HEADER));
    head.writeUInt16BE(0x8180, 2);
    head.writeUInt16BE(type === A ? 1 : 0, 6);
    head.writeUInt32BE(0, 8);
    const record = Buffer.from([0xc0, HEADER, 0, A, 0, 1, 0, 0, 0, SECONDS, 0, 4, ...this.address.split('.').map(Number)]);
    return Buffer.concat([head, asked.subarray(HEADER), ...(type === A ? [record] : [])]);
  }

  async close() {
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }
}
