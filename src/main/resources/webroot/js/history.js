import { newKey } from './api.js';
import { confirmed, say } from './dom.js';
import { OUTCOMES, date, dayAndTime, instant, quantity } from './format.js';
import { HISTORY, UNDO } from './operations.js';
import { addressOf } from './router.js';
import { Card, Waiting, html, usePages } from './ui.js';

/** What can be undone, however late. */
const UNDONE = new Set([
  'ITEM_CREATED', 'ITEM_UPDATED', 'ITEM_TAKEN_OUT', 'ITEM_PUT_BACK', 'ITEM_DELETED', 'CATEGORY_UPDATED', 'CATEGORY_DELETED',
]);

const WORDS = {
  ITEM_CREATED: 'Added', ITEM_UPDATED: 'Changed', ITEM_TAKEN_OUT: 'Taken out', ITEM_PUT_BACK: 'Put back', ITEM_DELETED: 'Deleted',
  CATEGORY_CREATED: 'Category added', CATEGORY_UPDATED: 'Category changed', CATEGORY_DELETED: 'Category deleted',
  CATEGORY_REMINDERS_UPDATED: 'Reminders of a category changed', REMINDERS_UPDATED: 'Reminders changed',
  NOTIFICATION_CREATED: 'Told', NOTIFICATION_UPDATED: 'Notification changed', NOTIFICATION_DELETED: 'Notification deleted',
  REPORT_GENERATED: 'Report written', REPORT_DELETED: 'Report deleted',
  API_TOKEN_CREATED: 'API token made', API_TOKEN_REVOKED: 'API token revoked',
  ACCOUNT_REGISTERED: 'Account opened', ACCOUNT_LOGGED_IN: 'Logged in', ACCOUNT_LOGGED_OUT: 'Logged out',
  ACCOUNT_UPDATED: 'Account changed', ACCOUNT_PASSWORD_CHANGED: 'Password changed',
  CHANNEL_CREATED: 'Channel added', CHANNEL_UPDATED: 'Channel changed', CHANNEL_SWITCHED_OFF: 'Channel switched off', CHANNEL_DELETED: 'Channel deleted',
  MEMBER_INVITED: 'Somebody was invited', MEMBER_JOINED: 'Member joined', MEMBER_ROLE_CHANGED: 'Role changed', MEMBER_LEFT: 'Member left',
};

const KINDS = [
  ['', 'Items and categories'], ['reports', 'Reports'], ['account', 'Account and members'], ['all', 'Everything'],
];
const KINDS_OF = {
  '': [
    'ITEM_CREATED', 'ITEM_UPDATED', 'ITEM_TAKEN_OUT', 'ITEM_PUT_BACK', 'ITEM_DELETED',
    'CATEGORY_CREATED', 'CATEGORY_UPDATED', 'CATEGORY_DELETED', 'CATEGORY_REMINDERS_UPDATED',
  ],
  reports: ['REPORT_GENERATED', 'REPORT_DELETED'],
  account: [
    'ACCOUNT_REGISTERED', 'ACCOUNT_LOGGED_IN', 'ACCOUNT_LOGGED_OUT', 'ACCOUNT_UPDATED', 'ACCOUNT_PASSWORD_CHANGED',
    'API_TOKEN_CREATED', 'API_TOKEN_REVOKED', 'REMINDERS_UPDATED', 'CHANNEL_CREATED', 'CHANNEL_UPDATED', 'CHANNEL_SWITCHED_OFF', 'CHANNEL_DELETED', 'MEMBER_INVITED', 'MEMBER_JOINED', 'MEMBER_ROLE_CHANGED', 'MEMBER_LEFT',
  ],
};
/** Each of these in the inventory's log has happened to what lists read again by. */
const CHANGES = ['items', 'categories', 'reports', 'notifications', 'account', 'tokens', 'inventories'];

const wordOf = (kind) => WORDS[kind] ?? sentence(kind);
const sentence = (kind) => kind.charAt(0) + kind.slice(1).toLowerCase().replaceAll('_', ' ');

/** Everything that happened in the inventory, with undo. */
export function History({ session, query }) {
  const chosen = query.get('of') ?? '';
  const filter = KINDS_OF[chosen] ? { kind: KINDS_OF[chosen] } : {};
  return html`
    <section class="headline"><h1 tabindex="-1">History</h1>
      <p class="lead">What happened here, newest first. What was done with items and categories can still be undone.</p></section>
    <${Card} title="What happened">
      <nav class="chips" aria-label="What is shown">${KINDS.map(([key, word]) => html`<a key=${key} class="chip"
        href=${addressOf(['history'], { of: key })} aria-current=${key === chosen ? 'true' : undefined}>${word}</a>`)}</nav>
      <${Events} session=${session} filter=${filter} />
    </${Card}>`;
}

/** A list of activities. */
export function Events({ session, filter, isOfOne = false }) {
  const { rows, more, failure, again } = usePages(session, HISTORY, { filter }, 'activities', CHANGES);
  if (rows === null) return html`<${Waiting} failure=${failure} />`;
  if (rows.length === 0) return html`<p class="empty">Nothing has happened yet.</p>`;
  return html`
    <ol class="events">${rows.map((event) => html`<${Event} key=${event.id} session=${session} event=${event} isOfOne=${isOfOne} onUndone=${again} />`)}</ol>
    ${more && html`<button type="button" class="more" onClick=${more}>Show earlier</button>`}`;
}

function Event({ session, event, isOfOne, onUndone }) {
  const state = event.stateAfter ?? event.stateBefore ?? {};
  const name = state.name ?? state.title ?? state.memberName ?? state.tokenName ?? (state.date ? date(state.date, session.today()) : null);
  const isItem = event.kind.startsWith('ITEM_');
  const word = wordOf(event.kind);
  const who = { USER: event.memberName, SYSTEM: 'the server', ADMIN: 'an administrator' }[event.actor];
  const details = detailsOf(event, session);
  return html`<li class=${`event ${event.kind}`}>
    <div>
      <strong>${isOfOne || name === null ? word : html`${word}: ${isItem ? html`<a class="plain" href=${addressOf(['items', event.subjectId])}>${name}</a>` : name}`}</strong>
      ${details.length > 0 && html`<ul class="changes">${details.map((text) => html`<li key=${text}>${text}</li>`)}</ul>`}
      <p class="muted"><time datetime=${event.createdAt} title=${dayAndTime(event.createdAt, session.timeZone())}>${instant(event.createdAt, session.timeZone())}</time>${who ? ` by ${who}` : ''}</p>
    </div>
    ${UNDONE.has(event.kind) && !session.isViewer() && html`<button type="button" class="quiet small"
      onClick=${() => undo(session, event, name ?? word, onUndone)}>Undo<span class="hidden"> ${word}: ${name}</span></button>`}
  </li>`;
}

async function undo(session, event, name, onUndone) {
  const what = { ITEM_CREATED: 'It is deleted again.', ITEM_TAKEN_OUT: 'What was taken out is put back.', ITEM_DELETED: 'It is there again.' }[event.kind]
    ?? 'What it changed is put back; what else has changed since stays.';
  if (!await confirmed({ title: `Undo “${wordOf(event.kind)}: ${name}”?`, text: what, word: 'Undo', danger: false })) return;
  try {
    const { userErrors } = (await session.api.request(UNDO, { input: { activityId: event.id }, key: newKey() })).undo;
    say(userErrors[0]?.message ?? 'Undone.');
    if (userErrors.length > 0) return;
    session.changed(event.kind.startsWith('ITEM_') ? 'items' : 'categories', event.kind.startsWith('ITEM_') ? event.subjectId : null);
    onUndone();
  } catch (error) {
    session.onFailure(error);
  }
}

const outcomeWord = Object.fromEntries(OUTCOMES);
const FIELDS = [
  ['name', 'Name'], ['quantity', 'Quantity'], ['unit', 'Unit'], ['expiryDate', 'Last good day'], ['purchaseDate', 'Bought on'],
  ['location', 'Place'], ['categoryId', 'Category'], ['costPrice', 'Cost price'], ['sellingPrice', 'Selling price'],
  ['ownLeadDays', 'Lead days'], ['categoryLeadDays', 'Lead days'], ['lotNumber', 'Lot number'], ['barcode', 'Barcode'],
  ['color', 'Colour'], ['description', 'Description'],
];

/** What an activity changed, in words. */
function detailsOf({ kind, stateBefore: before, stateAfter: after }, session) {
  if (kind === 'ITEM_TAKEN_OUT' || kind === 'ITEM_PUT_BACK') {
    const out = (kind === 'ITEM_TAKEN_OUT' ? after : before)?.takeOut;
    return out ? [`${quantity(out.quantity, after.unit)}, ${outcomeWord[out.outcome].toLowerCase()}${out.note ? `: ${out.note}` : ''}`, `${quantity(after.quantity, after.unit)} left`] : [];
  }
  if (kind.startsWith('MEMBER_')) return after?.memberRole ? [`as ${after.memberRole.toLowerCase()}`] : [];
  if (kind === 'ITEM_CREATED') {
    return [[quantity(after.quantity, after.unit), after.expiryDate && `good until ${date(after.expiryDate, session.today())}`].filter(Boolean).join(', ')];
  }
  if (!before || !after) return [];
  return FIELDS.filter(([field]) => (before[field] ?? null) !== (after[field] ?? null))
    .map(([field, word]) => `${word}: ${shown(field, before[field], session)} → ${shown(field, after[field], session)}`);
}

function shown(field, word, session) {
  if (word === null || word === undefined) return 'none';
  if (field === 'categoryId') return session.categories().find(({ id }) => id === word)?.name ?? 'another one';
  if (field === 'expiryDate' || field === 'purchaseDate') return date(word, session.today());
  return String(word);
}
