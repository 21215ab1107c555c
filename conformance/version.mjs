// The version: that of pom.xml against the releases of docs/releases.md and CHANGELOG.md. What SemVer asks for is held where a
// program can see it: a schema or a revision of the database that is not the last release's makes more than a patch.
// Usage: node version.mjs [--former]   (--former: prints the commit of the last release, and checks nothing)
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const read = path => readFileSync(join(ROOT, path), 'utf8');
const numbers = version => version.split('.').map(Number);
const ROW = /^\| (\d+\.\d+\.\d+) \| (\d{4}-\d\d-\d\d) \| `([0-9a-f]{40})` \| (\S+) \|$/gm;

function compare(one, other) {
  const [a, b] = [numbers(one), numbers(other)];
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/** Which number a version raises above another one, or what is wrong with it. */
function raised(version, former) {
  const [a, b] = [numbers(version), numbers(former)];
  const at = a.findIndex((number, place) => number !== b[place]);
  assert(at >= 0 && a[at] === b[at] + 1 && a.slice(at + 1).every(number => number === 0), `${version} is no version after ${former}`);
  return ['major', 'minor', 'patch'][at];
}

// What must be seen, so that finding nothing means something.
assert.equal(raised('0.2.0', '0.1.4'), 'minor');
assert.equal(raised('1.2.4', '1.2.3'), 'patch');
assert.throws(() => raised('1.3.1', '1.2.3'));
assert.throws(() => raised('1.2.3', '1.2.3'));

const releases = [...read('docs/releases.md').matchAll(ROW)].map(([, version, date, commit, revision]) => ({ version, date, commit, revision }));
assert(releases.length > 0, 'docs/releases.md has no table of releases');
const [last] = releases;
if (process.argv[2] === '--former') {
  console.log(last.commit);
  process.exit();
}

const version = read('pom.xml').match(/<artifactId>expiry-tracker<\/artifactId>\s*<version>([^<]+)<\/version>/)[1];
assert.match(version, /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/, `pom.xml: ${version} is no version of SemVer`);
const changelog = read('CHANGELOG.md');
const headings = [...changelog.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
const [newest, ...before] = headings;
assert.deepEqual(before, releases.map(({ version: number, date }) => `${number}, ${date}`), 'CHANGELOG.md and docs/releases.md tell of other releases');
const raises = raised(version, last.version);
const record = readdirSync(join(ROOT, 'src/test/resources/statements')).map(file => file.replace(/\.tsv$/, ''));
const head = readdirSync(join(ROOT, 'migrations')).filter(file => file.startsWith('V')).map(file => file.slice(1).split('__')[0]).toSorted(compareRevisions).at(-1);
const schemaIsReleased = read('schema.graphqls') === read('conformance/released.graphqls');

if (newest === 'Unreleased') {
  assert.deepEqual(record, [last.revision], 'The statements recorded are not those of the last release');
  assert(raises !== 'patch' || (head === last.revision && schemaIsReleased), `${version} is a patch of ${last.version}, but the schema of the API or of the database has changed: that is a minor version`);
  console.log(`${version} is being made, a ${raises} version after ${last.version} of ${last.date}`);
} else {
  // The commit of a release.
  assert.match(newest, new RegExp(`^${version.replaceAll('.', '\\.')}, \\d{4}-\\d\\d-\\d\\d$`), `CHANGELOG.md begins with ${newest}, and pom.xml has ${version}`);
  assert.deepEqual(record, [head], 'The statements of this release are not recorded');
  assert(schemaIsReleased, 'conformance/released.graphqls is not schema.graphqls');
  console.log(`${version} is released`);
}

function compareRevisions(one, other) {
  const [a, b] = [one.split('.').map(Number), other.split('.').map(Number)];
  return a[0] - b[0] || (a[1] ?? 0) - (b[1] ?? 0);
}
