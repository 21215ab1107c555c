// Checks the types of the dashboard's modules against the schema: node types.mjs
// What each operation of js/operations.js and js/product-operations.js answers, and which variables it takes, is made into declarations of TypeScript;
// the ids of index.html, and the fields of its forms, too. With those TypeScript's checker reads the modules as they are, whose
// JSDoc says the rest; nothing is compiled. Markup in html`…` is text to it: what is handed to a component there is not checked.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  Kind, buildSchema, isAbstractType, isEnumType, isInputObjectType, isLeafType, isListType, isNonNullType, isObjectType,
  isRequiredInputField, parse, typeFromAST, validate,
} from 'graphql';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ROOT = join(HERE, '..');
const WEBROOT = join(ROOT, 'src/main/resources/webroot');
/** Run outside the page, where other things are there: not checked. */
const WORKERS = ['scan-worker.js'];
/** What is sent to the API stands in these. */
const OPERATIONS = ['operations.js', 'product-operations.js'];
const declarationsOf = (name) => name.replace(/\.js$/, '.d.ts');

/** What a scalar is in an answer, and what may be given for it. */
const SCALARS = {
  ID: ['string'], String: ['string'], Int: ['number'], Float: ['number'], Boolean: ['boolean'], Date: ['string'], DateTime: ['string'],
  TimeZone: ['string'], Decimal: ['string', 'string | number'], JSON: ['any'],
};

/** A type of the API as it is given in a variable. */
function taken(type) {
  if (isNonNullType(type)) return takenThere(type.ofType);
  return `${takenThere(type)} | null`;
}

function takenThere(type) {
  if (isListType(type)) return `readonly (${taken(type.ofType)})[]`;
  const [answered, given = answered] = SCALARS[type.name] ?? [`Schema.${type.name}`];
  return given;
}

const member = (name, isOptional, type) => `${name}${isOptional ? '?' : ''}: ${type}`;
const object = (members) => `{ ${members.join('; ')} }`;

/** Enumerations and inputs, by their names in the schema. */
function named(schema) {
  const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__')).flatMap((type) => {
    if (isEnumType(type)) return [`  type ${type.name} = ${type.getValues().map(({ name }) => `'${name}'`).join(' | ')};`];
    if (!isInputObjectType(type)) return [];
    const members = Object.values(type.getFields()).map((field) => member(field.name, !isRequiredInputField(field), taken(field.type)));
    return [`  type ${type.name} = ${object(members)};`];
  });
  return `declare namespace Schema {\n${types.join('\n')}\n}\n`;
}

/** What a selection set asks of one type of object, by the names in the answer. */
function asked(schema, type, selections, found = new Map()) {
  for (const node of selections) {
    const isSure = !node.directives.some(({ name }) => name.value === 'include' || name.value === 'skip');
    if (node.kind === Kind.INLINE_FRAGMENT) {
      const on = node.typeCondition ? typeFromAST(schema, node.typeCondition) : type;
      if (on === type || (isAbstractType(on) && schema.isSubType(on, type))) asked(schema, type, node.selectionSet.selections, found);
      continue;
    }
    if (node.kind !== Kind.FIELD) throw new Error(`${node.kind} is not known here.`);
    const key = (node.alias ?? node.name).value;
    const before = found.get(key);
    found.set(key, {
      field: node.name.value, isSure: isSure || (before?.isSure ?? false),
      selections: [...before?.selections ?? [], ...node.selectionSet?.selections ?? []],
    });
  }
  return found;
}

/** The members of an answer's object, by their names. */
function members(schema, type, selections) {
  return new Map([...asked(schema, type, selections)].map(([key, { field, isSure, selections: inner }]) => [key, field === '__typename'
    ? member(key, false, `'${type.name}'`) : member(key, !isSure, answered(schema, type.getFields()[field].type, inner))]));
}

function answered(schema, type, selections) {
  if (isNonNullType(type)) return answeredThere(schema, type.ofType, selections);
  return `${answeredThere(schema, type, selections)} | null`;
}

function answeredThere(schema, type, selections) {
  if (isListType(type)) return `(${answered(schema, type.ofType, selections)})[]`;
  if (isLeafType(type)) return SCALARS[type.name]?.[0] ?? `Schema.${type.name}`;
  if (isObjectType(type)) return object([...members(schema, type, selections).values()]);
  // Of several types each has its own; what only others have is not there.
  const each = schema.getPossibleTypes(type).map((possible) => members(schema, possible, selections));
  const all = new Set(each.flatMap((one) => [...one.keys()]));
  return [...new Set(each.map((one) => object([...all].map((key) => one.get(key) ?? member(key, true, 'undefined')))))].join(' | ');
}

/** What an operation answers, and which variables it takes. */
function operation(schema, text) {
  const document = parse(text);
  const errors = validate(schema, document);
  if (errors.length > 0) throw new Error(`${errors.join('\n')}\n${text}`);
  const [{ operation: kind, selectionSet, variableDefinitions }] = document.definitions;
  const variables = variableDefinitions.map(({ variable, type, defaultValue }) => {
    const given = typeFromAST(schema, type);
    return member(variable.name.value, !isNonNullType(given) || defaultValue !== undefined, taken(given));
  });
  return `Operation<${object([...members(schema, schema.getRootType(kind), selectionSet.selections).values()])}, ${object(variables)}>`;
}

/** A file of operations in declarations. */
function operations(schema, exported) {
  const typed = (value) => {
    if (typeof value === 'string') return operation(schema, value);
    if (value instanceof Set) return 'Set<string>';
    return object(Object.entries(value).map(([key, one]) => member(key, false, typed(one))));
  };
  return Object.entries(exported).map(([name, value]) => `export const ${name}: ${typed(value)};`).join('\n');
}

/** The elements of index.html that have an id, by it, and the fields of the forms among them. */
function elements(page) {
  const found = [];
  let form = null;
  for (const [, close, tag, attributes] of page.replace(/<!--[^]*?-->/g, '').matchAll(/<(\/?)([a-z][\w-]*)((?:\s[^<>]*)?)>/g)) {
    const of = (name) => new RegExp(`\\s${name}="([^"]*)"`).exec(attributes)?.[1];
    const type = `HTMLElementTagNameMap['${tag}']`;
    if (tag === 'form') form = close ? null : { id: of('id'), fields: [] };
    if (close) continue;
    if (form && of('name') && ['input', 'select', 'textarea'].includes(tag)) form.fields.push(member(of('name'), false, type));
    if (of('id')) found.push(tag === 'form' ? { id: of('id'), form } : { id: of('id'), type });
  }
  return `interface Elements { ${found.map(({ id, type, form: one }) => member(`'${id}'`, false,
    type ?? `HTMLFormElement & { elements: HTMLFormControlsCollection & ${object(one.fields)} }`)).join('; ')} }`;
}

const OPTIONS = {
  allowJs: true, checkJs: true, noEmit: true, strict: true, target: 'esnext', module: 'esnext', moduleResolution: 'bundler',
  lib: ['esnext', 'dom', 'dom.iterable', 'dom.asynciterable'], types: [], skipLibCheck: true,
  // What is thrown is told apart by its code everywhere.
  useUnknownInCatchVariables: false,
};

/** What the checker says of the dashboard, a line for each mistake; `change(name, text)` may change a file before it is read. */
async function check(change = (name, text) => text) {
  const folder = await mkdtemp(join(tmpdir(), 'types-'));
  try {
    const read = async (name, path) => change(name, await readFile(path, 'utf8'));
    const schema = buildSchema(await read('schema.graphqls', join(ROOT, 'schema.graphqls')));
    const modules = (await readdir(join(WEBROOT, 'js'))).filter((name) => name.endsWith('.js') && !WORKERS.includes(name));
    for (const name of modules) await writeFile(join(folder, name), await read(name, join(WEBROOT, 'js', name)));
    const made = {
      // Beside the module it is what the checker reads in its place.
      ...Object.fromEntries(await Promise.all(OPERATIONS.map(async (name) => [
        declarationsOf(name), operations(schema, await import(pathToFileURL(join(folder, name)))),
      ]))),
      'schema.d.ts': named(schema),
      'page.d.ts': elements(await read('index.html', join(WEBROOT, 'index.html'))),
      // Checked itself, unlike declarations of libraries.
      'dashboard.ts': await readFile(join(HERE, 'types/dashboard.d.ts'), 'utf8'),
    };
    for (const [name, text] of Object.entries(made)) await writeFile(join(folder, name), text);
    const files = [...modules.filter((name) => !OPERATIONS.includes(name)), ...Object.keys(made)];
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: OPTIONS, files }));
    await symlink(join(HERE, 'node_modules'), join(folder, 'node_modules'));
    const said = await new Promise((resolve) => {
      const tsc = join(HERE, 'node_modules/.bin/tsc');
      execFile(tsc, ['--project', folder, '--pretty', 'false', '--singleThreaded'], { cwd: folder, maxBuffer: 1e8 },
        (error, out, problems) => resolve(`${out}${problems}${error && out === '' ? error.message : ''}`));
    });
    return { modules, said: said.split('\n').filter((line) => line !== '') };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Mistakes that must be found, so that finding none means something: in which files what is changed, and what is said of it. */
const MISTAKES = {
  'a field that has another name': [
    ['schema.graphqls', ...OPERATIONS], /\bdaysLeft\b/g, 'daysRemaining', /^items\.js.*'daysLeft' does not exist/],
  'a field that may be null': [
    ['schema.graphqls'], /(^type Item [^]*?^ {2}totalValue: Decimal)!/m, '$1', /^items\.js.*'string \| null' is not assignable/],
  'a value that its enumeration has not': [
    ['schema.graphqls'], /^ {2}DONATED\b/m, '  GIVEN', /^format\.js.*'"DONATED"' is not assignable/],
  'a variable that is misspelt': [
    ['shelf.js'], 'BY_BARCODE, { barcode }', 'BY_BARCODE, { barcodes: barcode }', /^shelf\.js.*'barcodes' does not exist/],
  'a variable that is left out': [
    ['history.js'], ', key: newKey() })).undo', ' })).undo', /^history\.js.*'key' is missing/],
  'an element of the page that has another id': [
    ['index.html'], 'id="bulk-count"', 'id="bulk-figure"', /^bulk\.js.*"bulk-count"/],
  'a field of a form that has another name': [
    ['index.html'], 'name="search"', 'name="words"', /^items\.js.*'search' does not exist/],
};

/** A file with all of them that are made in it. */
function mistaken(name, text) {
  return Object.entries(MISTAKES).filter(([, [files]]) => files.includes(name)).reduce((changed, [what, [, from, to]]) => {
    const next = changed.replace(from, to);
    assert.ok(next !== changed, `There is nothing in ${name} to make of it ${what}`);
    return next;
  }, text);
}

// The dashboard's own come from WebJars: these are for their declarations.
const pom = await readFile(join(ROOT, 'pom.xml'), 'utf8');
for (const name of ['preact', 'htm']) {
  const { version } = JSON.parse(await readFile(join(HERE, 'node_modules', name, 'package.json'), 'utf8'));
  assert.ok(pom.includes(`<${name}.version>${version}</${name}.version>`), `${name} ${version} is not what pom.xml has`);
}

const [{ modules, said }, { said: found }] = await Promise.all([check(), check(mistaken)]);
assert.deepEqual(said, [], 'Mistakes in the types of src/main/resources/webroot/js');
for (const [what, [, , , sign]] of Object.entries(MISTAKES)) {
  assert.ok(found.some((line) => sign.test(line)), `Not found: ${what}, in:\n${found.join('\n')}`);
}
console.log(`${modules.length} modules without a mistake; ${Object.keys(MISTAKES).length} that were made in a copy are found`);
