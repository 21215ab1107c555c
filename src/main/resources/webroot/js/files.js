import { act } from './settings-account.js';
import { confirmed, element, say } from './dom.js';
import { count, dayAndTime, instant, number, statusWord } from './format.js';
import { Import, StateOf, countsOf, size } from './import-page.js';
import { BULK_EXPORT, BULK_EXPORTS, CANCEL_BULK_EXPORT, IMPORTS } from './operations.js';
import { addressOf } from './router.js';
import { Views } from './stock-pages.js';
import { Card, Form, Waiting, html, settle, useEffect, useRead, useRef, useState } from './ui.js';

const LOOK_EVERY_MILLIS = 2_000;
const EXPORTS = [['csv', 'CSV', 'for any program'], ['xlsx', 'Excel', 'a workbook'], ['jsonl', 'JSON lines', 'for programs']];
const EXAMPLE = `{
  categories {
    edges { node {
      id name
      items { edges { node { id name quantity unit expiryDate } } }
    } }
  }
}`;
const BULK_STATES = {
  RUNNING: ['is made', 'EXPIRING_SOON'], COMPLETED: ['ready', 'ACTIVE'], FAILED: ['failed', 'EXPIRED'], CANCELED: ['canceled', 'UNDATED'],
};

/** Files that become items, and items as files. */
export function Files({ session, id, query }) {
  if (id) return html`<${Import} key=${id} session=${session} id=${id} />`;
  return html`
    <section class="headline"><h1 tabindex="-1">Files</h1>
      <p class="lead">Items from a file, and files of your items.</p><${Views} chosen="files" /></section>
    ${!session.isViewer() && html`<${Upload} session=${session} />`}
    <${Imports} session=${session} />
    <${Exports} session=${session} query=${query} />
    <${BulkExports} session=${session} />`;
}

/** Takes a file, by hand or dropped. */
function Upload({ session }) {
  const [sending, setSending] = useState(null);
  const [problem, setProblem] = useState(null);
  const [isOver, setOver] = useState(false);
  const breaking = useRef(null);
  useEffect(() => () => breaking.current?.abort(), []);

  async function send(file) {
    if (!file || breaking.current) return;
    breaking.current = new AbortController();
    setProblem(null);
    setSending({ name: file.name, bytes: file.size, part: 0, since: Date.now() });
    try {
      const { id } = await session.api.upload(`imports?name=${encodeURIComponent(file.name.slice(-200))}`, file, {
        signal: breaking.current.signal,
        onProgress: (part) => setSending((known) => ({ ...known, part })),
      });
      session.go(addressOf(['files', id]));
    } catch (error) {
      if (error.name !== 'AbortError') setProblem(error.message);
    } finally {
      breaking.current = null;
      setSending(null);
    }
  }

  const drop = (event) => {
    event.preventDefault();
    setOver(false);
    const { files } = event.dataTransfer;
    if (files.length > 1) setProblem('One file at a time.');
    else send(files[0]);
  };
  const drag = (event) => {
    event.preventDefault();
    setOver(true);
  };
  const left = sending && sending.part > 0.02 ? (Date.now() - sending.since) / 1_000 * (1 / sending.part - 1) : null;
  return html`<${Card} title="Import" hint=${`A file becomes items of the inventory “${session.current().name}”. First you are shown what would become of each row.`}>
    ${sending ? html`<div role="status"><p>${sending.part < 1 ? `Sending ${sending.name}` : `${sending.name} has arrived`}</p>
        <progress max="1" value=${sending.part} aria-label="Part of the file that was sent"></progress>
        <div class="progress-words"><span class="muted">${size(sending.bytes * sending.part)} of ${size(sending.bytes)}${left !== null && left >= 1 && `, ${time(left)} left`}</span>
          <button type="button" class="quiet small" onClick=${() => breaking.current?.abort()}>Stop</button></div></div>`
      : html`<label class=${isOver ? 'drop over' : 'drop'} onDrop=${drop} onDragOver=${drag} onDragEnter=${drag} onDragLeave=${() => setOver(false)}>
        <strong>Choose a file, or drop it here</strong>
        <span class="muted">CSV, Excel (.xlsx) or JSON: a spreadsheet, an export of Grocy, of Homebox, or from here.</span>
        <input type="file" class="hidden" accept=".csv,.tsv,.txt,.xlsx,.json,.jsonl,.ndjson" onChange=${({ target }) => { send(target.files[0]); target.value = ''; }} />
      </label>`}
    ${problem && html`<p class="form-error" role="alert">${problem}</p>`}
  </${Card}>`;
}

/** So many seconds, in words. */
const time = (seconds) => (seconds < 90 ? count(Math.ceil(seconds), 'second', 'seconds') : count(Math.ceil(seconds / 60), 'minute', 'minutes'));

/** The imports there were, and are. */
function Imports({ session }) {
  const { data, failure, again } = useRead(session, IMPORTS, {}, ['items']);
  const isBusy = data?.imports.some(({ state }) => ['UPLOADING', 'PREVIEWING', 'RUNNING'].includes(state)) ?? false;
  useEvery(isBusy, again);
  const zone = session.timeZone();
  return html`<${Card} title="Imports">
    ${data === null ? html`<${Waiting} failure=${failure} />` : data.imports.length === 0 ? html`<p class="empty">None yet.</p>`
      : html`<ul class="rows">${data.imports.map((each) => html`<li key=${each.id}>
        <div><a href=${addressOf(['files', each.id])}><strong>${each.name}</strong></a> <${StateOf} of=${each} />
          <p class="muted">${[instant(each.createdAt, zone), countsOf(each)].filter(Boolean).join(' · ')}</p>
          ${each.problem && html`<p class="muted">${each.problem}</p>`}</div>
      </li>`)}</ul>`}
  </${Card}>`;
}

/** Looks again now and then, as long as something is under way. */
function useEvery(isBusy, look) {
  const latest = useRef(look);
  latest.current = look;
  useEffect(() => {
    if (!isBusy) return undefined;
    const timer = setInterval(() => latest.current(), LOOK_EVERY_MILLIS);
    return () => clearInterval(timer);
  }, [isBusy]);
}

/** What the list of items was asked for, as an export is. */
function parametersOf(query) {
  const parameters = new URLSearchParams();
  const add = (name, word) => word && parameters.append(name, word);
  for (const status of (query.get('status') ?? '').split(',')) add('status', status);
  add('search', query.get('search'));
  if (query.get('category') === 'none') add('withoutCategory', 'true');
  else add('categoryId', query.get('category'));
  add('location', query.get('place'));
  const dates = { from: query.get('from') || undefined, to: query.get('to') || undefined };
  if (dates.from || dates.to) add('expiryDate', JSON.stringify(dates));
  add('asOf', query.get('asOf'));
  if (query.get('used')) add('usedUp', 'true');
  return parameters;
}

/** The same in words; empty where all is asked for. */
function wordsOf(session, query) {
  const category = session.categories().find(({ id }) => id === query.get('category'));
  return [
    ...(query.get('status') ?? '').split(',').filter(Boolean).map((status) => (statusWord[status] ?? status).toLowerCase()),
    query.get('search') && `“${query.get('search')}”`,
    category ? `in ${category.name}` : query.get('category') === 'none' && 'in no category',
    query.get('place') && `at ${query.get('place')}`,
    query.get('from') && `from ${query.get('from')}`,
    query.get('to') && `until ${query.get('to')}`,
    query.get('asOf') && `as of ${query.get('asOf')}`,
    query.get('used') && 'used up',
  ].filter(Boolean).join(', ');
}

/** Items as files: all, or what the list shows. */
function Exports({ session, query }) {
  const [coming, setComing] = useState(null);
  const breaking = useRef(null);
  useEffect(() => () => breaking.current?.abort(), []);
  const words = wordsOf(session, query);

  async function download(ending) {
    breaking.current = new AbortController();
    setComing({ ending, bytes: 0 });
    try {
      const file = await session.api.download(`exports/items.${ending}?${parametersOf(query)}`, {
        signal: breaking.current.signal,
        onProgress: (bytes) => setComing({ ending, bytes }),
      });
      saveFile(`items-${session.today()}.${ending}`, file);
      say('The file was saved.');
    } catch (error) {
      if (error.name !== 'AbortError') say(error.message);
    } finally {
      breaking.current = null;
      setComing(null);
    }
  }

  return html`<${Card} title="Export items" hint=${words === '' ? `Everything in stock in “${session.current().name}”, as it is now. To export some of it, filter the list of items and come here from there.`
    : `Of “${session.current().name}”: ${words}.`}>
    <div class="item-tools">${EXPORTS.map(([ending, word, what]) => html`<button key=${ending} type="button" disabled=${coming !== null} onClick=${() => download(ending)}>${word} <span class="hint">${what}</span></button>`)}
      ${words !== '' && html`<a class="chip" href="#/files">Everything instead</a>`}</div>
    ${coming && html`<div class="progress-words" role="status"><span class="muted">${size(coming.bytes)} have come.</span>
      <button type="button" class="quiet small" onClick=${() => breaking.current?.abort()}>Stop</button></div>`}
  </${Card}>`;
}

function saveFile(name, file) {
  const address = URL.createObjectURL(file);
  element('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** Files of whatever a query finds, made in the background. */
function BulkExports({ session }) {
  const { data, failure, again } = useRead(session, BULK_EXPORTS);
  useEvery(data?.bulkExports.some(({ state }) => state === 'RUNNING') ?? false, again);
  const zone = session.timeZone();

  async function make(fields, form) {
    const { userErrors } = (await session.api.request(BULK_EXPORT, { input: { query: fields.query.value } })).bulkExport;
    if (userErrors.length > 0) return userErrors;
    settle(form);
    say('It is made in the background.');
    again();
    return [];
  }

  const cancel = async ({ id }) => {
    if (!await confirmed({ title: 'Stop this export?', text: 'What was made of its file is deleted.', word: 'Stop it', keep: 'Go on' })) return;
    if (await act(session, CANCEL_BULK_EXPORT, 'cancelBulkExport', { id }, 'It was stopped.')) again();
  };

  // A new link each time that the list is read; it stands for an hour.
  const link = ({ url }) => new URL(url.replace(/^\//, ''), document.baseURI).href;
  return html`<${Card} title="Export by a query" hint="Whatever a GraphQL query finds, however much, as a file of JSON lines. It is kept for seven days.">
    ${data === null ? html`<${Waiting} failure=${failure} />` : data.bulkExports.length > 0 && html`<ul class="rows">${data.bulkExports.map((each) => html`<li key=${each.id}>
      <div><strong>${titleOf(each.query)}</strong> <span class=${`status ${BULK_STATES[each.state][1]}`}>${BULK_STATES[each.state][0]}</span>
        <p class="muted">${[instant(each.createdAt, zone), `${number(each.rows)} ${each.rows === 1 ? 'line' : 'lines'}`, size(each.bytes),
          each.expiresAt && each.state === 'COMPLETED' && `until ${dayAndTime(each.expiresAt, zone)}`].filter(Boolean).join(' · ')}</p>
        ${each.error && html`<p class="muted">${each.error}</p>`}</div>
      ${each.url && html`<a href=${link(each)} download>Download<span class="hidden"> ${titleOf(each.query)}</span></a>`}
      ${each.state === 'RUNNING' && html`<button type="button" class="quiet small" onClick=${() => cancel(each)}>Stop<span class="hidden"> ${titleOf(each.query)}</span></button>`}
    </li>`)}</ul>`}
    <details><summary>New export</summary><${Form} id="bulk-export" word="Make the file" onSend=${make}>
      <label class="wide">Query <span class="hint">one connection at its root; each asks for edges and node</span>
        <textarea name="query" rows="9" class="code" spellcheck=${false} required defaultValue=${EXAMPLE}></textarea></label>
    </${Form}></details>
  </${Card}>`;
}

/** The first of what a query asks for. */
const titleOf = (query) => /\{\s*(\w+)/.exec(query)?.[1] ?? 'query';
