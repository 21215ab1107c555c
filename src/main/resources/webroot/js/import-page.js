import { isPassing } from './api.js';
import { confirmed, say } from './dom.js';
import { dayAndTime, number } from './format.js';
import { CANCEL_IMPORT, IMPORT_PROGRESS, ONE_IMPORT, PREVIEW_IMPORT, REFUSED_ROWS, START_IMPORT } from './operations.js';
import { act } from './settings-account.js';
import { Card, Check, Choice, Waiting, html, useAnswer, useEffect, usePages, useRef, useState } from './ui.js';
import { LANGUAGE, n, t } from './words.js';

const FORMATS = [['CSV', 'CSV'], ['XLSX', t('Excel workbook')], ['JSON_LINES', 'JSON Lines'], ['JSON', 'JSON']];
const CHARSETS = [
  ['UTF_8', 'UTF-8'], ['WINDOWS_1252', t('Windows, western Europe')], ['WINDOWS_1250', t('Windows, central Europe')],
  ['UTF_16LE', 'UTF-16 LE'], ['UTF_16BE', 'UTF-16 BE'],
];
const DELIMITERS = [[',', t('Comma')], [';', t('Semicolon')], ['\t', t('Tab')], ['|', t('Vertical line')]];
const DATE_ORDERS = [
  ['', t('As the column shows')], ['DAY_FIRST', t('Day first, {example}', { example: '31/12/2026' })], ['MONTH_FIRST', t('Month first, {example}', { example: '12/31/2026' })],
];
const DECIMAL_SIGNS = [['', t('As the file shows')], ['COMMA', t('Comma, {example}', { example: '1,5' })], ['POINT', t('Point, {example}', { example: '1.5' })]];
const FIELDS = [
  ['', t('Left out|column')], ['NAME', t('Name')], ['QUANTITY', t('Quantity')], ['UNIT', t('Unit')], ['EXPIRY_DATE', t('Last good day')],
  ['PURCHASE_DATE', t('Bought on')], ['CATEGORY', t('Category')], ['LOCATION', t('Place')], ['COST_PRICE', t('Cost price of one')],
  ['TOTAL_COST', t('Cost price of all')], ['SELLING_PRICE', t('Selling price')], ['BARCODE', t('Barcode')],
  ['LOT_NUMBER', t('Lot number')], ['DESCRIPTION', t('Description')], ['LEAD_DAYS', t('Lead days')],
  ['EXTERNAL_ID', t('Id in another program')], ['ID', t('Id in Expiry Tracker')], ['TAGS', t('Tags, the first is the category')],
  ['LIFETIME', t('Does not expire')], ['ARCHIVED', t('No longer kept')],
];
/** @type {Record<string, string>} */
const ORIGINS = {
  EXPIRY_TRACKER: t('It was recognised as an export from Expiry Tracker.'), GROCY: t('It was recognised as an export from Grocy.'),
  HOMEBOX: t('It was recognised as an export from Homebox.'),
};
const STATES = {
  UPLOADING: [t('arriving'), 'EXPIRING_SOON'], PREVIEWING: [t('being checked'), 'EXPIRING_SOON'], READY: [t('ready to start'), 'EXPIRING_SOON'],
  RUNNING: [t('being written'), 'EXPIRING_SOON'], DONE: [t('done'), 'ACTIVE'], FAILED: [t('failed'), 'EXPIRED'], CANCELLED: [t('cancelled'), 'UNDATED'],
};
/**
 * Of an import that is there no more.
 * @type {NonNullable<Answer<'REFUSED_ROWS'>['import']>['refusals']}
 */
const NONE_REFUSED = { nodes: [], pageInfo: { hasNextPage: false, endCursor: null }, totalCount: 0 };
const UNDER_WAY = ['UPLOADING', 'PREVIEWING', 'RUNNING'];
/** @type {('format' | 'charset' | 'delimiter')[]} */
const LAYOUT = ['format', 'charset', 'delimiter'];
const MOST_IN_ONE_CHANGE = 100_000;
const FIRST_WAIT_MILLIS = 1_000;
const LONGEST_WAIT_MILLIS = 15_000;

/** @param {string} unit */
const sizes = (unit) => new Intl.NumberFormat(LANGUAGE, { style: 'unit', unit, maximumFractionDigits: 1 });
const kilobytes = sizes('kilobyte');
const megabytes = sizes('megabyte');

/**
 * So many bytes, in words.
 * @param {number} bytes
 */
export const size = (bytes) => (bytes < 1_000_000 ? kilobytes.format(bytes / 1_000) : megabytes.format(bytes / 1_000_000));

/** @param {{ of: { state: Schema.ImportState } }} props */
export const StateOf = ({ of: { state } }) => html`<span class=${`status ${STATES[state][1]}`}>${STATES[state][0]}</span>`;

/**
 * What became of the rows, or would, in a line; empty when none are known.
 * @param {ImportCounts} of
 */
export function countsOf({ state, createdCount, updatedCount, unchangedCount, skippedCount, refusedCount }) {
  const isToBe = state === 'READY' || state === 'PREVIEWING';
  return [
    createdCount > 0 && (isToBe ? n(createdCount, '{count} to be created', '{count} to be created') : n(createdCount, '{count} created', '{count} created')),
    updatedCount > 0 && (isToBe ? n(updatedCount, '{count} to be changed', '{count} to be changed') : n(updatedCount, '{count} changed', '{count} changed')),
    unchangedCount > 0 && n(unchangedCount, '{count} the same already', '{count} the same already'),
    skippedCount > 0 && n(skippedCount, '{count} left out', '{count} left out'),
    refusedCount > 0 && n(refusedCount, '{count} bad', '{count} bad'),
  ].filter(Boolean).join(', ');
}

/** @param {FileImport} of */
const canStart = ({ state, rowsDone, columns }) => state === 'READY' || (state === 'FAILED' && rowsDone === 0 && columns.length > 0);

/**
 * An import as it is, and as it gets on.
 * @param {Session} session
 * @param {string} id
 */
function useImport(session, id) {
  const { data, failure, again } = useAnswer(session, id, (how) => session.api.read(ONE_IMPORT, { id }, how), []);
  /** @type {State<FileImport | null>} */
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

/**
 * One file that becomes items, from its arrival to its end.
 * @param {{ session: Session, id: string }} props
 */
export function Import({ session, id }) {
  const { found, isRead, failure, again } = useImport(session, id);
  /**
   * @param {string} title
   * @param {Markup} lead
   */
  const head = (title, lead) => html`<p class="way"><a href="#/files">${t('All files')}</a></p>
    <section class="headline"><h1 tabindex="-1">${title}</h1><p class="lead">${lead}</p></section>`;
  if (found === null) {
    return isRead && failure === null
      ? head(t('There is no such import'), t('It was forgotten, or belongs to another inventory.'))
      : html`${head(t('Import'), '')}<${Waiting} failure=${failure} />`;
  }

  const cancel = async () => {
    const isRunning = found.state === 'RUNNING';
    if (!await confirmed({
      title: t('Cancel the import of {name}?', found), word: t('Cancel it'), keep: t('Keep going'),
      text: isRunning && found.errorPolicy !== 'REJECT_ALL' ? t('What it has written so far stays. Its file is deleted.')
        : t('Nothing is written, and its file is deleted.'),
    })) return;
    if (await act(session, CANCEL_IMPORT, 'cancelImport', { id }, t('It was cancelled.'))) again();
  };

  return html`
    ${head(found.name, html`${t('{size}, for the inventory “{name}”', {
      size: size(Number(found.size)), name: session.current().name,
    })} <${StateOf} of=${found} />`)}
    ${UNDER_WAY.includes(found.state) && html`<${Progress} found=${found} onCancel=${session.isViewer() ? null : cancel} />`}
    ${found.problem && html`<p class="notice" role="alert">${found.problem}</p>`}
    ${found.state === 'DONE' && html`<${Result} session=${session} found=${found} />`}
    ${found.state === 'CANCELLED' && html`<${Card} title=${t('Cancelled')}><p>${countsOf(found) === '' ? t('Nothing was written.')
      : n(found.rowCount ?? 0, 'Of {count} row: {results}.', 'Of {count} rows: {results}.', { results: countsOf(found) })}</p></${Card}>`}
    ${canStart(found) && html`<${Preview} found=${found} />`}
    ${found.refusedCount > 0 && !UNDER_WAY.includes(found.state) && html`<${Refused} session=${session} found=${found} />`}
    ${canStart(found) && !session.isViewer() && html`<${Choices} key=${shapeOf(found)} session=${session} found=${found} onBegun=${again} onCancel=${cancel} />`}`;
}

/**
 * What the controls show: when this is another, they are drawn anew.
 * @param {FileImport} found
 */
const shapeOf = ({ format, charset, delimiter, columns }) => JSON.stringify([format, charset, delimiter, columns.map(({ name }) => name)]);

/**
 * @param {Schema.ImportState} state
 * @param {boolean} isCounting
 */
function wordOfStep(state, isCounting) {
  if (state === 'RUNNING') return t('Items are written');
  if (state === 'UPLOADING') return t('The file is arriving');
  return isCounting ? t('The file is read') : t('What would become of each row');
}

/** @param {{ found: FileImport, onCancel: (() => void) | null }} props */
function Progress({ found, onCancel }) {
  const { state, rowCount, rowsDone, rowsPerSecond, secondsLeft } = found;
  const isCounting = state === 'UPLOADING' || rowCount === null;
  return html`<${Card} title=${wordOfStep(state, isCounting)}>
    <progress max=${rowCount ?? 1} value=${isCounting ? undefined : rowsDone} aria-label=${t('Rows that are done')}></progress>
    <div class="progress-words"><span class="muted">${[
      isCounting ? n(rowsDone, '{count} row so far', '{count} rows so far')
        : n(rowCount, '{done} of {count} row', '{done} of {count} rows', { done: rowsDone }),
      rowsPerSecond && t('{rows} a second', { rows: Math.round(Number(rowsPerSecond)) }), secondsLeft && timeLeft(secondsLeft), countsOf(found),
    ].filter(Boolean).join(' · ')}</span>
      ${onCancel && html`<button type="button" class="quiet small" onClick=${onCancel}>${t('Cancel')}</button>`}</div>
    ${state === 'RUNNING' && html`<p class="muted">${t('It goes on when you leave this page.')}</p>`}
  </${Card}>`;
}

/**
 * So many seconds that are left, in words.
 * @param {number} seconds
 */
export const timeLeft = (seconds) => (seconds < 90 ? n(Math.ceil(seconds), '{count} second left', '{count} seconds left')
  : n(Math.ceil(seconds / 60), '{count} minute left', '{count} minutes left'));

/**
 * Numbers of rows, each with its word.
 * @param {{ rows: [number, string][] }} props
 */
const Tiles = ({ rows }) => html`<dl class="facts">${rows.map(([figure, word], at) => html`<div key=${at}><dt>${word}</dt><dd>${number(figure)}</dd></div>`)}</dl>`;

/**
 * @param {FileImport} found
 * @returns {[number, string][]}
 */
const othersOf = (found) => [
  [found.unchangedCount, t('The same already')], [found.skippedCount, t('Left out|rows')], [found.refusedCount, t('Bad')],
];

/** @param {{ session: Session, found: FileImport }} props */
function Result({ session, found }) {
  return html`<${Card} title=${t('Done|import')} hint=${found.endedAt && dayAndTime(found.endedAt, session.timeZone())}>
    <${Tiles} rows=${[[found.createdCount, t('Created|rows')], [found.updatedCount, t('Changed|rows')], ...othersOf(found)]} />
    <p class="after"><a href="#/items?sort=-updated">${t('See the items')}</a> · <a href="#/history">${t('See each change in the history')}</a></p>
  </${Card}>`;
}

/** @param {{ found: FileImport }} props */
function Preview({ found }) {
  return html`<${Card} title=${t('What would become of it')}
    hint=${n(found.rowCount ?? 0, '{count} row. Nothing is written yet.', '{count} rows. Nothing is written yet.')}>
    <${Tiles} rows=${[[found.createdCount, t('To be created')], [found.updatedCount, t('To be changed')], ...othersOf(found)]} />
  </${Card}>`;
}

/**
 * Each bad row, with its reason.
 * @param {{ session: Session, found: FileImport }} props
 */
function Refused({ session, found }) {
  const { rows, more, page, failure } = usePages(session, REFUSED_ROWS, { id: found.id }, (answer) => answer.import?.refusals ?? NONE_REFUSED, []);
  return html`<${Card} title=${t('Bad rows')} hint=${page && page.totalCount < found.refusedCount
    ? n(page.totalCount, 'The first reason.', 'The first {count} reasons.') : t('By the line of the file, or the row of the sheet.')}>
    ${rows === null ? html`<${Waiting} failure=${failure} />` : html`<div class="scroll" tabindex="0" role="region" aria-label=${t('Bad rows and their reasons')}><table class="words-table">
      <thead><tr>${[t('Row'), t('Column'), t('Value|of a cell'), t('Reason')].map((word, at) => html`<th key=${at} scope="col">${word}</th>`)}</tr></thead>
      <tbody>${rows.map((each, at) => html`<tr key=${at}><th scope="row">${number(each.row)}</th><td>${each.column}</td><td>${each.value}</td><td class="reason">${each.reason}</td></tr>`)}</tbody>
    </table></div>`}
    ${more && html`<button type="button" class="more" onClick=${more}>${t('Show more')}</button>`}
  </${Card}>`;
}

/**
 * @param {readonly (readonly string[])[]} options
 * @param {string | null} value
 */
const known = (options, value) => (value === null || options.some(([key]) => key === value) ? options : [...options, [value, value]]);

/**
 * How the file is read, and what is done with it.
 * @param {{ session: Session, found: FileImport, onBegun: () => void, onCancel: () => void }} props
 */
function Choices({ session, found, onBegun, onCancel }) {
  const form = useRef(null);
  const [isTouched, setTouched] = useState(false);
  const [isBusy, setBusy] = useState(false);
  /** @type {State<string | null>} */
  const [problem, setProblem] = useState(null);
  const [format, setFormat] = useState(found.format);
  const isLarge = (found.rowCount ?? 0) > MOST_IN_ONE_CHANGE;
  const [policy, setPolicy] = useState(isLarge ? 'REJECT_FAILED_ROWS' : found.errorPolicy);
  const isText = format !== 'XLSX';

  function chosen() {
    const { elements } = form.current;
    const mapping = found.columns.map(({ name }, at) => ({ column: name, field: elements[`field-${at}`].value || null }));
    const isSameLayout = LAYOUT.every((name) => !elements[name] || elements[name].value === (found[name] ?? ''));
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

  /**
   * @param {Operation<any, any>} query
   * @param {string} field
   * @param {Schema.PreviewImportInput | Schema.StartImportInput} input
   */
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

  /** @param {Event} event */
  const look = (event) => {
    event.preventDefault();
    if (!isBusy) begin(PREVIEW_IMPORT, 'previewImport', { ...chosen(), errorPolicy: policy });
  };
  const start = () => {
    const { remember } = form.current.elements;
    say(t('It has begun.'));
    begin(START_IMPORT, 'startImport', { ...chosen(), errorPolicy: policy, remember: remember.checked });
  };
  /** @param {{ target: any }} event */
  const touched = ({ target }) => {
    if (target.name === 'format') setFormat(target.value);
    if (target.name !== 'policy' && target.name !== 'remember') setTouched(true);
  };
  const good = (found.rowCount ?? 0) - found.refusedCount - found.skippedCount;
  const nothing = policy === 'REJECT_ALL' && found.refusedCount > 0;
  return html`<form ref=${form} class="import-form" method="post" novalidate onSubmit=${look} onChange=${touched}>
    <${Card} title=${t('How it is read')} hint=${ORIGINS[found.origin ?? ''] ?? t('As it was recognised; change what is wrong.')}>
      <div class="fields">
        <${Choice} label=${t('Format')} name="format" value=${found.format} options=${FORMATS} />
        ${isText && html`<${Choice} label=${t('Encoding')} name="charset" value=${found.charset} options=${CHARSETS} />`}
        ${format === 'CSV' && html`<${Choice} label=${t('Values are separated by')} name="delimiter" value=${found.delimiter ?? ','} options=${known(DELIMITERS, found.delimiter)} />`}
        <${Choice} label=${t('Dates such as {example}', { example: '04/05/2027' })} name="dateOrder" value=${found.dateOrder ?? ''} options=${DATE_ORDERS} />
        <${Choice} label=${t('Numbers such as {example}', { example: '1,234' })} name="decimalSign" value=${found.decimalSign ?? ''} options=${DECIMAL_SIGNS} />
        <fieldset class="wide"><legend class="hidden">${t('What else')}</legend><div class="choices two">
          <${Check} label=${t('Create categories that are not there')} name="createCategories" checked=${found.createCategories ?? true} />
          <${Check} label=${t('Empty values clear what an item has')} name="clearBlanks" checked=${found.clearBlanks ?? false} />
          <${Check} label=${t('Also take what is no longer kept')} name="includeArchived" checked=${found.includeArchived ?? false} />
        </div></fieldset>
      </div>
    </${Card}>
    <${Card} title=${t('Columns')} hint=${t('What each column says about an item. Only the description may come from several columns.')}>
      <ul class="rows columns-of">${found.columns.map(({ name, samples, field }, at) => html`<li key=${name}>
        <div><strong id=${`column-${at}`}>${name}</strong><p class="muted">${samples.length === 0 ? t('always empty') : samples.map((sample) => shortened(sample)).join(' · ')}</p></div>
        <select name=${`field-${at}`} aria-labelledby=${`column-${at}`}>
          ${FIELDS.map(([key, word]) => html`<option key=${key} value=${key} defaultSelected=${key === (field ?? '')}>${word}</option>`)}</select>
      </li>`)}</ul>
    </${Card}>
    <${Card} title=${t('Start the import')}>
      <fieldset><legend>${t('When rows are bad')}</legend><div class="choices two">
        <label><input type="radio" name="policy" value="REJECT_ALL" defaultChecked=${policy === 'REJECT_ALL'} disabled=${isLarge}
          onChange=${() => setPolicy('REJECT_ALL')} /> ${t('All rows, or none')}</label>
        <label><input type="radio" name="policy" value="REJECT_FAILED_ROWS" defaultChecked=${policy === 'REJECT_FAILED_ROWS'}
          onChange=${() => setPolicy('REJECT_FAILED_ROWS')} /> ${t('The good rows')}</label>
      </div>${isLarge && html`<p class="muted">${t('“All rows, or none” is for at most {count} rows.', { count: MOST_IN_ONE_CHANGE })}</p>`}</fieldset>
      <${Check} label=${t('Read files with the same columns like this from now on')} name="remember" checked=${true} />
      <p class="form-error" role="alert" hidden=${problem === null}>${problem}</p>
      ${isTouched ? html`<p class="muted" role="status">${t('You have changed how it is read. Look again to see what would become of it now.')}</p>`
        : nothing && html`<p class="muted" role="status">${n(found.refusedCount,
          'Nothing would be written, as {count} row is bad.', 'Nothing would be written, as {count} rows are bad.')}</p>`}
      <div class="buttons"><button type="button" class="quiet" disabled=${isBusy} onClick=${onCancel}>${t('Cancel the import')}</button>
        <button class=${isTouched ? 'primary' : ''} disabled=${isBusy}>${t('Look again')}</button>
        <button type="button" class=${isTouched ? '' : 'primary'} disabled=${isBusy || isTouched || nothing || good <= 0} onClick=${start}>${
          n(Math.max(good, 0), 'Import {count} row', 'Import {count} rows')}</button></div>
    </${Card}>
  </form>`;
}

/** @param {string} text */
const shortened = (text) => (text.length > 60 ? `${text.slice(0, 59)}…` : text);
