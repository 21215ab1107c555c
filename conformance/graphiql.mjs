// GraphiQL in a browser: node graphiql.mjs URL [CHROMIUM]
// With PROVEN=1 in the environment, without what takes long and has passed with the same files: see .ci/proven.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { ask, createItem } from './clients.mjs';
import { proxied } from './proxied.mjs';

const [url, executablePath = '/usr/bin/chromium'] = process.argv.slice(2);
if (!url) {
  console.error('Usage: node graphiql.mjs URL [CHROMIUM]');
  process.exit(2);
}

const api = new URL('graphql', url).href;
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 320, height: 700 };
const complaints = [];
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

async function check(what, action) {
  await action();
  console.log(`ok  ${what}`);
}

async function newContext(options = {}) {
  const context = await browser.newContext({ viewport: WIDE, locale: 'en-GB', reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(10_000);
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  context.on('weberror', (error) => complaints.push(error.error().stack));
  context.on('request', (request) => {
    if (!['127.0.0.1', 'localhost'].includes(new URL(request.url()).hostname)) complaints.push(`External request: ${request.url()}`);
  });
  return context;
}

async function open(context, at = url) {
  const page = await context.newPage();
  await page.goto(new URL('graphiql/', at).href);
  await page.locator('#who').filter({ hasText: /./ }).waitFor();
  await page.locator('.graphiql-query-editor .CodeMirror').waitFor();
  return page;
}

/** Opens an account with two inventories; answers how to log in and which is the second. */
async function newcomer() {
  const username = `g${randomUUID().slice(0, 18)}`;
  const password = 'correct horse battery staple';
  const { register } = await ask(api, `mutation ($input: RegisterInput!) {
    register(input: $input) { session { accessToken } userErrors { message } } }`,
  { input: { username, email: `${username}@example.org`, password, timeZone: 'UTC' } });
  const token = register.session.accessToken;
  await createItem(api, token, 'Of their own');
  const { createInventory } = await ask(api, `mutation ($input: CreateInventoryInput!) {
    createInventory(input: $input) { inventory { id } userErrors { message } } }`, { input: { name: 'The shop' } }, token);
  return { username, password, token, shop: createInventory.inventory.id };
}

async function logIn(context, { username, password }, { stays = false, at = url } = {}) {
  const page = await context.newPage();
  await page.goto(at);
  const form = page.locator('#login');
  await form.getByLabel('Username or e-mail').fill(username);
  await form.getByLabel('Password').fill(password);
  if (stays) await form.getByLabel('Stay signed in').check();
  await form.getByRole('button', { name: 'Log in' }).click();
  await page.locator('#live[data-state=live]').waitFor();
  return page;
}

const isSignedIn = (page, { username }) => page.locator('#who').filter({ hasText: `Signed in as ${username}` }).waitFor();
const answer = (page, text) => page.locator('.graphiql-response').filter({ hasText: text }).waitFor();

/** Opens an operation of the menu, asks it, and waits for words of its answer. */
async function askFromMenu(page, title, expected) {
  await choose(page, title);
  await page.keyboard.press('Control+Enter');
  await answer(page, expected);
}

async function showOperations(page) {
  const menu = page.locator('.operations');
  const opener = page.getByRole('button', { name: 'Show Operations' });
  await opener.or(menu).first().waitFor();
  if (await menu.count() === 0) await opener.click();
}

async function choose(page, title) {
  await showOperations(page);
  const tabs = page.locator('.graphiql-tab');
  const before = await tabs.count();
  await page.locator('.operation').filter({ hasText: new RegExp(`^${title}`) }).first().click();
  await tabs.nth(before).waitFor();
}

async function write(page, section, text) {
  await page.locator(`section[aria-label="${section}"] .graphiql-editor:not(.hidden) .CodeMirror`).click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(text);
}

async function isAccessible(page, state) {
  if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(axe);
  const faults = await page.evaluate(async () => (await window.axe.run()).violations
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).slice(0, 3).join(' ')}`));
  assert.deepEqual(faults, [], `axe, ${state}`);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `sideways, ${state}`);
}

try {
  const someone = await newcomer();

  await check('whoever is not signed in is told so, and asks with a token of their own', async () => {
    const context = await newContext();
    const page = await open(context);
    assert.match(await page.locator('#who').innerText(), /^Nobody is signed in/);
    assert.match(await page.locator('.graphiql-query-editor').innerText(), /Three to try/);
    await answer(page, 'The documentation is for those who are signed in');
    assert.equal(new URL(await page.locator('#who a').getAttribute('href'), await page.evaluate(() => document.baseURI)).href, url);
    await write(page, 'Headers', JSON.stringify({ authorization: `Bearer ${someone.token}` }));
    await askFromMenu(page, 'Find by identifier', '"itemByIdentifier": null');
    await context.close();
  });

  await check('it is read by everyone: in light and dark, wide and narrow, with each of its panels', async () => {
    const views = ['light', 'dark'].flatMap((colorScheme) => [WIDE, NARROW].map((viewport) => ({ colorScheme, viewport })));
    for (const { colorScheme, viewport } of process.env.PROVEN ? [views[1]] : views) {
      const context = await newContext({ colorScheme, viewport });
      const page = await open(context);
      const state = (name) => `${name}, ${colorScheme}, ${viewport.width} px`;
      await isAccessible(page, state('as it begins'));
      for (const panel of ['Operations', 'Documentation Explorer', 'History']) {
        const button = page.getByRole('button', { name: `Show ${panel}` });
        if (await button.count() > 0) await button.click();
        await isAccessible(page, state(panel));
        await page.getByRole('button', { name: `Hide ${panel}` }).click();
      }
      for (const dialog of ['short keys', 'settings']) {
        await page.getByRole('button', { name: `Open ${dialog} dialog` }).click();
        await page.getByRole('dialog').waitFor();
        await isAccessible(page, state(dialog));
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
      }
      await context.close();
    }
  });

  const context = await newContext();
  const dashboard = await logIn(context, someone);

  await check('whoever is logged in to the dashboard in another tab is signed in', async () => {
    const page = await open(context);
    await isSignedIn(page, someone);
    await choose(page, 'The guide');
    await page.keyboard.press('Control+Home');
    await page.getByRole('button', { name: 'Execute query' }).click();
    await page.getByRole('menuitem', { name: 'ExpiresNext' }).click();
    await answer(page, 'Of their own');
    await isAccessible(page, 'with an answer');
    await page.close();
  });

  await check('an operation of the menu opens with its variables', async () => {
    const page = await open(context);
    await isSignedIn(page, someone);
    await askFromMenu(page, 'Page', '"hasNextPage": false');
    await page.locator('.graphiql-tab-active').filter({ hasText: 'Page' }).waitFor();
    await page.getByRole('button', { name: 'Variables' }).click();
    await page.locator('section[aria-label="Variables"]').filter({ hasText: '"first": 2' }).waitFor();
    await page.close();
  });

  await check('an operation opens whole while a change waits to be drawn', async () => {
    const page = await open(context);
    await isSignedIn(page, someone);
    await showOperations(page);
    await page.evaluate(() => {
      // In the task in which GraphiQL, 100 ms after the last key, notes what was typed.
      const later = window.setTimeout;
      window.setTimeout = (run, millis, ...rest) => later(() => {
        run(...rest);
        if (millis !== 100) return;
        window.setTimeout = later;
        [...document.querySelectorAll('.operation')].find((each) => each.textContent === 'Page').click();
      }, millis);
    });
    await page.locator('.graphiql-query-editor .CodeMirror').click();
    await page.keyboard.type('#');
    await page.locator('.graphiql-query-editor').filter({ hasText: 'query Page' }).waitFor();
    await page.locator('.graphiql-tab-active').filter({ hasText: 'Page' }).waitFor();
    await page.close();
  });

  await check('it acts in the inventory that is chosen', async () => {
    const page = await open(context);
    await isSignedIn(page, someone);
    await page.getByLabel('Inventory').selectOption('The shop');
    const asked = page.waitForRequest((request) => request.postData()?.includes('query Page'));
    await askFromMenu(page, 'Page', '"nodes": []');
    assert.equal((await asked).headers()['expiry-inventory'], someone.shop);
    await page.close();
  });

  await check('it acts in the inventory that is chosen in the dashboard', async () => {
    await dashboard.locator('#inventory').selectOption('The shop');
    await dashboard.locator('#live[data-state=live]').waitFor();
    const page = await open(context);
    await isSignedIn(page, someone);
    assert.equal(await page.getByLabel('Inventory').inputValue(), someone.shop);
    await page.close();
    await dashboard.locator('#inventory').selectOption({ index: 0 });
    await dashboard.locator('#live[data-state=live]').waitFor();
  });

  await check('a subscription tells what happens, over WebSocket, until it is ended', async () => {
    const page = await open(context);
    await isSignedIn(page, someone);
    const opened = page.waitForEvent('websocket');
    await askFromMenu(page, 'Watch stock', '"count": 1');
    const socket = await opened;
    assert.equal(new URL(socket.url()).pathname, '/graphql');
    await createItem(api, someone.token, 'Added meanwhile');
    await answer(page, '"count": 2');
    const closed = socket.waitForEvent('close');
    await page.getByRole('button', { name: 'Stop query' }).click();
    await closed;
    await page.close();
  });

  await check('a token that is refused is exchanged, and nobody notices', async () => {
    const page = await open(context);
    await isSignedIn(page, someone);
    const tokens = [];
    await page.route('**/graphql', (route) => {
      tokens.push(route.request().headers().authorization);
      return tokens.length > 1 ? route.continue() : route.fulfill({
        status: 401, contentType: 'application/json', body: JSON.stringify({ errors: [{ message: 'It has ended.', extensions: { code: 'UNAUTHENTICATED' } }] }),
      });
    });
    await askFromMenu(page, 'Page', 'Of their own');
    assert.equal(new Set(tokens).size, 2);
    await page.close();
    complaints.splice(0, complaints.length, ...complaints.filter((each) => !each.includes('401')));
  });

  await check('once they have logged out there, nobody is signed in here', async () => {
    await dashboard.getByRole('button', { name: 'Log out' }).click();
    await dashboard.locator('#login').waitFor();
    const page = await open(context);
    assert.match(await page.locator('#who').innerText(), /^Nobody is signed in/);
    await context.close();
  });

  await check('whoever stays signed in is so without a dashboard, under a path of a proxy too', async () => {
    const { server, at: [at] } = await proxied(url, '/apps/expiry/');
    try {
      const staying = await newContext();
      const entrance = await logIn(staying, someone, { stays: true, at });
      await entrance.close();
      const page = await open(staying, at);
      await isSignedIn(page, someone);
      await askFromMenu(page, 'Page', 'Of their own');
      await askFromMenu(page, 'Watch stock', '"count": 2');
      assert.equal(new URL(page.url()).pathname, '/apps/expiry/graphiql/');
      await page.getByRole('link', { name: 'Expiry Tracker' }).click();
      await page.locator('#live[data-state=live]').waitFor();
      assert.equal(new URL(page.url()).pathname, '/apps/expiry/');
      await staying.close();
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  await check('it is used by the keyboard alone', async () => {
    const keyboard = await newContext();
    const page = await open(keyboard);
    const passed = [];
    for (let step = 0; step < 60 && !passed.includes('Operation'); step += 1) {
      await page.keyboard.press('Tab');
      const { name, seen } = await page.evaluate(() => {
        const node = document.activeElement;
        const shows = node.closest('.CodeMirror-focused') !== null || getComputedStyle(node).outlineStyle !== 'none';
        return { name: node.getAttribute('aria-label') ?? node.textContent, seen: node !== document.body && shows };
      });
      assert.ok(seen, `The focus is not seen at ${name}`);
      passed.push(name);
    }
    assert.ok(passed.includes('Operation'), `Tab does not reach the editor: ${passed.join(', ')}`);
    await keyboard.close();
  });

  assert.deepEqual(complaints, [], 'The browser complained');
} finally {
  await browser.close();
}
