import { newKey } from './api.js';
import { confirmed, say } from './dom.js';
import { date, dayAndTime, decimalText, instant, labelled, quantity } from './format.js';
import { HISTORY, UNDO } from './operations.js';
import { addressOf } from './router.js';
import { Card, Waiting, html, usePages } from './ui.js';
import { t, withNodes } from './words.js';

/** What can be undone, however late. */
const UNDONE = new Set([
  'ITEM_CREATED', 'ITEM_UPDATED', 'ITEM_TAKEN_OUT', 'ITEM_PUT_BACK', 'ITEM_DELETED', 'CATEGORY_UPDATED', 'CATEGORY_DELETED',
  'PRODUCT_CREATED', 'PRODUCT_UPDATED', 'PRODUCT_DELETED',
]);

/** @type {Record<Schema.ActivityKind, string>} */
const WORDS = {
  ITEM_CREATED: t('Added|history'), ITEM_UPDATED: t('Changed|history'), ITEM_TAKEN_OUT: t('Taken out'), ITEM_PUT_BACK: t('Put back'), ITEM_DELETED: t('Deleted'),
  CATEGORY_CREATED: t('Category added'), CATEGORY_UPDATED: t('Category changed'), CATEGORY_DELETED: t('Category deleted'),
  PRODUCT_CREATED: t('Product added'), PRODUCT_UPDATED: t('Product changed'), PRODUCT_DELETED: t('Product deleted'),
  CATEGORY_REMINDERS_UPDATED: t('Reminders of a category changed'), REMINDERS_UPDATED: t('Reminders changed'),
  NOTIFICATION_CREATED: t('Notification made'), NOTIFICATION_UPDATED: t('Notification changed'), NOTIFICATION_DELETED: t('Notification deleted'),
  REPORT_GENERATED: t('Report written'), REPORT_DELETED: t('Report deleted'),
  API_TOKEN_CREATED: t('API token made'), API_TOKEN_REVOKED: t('API token revoked'),
  ACCOUNT_REGISTERED: t('Account opened'), ACCOUNT_LOGGED_IN: t('Logged in'), ACCOUNT_LOGGED_OUT: t('Logged out'),
  ACCOUNT_UPDATED: t('Account changed'), ACCOUNT_PASSWORD_CHANGED: t('Password changed'),
  CHANNEL_CREATED: t('Channel added'), CHANNEL_UPDATED: t('Channel changed'), CHANNEL_SWITCHED_OFF: t('Channel switched off'), CHANNEL_DELETED: t('Channel deleted'),
  MEMBER_INVITED: t('Somebody was invited'), MEMBER_JOINED: t('Member joined'), MEMBER_ROLE_CHANGED: t('Role changed'), MEMBER_LEFT: t('Member left'),
  INVENTORY_CREATED: t('Inventory added'), INVENTORY_UPDATED: t('Inventory changed'), INVENTORY_TRANSFERRED: t('Inventory handed over'), INVENTORY_DELETED: t('Inventory deleted'),
  WEBHOOK_CREATED: t('Webhook added'), WEBHOOK_UPDATED: t('Webhook changed'), WEBHOOK_SECRET_ROTATED: t('Secret of a webhook exchanged'),
  WEBHOOK_SWITCHED_OFF: t('Webhook switched off'), WEBHOOK_DELETED: t('Webhook deleted'),
  ACCOUNT_LOCKED: t('Account locked'), ACCOUNT_UNLOCKED: t('Account unlocked'), ACCOUNT_DEACTIVATED: t('Account deactivated'), ACCOUNT_ACTIVATED: t('Account activated'),
  ACCOUNT_PROMOTED: t('Account made an administrator'), ACCOUNT_DEMOTED: t('Account no longer an administrator'),
  ACCOUNT_TWO_FACTOR_RESET: t('Two-factor of the account reset'), ACCOUNT_PASSWORD_RESET_ISSUED: t('Link to reset the password made'),
};

const KINDS = [
  ['', t('Items and categories')], ['reports', t('Reports')], ['account', t('Account and members')], ['all', t('Everything')],
];
/** @type {Record<string, Schema.ActivityKind[]>} */
const KINDS_OF = {
  '': [
    'ITEM_CREATED', 'ITEM_UPDATED', 'ITEM_TAKEN_OUT', 'ITEM_PUT_BACK', 'ITEM_DELETED',
    'CATEGORY_CREATED', 'CATEGORY_UPDATED', 'CATEGORY_DELETED', 'CATEGORY_REMINDERS_UPDATED',
    'PRODUCT_CREATED', 'PRODUCT_UPDATED', 'PRODUCT_DELETED',
  ],
  reports: ['REPORT_GENERATED', 'REPORT_DELETED'],
  account: [
    'ACCOUNT_REGISTERED', 'ACCOUNT_LOGGED_IN', 'ACCOUNT_LOGGED_OUT', 'ACCOUNT_UPDATED', 'ACCOUNT_PASSWORD_CHANGED',
    'API_TOKEN_CREATED', 'API_TOKEN_REVOKED', 'REMINDERS_UPDATED', 'CHANNEL_CREATED', 'CHANNEL_UPDATED', 'CHANNEL_SWITCHED_OFF', 'CHANNEL_DELETED', 'MEMBER_INVITED', 'MEMBER_JOINED', 'MEMBER_ROLE_CHANGED', 'MEMBER_LEFT',
  ],
};
/** Each of these in the inventory's log has happened to what lists read again by. */
const CHANGES = ['items', 'products', 'categories', 'reports', 'notifications', 'account', 'tokens', 'inventories'];

/** @param {Schema.ActivityKind} kind */
const wordOf = (kind) => WORDS[kind] ?? t('Another change');

/**
 * Everything that happened in the inventory, with undo.
 * @param {{ session: Session, query: URLSearchParams }} props
 */
export function History({ session, query }) {
  const chosen = query.get('of') ?? '';
  const filter = KINDS_OF[chosen] ? { kind: KINDS_OF[chosen] } : {};
  return html`
    <section class="headline"><h1 tabindex="-1">${t('History')}</h1>
      <p class="lead">${t('What happened here, newest first. What was done with items and categories can still be undone.')}</p></section>
    <${Card} title=${t('What happened')}>
      <nav class="chips" aria-label=${t('What is shown')}>${KINDS.map(([key, word]) => html`<a key=${key} class="chip"
        href=${addressOf(['history'], { of: key })} aria-current=${key === chosen ? 'true' : undefined}>${word}</a>`)}</nav>
      <${Events} session=${session} filter=${filter} />
    </${Card}>`;
}

/**
 * A list of activities.
 * @param {{ session: Session, filter: Schema.ActivityFilter, isOfOne?: boolean }} props
 */
export function Events({ session, filter, isOfOne = false }) {
  const { rows, more, failure, again } = usePages(session, HISTORY, { filter }, 'activities', CHANGES);
  if (rows === null) return html`<${Waiting} failure=${failure} />`;
  if (rows.length === 0) return html`<p class="empty">${t('Nothing has happened yet.')}</p>`;
  return html`
    <ol class="events">${rows.map((event) => html`<${Event} key=${event.id} session=${session} event=${event} isOfOne=${isOfOne} onUndone=${again} />`)}</ol>
    ${more && html`<button type="button" class="more" onClick=${more}>${t('Show earlier')}</button>`}`;
}

/** @param {{ session: Session, event: Activity, isOfOne: boolean, onUndone: () => void }} props */
function Event({ session, event, isOfOne, onUndone }) {
  const state = event.stateAfter ?? event.stateBefore ?? {};
  const name = state.name ?? state.title ?? state.memberName ?? state.tokenName ?? (state.date ? date(state.date, session.today()) : null);
  const isItem = event.kind.startsWith('ITEM_');
  const isProduct = event.kind.startsWith('PRODUCT_');
  const word = wordOf(event.kind);
  const change = name === null ? word : labelled(word, name);
  const time = html`<time datetime=${event.createdAt} title=${dayAndTime(event.createdAt, session.timeZone())}>${instant(event.createdAt, session.timeZone())}</time>`;
  const details = detailsOf(event, session);
  return html`<li class=${`event ${event.kind}`}>
    <div>
      <strong>${isOfOne || name === null ? word : isItem || isProduct
        ? withNodes('{label}: {text}', { label: word, text: html`<a class="plain" href=${addressOf([isItem ? 'items' : 'products', event.subjectId])}>${name}</a>` }) : change}</strong>
      ${details.length > 0 && html`<ul class="changes">${details.map((text) => html`<li key=${text}>${text}</li>`)}</ul>`}
      <p class="muted">${withActor(time, event)}</p>
    </div>
    ${UNDONE.has(event.kind) && !session.isViewer() && html`<button type="button" class="quiet small"
      aria-label=${labelled(t('Undo'), change)} onClick=${() => undo(session, event, change, onUndone)}>${t('Undo')}</button>`}
  </li>`;
}

/**
 * When something happened, and by whom.
 * @param {Markup} time
 * @param {Activity} event
 */
function withActor(time, { actor, memberName }) {
  if (actor === 'SYSTEM') return withNodes('{time} by the server', { time });
  if (actor === 'ADMIN') return withNodes('{time} by an administrator', { time });
  return memberName ? withNodes('{time} by {who}', { time, who: memberName }) : time;
}

/**
 * @param {Session} session
 * @param {Activity} event
 * @param {string} change
 * @param {() => void} onUndone
 */
async function undo(session, event, change, onUndone) {
  /** @type {Record<string, string>} */
  const words = { ITEM_CREATED: t('What was added is deleted.'), PRODUCT_CREATED: t('What was added is deleted.'), ITEM_TAKEN_OUT: t('What was taken out is put back.'),
    ITEM_DELETED: t('It is there again.'), PRODUCT_DELETED: t('It is there again.') };
  const what = words[event.kind] ?? t('What it changed is put back; what else has changed since stays.');
  if (!await confirmed({ title: t('Undo “{change}”?', { change }), text: what, word: t('Undo'), keep: t('Leave it'), danger: false })) return;
  try {
    const { userErrors } = (await session.api.request(UNDO, { input: { activityId: event.id }, key: newKey() })).undo;
    say(userErrors[0]?.message ?? t('Undone.'));
    if (userErrors.length > 0) return;
    if (event.kind.startsWith('PRODUCT_')) session.changed('products');
    session.changed(event.kind.startsWith('ITEM_') ? 'items' : 'categories', event.kind.startsWith('ITEM_') ? event.subjectId : null);
    onUndone();
  } catch (error) {
    session.onFailure(error);
  }
}

const ROLES = { OWNER: t('as owner'), EDITOR: t('as editor'), VIEWER: t('as viewer') };
const DECIMALS = ['quantity', 'costPrice', 'sellingPrice'];
/** @type {[ItemField, string][]} */
const FIELDS = [
  ['name', t('Name')], ['quantity', t('Quantity')], ['unit', t('Unit')], ['expiryDate', t('Last good day')], ['purchaseDate', t('Bought on')],
  ['location', t('Place')], ['categoryId', t('Category')], ['costPrice', t('Cost price')], ['sellingPrice', t('Selling price')],
  ['ownLeadDays', t('Lead days')], ['categoryLeadDays', t('Lead days')], ['lotNumber', t('Lot number')], ['barcode', t('Barcode')],
  ['color', t('Colour')], ['description', t('Description')],
];

/**
 * What an activity changed, in words.
 * @param {Activity} event
 * @param {Session} session
 * @returns {string[]}
 */
function detailsOf({ kind, stateBefore: before, stateAfter: after }, session) {
  if (kind === 'ITEM_TAKEN_OUT' || kind === 'ITEM_PUT_BACK') {
    const out = (kind === 'ITEM_TAKEN_OUT' ? after : before)?.takeOut;
    return out && after?.unit !== undefined && after.quantity !== undefined ? [takenOut(out, after.unit), t('{quantity} left', { quantity: quantity(after.quantity, after.unit) })] : [];
  }
  if (kind.startsWith('MEMBER_')) return after?.memberRole ? [ROLES[after.memberRole]] : [];
  if (kind === 'ITEM_CREATED' && after?.unit !== undefined && after.quantity !== undefined) {
    const much = quantity(after.quantity, after.unit);
    return [after.expiryDate ? t('{quantity}, good until {date}', { quantity: much, date: date(after.expiryDate, session.today()) }) : much];
  }
  if (!before || !after) return [];
  return FIELDS.filter(([field]) => (before[field] ?? null) !== (after[field] ?? null))
    .map(([field, word]) => t('{field}: {before} → {after}', {
      field: word, before: shown(field, before[field], session), after: shown(field, after[field], session),
    }));
}

/**
 * How much was taken out, what became of it, and what was noted.
 * @param {{ quantity: string; outcome: Schema.TakeOutOutcome; note: string | null }} out
 * @param {string} unit
 */
function takenOut({ quantity: much, outcome, note }, unit) {
  const values = { quantity: quantity(much, unit) };
  const words = {
    USED: t('{quantity}, used', values), SOLD: t('{quantity}, sold', values), DONATED: t('{quantity}, donated', values),
    DISCARDED: t('{quantity}, thrown away', values),
  }[outcome];
  return note ? labelled(words, note) : words;
}

/**
 * @param {string} field
 * @param {string | number | null | undefined} word
 * @param {Session} session
 */
function shown(field, word, session) {
  if (word === null || word === undefined) return t('not set');
  if (field === 'categoryId') return session.categories().find(({ id }) => id === word)?.name ?? t('another one');
  if (field === 'expiryDate' || field === 'purchaseDate') return date(String(word), session.today());
  return DECIMALS.includes(field) ? decimalText(word) : String(word);
}
