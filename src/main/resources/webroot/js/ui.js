import htm from 'htm';
import { h, render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { isPassing } from './api.js';
import { clearErrors, isTouched, onSubmit } from './form.js';
import { t } from './words.js';

export { render, useEffect, useRef, useState };

/**
 * Markup in template literals, drawn by Preact; text is never read as markup.
 * @type {(strings: TemplateStringsArray, ...values: InMarkup[]) => Markup}
 */
export const html = htm.bind(h);

/**
 * What a question is answered. Null while it is read, and as soon as another is asked: never what answers another one.
 * `ask(how)` asks it; it is asked anew by `again()`, when `size` grows, and when something of these kinds has changed.
 * @template Data
 * @param {Session} session
 * @param {string} question
 * @param {(how: Asking<Data>) => Promise<Data | null>} ask
 * @param {readonly string[]} kinds
 * @param {number} [size]
 * @returns {{ data: Data | null; failure: Failure | null; again: () => void }}
 */
export function useAnswer(session, question, ask, kinds, size = 0) {
  /** @type {{ question: string | null; data: Data | null; failure: Failure | null }} */
  const none = { question: null, data: null, failure: null };
  const [answer, setAnswer] = useState(none);
  const [turn, setTurn] = useState(0);
  const again = () => setTurn((known) => known + 1);
  useEffect(() => {
    let wanted = true;
    /** @param {Partial<typeof answer>} next */
    const take = (next) => wanted && setAnswer((known) => ({ ...known, ...next }));
    /** @param {Data} data */
    const onOld = (data) => take({ question, data });
    ask({ isWanted: () => wanted, onWaiting: (failure) => take({ failure }), onOld }).then(
      (data) => take({ question, data, failure: null }),
      (failure) => {
        if (wanted) session.onFailure(failure);
        take({ failure });
      },
    );
    return () => { wanted = false; };
  }, [question, turn, size]);
  useEffect(() => session.onChange(kinds, again), [kinds.join()]);
  return { data: answer.question === question ? answer.data : null, failure: answer.failure, again };
}

/**
 * What a query answers, read again by itself when something of these kinds has changed.
 * @template Answered
 * @template {object} Variables
 * @param {Session} session
 * @param {Operation<Answered, Variables>} query
 * @param {NoInfer<Variables>} variables
 * @param {readonly string[]} [kinds]
 * @returns {{ data: Answered | null; failure: Failure | null; again: () => void }}
 */
export function useRead(session, query, variables, kinds = []) {
  return useAnswer(session, JSON.stringify([query, variables]), (how) => session.api.read(query, variables, how), kinds);
}

const LARGEST_PAGE = 100;

/**
 * The first rows of a list that comes in pages, and what the list tells of itself; `more` while there are others. `field` is
 * the list's name, or finds it in an answer.
 * @template Answered
 * @template {object} Variables
 * @template {keyof Answered | ((answer: Answered) => any)} Field
 * @param {Session} session
 * @param {Operation<Answered, Variables>} query
 * @param {Omit<NoInfer<Variables>, 'first' | 'after'>} variables
 * @param {Field} field
 * @param {readonly string[]} [kinds]
 * @param {number} [step]
 * @returns {{ rows: RowsOf<PageOf<Answered, Field>> | null; page: PageOf<Answered, Field> | null; failure: Failure | null; again: () => void; more: (() => void) | null }}
 */
export function usePages(session, query, variables, field, kinds = [], step = 25) {
  const question = JSON.stringify([query, variables]);
  /** @param {any} answer */
  const pageOf = (answer) => (typeof field === 'function' ? field(answer) : answer[field]);
  const [asked, setAsked] = useState({ question, size: step });
  const size = asked.question === question ? asked.size : step;
  const { data, failure, again } = useAnswer(session, question, async (how) => {
    /** @type {any[]} */
    const rows = [];
    let page;
    do {
      const first = Math.min(size - rows.length, LARGEST_PAGE);
      // Of a long list the beginning is kept.
      /** @param {Answered} old */
      const showOld = (old) => how.onOld({ rows: pageOf(old).nodes, page: pageOf(old) });
      /** @type {any} */
      const asks = { ...variables, first, after: page?.pageInfo.endCursor ?? null };
      const answer = await session.api.read(query, asks, { ...how, onOld: page ? null : showOld });
      if (answer === null) return null;
      page = pageOf(answer);
      rows.push(...page.nodes);
    } while (page.pageInfo.hasNextPage && rows.length < size);
    return { rows, page };
  }, kinds, size);
  return {
    rows: data?.rows ?? null,
    page: data?.page ?? null,
    failure,
    again,
    more: data?.page.pageInfo.hasNextPage ? () => setAsked({ question, size: size + step }) : null,
  };
}

/**
 * What stands in the place of what is not there yet.
 * @param {{ failure?: Failure | null }} props
 */
export function Waiting({ failure }) {
  return html`<p class="empty" role="status">${!failure ? t('One moment …')
    : isPassing(failure) ? t('{reason} It is asked for again by itself.', { reason: failure.message }) : failure.message}</p>`;
}

/**
 * A form that sends by `onSend(fields)`, which returns the mutation's `userErrors`. Its controls are the browser's own:
 * nothing typed is lost when the page is drawn anew.
 * @param {FormProps} props
 */
export function Form({ onSend, id, word, style = 'primary', danger = false, children, extra = null }) {
  /** @type {{ current: FormNode }} */
  const node = useRef(null);
  const send = useRef(onSend);
  send.current = onSend;
  useEffect(() => { onSubmit(node.current, (fields) => send.current(fields, node.current)); }, []);
  return html`<form ref=${node} id=${id} class="fields" method="post" novalidate>
    ${children}
    <p class="form-error wide" role="alert" hidden></p>
    <div class="buttons wide">${extra}<button class=${danger ? 'danger' : style}>${word}</button></div>
  </form>`;
}

/**
 * What was sent is what the form shows from now on, so that leaving it loses nothing.
 * @param {FormNode} form
 */
export function settle(form) {
  clearErrors(form);
  for (const control of form.elements) {
    if (control.type === 'checkbox' || control.type === 'radio') control.defaultChecked = control.checked;
    else if (control.type === 'select-one') for (const option of control.options) option.defaultSelected = option.selected;
    else if ('defaultValue' in control) control.defaultValue = control.value;
  }
}

/**
 * Whether something typed in a place would be lost by leaving it.
 * @param {Element} place
 */
export const holdsTyped = (place) => [...place.querySelectorAll('form')].some(isTouched);

/** @param {FieldProps & { type?: string }} props */
export function Text({ label, hint = null, name, value = '', wide = false, type = 'text', ...others }) {
  return html`<label class=${wide ? 'wide' : undefined}>${label}${hint && html` <span class="hint">${hint}</span>`}
    <input name=${name} type=${type} defaultValue=${value ?? ''} ...${others} /></label>`;
}

/**
 * Text of several lines.
 * @param {FieldProps} props
 */
export function Several({ label, hint = null, name, rows, value = '', ...others }) {
  return html`<label class="wide">${label}${hint && html` <span class="hint">${hint}</span>`}
    <textarea name=${name} rows=${rows} spellcheck=${false} defaultValue=${value ?? ''} ...${others}></textarea></label>`;
}

/** @param {FieldProps & { options: Words }} props */
export function Choice({ label, hint = null, name, value = '', options, wide = false, ...others }) {
  return html`<label class=${wide ? 'wide' : undefined}>${label}${hint && html` <span class="hint">${hint}</span>`}
    <select name=${name} ...${others}>
      ${options.map(([key, word]) => html`<option key=${key} value=${key} defaultSelected=${key === value}>${word}</option>`)}
    </select></label>`;
}

/** @param {FieldProps & { checked?: boolean }} props */
export function Check({ label, name, checked = false, value = 'on', ...others }) {
  return html`<label class="check"><input type="checkbox" name=${name} value=${value} defaultChecked=${checked} ...${others} /> ${label}</label>`;
}

let cards = 0;

/** @param {{ title: Markup; hint?: Markup; children?: Markup; actions?: Markup }} props */
export function Card({ title, hint = null, children, actions = null }) {
  const { current: id } = useRef(`card-${++cards}`);
  return html`<section class="card" aria-labelledby=${id}>
    <div class="card-head"><h2 id=${id}>${title}</h2>${actions}</div>
    ${hint && html`<p class="card-hint">${hint}</p>`}
    ${children}
  </section>`;
}
