import { isPassing } from './api.js';
import { confirmed, say } from './dom.js';
import { count, dayAndTime, number } from './format.js';
import { CANCEL_IMPORT, IMPORT_PROGRESS, ONE_IMPORT, PREVIEW_IMPORT, REFUSED_ROWS, START_IMPORT } from './operations.js';
import { act } from './settings-account.js';
import { Card, Check, Choice, Waiting, html, useAnswer, useEffect, usePages, useRef, useState } from './ui.js';

const FORMATS = [['CSV', 'CSV'], ['XLSX', 'Excel workbook'], ['JSON_LINES', 'JSON lines'], ['JSON', 'JSON']];
const CHARSETS = [['UTF_8', 'UTF-8'], ['WINDOWS_1252', 'Windows, western Europe'], ['WINDOWS_1250', 'Windows, central Europe'], ['UTF_16LE', 'UTF-16 LE'], ['UTF_16BE', 'UTF-16 BE']];
const DELIMITERS = [[',', 'Comma'], [';', 'Semicolon'], ['\t', 'Tab'], ['|', 'Vertical line']];
const DATE_ORDERS = [['', 'As the column tells'], ['DAY_FIRST', 'Day first, 31/12/2026'], ['MONTH_FIRST', 'Month first, 12/31/2026']];
const DECIMAL_SIGNS = [['', 'As the file tells'], ['COMMA', 'Comma, 1,5'], ['POINT', 'Point, 1.5']];
const FIELDS = [
  ['', 'Left out'], ['NAME', 'Name'], ['QUANTITY', 'Quantity'], ['UNIT', 'Unit'], ['EXPIRY_DATE', 'Last good day'], ['PURCHASE_DATE', 'Bought on'],
  ['CATEGORY', 'Category'], ['LOCATION', 'Place'], ['COST_PRICE', 'Cost price of one'], ['TOTAL_COST', 'Cost price of all'], ['SELLING_PRICE', 'Selling price'],
  ['BARCODE', 'Barcode'], ['LOT_NUMBER', 'Lot number'], ['DESCRIPTION', 'Description'], ['LEAD_DAYS', 'Lead days'], ['EXTERNAL_ID', 'Id of another program'],
  ['ID', 'Id of ours'], ['TAGS', 'Tags, the first is the category'], ['LIFETIME', 'Good without an end'], ['ARCHIVED', 'Not kept any more'],
];
const ORIGINS = { EXPIRY_TRACKER: 'an export from here', GROCY: 'Grocy', HOMEBOX: 'Homebox' };
const STATES = {
  UPLOADING: ['is coming', 'EXPIRING_SOON'], PREVIEWING: ['is looked through', 'EXPIRING_SOON'], READY: ['to be started', 'EXPIRING_SOON'],
  RUNNING: ['is written', 'EXPIRING_SOON'], DONE: ['done', 'ACTIVE'], FAILED: ['failed', 'EXPIRED'], CANCELLED: ['cancelled', 'UNDATED'],
};
const UNDER_WAY = ['UPLOADING', 'PREVIEWING', 'RUNNING'];
const MOST_IN_ONE_CHANGE = 100_000;
const FIRST_WAIT_MILLIS = 1_000;
const LONGEST_WAIT_MILLIS = 15_000;

const sizes = new Intl.NumberFormat(navigator.language.startsWith('en') ? navigator.language : 'en-GB', { maximumFractionDigits: 1 });

/** So many bytes, in words. */
export function size(bytes) {
  if (bytes < 1_000) return `${sizes.format(Math.round(bytes))} B`;
  return bytes < 1_000_000 ? `${sizes.format(bytes / 1_000)} kB` : `${sizes.format(bytes / 1_000_000)} MB`;
}

export const StateOf = ({ of: { state } }) => html`<span class=${`status ${STATES[state][1]}`}>${STATES[state][0]}</span>`;

/** What became of the rows, or would, in a line; empty when none are known. */
export function countsOf({ state, createdCount, updatedCount, unchangedCount, skippedCount, refusedCount }) {
  const isToBe = state === 'READY' || state === 'PREVIEWING';
  return [
    [createdCount, isToBe ? 'to be created' : 'created'], [updatedCount, isToBe ? 'to be changed' : 'changed'], [unchangedCount, 'the same already'],
    [skippedCount, 'left out'], [refusedCount, 'bad'],
  ].filter(([rows]) => rows > 0).map(([rows, word]) => `${number(rows)} ${word}`).join(', ');
}

const canStart = ({ state, rowsDone, columns }) => state === 'READY' || (state === 'FAILED' && rowsDone === 0 && columns.length > 0);

/** An import as it is, and as it gets on. */
function useImport(session, id) {
  const { data, failure, again } = useAnswer(session, id, (how) => session.api.read(ONE_IMPORT, { id }, how), []);
  const [latest, setLatest] = useState(null);
  useEffect(() => setLatest(data?.import ?? null), [data]);
  const isUnderWay = latest !== null && UNDER_WAY.includes(latest.state);
  useEffect(() => {
    if (!isUnderWay) return undefined;
    const leaving = new AbortController();
    (async () => {
      for (let wait = FIRST_WAIT_MILLIS; !leaving.signal.aborted; wait = Math.min(wait * 2, LONGEST_WAIT_MILLIS)) {
        try {
          await session.api.follow(IMPORT_PROGRESS, { id }, {
            signal: leaving.signal,
            next: ({ importProgress }) => {
              wait = FIRST_WAIT_MILLIS;
              setLatest(importProgress);
            },
          });
          if (!leaving.signal.aborted) session.changed('items');
          return;
        } catch (error) {
          if (leaving.signal.aborted) return;
          // Without a stream it is asked now and then.
          if (!isPassing(error) && error.code !== 'LIMIT_REACHED') session.onFailure(error);
          await new Promise((resume) => setTimeout(resume, wait));
          if (!leaving.signal.aborted) again();
        }
      }
    })();
    return () => leaving.abort();
  }, [id, isUnderWay]);
  return { found: latest, isRead: data !== null, failure, again };
}

/** One file that becomes items, from its arrival to its end. */
export function Import({ session, id }) {
  const { found, isRead, failure, again } = useImport(session, id);
  const head = (title, lead) => html`<p class="way"><a href="#/files">All files</a></p>
    <section class="headline"><h1 tabindex="-1">${title}</h1><p class="lead">${lead}</p></section>`;
  if (found === null) {
    return isRead && failure === null
      ? html`${head('There is no such import', 'It was forgotten, or belongs to another inventory.')}`
      : html`${head('Import', '')}<${Waiting} failure=${failure} />`;
  }

  async function cancel() {
    const isRunning = found.state === 'RUNNING';
    if (!await confirmed({
      title: `Cancel the import of ${found.name}?`, word: 'Cancel it', keep: 'Go on',
      text: isRunning && found.errorPolicy !== 'REJECT_ALL' ? 'What it has written so far stays. Its file is deleted.' : 'Nothing is written, and its file is deleted.',
    })) return;
    if (await act(session, CANCEL_IMPORT, 'cancelImport', { id }, 'It was cancelled.')) again();
  }

  return html`
    ${head(found.name, html`${size(Number(found.size))}, for the inventory “${session.current().name}” <${StateOf} of=${found} />`)}
    ${UNDER_WAY.includes(found.state) && html`<${Progress} found=${found} onCancel=${session.isViewer() ? null : cancel} />`}
    ${found.problem && html`<p class="notice" role="alert">${found.problem}</p>`}
    ${found.state === 'DONE' && html`<${Result} session=${session} found=${found} />`}
    ${found.state === 'CANCELLED' && html`<${Card} title="Cancelled"><p>${countsOf(found) === '' ? 'Nothing was written.' : `Of ${count(found.rowCount ?? 0, 'row', 'rows')}: ${countsOf(found)}.`}</p></${Card}>`}
    ${canStart(found) && html`<${Preview} found=${found} />`}
    ${found.refusedCount > 0 && !UNDER_WAY.includes(found.state) && html`<${Refused} session=${session} found=${found} />`}
    ${canStart(found) && !session.isViewer() && html`<${Choices} key=${shapeOf(found)} session=${session} found=${found} onBegun=${again} onCancel=${cancel} />`}`;
}

/** What the controls show: when this is another, they are drawn anew. */
const shapeOf = ({ format, charset, delimiter, columns }) => JSON.stringify([format, charset, delimiter, columns.map(({ name }) => name)]);

function Progress({ found, onCancel }) {
  const { state, rowCount, rowsDone, rowsPerSecond, secondsLeft } = found;
  const isCounting = state === 'UPLOADING' || rowCount === null;
  const word = state === 'RUNNING' ? 'Items are written' : state === 'UPLOADING' ? 'The file is coming' : isCounting ? 'The file is read' : 'What would become of each row';
  return html`<${Card} title=${word}>
    <progress max=${rowCount ?? 1} value=${isCounting ? undefined : rowsDone} aria-label="Rows that are done"></progress>
    <div class="progress-words"><span class="muted">${[
      isCounting ? `${count(rowsDone, 'row', 'rows')} so far` : `${number(rowsDone)} of ${count(rowCount, 'row', 'rows')}`,
      rowsPerSecond && `${number(Math.round(Number(rowsPerSecond)))} a second`, secondsLeft && timeLeft(secondsLeft), countsOf(found),
    ].filter(Boolean).join(' · ')}</span>
      ${onCancel && html`<button type="button" class="quiet small" onClick=${onCancel}>Cancel</button>`}</div>
    ${state === 'RUNNING' && html`<p class="muted">It goes on when you leave this page.</p>`}
  </${Card}>`;
}

const timeLeft = (seconds) => (seconds < 90 ? `${count(seconds, 'second', 'seconds')} left` : `${count(Math.ceil(seconds / 60), 'minute', 'minutes')} left`);

/** Numbers of rows, each with its word. */
const Tiles = ({ rows }) => html`<dl class="facts">${rows.map(([figure, word]) => html`<div key=${word}><dt>${word}</dt><dd>${number(figure)}</dd></div>`)}</dl>`;

function Result({ session, found }) {
  return html`<${Card} title="Done" hint=${found.endedAt && dayAndTime(found.endedAt, session.timeZone())}>
    <${Tiles} rows=${[[found.createdCount, 'Created'], [found.updatedCount, 'Changed'], [found.unchangedCount, 'The same already'], [found.skippedCount, 'Left out'], [found.refusedCount, 'Bad']]} />
    <p class="after"><a href="#/items?sort=-updated">See the items</a>. The <a href="#/history">history</a> has each change.</p>
  </${Card}>`;
}

function Preview({ found }) {
  return html`<${Card} title="What would become of it" hint=${`${count(found.rowCount ?? 0, 'row', 'rows')}. Nothing is written yet.`}>
    <${Tiles} rows=${[[found.createdCount, 'To be created'], [found.updatedCount, 'To be changed'], [found.unchangedCount, 'The same already'], [found.skippedCount, 'Left out'], [found.refusedCount, 'Bad']]} />
  </${Card}>`;
}

/** Each bad row, with its reason. */
function Refused({ session, found }) {
  const { rows, more, page, failure } = usePages(session, REFUSED_ROWS, { id: found.id }, (answer) => answer.import.refusals, []);
  return html`<${Card} title="Bad rows" hint=${page && page.totalCount < found.refusedCount ? `The first ${number(page.totalCount)} reasons.` : 'By the line of the file, or the row of the sheet.'}>
    ${rows === null ? html`<${Waiting} failure=${failure} />` : html`<div class="scroll" tabindex="0" role="region" aria-label="Bad rows and their reasons"><table class="words-table">
      <thead><tr>${['Row', 'Column', 'Value', 'Reason'].map((word) => html`<th key=${word} scope="col">${word}</th>`)}</tr></thead>
      <tbody>${rows.map((each, at) => html`<tr key=${at}><th scope="row">${number(each.row)}</th><td>${each.column}</td><td>${each.value}</td><td class="reason">${each.reason}</td></tr>`)}</tbody>
    </table></div>`}
    ${more && html`<button type="button" class="more" onClick=${more}>Show more</button>`}
  </${Card}>`;
}

const known = (options, value) => (value === null || options.some(([key]) => key === value) ? options : [...options, [value, value]]);

/** How the file is read, and what is done with it. */
function Choices({ session, found, onBegun, onCancel }) {
  const form = useRef(null);
  const [isTouched, setTouched] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const [format, setFormat] = useState(found.format);
  const isLarge = (found.rowCount ?? 0) > MOST_IN_ONE_CHANGE;
  const [policy, setPolicy] = useState(isLarge ? 'REJECT_FAILED_ROWS' : found.errorPolicy);
  const isText = format !== 'XLSX';

  function chosen() {
    const { elements } = form.current;
    const mapping = found.columns.map(({ name }, at) => ({ column: name, field: elements[`field-${at}`].value || null }));
    const isSameLayout = ['format', 'charset', 'delimiter'].every((name) => !elements[name] || elements[name].value === (found[name] ?? ''));
    return {
      id: found.id,
      format: elements.format.value,
      ...(elements.charset ? { charset: elements.charset.value } : {}),
      ...(elements.delimiter ? { delimiter: elements.delimiter.value } : {}),
      // Read in another way, its columns are others.
      ...(isSameLayout ? { mapping } : {}),
      dateOrder: elements.dateOrder.value || null,
      decimalSign: elements.decimalSign.value || null,
      createCategories: elements.createCategories.checked,
      includeArchived: elements.includeArchived.checked,
      clearBlanks: elements.clearBlanks.checked,
    };
  }

  async function begin(query, field, input) {
    setBusy(true);
    setProblem(null);
    try {
      const { userErrors } = (await session.api.request(query, { input }))[field];
      if (userErrors.length > 0) {
        setProblem(userErrors[0].message);
      } else {
        // A small file is looked at before it can be seen that it is.
        setTouched(false);
        onBegun();
      }
    } catch (error) {
      setProblem(error.message);
    } finally {
      setBusy(false);
    }
  }

  const look = (event) => {
    event.preventDefault();
    if (!isBusy) begin(PREVIEW_IMPORT, 'previewImport', { ...chosen(), errorPolicy: policy });
  };
  const start = () => {
    const { remember } = form.current.elements;
    say('It has begun.');
    begin(START_IMPORT, 'startImport', { ...chosen(), errorPolicy: policy, remember: remember.checked });
  };
  const touched = ({ target }) => {
    if (target.name === 'format') setFormat(target.value);
    if (target.name !== 'policy' && target.name !== 'remember') setTouched(true);
  };
  const good = (found.rowCount ?? 0) - found.refusedCount - found.skippedCount;
  const nothing = policy === 'REJECT_ALL' && found.refusedCount > 0;
  const origin = ORIGINS[found.origin];
  return html`<form ref=${form} class="import-form" method="post" novalidate onSubmit=${look} onChange=${touched}>
    <${Card} title="How it is read" hint=${origin ? `It was recognised as ${origin === ORIGINS.EXPIRY_TRACKER ? origin : `an export of ${origin}`}.` : 'As it was recognised; change what is wrong.'}>
      <div class="fields">
        <${Choice} label="Format" name="format" value=${found.format} options=${FORMATS} />
        ${isText && html`<${Choice} label="Encoding" name="charset" value=${found.charset} options=${CHARSETS} />`}
        ${format === 'CSV' && html`<${Choice} label="Values are parted by" name="delimiter" value=${found.delimiter ?? ','} options=${known(DELIMITERS, found.delimiter)} />`}
        <${Choice} label="Dates such as 04/05/2027" name="dateOrder" value=${found.dateOrder ?? ''} options=${DATE_ORDERS} />
        <${Choice} label="Numbers such as 1,234" name="decimalSign" value=${found.decimalSign ?? ''} options=${DECIMAL_SIGNS} />
        <fieldset class="wide"><legend class="hidden">What else</legend><div class="choices two">
          <${Check} label="Create categories that are not there" name="createCategories" checked=${found.createCategories ?? true} />
          <${Check} label="Empty values clear what an item has" name="clearBlanks" checked=${found.clearBlanks ?? false} />
          <${Check} label="Take what is not kept any more as well" name="includeArchived" checked=${found.includeArchived ?? false} />
        </div></fieldset>
      </div>
    </${Card}>
    <${Card} title="Columns" hint="What each column says of an item. Only the description may come of several.">
      <ul class="rows columns-of">${found.columns.map(({ name, samples, field }, at) => html`<li key=${name}>
        <div><strong id=${`column-${at}`}>${name}</strong><p class="muted">${samples.length === 0 ? 'always empty' : samples.map((sample) => shortened(sample)).join(' · ')}</p></div>
        <select name=${`field-${at}`} aria-labelledby=${`column-${at}`}>${FIELDS.map(([key, word]) => html`<option key=${key} value=${key} defaultSelected=${key === (field ?? '')}>${word}</option>`)}</select>
      </li>`)}</ul>
    </${Card}>
    <${Card} title="Start">
      <fieldset><legend>When rows are bad</legend><div class="choices two">
        <label><input type="radio" name="policy" value="REJECT_ALL" defaultChecked=${policy === 'REJECT_ALL'} disabled=${isLarge} onChange=${() => setPolicy('REJECT_ALL')} /> All rows, or none</label>
        <label><input type="radio" name="policy" value="REJECT_FAILED_ROWS" defaultChecked=${policy === 'REJECT_FAILED_ROWS'} onChange=${() => setPolicy('REJECT_FAILED_ROWS')} /> The good rows</label>
      </div>${isLarge && html`<p class="muted">All or none is for at most ${number(MOST_IN_ONE_CHANGE)} rows.</p>`}</fieldset>
      <${Check} label="Read files of the same columns so from now on" name="remember" checked=${true} />
      <p class="form-error" role="alert" hidden=${problem === null}>${problem}</p>
      ${isTouched ? html`<p class="muted" role="status">You have changed how it is read: look what would become of it now.</p>`
        : nothing && html`<p class="muted" role="status">Nothing would be written, as ${count(found.refusedCount, 'row is bad', 'rows are bad')}.</p>`}
      <div class="buttons"><button type="button" class="quiet" disabled=${isBusy} onClick=${onCancel}>Cancel the import</button>
        <button class=${isTouched ? 'primary' : ''} disabled=${isBusy}>Look again</button>
        <button type="button" class=${isTouched ? '' : 'primary'} disabled=${isBusy || isTouched || nothing || good <= 0} onClick=${start}>Import ${count(Math.max(good, 0), 'row', 'rows')}</button></div>
    </${Card}>
  </form>`;
}

const shortened = (text) => (text.length > 60 ? `${text.slice(0, 59)}…` : text);
