import { confirmed, element, say } from './dom.js';
import { date, daysAfter, fullDate, instant, labelled, quantity } from './format.js';
import {
  ACKNOWLEDGE, DELETE_NOTIFICATION, MARK_ALL_READ, MARK_READ, MARK_SEVERAL_READ, MARK_UNREAD, NOTIFICATIONS, SNOOZE, UNACKNOWLEDGE, UNSNOOZE,
} from './operations.js';
import { addressOf } from './router.js';
import { Card, Waiting, html, usePages } from './ui.js';
import { isEnglish, n, t, withNodes } from './words.js';

/** @type {[string, string, Schema.NotificationFilter][]} */
const VIEWS = [
  ['', t('To do'), { resolved: false }],
  ['unread', t('Unread'), { resolved: false, status: 'UNREAD' }],
  ['resolved', t('Resolved'), { resolved: true }],
  ['all', t('All'), {}],
];

const RESOLVED = {
  ACKNOWLEDGED: t('Done|state'), SUPERSEDED: t('A later one took its place'), USED_UP: t('Nothing is left of it'), REDATED: t('It bears another date now'),
};

/**
 * What was told of dates and of the account.
 * @param {{ session: Session, query: URLSearchParams }} props
 */
export function Notifications({ session, query }) {
  const view = VIEWS.find(([key]) => key === (query.get('show') ?? '')) ?? VIEWS[0];
  const { rows, page, more, failure, again } = usePages(session, NOTIFICATIONS, { filter: view[2] }, 'notifications', ['notifications', 'items']);
  const done = () => {
    again();
    session.changed('notifications');
  };

  async function markAll() {
    const [newest] = rows ?? [];
    if (!newest) return;
    await attempt(session, async () => {
      const { userErrors, markedCount } = (await session.api.request(MARK_ALL_READ, { input: { upTo: newest.createdAt } })).markAllNotificationsRead;
      return userErrors[0]?.message ?? n(markedCount ?? 0, '{count} marked read.', '{count} marked read.');
    });
    done();
  }

  async function markShown() {
    const ids = (rows ?? []).filter(({ status }) => status === 'UNREAD').map(({ id }) => id);
    await attempt(session, async () => {
      const { userErrors, changedIds } = (await session.api.request(MARK_SEVERAL_READ, { input: { ids } })).markNotificationsRead;
      return userErrors[0]?.message ?? n(changedIds?.length ?? 0, '{count} marked read.', '{count} marked read.');
    });
    done();
  }

  const unreadShown = rows?.filter(({ status }) => status === 'UNREAD').length ?? 0;
  return html`
    <section class="headline"><h1 tabindex="-1">${t('Notifications')}</h1>
      <p class="lead">${withNodes('What is about to expire, and what has. When you are told is chosen under {reminders}.', { reminders: html`<a href="#/settings/reminders">${t('Reminders')}</a>` })}</p></section>
    <${Card} title=${view[1]} actions=${html`
      <button type="button" class="quiet small" disabled=${unreadShown === 0} onClick=${markShown}>${t('Mark these read')}</button>
      <button type="button" class="quiet small" disabled=${!page?.unreadCount} onClick=${markAll}>${t('Mark all read')}</button>`}>
      <nav class="chips" aria-label=${t('Which notifications')}>${VIEWS.map(([key, word]) => html`<a key=${key} class="chip"
        href=${addressOf(['notifications'], { show: key })} aria-current=${key === view[0] ? 'true' : undefined}>${word}</a>`)}</nav>
      ${rows === null ? html`<${Waiting} failure=${failure} />`
        : rows.length === 0 ? html`<p class="empty">${t('Nothing to report. You will be told here when something is about to expire.')}</p>`
        : html`<ul class="notifications">${rows.map((each) => html`<${Notification} key=${each.id} session=${session} notification=${each} onDone=${done} />`)}</ul>`}
      ${more && html`<button type="button" class="more" onClick=${more}>${t('Show earlier ones')}</button>`}
    </${Card}>`;
}

/**
 * What a notification tells: of an item in the language of the page, where the server wrote it in English.
 * @param {Notice} notice
 * @param {string} today
 */
function wordsOf({ kind, title, message, item, expiryDate }, today) {
  if (isEnglish || kind === 'SYSTEM' || !item || !expiryDate) return { title, message };
  const { name } = item;
  const day = fullDate(expiryDate, today);
  const much = { name, quantity: quantity(item.quantity, item.unit), place: item.location };
  return {
    title: kind === 'EXPIRED' ? t('{name} expired on {date}', { name, date: day }) : t('{name} expires on {date}', { name, date: day }),
    message: [
      item.usedUp ? t('Nothing is left of it.') : item.location ? t('You have {quantity} of {name} ({place}).', much) : t('You have {quantity} of {name}.', much),
      kind === 'EXPIRED' ? t('Its last good day was {date}.', { date: day }) : t('Its last good day is {date}.', { date: day }),
    ].join(' '),
  };
}

/**
 * One notification and what can be done about it.
 * @param {{ session: Session, notification: Notice, onDone: () => void, isOfItem?: boolean }} props
 */
export function Notification({ session, notification: notice, onDone, isOfItem = false }) {
  const isEditor = !session.isViewer();

  /**
   * Does something, says so, and offers its undoing.
   * @template Answered
   * @template {{ input: object }} Variables
   * @param {Operation<Answered, Variables>} query
   * @param {keyof Answered} answer
   * @param {NoInfer<Variables>['input']} input
   * @param {string | null} message
   * @param {(() => void) | null} [undo]
   */
  async function act(query, answer, input, message, undo = null) {
    await attempt(session, async () => {
      /** @type {Operation<any, any>} */
      const operation = query;
      const { userErrors } = (await session.api.request(operation, { input }))[answer];
      if (userErrors.length > 0) throw userErrors[0];
      if (message) say(message, undo && { word: t('Undo'), act: undo });
    });
    onDone();
  }

  const { id } = notice;
  const { title, message } = wordsOf(notice, session.today());
  const toggle = () => (notice.status === 'UNREAD'
    ? act(MARK_READ, 'markNotificationRead', { id }, null)
    : act(MARK_UNREAD, 'markNotificationUnread', { id }, null));
  const again = () => act(UNACKNOWLEDGE, 'unacknowledgeNotification', { id }, t('It is to be done again.'));
  const done = () => act(ACKNOWLEDGE, 'acknowledgeNotification', { id }, t('Noted. You are not told of it and this date again.'), again);
  const wake = () => act(UNSNOOZE, 'unsnoozeNotification', { id }, t('It is put off no longer.'));
  const snooze = async () => {
    const until = await chooseDay({ title, item: notice.item }, session.today());
    if (until) act(SNOOZE, 'snoozeNotification', { id, until }, t('You are told again on {date}.', { date: fullDate(until, session.today()) }), wake);
  };
  const remove = async () => {
    if (await confirmed({ title: t('Delete “{title}”?', { title }), text: t('It is gone for good. To be told no more of an item, choose Done instead.'), word: t('Delete') })) {
      act(DELETE_NOTIFICATION, 'deleteNotification', { id }, t('It was deleted.'));
    }
  };
  /**
   * @param {string} word
   * @param {() => void} action
   * @param {string} [about]
   */
  const button = (word, action, about = title) => html`<button type="button" class="quiet small" aria-label=${labelled(word, about)} onClick=${action}>${word}</button>`;
  return html`<li class=${`notification ${notice.kind} ${notice.status}`}>
    <strong>${notice.item && !isOfItem ? html`<a class="plain" href=${addressOf(['items', notice.item.id])}>${title}</a>` : title}</strong>
    <p>${message}</p>
    <div>
      <time class="muted" datetime=${notice.createdAt}>${notice.snoozedUntil ? t('Again on {date}', { date: fullDate(notice.snoozedUntil, session.today()) })
        : notice.resolution ? RESOLVED[notice.resolution] : instant(notice.createdAt, session.timeZone())}</time>
      <span class="tools">
        ${!notice.resolution && !notice.snoozedUntil && button(notice.status === 'UNREAD' ? t('Mark read') : t('Mark unread'), toggle)}
        ${isEditor && notice.item && !notice.resolution && (notice.snoozedUntil ? button(t('Do not put off'), wake) : button(t('Later …'), snooze))}
        ${isEditor && notice.item && !notice.resolution && button(t('Done|action'), done)}
        ${isEditor && notice.resolution === 'ACKNOWLEDGED' && button(t('Reopen'), again)}
        ${isEditor && button(t('Delete'), remove)}
      </span>
    </div>
  </li>`;
}

/**
 * @param {Session} session
 * @param {() => Promise<string | void>} action
 */
async function attempt(session, action) {
  try {
    const message = await action();
    if (message) say(message);
  } catch (error) {
    if (error.code && error.field) say(error.message);
    else session.onFailure(error);
  }
}

/** @type {[number, string][]} */
const LATER = [[1, t('Tomorrow')], [3, t('In three days')], [7, t('In a week')], [30, t('In a month')]];

/**
 * Asks until when a notification is put off: a promise of the day, or null. Says so when the item's date comes before.
 * @param {{ title: string; item: Notice['item'] }} notice
 * @param {string} today
 * @returns {Promise<string | null>}
 */
function chooseDay({ title, item }, today) {
  return new Promise((resolve) => {
    const before = document.activeElement;
    const warning = element('p', { class: 'notice', role: 'status', hidden: true });
    const own = element('input', { type: 'date', name: 'until', min: daysAfter(today, 1), max: daysAfter(today, 3650) });
    let chosen = daysAfter(today, 7);
    /** @param {string} day */
    const choose = (day) => {
      chosen = day;
      const ends = item?.expiryDate ?? '';
      const passes = ends !== '' && day !== '' && ends >= today && ends <= day;
      warning.hidden = !passes;
      warning.textContent = passes
        ? t('Its last good day, {date}, comes before that. Of the day itself you are told all the same: that it expires, and that it has.', { date: date(ends, today) }) : '';
    };
    const choices = LATER.map(([days, word]) => {
      const day = daysAfter(today, days);
      const radio = element('input', { type: 'radio', name: 'later', value: day, checked: days === 7, change: () => choose(day) });
      return element('label', {}, radio, element('span', {}, `${word} `, element('span', { class: 'hint' }, date(day, today))));
    });
    own.addEventListener('input', () => {
      for (const each of node.querySelectorAll('[name=later]')) each.checked = false;
      choose(own.value);
    });
    const form = element('form', { method: 'dialog', novalidate: true },
      element('h2', { id: 'snooze-title', class: 'wide' }, t('Put off “{title}”', { title })),
      element('fieldset', { class: 'wide' }, element('legend', {}, t('Tell me again')), element('div', { class: 'choices two' }, ...choices)),
      element('label', { class: 'wide' }, t('or on'), ' ', own),
      element('div', { class: 'wide' }, warning),
      element('div', { class: 'buttons wide' },
        element('button', { type: 'button', class: 'quiet', click: () => node.close() }, t('Cancel')),
        element('button', { class: 'primary' }, t('Put off'))));
    const node = element('dialog', { id: 'snooze', 'aria-labelledby': 'snooze-title' }, form);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (chosen && own.validity.valid) node.close(chosen);
      else own.focus();
    });
    node.addEventListener('close', () => {
      node.remove();
      if (before?.isConnected) before.focus();
      resolve(node.returnValue || null);
    });
    document.body.append(node);
    choose(chosen);
    node.showModal();
  });
}
