import { createApi } from './api.js';
import { byId, confirmed, focusHeading, say } from './dom.js';
import { createEntrance } from './entrance.js';
import { dayAndTime, number, showCurrency, today as todayIn } from './format.js';
import { keepShell } from './installed.js';
import { createItemList } from './items.js';
import { connectLive } from './live.js';
import { ACTIVITY, CATEGORIES, INVENTORY_CHANGED, INVENTORY_NOW, UNREAD, VIEWER } from './operations.js';
import { createOverview } from './overview.js';
import { createRisk } from './risk.js';
import { createRouter } from './router.js';
import { acceptInvitation, keepInvitation, showInventories } from './sharing.js';
import { n, t } from './words.js';

/** Activities of one mutation come one by one: so long they are gathered before anything is read again. */
const GATHER_MILLIS = 120;
/** So long an activity may follow the person's own change, which was said already. */
const OWN_FOR_MILLIS = 10_000;
const LOOK_AT_CLOCK_MILLIS = 30_000;
/** So long it is waited until a place that somebody comes back to is as long as it was. */
const RETURN_WITHIN_MILLIS = 3_000;
/** Without a live connection everything is read again so often. */
const POLL_MILLIS = 60_000;
/** @type {Record<LiveState, string>} */
const LIVE_WORDS = { live: t('Live'), connecting: t('Connecting'), offline: t('Not live'), refused: t('Updates off') };
/** Other views of the items, which belong to their place. */
const VIEWS_OF_ITEMS = ['calendar', 'by-place', 'at-risk', 'products', 'labels', 'files'];
/** Where the list of items and its filters stand; all other places are drawn when they are opened. */
const HOME = ['overview', 'items'];
/** @type {Record<string, string>} */
const TITLES = {
  overview: '', items: t('Items'), calendar: t('Calendar'), 'by-place': t('By place'), 'at-risk': t('At risk'), products: t('Products'), labels: t('Labels'), files: t('Files'),
  notifications: t('Notifications'), reports: t('Reports'), history: t('History'), settings: t('Settings'),
};

keepInvitation();

const keep = () => keepShell({
  onUpdate(take) {
    const notice = byId('update');
    notice.hidden = false;
    notice.querySelector('button').onclick = take;
  },
});
// After all that the first view needs.
if (document.readyState === 'complete') keep();
else addEventListener('load', keep);

/** @type {(() => void) | null} */
let leave = null;
/** @type {(isReachable: boolean) => void} */
let reachable = () => {};
/** @type {(at: number) => void} */
let showsKept = () => {};

const api = createApi({
  onSignedOut: (message) => {
    leave?.();
    leave = null;
    // Who leaves leaves no place behind for whoever comes next; who was sent out comes back to it.
    if (message === null) history.replaceState(null, '', location.pathname + location.search);
    entrance.show(message);
  },
  onReachable: (isReachable) => reachable(isReachable),
  onKept: (at) => showsKept(at),
});
const entrance = createEntrance({ api, onEntered: () => enter(true) });

if (api.hasSession() && !entrance.isWanted()) enter();
else entrance.show(null);

/** Shows the dashboard of the session's user and keeps it current until `leave()`; the focus follows from the entrance. */
async function enter(isFromEntrance = false) {
  entrance.hide();
  leave?.();
  const page = document.createElement('div');
  page.append(byId('session').content.cloneNode(true));
  document.body.prepend(page);

  const lost = byId('lost');
  const refusedNotice = byId('refused');
  const live = byId('live');
  const liveText = byId('live-text');
  const home = byId('home');
  const placeNode = byId('place');
  /** @type {Person} */
  let person;
  /** @type {Answer<'VIEWER'>['inventories']} */
  let inventories = [];
  /** @type {CurrentInventory} */
  let current;
  /** @type {Category[]} */
  let categories = [];
  let unread = 0;
  /** Whether it is known from before who is there; read again as soon as it can be. */
  let isOld = false;
  /** @type {Place | null} */
  let place = null;
  /** @type {typeof import('./places.js') | null} */
  let places = null;
  /** @type {string} */
  let cursor;
  /** @type {string | null} */
  let day = null;
  /** @type {ReturnType<typeof connectLive> | null} */
  let connection = null;
  /** @type {number | undefined} */
  let clock;
  /** @type {number | undefined} */
  let poll;
  /** @type {number | undefined} */
  let gatherer;
  let left = false;
  /** @type {Set<{ kinds: Set<string>; action: () => void }>} */
  const listeners = new Set();
  /** @type {Set<() => void>} */
  const categoryListeners = new Set();

  leave = () => {
    left = true;
    reachable = () => {};
    showsKept = () => {};
    changes?.close();
    router.stop();
    places?.clear(placeNode);
    items.close();
    connection?.close();
    clearInterval(clock);
    clearInterval(poll);
    clearTimeout(gatherer);
    removeEventListener('beforeunload', warn);
    keys?.stop();
    removeEventListener('scroll', remember);
    page.remove();
    document.title = 'Expiry Tracker';
  };
  /**
   * Since when what is shown may be out of date, if it is kept.
   * @type {number | null}
   */
  let asOf = null;
  reachable = (isReachable) => {
    lost.hidden = isReachable;
    if (isReachable) {
      asOf = null;
      changes?.sendAll();
    } else {
      showLost();
    }
  };
  showsKept = (at) => {
    asOf = Math.min(asOf ?? at, at);
    showLost();
  };

  function showLost() {
    const words = !api.isStaying() ? t('The server cannot be reached. What you see may be out of date; trying again.')
      : asOf === null ? t('The server cannot be reached. What you see may be out of date; items that you add, change or take out are kept, and sent when it can be.')
      : t('The server cannot be reached. You see what was known on {moment}; items that you add, change or take out are kept, and sent when it can be.', { moment: dayAndTime(new Date(asOf).toISOString(), current?.timeZone) });
    // Said anew only when it is another thing to say.
    if (lost.textContent !== words) lost.textContent = words;
  }

  /** @param {Failure} error */
  const onFailure = ({ code, message }) => {
    // Neither needs a word here: one leads back to the entrance, the other shows the banner.
    if (!left && code !== 'UNAUTHENTICATED' && code !== 'UNREACHABLE') say(message);
    if (!left && code === 'FORBIDDEN') stillAMember();
  };
  const today = () => day ?? todayIn(current.timeZone);
  const isWanted = () => !left;
  /** @type {Map<string, number>} */
  const own = new Map();
  /** @param {string} id */
  const isOwn = (id) => Date.now() - (own.get(id) ?? 0) < OWN_FOR_MILLIS;
  const isOverview = () => place?.parts[0] === 'overview';
  const isViewer = () => current?.role === 'VIEWER';
  /** @type {ReturnType<typeof import('./changes.js').createChanges> | null} */
  let changes = null;
  /** @type {ReturnType<typeof import('./item-dialogs.js').createItemDialogs> | null} */
  let dialogs = null;
  /** @type {Promise<void> | null} */
  let loading = null;
  let wanted = 0;

  /** What was changed without a connection: only of whoever stays signed in is there any. */
  async function loadChanges() {
    const { createChanges } = await import('./changes.js');
    return changes ??= createChanges({
      api,
      today,
      person: () => person?.id,
      inventory: () => current,
      onSent(id) {
        if (id !== null) own.set(id, Date.now());
        gather('items', id);
      },
      onDrawn: () => items.redraw(),
    });
  }

  async function loadDialogs() {
    const [{ createItemDialogs }, sending] = await Promise.all([import('./item-dialogs.js'), loadChanges()]);
    dialogs = createItemDialogs({
      api,
      changes: sending,
      today,
      onChanged: (id) => {
        own.set(id, Date.now());
        gather('items', id);
      },
      onFailure,
    });
    dialogs.showCategories(categories);
  }

  /**
   * Does something by the dialogs, which are loaded when they are wanted, or a moment after the page is shown.
   * @param {(dialogs: ReturnType<typeof import('./item-dialogs.js').createItemDialogs>) => void} action
   */
  async function withDialogs(action) {
    const turn = wanted += 1;
    try {
      if (dialogs === null) await (loading ??= loadDialogs());
    } catch {
      loading = null;
      say(t('This could not be loaded. Try again in a moment.'));
      return;
    }
    // Of two that were wanted meanwhile, the last.
    if (!left && turn === wanted && dialogs) action(dialogs);
  }

  /** @type {ItemActions} */
  const itemActions = {
    add: (filled) => withDialogs(({ add }) => add(filled)),
    edit: (item) => withDialogs(({ edit }) => edit(item)),
    takeOut: (item) => withDialogs(({ takeOut }) => takeOut(item)),
    remove: (item) => withDialogs(({ remove }) => remove(item)),
    /** Whether a form is open, which takes it over. */
    fill: (read) => dialogs?.fill(read) ?? false,
  };

  /**
   * What the places are handed: who is there, where, and how to read, to say and to hear of changes.
   * @type {Session}
   */
  const session = {
    api,
    onFailure,
    dialogs: itemActions,
    today,
    isViewer,
    choose,
    person: () => person,
    current: () => current,
    categories: () => categories,
    /** Calls `action` when the categories have been read again; returns how to stop that. */
    onCategories(action) {
      categoryListeners.add(action);
      return () => categoryListeners.delete(action);
    },
    timeZone: () => current.timeZone,
    go: (address) => router.go(address),
    rewrite: (query, isStep) => router.rewrite(query, isStep),
    /** Has something read again here and in the views; for what the person changed, which the server tells later. */
    changed: (kind, id = null) => gather(kind, id),
    /** Calls `action` when something of these kinds has changed; returns how to stop that. */
    onChange(kinds, action) {
      const listener = { kinds: new Set(kinds), action };
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const router = createRouter({ onPlace: show, mayLeave });
  const items = createItemList({
    api, today, onFailure, isWanted, isViewer, actions: itemActions,
    sendChange: async (kind, input, key, words) => (await loadChanges()).send(kind, input, key, words),
    isUnsent: (id) => changes?.touches(id) ?? false,
    onQuery: (query, isStep) => router.rewrite(query, isStep),
    onBulk(ids) {
      for (const id of ids) {
        own.set(id, Date.now());
        gather('items', id);
      }
    },
  });
  const overview = createOverview({ viewer: () => ({ ...person, timeZone: current.timeZone }) });
  const risk = createRisk({ api, today, onFailure, isWanted });
  byId('add-item').addEventListener('click', () => itemActions.add());
  byId('scan-item').addEventListener('click', scan);
  /** @type {ReturnType<typeof import('./keys.js').createKeys> | null} */
  let keys = null;
  loadKeys();

  async function loadKeys() {
    try {
      const { createKeys } = await import('./keys.js');
      if (left) return;
      keys = createKeys({
        isViewer,
        scan,
        add: () => itemActions.add(),
        find: () => {
          if (home.hidden) router.go('#/items');
          // The list is there when the address was followed.
          setTimeout(() => byId('filters').elements.search.focus());
        },
        go: (address) => router.go(address),
        undo: () => dialogs?.undoLast() ?? false,
        onScanned: (code) => atShelf((shelf) => shelf.scanned(session, code)),
      });
    } catch {
      say(t('This could not be loaded. Try again in a moment.'));
    }
  }

  byId('logout').addEventListener('click', async () => {
    if ((await mayLeave()) !== true) return;
    const unsent = changes?.count() ?? 0;
    if (unsent > 0 && !await confirmed({
      title: n(unsent, 'Discard {count} change?', 'Discard {count} changes?'),
      text: t('The server has not been told of what you changed without a connection. Logging out discards it.'),
      word: t('Log out'), keep: t('Stay'),
    })) return;
    api.logout();
  });
  byId('skip').addEventListener('click', focusHeading);
  addEventListener('beforeunload', warn);
  addEventListener('scroll', remember, { passive: true });
  history.scrollRestoration = 'manual';

  /**
   * Does something of what is loaded only when it is used.
   * @param {(shelf: typeof import('./shelf.js')) => void} action
   */
  async function atShelf(action) {
    try {
      await action(await import('./shelf.js'));
    } catch {
      say(t('This could not be loaded. Try again in a moment.'));
    }
  }

  function scan() {
    atShelf((shelf) => shelf.scan(session));
  }

  // What is drawn anew in a place may take away what has the focus: its neighbour gets it then, or the heading.
  /** @type {{ target: HTMLElement; list: HTMLElement | null; at: number } | null} */
  let held = null;
  placeNode.addEventListener('focusin', ({ target }) => {
    const row = target.closest('li');
    held = { target, list: row?.parentElement ?? null, at: row ? [...row.parentElement.children].indexOf(row) : -1 };
  });
  new MutationObserver(() => {
    if (held === null || held.target.isConnected || document.activeElement !== document.body) return;
    const rows = held.list?.isConnected ? [...held.list.children] : [];
    const next = rows[Math.min(held.at, rows.length - 1)]?.querySelector('button, a, select');
    held = null;
    if (next) next.focus();
    else focusHeading();
  }).observe(placeNode, { childList: true, subtree: true });

  const typed = () => !placeNode.hidden && places !== null && places.holdsTyped(placeNode);

  /** @param {Event} event */
  function warn(event) {
    if (typed() || dialogs?.holdsTyped()) event.preventDefault();
  }

  function mayLeave() {
    return typed() ? confirmed({
      title: t('Leave without saving?'), text: t('What you typed here is not saved.'), word: t('Leave|page'), keep: t('Stay'),
    }) : true;
  }

  /**
   * Where each of the browser's entries was left: how far down, how long the list was, and which row had the focus.
   * @type {Map<string | null, { y: number; size: number; row?: string | null }>}
   */
  const positions = new Map();
  /** @type {string | null} */
  let entryShown = null;

  function remember() {
    if (entryShown !== null) positions.set(entryShown, { ...positions.get(entryShown), y: scrollY, size: items.size() });
  }

  /**
   * Goes back to where an entry was left, as soon as the place is that long again and unless somebody moves meanwhile.
   * @param {{ y: number; row?: string | null }} position
   */
  function restore({ y, row }) {
    const moved = new AbortController();
    for (const kind of ['wheel', 'pointerdown', 'keydown', 'hashchange']) {
      addEventListener(kind, () => moved.abort(), { signal: moved.signal, passive: true });
    }
    const since = Date.now();
    const attempt = () => {
      if (moved.signal.aborted || left) return;
      const isLong = document.documentElement.scrollHeight - innerHeight >= y - 1;
      if (!isLong && Date.now() - since < RETURN_WITHIN_MILLIS) {
        setTimeout(attempt, 30);
        return;
      }
      moved.abort();
      scrollTo({ top: y, behavior: 'instant' });
      if (row && !home.hidden) items.focus(row);
    };
    attempt();
  }

  /**
   * Shows the place of an address.
   * @param {Place} next
   * @param {string | null} entry
   */
  async function show(next, entry) {
    const isFirst = place === null;
    const row = document.activeElement?.closest('[data-id]')?.dataset.id ?? null;
    if (entryShown !== null && positions.has(entryShown)) positions.get(entryShown).row = row;
    else if (entryShown !== null) positions.set(entryShown, { y: 0, size: items.size(), row });
    entryShown = entry;
    const position = positions.get(entry);
    const before = place;
    place = next;
    const [name] = place.parts;
    for (const link of page.querySelectorAll('.places a')) {
      if (link.dataset.place === (VIEWS_OF_ITEMS.includes(name) ? 'items' : name)) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    const isHome = HOME.includes(name) && place.parts.length === 1;
    home.hidden = !isHome;
    placeNode.hidden = isHome;
    showTitle();
    if (isHome) {
      places?.clear(placeNode);
      home.dataset.place = name;
      for (const part of home.querySelectorAll('[data-in]')) part.hidden = part.dataset.in !== name;
      items.show(place.query, name, position?.size);
      if (isOverview() && risk.isStale()) risk.load();
    } else {
      try {
        places ??= await import('./places.js');
      } catch {
        say(t('This could not be loaded. Try again in a moment.'));
        return;
      }
      if (left || place !== next) return;
      places.show(placeNode, session, place);
    }
    const samePlace = before !== null && before.parts.join('/') === place.parts.join('/');
    if (!isFirst && !samePlace) {
      scrollTo(0, 0);
      const heading = [...(isHome ? home : placeNode).querySelectorAll('h1')].find((each) => each.checkVisibility());
      (heading ?? placeNode).focus({ preventScroll: true });
    }
    if (position) restore(position);
  }

  function showTitle() {
    const title = TITLES[place?.parts[0] ?? ''] || 'Expiry Tracker';
    document.title = unread === 0 ? title : `(${number(unread)}) ${title}`;
  }

  async function loadUnread() {
    try {
      const found = await api.read(UNREAD, {}, { isWanted, onOld: showUnread });
      if (found !== null) showUnread(found);
    } catch (error) {
      onFailure(error);
    }
  }

  /** @param {Answer<'UNREAD'>} answer */
  function showUnread({ notifications }) {
    unread = notifications.unreadCount;
    const badge = byId('unread');
    badge.textContent = unread > 99 ? '99+' : String(unread);
    badge.hidden = unread === 0;
    byId('open-notifications').setAttribute('aria-label', unread === 0 ? t('Notifications') : n(unread, 'Notifications, {count} unread', 'Notifications, {count} unread'));
    showTitle();
  }

  /** @param {Inventory} inventory */
  function showInventory(inventory) {
    day = inventory.asOf;
    overview.show(inventory);
    items.showCounts(overview.countOf);
  }

  /** @type {ReturnType<typeof import('./reports.js').createReports> | null} */
  let reports = null;

  /** What draws the reports is loaded when all else is there. */
  async function loadReports() {
    try {
      reports ??= (await import('./reports.js')).createReports({ api, today, onFailure, isWanted });
    } catch {
      // Without them the page is of use all the same, and the next change of theirs asks again.
      return;
    }
    if (!left) await reports.load();
  }

  async function loadCategories() {
    /** @type {Category[]} */
    const found = [];
    /** @type {string | null} */
    let after = null;
    try {
      do {
        /** @type {How<Answer<'CATEGORIES'>>['onOld']} */
        const onOld = after !== null ? null : ({ categories: known }) => showCategories(known.nodes);
        /** @type {Answer<'CATEGORIES'> | null} */
        const answer = await api.read(CATEGORIES, { after }, { isWanted, onOld });
        if (answer === null) return;
        found.push(...answer.categories.nodes);
        after = answer.categories.pageInfo.hasNextPage ? answer.categories.pageInfo.endCursor : null;
      } while (after !== null);
      showCategories(found);
    } catch (error) {
      onFailure(error);
    }
  }

  /** @param {Category[]} found */
  function showCategories(found) {
    categories = found;
    items.showCategories(categories);
    dialogs?.showCategories(categories);
    for (const listener of [...categoryListeners]) listener();
  }

  async function loadInventory() {
    try {
      const found = await api.read(INVENTORY_NOW, {}, { isWanted, onOld: ({ inventory }) => showInventory(inventory) });
      if (found !== null) showInventory(found.inventory);
    } catch (error) {
      onFailure(error);
    }
  }

  /** @type {{ items: Set<string>; kinds: Set<string> }} */
  const changed = { items: new Set(), kinds: new Set() };

  /**
   * @param {string} kind
   * @param {string | null} id
   */
  function gather(kind, id) {
    changed.kinds.add(kind);
    if (kind === 'items' && id !== null) changed.items.add(id);
    gatherer ??= setTimeout(readAgain, GATHER_MILLIS);
  }

  /** Reads again what the gathered activities touched; what comes meanwhile waits for the next round. */
  async function readAgain() {
    const { items: ids, kinds } = changed;
    changed.items = new Set();
    changed.kinds = new Set();
    for (const listener of [...listeners]) {
      if ([...kinds].some((kind) => listener.kinds.has(kind))) listener.action();
    }
    await Promise.all([
      kinds.has('categories') && loadCategories(),
      kinds.has('items') && ids.size > 0 && !kinds.has('categories') ? items.changed(ids)
        : (kinds.has('items') || kinds.has('categories')) && items.reload(),
      (kinds.has('items') || kinds.has('categories')) && risk.changed(isOverview()),
      kinds.has('notifications') && loadUnread(),
      kinds.has('reports') && loadReports(),
      (kinds.has('account') || kinds.has('inventories')) && loadViewer(),
    ]);
    gatherer = changed.kinds.size > 0 && !left ? setTimeout(readAgain, GATHER_MILLIS) : undefined;
  }

  /** Whoever was removed from an inventory goes on in their own. */
  async function stillAMember() {
    if (Object.keys(api.acting()).length > 0) {
      try {
        await api.request(VIEWER);
      } catch ({ code }) {
        if (code === 'FORBIDDEN' && !left) choose(null);
      }
    }
  }

  /** @param {string | null} inventory */
  function choose(inventory) {
    api.actIn(inventory);
    enter();
  }

  async function loadViewer() {
    try {
      const found = await api.read(VIEWER, {}, { isWanted });
      if (found === null) return;
      if (found.currentInventory.role !== current.role) {
        // Another role is offered other things everywhere.
        enter();
        return;
      }
      take(found);
      overview.redraw();
    } catch (error) {
      onFailure(error);
    }
  }

  /** @param {Answer<'VIEWER'>} found */
  function take(found) {
    isOld = false;
    api.keepAnswer(VIEWER, found);
    takeOver(found);
  }

  /** @param {Answer<'VIEWER'>} found */
  function takeOver(found) {
    person = found.viewer;
    inventories = found.inventories;
    current = found.currentInventory;
    // An answer that was kept of a former release says nothing of it.
    showCurrency(current.currency ?? null);
    page.classList.toggle('viewer', isViewer());
    showInventories({ inventories, current: current.id, onChosen: choose });
  }

  /** @param {Answer<'ACTIVITY'>['activity']} activity */
  function happened({ cursor: at, kind, subjectId, stateBefore, stateAfter }) {
    cursor = at;
    const [subject] = kind.split('_');
    const place = {
      ITEM: 'items', PRODUCT: 'products', CATEGORY: 'categories', NOTIFICATION: 'notifications', REPORT: 'reports', ACCOUNT: 'account',
      API: 'tokens', REMINDERS: 'account', INVENTORY: 'inventories', MEMBER: 'inventories', WEBHOOK: 'webhooks', CHANNEL: 'channels',
    }[subject];
    if (subject === 'ITEM' && !isOwn(subjectId)) announce(kind, (stateAfter ?? stateBefore)?.name ?? t('An item'));
    if (place) gather(place, subjectId);
    if (kind === 'ITEM_TAKEN_OUT' || kind === 'ITEM_PUT_BACK') gather('reports', subjectId);
  }

  let announced = 0;
  let lastAnnounced = 0;

  /**
   * Says what happened elsewhere; when much happens at once, only how much.
   * @param {Schema.ActivityKind} kind
   * @param {string} name
   */
  function announce(kind, name) {
    announced = Date.now() - lastAnnounced < 1_000 ? announced + 1 : 1;
    lastAnnounced = Date.now();
    /** @type {Record<string, string>} */
    const words = {
      ITEM_CREATED: t('{name} was added.', { name }), ITEM_UPDATED: t('{name} was changed.', { name }), ITEM_TAKEN_OUT: t('{name} was taken out.', { name }),
      ITEM_PUT_BACK: t('{name} was put back.', { name }), ITEM_DELETED: t('{name} was deleted.', { name }),
    };
    say(announced > 1 ? n(announced, '{count} item has changed.', '{count} items have changed.') : words[kind]);
  }

  // The cursor is taken before anything is read: what happens in between is announced again rather than missed.
  const started = await begin();
  if (!started || left) return;

  async function begin() {
    for (let wait = 1_000; !left; wait = Math.min(wait * 2, 30_000)) {
      try {
        await acceptInvitation(api);
        const found = await api.request(VIEWER);
        cursor = found.activities.nodes[0]?.cursor ?? '0';
        take(found);
        return true;
      } catch ({ code, message }) {
        if (code === 'UNAUTHENTICATED' || left) return false;
        if (code === 'FORBIDDEN') api.actIn(null);
        const known = code === 'UNREACHABLE' ? await api.findAnswer(VIEWER) : null;
        if (known !== null && !left) {
          cursor = known.activities.nodes[0]?.cursor ?? '0';
          isOld = true;
          takeOver(known);
          return true;
        }
        say(message);
        await new Promise((resume) => setTimeout(resume, wait));
      }
    }
    return false;
  }

  if (api.isStaying()) {
    try {
      const sending = await loadChanges();
      await sending.load();
      sending.sendAll();
    } catch {
      say(t('This could not be loaded. Try again in a moment.'));
    }
  }
  router.start();
  // The button that had it is gone.
  if (isFromEntrance) focusHeading();
  connection = connectLive({
    api,
    shared: `${session.person().id} ${session.current().id}`,
    subscriptions: {
      /** @type {Subscription<'ACTIVITY'>} */
      activity: { query: ACTIVITY, variables: () => ({ after: cursor }), next: ({ activity }) => happened(activity) },
      /** @type {Subscription<'INVENTORY_CHANGED'>} */
      inventory: {
        query: INVENTORY_CHANGED,
        variables: () => ({}),
        next: ({ inventoryChanged }) => showInventory(inventoryChanged),
      },
    },
    onState: (state) => {
      live.dataset.state = state;
      liveText.textContent = LIVE_WORDS[state];
      refusedNotice.hidden = state !== 'refused';
      refusedNotice.textContent = t('The server takes no further live connection of yours: close other pages, or programs, that hold one. Until then this page is read anew every minute.');
      if (state === 'live') {
        reachable(true);
        api.wake();
        if (isOld) loadViewer();
      }
      clearInterval(poll);
      if (state === 'offline' || state === 'refused') poll = setInterval(readAll, POLL_MILLIS);
    },
  });
  clock = setInterval(() => {
    if (day !== null && todayIn(current.timeZone) !== day) {
      loadInventory();
      gather('items', null);
    }
    overview.redraw();
  }, LOOK_AT_CLOCK_MILLIS);
  await Promise.all([loadInventory(), loadCategories(), loadUnread(), loadReports(), risk.changed(isOverview())]);
  // Whoever wants one next does not wait for it.
  if (!left && !isViewer() && dialogs === null) (loading ??= loadDialogs()).catch(() => { loading = null; });

  function readAll() {
    loadInventory();
    for (const kind of ['items', 'categories', 'notifications', 'reports', 'account']) gather(kind, null);
  }
}
