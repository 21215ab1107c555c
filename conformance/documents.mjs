// Runs the examples of documents, from top to bottom, against the running server. Each block is run, or says why not:
//   commands (sh) by bash, whose variables they share; what ends with & goes on until the next that does, and a block of text
//     after it is what it prints, where … stands for anything;
//   GraphQL in the session that TOKEN is of, with the variables that come after it as JSON below <!-- variables -->; other JSON
//     after it has the shape of its answer: the same members, and texts where texts are; JSON of what a webhook is sent has the
//     shape of a delivery that came, or of its data;
//   code that is "`saved`:" under a name is saved under it;
//   JSON with mcpServers is where an assistant's own client gets the tools from; what is etp_… there is the program's token;
//   comments, which readers do not see: <!-- run by CLASS --> of the next block, which that class of tests reads and runs;
//     <!-- in FILE... --> adds the next block, or what follows in the comment, to files; <!-- run sh ... --> and
//     <!-- run graphql ... --> run what is in them.
// Each document begins with an account of its own: TOKEN is that of a session, API_TOKEN that of a program with all scopes.
// https://example.org/… is where webhooks lead: it notes what comes and passes on what comes to /expiry to port 3000, where
// the document's own receiver is. The secret that was answered last is whsec_…, the id in an
// answer is "…" in GraphQL after it.
// Usage: node documents.mjs URL DOCUMENT...
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename, delimiter, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { buildSchema } from 'graphql';
import { ask, register } from './clients.mjs';

const [url, ...documents] = process.argv.slice(2);
if (documents.length === 0) {
  console.error('Usage: node documents.mjs URL DOCUMENT...');
  process.exit(2);
}
const SECONDS = 60;
const HERE = dirname(fileURLToPath(import.meta.url));
const SERVERS = /https?:\/\/(127\.0\.0\.1:8080|expiry\.example\.org|your-server)/g;
const SOCKETS = /wss?:\/\/(127\.0\.0\.1:8080|expiry\.example\.org)/g;
const TESTS = 'src/test/java';
const RECEIVER = 'https://example.org/';
/** The examples of a document: language, text, line, and what is said of it. */
function examples(text) {
  const found = [];
  let open = null;
  let said = '';
  let mark = {};
  const close = () => {
    const whole = open.lines.join('\n') + '\n';
    if (open.areVariables) found.at(-1).variables = JSON.parse(whole);
    else found.push({ ...open, text: whole });
    open = null;
    mark = {};
    said = '';
  };
  text.split('\n').forEach((line, at) => {
    if (open && line.trim() === open.end) {
      close();
    } else if (open) {
      open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
    } else if (line.trim().startsWith('```')) {
      const [indent, language] = line.split('```');
      open = { language, indent, end: '```', line: at + 1, name: /^`([\w.-]+)`:$/.exec(said)?.[1], ...mark, lines: [] };
    } else if (/^<!-- (run|in) [^>]*$/.test(line)) {
      const [, kind, ...words] = line.split(' ').filter(Boolean);
      open = { indent: '', end: '-->', line: at + 1, lines: [], ...(kind === 'run' ? { language: words[0] } : { language: 'js', files: words }) };
    } else if (line.startsWith('<!-- in ')) {
      mark = { files: line.slice(8, -4).split(' ') };
    } else if (line.trim().startsWith('<!-- run by ')) {
      mark = { test: line.trim().slice(12, -4) };
    } else if (line.trim() === '<!-- variables -->') {
      mark = { areVariables: true };
    } else if (line) {
      said = line;
    }
  });
  return found;
}

const ofThisServer = text => text.replaceAll(SERVERS, url).replaceAll(SOCKETS, url.replace(/^http/, 'ws'));

/** A port that nobody has just now. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

/** A server to which webhooks lead: it notes what comes, and passes on to a document's receiver what is meant for that. */
class Receiver {
  deliveries = [];

  async begin(port) {
    this.port = port;
    this.server = createServer(async (request, response) => {
      const pieces = [];
      for await (const piece of request) pieces.push(piece);
      const body = Buffer.concat(pieces);
      this.deliveries.push(JSON.parse(body));
      response.writeHead(request.url === '/expiry' ? await this.passOn(request.headers, body) : 204).end();
    }).listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.url = `http://127.0.0.1:${this.server.address().port}/`;
  }

  async passOn({ host, connection, ...headers }, body) {
    try {
      return (await fetch(`http://127.0.0.1:${this.port}/`, { method: 'POST', headers, body })).status;
    } catch {
      return 204;  // It is not there yet.
    }
  }

  /** Waits until there is something to pass on to. */
  async reaches() {
    const deadline = Date.now() + SECONDS * 1_000 / 2;
    while (!(await fetch(`http://127.0.0.1:${this.port}/`).then(() => true, () => false))) {
      assert.ok(Date.now() < deadline, 'The receiver does not listen');
      await pause(50);
    }
  }

  end() {
    this.server.close();
    this.server.closeAllConnections();
  }
}

/** What of the shape of an answer is not as expected. */
function difference(expected, actual, path = '$') {
  if (Array.isArray(expected)) {
    return Array.isArray(actual) && actual.length === expected.length
      ? expected.flatMap((each, at) => difference(each, actual[at], `${path}[${at}]`))
      : [`${path} is no list of ${expected.length}`];
  }
  if (expected !== null && typeof expected === 'object') {
    return Object.entries(expected).flatMap(([name, each]) =>
      actual && name in actual ? difference(each, actual[name], `${path}.${name}`) : [`${path}.${name} is missing`]);
  }
  return (expected === null) === (actual === null) && typeof expected === typeof actual ? [] : [`${path} is ${JSON.stringify(actual)}`];
}

/** What is wanted, once it is there; tells of the last failure when that takes too long. */
async function eventually(look) {
  const deadline = Date.now() + SECONDS * 1_000 / 2;
  for (;;) {
    try {
      return look();
    } catch (failure) {
      if (Date.now() > deadline) throw failure;
      await pause(50);
    }
  }
}

class Story {
  // Within this folder, so that code finds the libraries.
  folder = mkdtempSync(join(HERE, '.run-'));
  receiver = new Receiver();
  last = null;
  printed = null;
  secret = null;
  scripts = 0;

  async begin() {
    this.port = await freePort();
    await this.receiver.begin(this.port);
    const { accessToken } = await register(`${url}/graphql`);
    const { createApiToken } = await ask(`${url}/graphql`, `mutation { createApiToken(input: { name: "documents", scopes: [
      ITEMS_READ, ITEMS_WRITE, NOTIFICATIONS_READ, NOTIFICATIONS_WRITE, REPORTS_READ, REPORTS_WRITE, WEBHOOKS_READ, WEBHOOKS_WRITE,
      ACCOUNT] }) { token userErrors { message } } }`, {}, accessToken);
    this.write('.variables', `TOKEN=${accessToken}\nAPI_TOKEN=${createApiToken.token}\n`);
  }

  write(name, text) {
    writeFileSync(join(this.folder, name), text);
  }

  read(name) {
    return readFileSync(join(this.folder, name), 'utf8');
  }

  here(text) {
    return ofThisServer(text).replaceAll('3000', this.port).replaceAll(RECEIVER, this.receiver.url).replaceAll('whsec_…', this.secret);
  }

  bash(script) {
    if (script.trimEnd().endsWith('&')) this.stop();
    const name = `.script-${this.scripts++}`;
    // Files, not pipes: what goes on in the background may go on writing.
    const out = openSync(join(this.folder, `${name}.out`), 'w');
    const err = openSync(join(this.folder, `${name}.err`), 'w');
    const { status } = spawnSync('bash', ['-ec', `set -a; source .variables; ${script}\ndeclare -px > .variables; jobs -p > .jobs`], {
      cwd: this.folder,
      env: { ...process.env, EXPIRY_URL: `${url}/graphql`, PATH: `${dirname(HERE)}${delimiter}${process.env.PATH}`, PYTHONUNBUFFERED: '1' },
      timeout: SECONDS * 1_000,
      stdio: ['ignore', out, err],
    });
    closeSync(out);
    closeSync(err);
    this.printed = `${name}.out`;
    assert.equal(status, 0, `${this.read(`${name}.err`)}${this.read(`${name}.out`)}`);
    return this.read(this.printed);
  }

  /** Ends what goes on in the background. */
  stop() {
    const jobs = existsSync(join(this.folder, '.jobs')) ? this.read('.jobs').split('\n').filter(Boolean) : [];
    for (const job of jobs) process.kill(Number(job));
    this.write('.jobs', '');
  }

  variable(name) {
    return new RegExp(`^(?:declare -x )?${name}="?([^"\n]*)`, 'm').exec(this.read('.variables'))[1];
  }

  async graphql(query, variables) {
    const token = this.variable('TOKEN');
    const isLive = query.startsWith('subscription');
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json', authorization: `Bearer ${token}`, accept: isLive ? 'text/event-stream' : 'application/json',
      },
      body: JSON.stringify({ query, variables }),
    });
    if (!isLive) return response.text();
    let told = '';
    for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
      told += piece;
      const first = /^data: (.+)\n/m.exec(told);
      if (first) return first[1];
    }
    throw new Error(`It told nothing: ${told}`);
  }

  /** The tools that an assistant has with such a setting. */
  async requireTools({ mcpServers }) {
    for (const [name, { url: address, headers }] of Object.entries(mcpServers)) {
      const client = new Client({ name, version: '1' });
      await client.connect(new StreamableHTTPClientTransport(new URL(address), { requestInit: { headers } }));
      assert.notDeepEqual((await client.listTools()).tools, []);
      await client.close();
    }
  }

  async run(document, { language, text, variables, name, files, test }) {
    if (test) {
      const source = readdirSync(TESTS, { recursive: true }).find(file => basename(file) === `${test}.java`);
      assert.ok(source && readFileSync(join(TESTS, source), 'utf8').includes(`"${document}"`), `${test} does not read ${document}`);
    } else if (files) {
      files.forEach(file => appendFileSync(join(this.folder, file), this.here(text)));
    } else if (name) {
      this.write(name, this.here(text));
    } else if (language === 'sh') {
      this.last = this.bash(this.here(text));
      // What goes on is a receiver.
      if (text.trimEnd().endsWith('&')) await this.receiver.reaches();
    } else if (language === 'text') {
      const pattern = text.trim().split('…').map(each => each.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^]*?');
      await eventually(() => assert.match(this.read(this.printed), new RegExp(pattern)));
    } else if (language === 'graphql') {
      this.last = await this.graphql(this.here(text).replaceAll(': "…"', `: "${this.id}"`), variables);
      const { data, errors } = JSON.parse(this.last);
      assert.ok(!errors, this.last);
      const payloads = Object.values(data);
      this.refused = payloads.flatMap(each => each?.userErrors ?? []);
      this.secret = payloads.find(each => each?.secret)?.secret ?? this.secret;
      this.id = /"id":"([^"]+)"/.exec(this.last)?.[1] ?? this.id;
    } else if (language === 'json' && JSON.parse(text).mcpServers) {
      await this.requireTools(JSON.parse(this.here(text).replaceAll('etp_…', this.variable('API_TOKEN'))));
    } else if (language === 'json' && JSON.parse(text).data && !JSON.parse(text).type) {
      const wrong = difference(JSON.parse(text), JSON.parse(this.last));
      assert.deepEqual(wrong, [], `The answer was ${this.last}`);
      this.refused = [];
    } else if (language === 'json') {
      await eventually(() => this.requireDelivery(JSON.parse(text)));
    } else {
      throw new Error('It is not known how to run this');
    }
  }

  /** The one that is most alike tells what is not. */
  requireDelivery(expected) {
    const wrong = this.receiver.deliveries
      .map(delivery => difference(expected, expected.type ? delivery : delivery.data))
      .sort((one, other) => one.length - other.length);
    assert.deepEqual(wrong[0], [], `No such delivery among ${wrong.length}`);
  }

  /** Refusals are answers, but only where the document shows them. */
  requireNoRefusal() {
    assert.deepEqual(this.refused ?? [], []);
  }

  end() {
    this.stop();
    this.receiver.end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

for (const document of documents) {
  const story = new Story();
  let ran = 0;
  await story.begin();
  try {
    for (const example of examples(readFileSync(document, 'utf8'))) {
      try {
        if (example.language !== 'json') story.requireNoRefusal();
        await story.run(document, example);
        ran++;
      } catch (error) {
        throw new Error(`${document}:${example.line}: ${error.message}`, { cause: error });
      }
    }
    story.requireNoRefusal();
  } finally {
    story.end();
  }
  assert.ok(ran > 0, `${document} has no examples`);
  console.log(`ok  ${basename(document)}: ${ran} examples`);
}
