// What clients were promised: compares the schema with that of the last release (released.graphqls), and refuses what breaks
// a client unless the last release said that it would go. node contract.mjs RELEASED CURRENT CHANGES
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { CriticalityLevel, DiffRule, diff } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';

const [released, current, changesPage] = process.argv.slice(2);
if (!changesPage) {
  console.error('Usage: node contract.mjs RELEASED CURRENT CHANGES');
  process.exit(2);
}

const read = path => readFileSync(path, 'utf8');

async function changes(before, after) {
  return diff(buildSchema(before), buildSchema(after), [
    DiffRule.suppressRemovalOfDeprecatedField,
    DiffRule.ignoreDescriptionChanges,
  ]);
}

const breaking = found => found.filter(change => change.criticality.level === CriticalityLevel.Breaking);

// Something that must be found, and something that may go, so that finding nothing means something.
const promised = 'type Query { kept: Int, gone: Int, announced: Int @deprecated(reason: "Use kept.") }';
assert.deepEqual(breaking(await changes(promised, 'type Query { kept: Int }')).map(change => change.path), ['Query.gone']);
assert.deepEqual(
  breaking(await changes(promised, 'type Query { kept(more: Int!): Int, gone: Int }')).map(change => change.type),
  ['FIELD_ARGUMENT_ADDED'],
);

const found = await changes(read(released), read(current));
const broken = breaking(found);
for (const change of found.filter(change => change.criticality.level === CriticalityLevel.Dangerous)) {
  console.log(`  dangerous: ${change.message}`);
}
console.log(`${found.length} changes since the last release, ${broken.length} of them break a client`);
for (const change of broken) {
  console.error(`  ${change.message}. ${change.criticality.reason ?? ''}`);
}

// Each field that is to go stands on the page that tells what to use instead.
const page = read(changesPage);
const schema = buildSchema(read(current));
const unsaid = Object.values(schema.getTypeMap())
  .flatMap(type => Object.values(type.getFields?.() ?? {}).map(field => [`${type.name}.${field.name}`, field]))
  .filter(([name, field]) => field.deprecationReason && !page.includes(`\`${name}\``))
  .map(([name]) => name);
for (const name of unsaid) {
  console.error(`  ${name} is deprecated, and ${changesPage} does not say so`);
}
process.exit(broken.length + unsaid.length === 0 ? 0 : 1);
