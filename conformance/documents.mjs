// Runs the examples of documents, from top to bottom, against the running server: commands by bash, which share their
// variables; GraphQL in the session that TOKEN is of; code that is "`saved`:" under a name is saved under it. JSON that
// follows one of these has the shape of its answer: the same members, and texts where texts are. Each document begins with an
// account of its own: TOKEN is that of a session, API_TOKEN that of a program with all scopes.
// Usage: node documents.mjs URL DOCUMENT...
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask, register } from './clients.mjs';

const [url, ...documents] = process.argv.slice(2);
if (documents.length === 0) {
  console.error('Usage: node documents.mjs URL DOCUMENT...');
  process.exit(2);
}
const SECONDS = 60;
const SERVERS = /https?:\/\/(127\.0\.0\.1:8080|expiry\.example\.org|your-server)/g;
const SOCKETS = /wss?:\/\/(127\.0\.0\.1:8080|expiry\.example\.org)/g;

/** The examples of a document: language, text, line, and the name under which it is saved. */
function examples(text) {
  const found = [];
  let open = null;
  let said = '';
  text.split('\n').forEach((line, at) => {
    if (open && line === '```') {
      found.push({ ...open, text: open.lines.join('\n') + '\n' });
      open = null;
    } else if (open) {
      open.lines.push(line);
    } else if (line.startsWith('```')) {
      open = { language: line.slice(3), line: at + 1, name: /^`([\w.-]+)`:$/.exec(said)?.[1], lines: [] };
    } else if (line) {
      said = line;
    }
  });
  return found;
}

const ofThisServer = text => text.replaceAll(SERVERS, url).replaceAll(SOCKETS, url.replace(/^http/, 'ws'));

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

class Story {
  // Within this folder, so that code finds the libraries.
  folder = mkdtempSync(join(dirname(fileURLToPath(import.meta.url)), '.run-'));
  variables = join(this.folder, '.variables');
  last = null;

  async begin() {
    const { accessToken } = await register(`${url}/graphql`);
    const { createApiToken } = await ask(`${url}/graphql`, `mutation { createApiToken(input: { name: "documents", scopes: [
      ITEMS_READ, ITEMS_WRITE, NOTIFICATIONS_READ, NOTIFICATIONS_WRITE, REPORTS_READ, REPORTS_WRITE, WEBHOOKS_READ, WEBHOOKS_WRITE,
      ACCOUNT] }) { token userErrors { message } } }`, {}, accessToken);
    writeFileSync(this.variables, `TOKEN=${accessToken}\nAPI_TOKEN=${createApiToken.token}\n`);
  }

  bash(script) {
    const whole = `set -a; source .variables; ${script}\ndeclare -px > .variables`;
    return execFileSync('bash', ['-ec', whole], {
      cwd: this.folder,
      env: { ...process.env, EXPIRY_URL: `${url}/graphql` },
      timeout: SECONDS * 1_000,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async graphql(query) {
    const token = this.bash('echo "$TOKEN"').trim();
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query }),
    });
    return response.text();
  }

  async run({ language, text, name }) {
    if (name) {
      writeFileSync(join(this.folder, name), ofThisServer(text));
    } else if (language === 'sh') {
      this.last = this.bash(ofThisServer(text));
    } else if (language === 'graphql') {
      this.last = await this.graphql(text);
      const { data, errors } = JSON.parse(this.last);
      assert.ok(!errors, this.last);
      this.refused = Object.values(data).flatMap(each => each?.userErrors ?? []);
    } else if (language === 'json' && JSON.parse(text).data) {
      const wrong = difference(JSON.parse(text), JSON.parse(this.last));
      assert.deepEqual(wrong, [], `The answer was ${this.last}`);
      this.refused = [];
    } else {
      return false;
    }
    return true;
  }

  /** Refusals are answers, but only where the document shows them. */
  requireNoRefusal() {
    assert.deepEqual(this.refused ?? [], []);
  }

  end() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

for (const document of documents) {
  const story = new Story();
  let ran = 0;
  let left = 0;
  await story.begin();
  try {
    for (const example of examples(readFileSync(document, 'utf8'))) {
      try {
        if (example.language !== 'json') story.requireNoRefusal();
        (await story.run(example)) ? ran++ : left++;
      } catch (error) {
        throw new Error(`${document}:${example.line}: ${error.stderr ?? ''} ${error.message}`, { cause: error });
      }
    }
    story.requireNoRefusal();
  } finally {
    story.end();
  }
  assert.ok(ran > 0, `${document} has no examples`);
  console.log(`ok  ${basename(document)}: ${ran} examples${left ? `, and ${left} that are only read` : ''}`);
}
