import { arrange, byId, element, say } from './dom.js';
import { daysAfter, instant, longDate, number } from './format.js';
import { ACKNOWLEDGE, MARK_ALL_READ, MARK_READ, MARK_UNREAD, NOTIFICATIONS, SNOOZE } from './operations.js';

const PAGE = 25;
const LARGEST_PAGE = 100;
const SNOOZE_DAYS = 7;

/** The panel of notifications about which there is something to do, and the badge that counts the unread ones. */
export function createNotifications({ api, viewer, today, onFailure }) {
  const panel = byId('notifications');
  const list = byId('notification-list');
  const opener = byId('open-notifications');
  const badge = byId('unread');
  const readAll = byId('read-all');
  const moreButton = byId('more-notifications');
  const empty = byId('no-notifications');
  const rows = new Map();
  let shown = [];
  let end = null;

  opener.addEventListener('click', () => {
    show();
    panel.showModal();
  });
  panel.querySelector('[data-close]').addEventListener('click', () => panel.close());
  panel.addEventListener('click', ({ target, clientX }) => {
    // A click beside the panel falls on the dialog itself.
    if (target === panel && clientX < panel.getBoundingClientRect().left) panel.close();
  });
  readAll.addEventListener('click', () => attempt(async () => {
    const upTo = shown[0].createdAt;
    const { markAllNotificationsRead } = await api.request(MARK_ALL_READ, { input: { upTo } });
    say(markAllNotificationsRead.userErrors[0]?.message ?? `${number(markAllNotificationsRead.markedCount)} marked read.`);
    await load();
  }));
  moreButton.addEventListener('click', () => attempt(async () => {
    const { notifications } = await api.request(NOTIFICATIONS, { first: PAGE, after: end });
    const known = new Set(shown.map(({ id }) => id));
    take(notifications, [...shown, ...notifications.nodes.filter(({ id }) => !known.has(id))]);
  }));

  async function attempt(action) {
    try {
      await action();
    } catch (error) {
      onFailure(error);
    }
  }

  const load = () => attempt(async () => {
    const first = Math.min(LARGEST_PAGE, Math.max(PAGE, shown.length));
    const { notifications } = await api.request(NOTIFICATIONS, { first });
    take(notifications, notifications.nodes);
  });

  function take({ unreadCount, pageInfo }, nodes) {
    shown = nodes;
    end = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    badge.textContent = unreadCount > 99 ? '99+' : String(unreadCount);
    badge.hidden = unreadCount === 0;
    opener.setAttribute('aria-label', unreadCount === 0 ? 'Notifications' : `Notifications, ${number(unreadCount)} unread`);
    readAll.disabled = unreadCount === 0;
    document.title = unreadCount === 0 ? 'Expiry Tracker' : `(${number(unreadCount)}) Expiry Tracker`;
    show();
  }

  const toggle = (notification) => attempt(async () => {
    const unread = notification.status === 'UNREAD';
    const answer = await api.request(unread ? MARK_READ : MARK_UNREAD, { input: { id: notification.id } });
    const { userErrors } = answer.markNotificationRead ?? answer.markNotificationUnread;
    if (userErrors.length > 0) say(userErrors[0].message);
    await load();
  });

  const acknowledge = (notification) => attempt(async () => {
    const { acknowledgeNotification } = await api.request(ACKNOWLEDGE, { input: { id: notification.id } });
    say(acknowledgeNotification.userErrors[0]?.message ?? 'Noted. You are not told of it and this date again.');
    await load();
  });

  const snooze = (notification) => attempt(async () => {
    const until = daysAfter(today(), SNOOZE_DAYS);
    const { snoozeNotification } = await api.request(SNOOZE, { input: { id: notification.id, until } });
    say(snoozeNotification.userErrors[0]?.message ?? `You are told again on ${longDate(until)}.`);
    await load();
  });

  function show() {
    arrange(list, shown.map((notification) => {
      if (!rows.has(notification.id)) rows.set(notification.id, notificationRow({ toggle, acknowledge, snooze }));
      const row = rows.get(notification.id);
      row.update(notification, viewer().timeZone);
      return row.node;
    }));
    empty.hidden = shown.length > 0;
    moreButton.hidden = end === null;
  }

  return { load };
}

function notificationRow({ toggle, acknowledge, snooze }) {
  let notification;
  const title = element('strong');
  const message = element('p');
  const when = element('time', { class: 'muted' });
  const word = element('span');
  const about = element('span', { class: 'hidden' });
  const button = (click, ...words) => element('button', { type: 'button', class: 'quiet small', click }, ...words);
  const later = button(() => snooze(notification), 'In a week');
  const done = button(() => acknowledge(notification), 'Done');
  const actions = element('span', {}, button(() => toggle(notification), word, about), later, done);
  const node = element('li', {}, title, message, element('div', {}, when, actions));
  return {
    node,
    update(next, timeZone) {
      notification = next;
      node.className = `notification ${next.kind} ${next.status}`;
      title.textContent = next.title;
      message.textContent = next.message;
      when.textContent = next.snoozedUntil ? `Again on ${longDate(next.snoozedUntil)}` : instant(next.createdAt, timeZone);
      later.hidden = !next.item || next.snoozedUntil !== null;
      done.hidden = !next.item;
      when.dateTime = next.createdAt;
      word.textContent = next.status === 'UNREAD' ? 'Mark read' : 'Mark unread';
      about.textContent = `: ${next.title}`;
    },
  };
}
