import { createApi } from './api.js';
import { byId, say } from './dom.js';
import { createEntrance } from './entrance.js';
import { today as todayIn } from './format.js';
import { createItemDialogs } from './item-dialogs.js';
import { createItemList } from './items.js';
import { connectLive } from './live.js';
import { createNotifications } from './notifications.js';
import { ACTIVITY, CATEGORIES, INVENTORY_CHANGED, INVENTORY_NOW, VIEWER } from './operations.js';
import { createOverview } from './overview.js';
import { createReminders } from './reminders.js';
import { createReports } from './reports.js';
import { createRisk } from './risk.js';
import { createSecurity } from './security.js';
import { acceptInvitation, keepInvitation, showInventories } from './sharing.js';

/** Activities of one mutation come one by one: so long they are gathered before anything is read again. */
const GATHER_MILLIS = 120;
/** So long an activity may follow the person's own change, which was said already. */
const OWN_FOR_MILLIS = 10_000;
const LOOK_AT_CLOCK_MILLIS = 30_000;
const LIVE_WORDS = { live: 'Live', connecting: 'Connecting', offline: 'Offline' };

keepInvitation();

let leave = null;
let reachable = () => {};

const api = createApi({
  onSignedOut: (message) => {
    leave?.();
    leave = null;
    entrance.show(message);
  },
  onReachable: (isReachable) => reachable(isReachable),
});
const entrance = createEntrance({ api, onEntered: enter });

if (api.hasSession() && !entrance.isWanted()) enter();
else entrance.show(null);

/** Shows the dashboard of the session's user and keeps it current until `leave()`. */
async function enter() {
  entrance.hide();
  leave?.();
  const page = document.createElement('div');
  page.append(byId('session').content.cloneNode(true));
  document.body.prepend(page);

  const lost = byId('lost');
  const live = byId('live');
  const liveText = byId('live-text');
  let viewer = null;
  let cursor = null;
  let day = null;
  let connection = null;
  let clock;
  let gatherer;
  let left = false;

  leave = () => {
    left = true;
    reachable = () => {};
    connection?.close();
    clearInterval(clock);
    clearTimeout(gatherer);
    page.remove();
    document.title = 'Expiry Tracker';
  };
  reachable = (isReachable) => { lost.hidden = isReachable; };

  const onFailure = ({ code, message }) => {
    // Neither needs a word here: one leads back to the entrance, the other shows the banner.
    if (!left && code !== 'UNAUTHENTICATED' && code !== 'UNREACHABLE') say(message);
    if (!left && code === 'FORBIDDEN') stillAMember();
  };
  const today = () => day ?? todayIn(viewer.timeZone);
  const own = new Map();
  const isOwn = (id) => Date.now() - (own.get(id) ?? 0) < OWN_FOR_MILLIS;
  const dialogs = createItemDialogs({
    api,
    today,
    onChanged: (id) => {
      own.set(id, Date.now());
      gather('items', id);
    },
    onFailure,
  });
  const items = createItemList({ api, today, onFailure, actions: dialogs });
  const overview = createOverview({ viewer: () => viewer, onCategory: items.only });
  const notifications = createNotifications({ api, viewer: () => viewer, today, onFailure });
  const reports = createReports({ api, today, onFailure });
  const risk = createRisk({ api, today, onFailure });
  const reminders = createReminders({ api, onFailure });
  createSecurity({ api, viewer: () => viewer });
  byId('add-item').addEventListener('click', dialogs.add);
  byId('logout').addEventListener('click', () => api.logout());

  function showInventory(inventory) {
    day = inventory.asOf;
    overview.show(inventory);
    items.showCounts(overview.countOf);
  }

  async function loadCategories() {
    const categories = [];
    let after = null;
    try {
      do {
        const page = (await api.request(CATEGORIES, { after })).categories;
        categories.push(...page.nodes);
        after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
      } while (after !== null);
      items.showCategories(categories);
      dialogs.showCategories(categories);
      reminders.showCategories(categories);
    } catch (error) {
      onFailure(error);
    }
  }

  async function loadInventory() {
    try {
      showInventory((await api.request(INVENTORY_NOW)).inventory);
    } catch (error) {
      onFailure(error);
    }
  }

  const changed = { items: new Set(), kinds: new Set() };

  function gather(kind, id) {
    changed.kinds.add(kind);
    if (kind === 'items') changed.items.add(id);
    gatherer ??= setTimeout(readAgain, GATHER_MILLIS);
  }

  /** Reads again what the gathered activities touched; what comes meanwhile waits for the next round. */
  async function readAgain() {
    const { items: ids, kinds } = changed;
    changed.items = new Set();
    changed.kinds = new Set();
    await Promise.all([
      kinds.has('categories') && loadCategories(),
      (kinds.has('items') || kinds.has('categories')) && items.reload(ids),
      (kinds.has('items') || kinds.has('categories')) && risk.load(),
      kinds.has('notifications') && notifications.load(),
      kinds.has('reports') && reports.load(),
      kinds.has('account') && loadViewer(),
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

  function choose(inventory) {
    api.actIn(inventory);
    enter();
  }

  /** The person, with the time zone of the inventory: its days are the ones that count here. */
  const viewerOf = ({ viewer: person, currentInventory }) => ({ ...person, timeZone: currentInventory.timeZone });

  async function loadViewer() {
    try {
      viewer = viewerOf(await api.request(VIEWER));
      overview.redraw();
    } catch (error) {
      onFailure(error);
    }
  }

  function happened({ cursor: at, kind, subjectId, stateBefore, stateAfter }) {
    cursor = at;
    const [subject] = kind.split('_');
    const place = {
      ITEM: 'items', CATEGORY: 'categories', NOTIFICATION: 'notifications', REPORT: 'reports', ACCOUNT: 'account',
    }[subject];
    if (subject === 'ITEM' && !isOwn(subjectId)) tell(kind, (stateAfter ?? stateBefore)?.name ?? 'An item');
    if (place) gather(place, subjectId);
    if (kind === 'ITEM_TAKEN_OUT' || kind === 'ITEM_PUT_BACK') gather('reports', subjectId);
  }

  let told = 0;
  let lastTold = 0;

  /** Says what happened elsewhere; when much happens at once, only how much. */
  function tell(kind, name) {
    told = Date.now() - lastTold < 1_000 ? told + 1 : 1;
    lastTold = Date.now();
    const what = { ITEM_CREATED: 'was added', ITEM_UPDATED: 'was changed', ITEM_TAKEN_OUT: 'was taken out', ITEM_PUT_BACK: 'was put back', ITEM_DELETED: 'was deleted' }[kind];
    say(told === 1 ? `${name} ${what}.` : `${told} items have changed.`);
  }

  // The cursor is taken before anything is read: what happens in between is told again rather than missed.
  const started = await begin();
  if (!started || left) return;

  async function begin() {
    for (let wait = 1_000; !left; wait = Math.min(wait * 2, 30_000)) {
      try {
        await acceptInvitation(api);
        const found = await api.request(VIEWER);
        viewer = viewerOf(found);
        cursor = found.activities.nodes[0]?.cursor ?? '0';
        showInventories({ inventories: found.inventories, current: found.currentInventory.id, onChosen: choose });
        return true;
      } catch ({ code, message }) {
        if (code === 'UNAUTHENTICATED' || left) return false;
        if (code === 'FORBIDDEN') api.actIn(null);
        say(message);
        await new Promise((resume) => setTimeout(resume, wait));
      }
    }
    return false;
  }

  connection = connectLive({
    api,
    subscriptions: {
      activity: { query: ACTIVITY, variables: () => ({ after: cursor }), next: ({ activity }) => happened(activity) },
      inventory: {
        query: INVENTORY_CHANGED,
        variables: () => ({}),
        next: ({ inventoryChanged }) => showInventory(inventoryChanged),
      },
    },
    onState: (state) => {
      live.dataset.state = state;
      liveText.textContent = LIVE_WORDS[state];
      if (state !== 'connecting') reachable(state === 'live');
    },
  });
  clock = setInterval(() => {
    if (day !== null && todayIn(viewer.timeZone) !== day) {
      loadInventory();
      gather('items', null);
    }
    overview.redraw();
  }, LOOK_AT_CLOCK_MILLIS);
  await Promise.all([loadInventory(), items.load(), loadCategories(), notifications.load(), reports.load(), risk.load()]);
}
