// Keeps what the page is made of, and nothing that the server knows of anybody.

/** The server writes here which release this is, the files of its page, and those that not everybody needs, as languages. */
const RELEASE = '';
const SHELL = [];
const ONCE_USED = [];

const { scope } = registration;
const CACHES = `expiry-tracker.shell ${scope} `;
const CACHE = CACHES + RELEASE;
const KEPT = new Set(SHELL.map((path) => new URL(path, scope).href));
const KEPT_ONCE_USED = new Set(ONCE_USED.map((path) => new URL(path, scope).href));
/** What has its version in its name is the same in every release. */
const VERSIONED = /\/lib\/.+-\d+\.\d+\.\d+\.\w+$/;
const HASH = /\.[\w-]{16}(?=\.\w+$)/;
/** So long the network may take to show the page, before the one that is kept is shown. */
const PATIENCE_MILLIS = 4_000;

addEventListener('install', (event) => event.waitUntil(fill()));

async function fill() {
  const page = await fetch(scope, { cache: 'no-cache' });
  const text = await page.clone().text();
  // While releases change, the page may come from a server of another one: then the browser tries again later.
  if (!page.ok || !text.includes(`content="${RELEASE}"`)) throw new Error('The page is of another release.');
  const cache = await caches.open(CACHE);
  await cache.addAll([...KEPT, ...await inUse(cache)]);
  await cache.put(scope, page);
}

/** Of this release, what a former one had kept once it was used; what is the same in both is taken over. */
async function inUse(cache) {
  const names = new Set();
  for (const name of (await caches.keys()).filter((each) => each.startsWith(CACHES) && each !== CACHE)) {
    const former = await caches.open(name);
    for (const request of await former.keys()) {
      if (VERSIONED.test(request.url)) await cache.put(request, await former.match(request, { ignoreVary: true }));
      else names.add(request.url.replace(HASH, ''));
    }
  }
  return [...KEPT_ONCE_USED].filter((address) => names.has(address.replace(HASH, '')));
}

addEventListener('activate', (event) => event.waitUntil(begin()));

async function begin() {
  const former = (await caches.keys()).filter((name) => name.startsWith(CACHES) && name !== CACHE);
  await Promise.all(former.map((name) => caches.delete(name)));
  await clients.claim();
}

// A page of this release has nothing to lose; one of another is told, and says when it wants this one.
addEventListener('message', ({ data, source }) => {
  if (data.release === RELEASE || data.wanted) skipWaiting();
  else source.postMessage({ release: RELEASE });
});

addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  const address = origin + pathname;
  if (request.method !== 'GET') return;
  if (request.mode === 'navigate' && (address === scope || address === `${scope}index.html`)) event.respondWith(newest(request));
  else if (KEPT.has(address)) event.respondWith(kept(request));
  else if (KEPT_ONCE_USED.has(address) || VERSIONED.test(address)) event.respondWith(keptOnceUsed(request));
});

/** The server's page or, where it does not come, the kept one. */
async function newest(request) {
  const coming = fetch(request);
  try {
    const answer = await Promise.race([coming, new Promise((resolve) => { setTimeout(resolve, PATIENCE_MILLIS, null); })]);
    if (answer !== null && answer.status < 500) return answer;
  } catch {
    // There is no way to the server.
  }
  return (await inCache(scope)) ?? coming;
}

const kept = async (request) => (await inCache(request)) ?? fetch(request);

async function keptOnceUsed(request) {
  const known = await inCache(request);
  if (known) return known;
  const answer = await fetch(request);
  if (answer.ok) await (await caches.open(CACHE)).put(request, answer.clone());
  return answer;
}

const inCache = async (request) => (await caches.open(CACHE)).match(request, { ignoreVary: true });
