// The texts of the dashboard, which a catalogue translates: node keys.mjs [LANGUAGE]
// Prints each text with the files that show it or, with a language, what its catalogue lacks and what it no longer needs.
import { readFile, readdir } from 'node:fs/promises';

const [language] = process.argv.slice(2);
const root = new URL('../src/main/resources/webroot/', import.meta.url);

const TEXT = String.raw`'((?:[^'\\]|\\.)*)'`;
const CALLS = [new RegExp(String.raw`(?<![\w.$])(?:t|withNodes)\(\s*${TEXT}`, 'g'), new RegExp(String.raw`(?<![\w.$])n\([^;]*?,\s*${TEXT},\s*${TEXT}`, 'g')];
const LEFT_OUT = /<!--[^]*?-->|<(noscript|script)[^]*?<\/\1>|<(\w+) translate="no"[^]*?<\/\2>/g;

const found = new Map();

function add(key, file, plural = null) {
  if (!found.has(key)) found.set(key, { files: new Set(), plural });
  found.get(key).files.add(file);
  found.get(key).plural ??= plural;
}

for (const file of (await readdir(new URL('js/', root))).sort()) {
  if (/^words-/.test(file)) continue;
  const source = (await readFile(new URL(`js/${file}`, root), 'utf8')).replace(/^\s*(?:\/\/.*|\/\*\*[^]*?\*\/)\s*$/gm, '');
  for (const call of CALLS) {
    for (const [, one, many] of source.matchAll(call)) add(one.replace(/\\(.)/g, '$1'), file, many?.replace(/\\(.)/g, '$1'));
  }
}
const page = (await readFile(new URL('index.html', root), 'utf8')).split('<body>')[1].replace(LEFT_OUT, '');
for (const [, attribute, text] of page.matchAll(/\s(?:aria-label|alt|placeholder|title)="([^"]+)"|>([^<]+)/g)) {
  const key = (attribute ?? text).trim().replace(/\s+/g, ' ');
  if (/\p{L}/u.test(key)) add(key, 'index.html');
}

if (language) {
  const { default: catalogue } = await import(new URL(`js/words-${language}.js`, root));
  console.log(JSON.stringify({
    missing: [...found.keys()].filter((key) => !(key in catalogue)),
    unused: Object.keys(catalogue).filter((key) => !found.has(key)),
  }, null, 2));
} else {
  console.log(JSON.stringify(Object.fromEntries([...found].map(([key, { files, plural }]) => [key, { ...(plural ? { plural } : {}), files: [...files] }])), null, 2));
}
