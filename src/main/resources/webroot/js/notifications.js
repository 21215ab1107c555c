import { arrange, byId, element, say } from './dom.js';
import { instant, number } from './format.js';
import { MARK_ALL_READ, MARK_READ, MARK_UNREAD, NOTIFICATIONS } from './operations.js';

const PAGE = 25;
const LARGEST_PAGE = 100;

/** The panel of notifications and the badge that counts the unread ones. */
export function createNotifications({ api, viewer, onFailure }) {
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

  function show() {
    arrange(list, shown.map((notification) => {
      if (!rows.has(notification.id)) rows.set(notification.id, notificationRow(toggle));
      const row = rows.get(notification.id);
      row.update(notification, viewer().timeZone);
      return row.node;
    }));
    empty.hidden = shown.length > 0;
    moreButton.hidden = end === null;
  }

  return { load };
}

function notificationRow(toggle) {
  let notification;
  const title = element('strong');
  const message = element('p');
  const when = element('time', { class: 'muted' });
  const word = element('span');
  const about = element('span', { class: 'hidden' });
  const button = element('button', { type: 'button', class: 'quiet small', click: () => toggle(notification) }, word, about);
  const node = element('li', {}, title, message, element('div', {}, when, button));
  return {
    node,
    update(next, timeZone) {
      notification = next;
      node.className = `notification ${next.kind} ${next.status}`;
      title.textContent = next.title;
      message.textContent = next.message;
      when.textContent = instant(next.createdAt, timeZone);
      when.dateTime = next.createdAt;
      word.textContent = next.status === 'UNREAD' ? 'Mark read' : 'Mark unread';
      about.textContent = `: ${next.title}`;
    },
  };
}
