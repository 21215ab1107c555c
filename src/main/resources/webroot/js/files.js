import { confirmed, say } from './dom.js';
import { date, dayAndTime, instant, statusWord } from './format.js';
import { Import, StateOf, countsOf, size, timeLeft } from './import-page.js';
import { BULK_EXPORT, BULK_EXPORTS, CANCEL_BULK_EXPORT, IMPORTS } from './operations.js';
import { addressOf } from './router.js';
import { act, saveFile } from './settings-account.js';
import { Views } from './stock-pages.js';
import { Card, Form, Waiting, html, settle, useEffect, useRead, useRef, useState } from './ui.js';
import { listed, n, t } from './words.js';

const LOOK_EVERY_MILLIS = 2_000;
const EXPORTS = [['csv', 'CSV', t('for any program')], ['xlsx', 'Excel', t('a workbook')], ['jsonl', 'JSON Lines', t('for programs')]];
const EXAMPLE = `{
  categories {
    edges { node {
      id name
      items { edges { node { id name quantity unit expiryDate } } }
    } }
  }
}`;
const BULK_STATES = {
  RUNNING: [t('being made'), 'EXPIRING_SOON'], COMPLETED: [t('ready'), 'ACTIVE'], FAILED: [t('failed'), 'EXPIRED'],
  CANCELED: [t('cancelled'), 'UNDATED'],
};

/**
 * Files that become items, and items as files.
 * @param {{ session: Session, id: string | undefined, query: URLSearchParams }} props
 */
export function Files({ session, id, query }) {
  if (id) return html`<${Import} key=${id} session=${session} id=${id} />`;
  return html`
    <section class="headline"><h1 tabindex="-1">${t('Files')}</h1>
      <p class="lead">${t('Items from a file, and files of your items.')}</p><${Views} chosen="files" /></section>
    ${!session.isViewer() && html`<${Upload} session=${session} />`}
    <${Imports} session=${session} />
    <${Exports} session=${session} query=${query} />
    <${BulkExports} session=${session} />`;
}

/**
 * Takes a file, by hand or dropped.
 * @param {{ session: Session }} props
 */
function Upload({ session }) {
  /** @type {State<{ name: string; bytes: number; part: number; since: number } | null>} */
  const [sending, setSending] = useState(null);
  /** @type {State<string | null>} */
  const [problem, setProblem] = useState(null);
  const [isOver, setOver] = useState(false);
  const breaking = useRef(null);
  useEffect(() => () => breaking.current?.abort(), []);

  /** @param {File | undefined} file */
  async function send(file) {
    if (!file || breaking.current) return;
    breaking.current = new AbortController();
    setProblem(null);
    setSending({ name: file.name, bytes: file.size, part: 0, since: Date.now() });
    try {
      const { id } = await session.api.upload(`imports?name=${encodeURIComponent(file.name.slice(-200))}`, file, {
        signal: breaking.current.signal,
        onProgress: (part) => setSending((known) => known && { ...known, part }),
      });
      session.go(addressOf(['files', id]));
    } catch (error) {
      if (error.name !== 'AbortError') setProblem(error.message);
    } finally {
      breaking.current = null;
      setSending(null);
    }
  }

  /** @param {DragEvent} event */
  const drop = (event) => {
    event.preventDefault();
    setOver(false);
    const files = event.dataTransfer?.files ?? [];
    if (files.length > 1) setProblem(t('One file at a time.'));
    else send(files[0]);
  };
  /** @param {DragEvent} event */
  const drag = (event) => {
    event.preventDefault();
    setOver(true);
  };
  const left = sending && sending.part > 0.02 ? (Date.now() - sending.since) / 1_000 * (1 / sending.part - 1) : null;
  return html`<${Card} title=${t('Import')} hint=${
    t('A file becomes items of the inventory “{name}”. First you see what would become of each row.', session.current())}>
    ${sending ? html`<div role="status"><p>${sending.part < 1 ? t('Sending {name}', sending) : t('{name} has arrived', sending)}</p>
        <progress max="1" value=${sending.part} aria-label=${t('Part of the file that was sent')}></progress>
        <div class="progress-words"><span class="muted">${[t('{sent} of {size}', { sent: size(sending.bytes * sending.part), size: size(sending.bytes) }),
            left !== null && left >= 1 && timeLeft(left)].filter(Boolean).join(' · ')}</span>
          <button type="button" class="quiet small" onClick=${() => breaking.current?.abort()}>${t('Stop')}</button></div></div>`
      : html`<label class=${isOver ? 'drop over' : 'drop'} onDrop=${drop} onDragOver=${drag} onDragEnter=${drag} onDragLeave=${() => setOver(false)}>
        <strong>${t('Choose a file, or drop it here')}</strong>
        <span class="muted">${t('CSV, Excel (.xlsx) or JSON: a spreadsheet, or an export from Grocy, Homebox or Expiry Tracker.')}</span>
        <input type="file" class="hidden" accept=".csv,.tsv,.txt,.xlsx,.json,.jsonl,.ndjson" onChange=${({ target }) => { send(target.files[0]); target.value = ''; }} />
      </label>`}
    ${problem && html`<p class="form-error" role="alert">${problem}</p>`}
  </${Card}>`;
}

/**
 * The imports there were, and are.
 * @param {{ session: Session }} props
 */
function Imports({ session }) {
  const { data, failure, again } = useRead(session, IMPORTS, {}, ['items']);
  const isBusy = data?.imports.some(({ state }) => ['UPLOADING', 'PREVIEWING', 'RUNNING'].includes(state)) ?? false;
  useEvery(isBusy, again);
  const zone = session.timeZone();
  return html`<${Card} title=${t('Imports')}>
    ${data === null ? html`<${Waiting} failure=${failure} />` : data.imports.length === 0 ? html`<p class="empty">${t('None yet.')}</p>`
      : html`<ul class="rows">${data.imports.map((each) => html`<li key=${each.id}>
        <div><a href=${addressOf(['files', each.id])}><strong>${each.name}</strong></a> <${StateOf} of=${each} />
          <p class="muted">${[instant(each.createdAt, zone), countsOf(each)].filter(Boolean).join(' · ')}</p>
          ${each.problem && html`<p class="muted">${each.problem}</p>`}</div>
      </li>`)}</ul>`}
  </${Card}>`;
}

/**
 * Looks again now and then, as long as something is under way.
 * @param {boolean} isBusy
 * @param {() => void} look
 */
function useEvery(isBusy, look) {
  const latest = useRef(look);
  latest.current = look;
  useEffect(() => {
    if (!isBusy) return undefined;
    const timer = setInterval(() => latest.current(), LOOK_EVERY_MILLIS);
    return () => clearInterval(timer);
  }, [isBusy]);
}

/**
 * What the list of items was asked for, as an export is.
 * @param {URLSearchParams} query
 */
function parametersOf(query) {
  const parameters = new URLSearchParams();
  /**
   * @param {string} name
   * @param {string | null} word
   */
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

/**
 * The same in words, each condition for itself; empty where all is asked for.
 * @param {Session} session
 * @param {URLSearchParams} query
 */
function wordsOf(session, query) {
  /** @param {string} name */
  const day = (name) => {
    const at = query.get(name) ?? '';
    return Number.isNaN(Date.parse(`${at}T00:00:00Z`)) ? null : { date: date(at, '') };
  };
  const [from, to, asOf] = ['from', 'to', 'asOf'].map(day);
  const category = session.categories().find(({ id }) => id === query.get('category'));
  return listed([
    ...(query.get('status') ?? '').split(',').filter(Boolean).map((status) => statusWord[status] ?? status),
    query.get('search') && t('“{words}”', { words: query.get('search') }),
    category ? t('category {name}', category) : query.get('category') === 'none' && t('without a category'),
    query.get('place') && t('place {place}', { place: query.get('place') }),
    from && t('from {date}', from),
    to && t('until {date}', to),
    asOf && t('as of {date}', asOf),
    query.get('used') && t('nothing left'),
  ].filter(Boolean));
}

/**
 * Items as files: all, or what the list shows.
 * @param {{ session: Session, query: URLSearchParams }} props
 */
function Exports({ session, query }) {
  /** @type {State<{ ending: string; bytes: number } | null>} */
  const [coming, setComing] = useState(null);
  const breaking = useRef(null);
  useEffect(() => () => breaking.current?.abort(), []);
  const words = wordsOf(session, query);
  const { name } = session.current();

  /** @param {string} ending */
  async function download(ending) {
    breaking.current = new AbortController();
    setComing({ ending, bytes: 0 });
    try {
      const file = await session.api.download(`exports/items.${ending}?${parametersOf(query)}`, {
        signal: breaking.current.signal,
        onProgress: (bytes) => setComing({ ending, bytes }),
      });
      saveFile(`items-${session.today()}.${ending}`, file);
      say(t('The file was saved.'));
    } catch (error) {
      if (error.name !== 'AbortError') say(error.message);
    } finally {
      breaking.current = null;
      setComing(null);
    }
  }

  return html`<${Card} title=${t('Export items')} hint=${words === ''
    ? t('Everything in stock in “{name}”, as it is now. To export some of it, filter the list of items and come here from there.', { name })
    : t('From “{name}”: {conditions}.', { name, conditions: words })}>
    <div class="item-tools">${EXPORTS.map(([ending, word, what]) => html`<button key=${ending} type="button" disabled=${coming !== null}
        onClick=${() => download(ending)}>${word} <span class="hint">${what}</span></button>`)}
      ${words !== '' && html`<a class="chip" href="#/files">${t('Everything instead')}</a>`}</div>
    ${coming && html`<div class="progress-words" role="status"><span class="muted">${t('{size} have arrived.', { size: size(coming.bytes) })}</span>
      <button type="button" class="quiet small" onClick=${() => breaking.current?.abort()}>${t('Stop')}</button></div>`}
  </${Card}>`;
}

/**
 * Files of whatever a query finds, made in the background.
 * @param {{ session: Session }} props
 */
function BulkExports({ session }) {
  const { data, failure, again } = useRead(session, BULK_EXPORTS, {});
  useEvery(data?.bulkExports.some(({ state }) => state === 'RUNNING') ?? false, again);
  const zone = session.timeZone();

  /**
   * @param {Fields} fields
   * @param {FormNode} form
   */
  async function make(fields, form) {
    const { userErrors } = (await session.api.request(BULK_EXPORT, { input: { query: fields.query.value } })).bulkExport;
    if (userErrors.length > 0) return userErrors;
    settle(form);
    say(t('The file is being made in the background.'));
    again();
    return [];
  }

  /** @param {{ id: string }} of */
  const cancel = async ({ id }) => {
    const isSure = await confirmed({
      title: t('Stop this export?'), text: t('What was made of its file is deleted.'), word: t('Stop it'), keep: t('Keep going'),
    });
    if (!isSure) return;
    if (await act(session, CANCEL_BULK_EXPORT, 'cancelBulkExport', { id }, t('It was stopped.'))) again();
  };

  /**
   * A new link each time that the list is read; it stands for an hour.
   * @param {string} url
   */
  const link = (url) => new URL(url.replace(/^\//, ''), document.baseURI).href;
  return html`<${Card} title=${t('Export by a query')} hint=${t('Whatever a GraphQL query finds, however much, as a file of JSON Lines. It is kept for seven days.')}>
    ${data === null ? html`<${Waiting} failure=${failure} />` : data.bulkExports.length > 0 && html`<ul class="rows">${data.bulkExports.map((each) => html`<li key=${each.id}>
      <div><strong>${titleOf(each.query)}</strong> <span class=${`status ${BULK_STATES[each.state][1]}`}>${BULK_STATES[each.state][0]}</span>
        <p class="muted">${[instant(each.createdAt, zone), n(Number(each.rows), '{count} line', '{count} lines'), size(each.bytes),
          each.expiresAt && each.state === 'COMPLETED' && t('until {time}', { time: dayAndTime(each.expiresAt, zone) })].filter(Boolean).join(' · ')}</p>
        ${each.error && html`<p class="muted">${each.error}</p>`}</div>
      ${each.url && html`<a href=${link(each.url)} download aria-label=${t('Download {name}', { name: titleOf(each.query) })}>${t('Download')}</a>`}
      ${each.state === 'RUNNING' && html`<button type="button" class="quiet small" aria-label=${t('Stop {name}', { name: titleOf(each.query) })}
        onClick=${() => cancel(each)}>${t('Stop')}</button>`}
    </li>`)}</ul>`}
    <details><summary>${t('New export')}</summary><${Form} id="bulk-export" word=${t('Make the file')} onSend=${make}>
      <label class="wide">${t('Query')} <span class="hint">${t('one connection at its root; each asks for edges and node')}</span>
        <textarea name="query" rows="9" class="code" spellcheck=${false} required defaultValue=${EXAMPLE}></textarea></label>
    </${Form}></details>
  </${Card}>`;
}

/**
 * The first of what a query asks for.
 * @param {string} query
 */
const titleOf = (query) => /\{\s*(\w+)/.exec(query)?.[1] ?? 'query';
