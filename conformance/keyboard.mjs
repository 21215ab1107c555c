// The dashboard by the keyboard alone, 320 px wide: node keyboard.mjs URL USER PASSWORD [CHROMIUM]
// With PROVEN=1 in the environment without its last round of all places: see .ci/proven.
// And that no place is wider than that, nor has axe anything to say of one in light or dark; and how much a first visit loads.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { chromium } from 'playwright-core';

const [url, user, password, executablePath = '/usr/bin/chromium'] = process.argv.slice(2);
if (!password) {
  console.error('Usage: node keyboard.mjs URL USER PASSWORD [CHROMIUM]');
  process.exit(2);
}

const FIRST_VIEW_BYTES = 60_000;
/** So many times Tab is pressed until it is said that something cannot be reached. */
const MOST_TABS = 120;
const NARROW = { width: 320, height: 700 };
const PLACES = [
  ['#/overview', 'Good'], ['#/items', 'Items'], ['#/calendar', 'Calendar'], ['#/by-place', 'By place'], ['#/at-risk', 'At risk'],
  ['#/labels', 'Labels'], ['#/files', 'Files'], ['#/notifications', 'Notifications'], ['#/reports', 'Reports'], ['#/history', 'History'],
  ['#/settings/profile', 'Profile'], ['#/settings/password', 'Password'], ['#/settings/two-factor', 'Two-factor'],
  ['#/settings/sessions', 'Sessions'], ['#/settings/tokens', 'API tokens'], ['#/settings/reminders', 'Reminders'],
  ['#/settings/channels', 'Channels'], ['#/settings/inventories', 'Inventories'], ['#/settings/members', 'Members'],
  ['#/settings/webhooks', 'Webhooks'], ['#/settings/data', 'Your data'],
];

const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const complaints = [];
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

async function check(what, action) {
  await action();
  console.log(`ok  ${what}`);
}

/** A check that takes long, and on which no other one builds. */
async function longCheck(what, action) {
  if (process.env.PROVEN) console.log(`--  ${what}`);
  else await check(what, action);
}

/** Who cannot use a mouse sees where they are, at every moment. */
async function seesFocus(page, where) {
  const wrong = await page.evaluate(() => {
    const node = document.activeElement;
    if (node === null || node === document.body) return 'is nowhere';
    const { left, right, top, bottom } = node.getBoundingClientRect();
    if (!node.checkVisibility() || right <= 0 || bottom <= 0 || left >= innerWidth || top >= innerHeight) return 'is out of sight';
    // Of a field for a date the browser itself shows which part has the focus; a heading is where one goes on from, and nothing to press.
    const shows = getComputedStyle(node).outlineStyle !== 'none' || node.matches('[type=date], h1, h2, h3') || !node.matches(':focus-visible');
    return shows ? null : 'does not show';
  });
  const at = await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 120));
  assert.equal(wrong, null, `The focus ${wrong} ${where}: ${at}`);
}

/** What is drawn after something was done takes a moment; then the focus is somewhere again. */
async function settles(page, where) {
  await page.waitForFunction(() => document.activeElement !== document.body, null, { timeout: 3_000 })
    .catch(() => assert.fail(`The focus is nowhere ${where}`));
  await seesFocus(page, where);
}

/** Goes on by Tab until something has the focus. */
async function tabTo(page, wanted, where) {
  for (let step = 0; step < MOST_TABS; step += 1) {
    if (await wanted.evaluateAll((nodes) => nodes.includes(document.activeElement))) return;
    await page.keyboard.press('Tab');
    // Behind the last control comes the browser's own bar.
    if (await page.evaluate(() => document.activeElement === document.body)) await page.keyboard.press('Tab');
    await seesFocus(page, `on the way to ${where}`);
  }
  assert.fail(`Tab does not reach ${where}`);
}

/** Presses a key; those that come faster than by fingers are taken for those of a scanner. */
async function byHand(page, key) {
  await page.evaluate(() => new Promise((resume) => setTimeout(resume, 60)));
  await page.keyboard.press(key);
}

async function press(page, wanted, where, key = 'Enter') {
  await tabTo(page, wanted, where);
  await page.keyboard.press(key);
}

async function type(page, wanted, where, text) {
  await tabTo(page, wanted, where);
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
}

async function isNoWider(page, where) {
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `sideways at ${where}`);
}

async function isAccessible(page, where, rules = null) {
  if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(axe);
  const faults = await page.evaluate(async (only) => (await window.axe.run(only ? { runOnly: only } : {})).violations
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).slice(0, 3).join(' ')}`), rules);
  assert.deepEqual(faults, [], `axe at ${where}`);
}

try {
  const context = await browser.newContext({ viewport: NARROW, locale: 'en-GB', reducedMotion: 'reduce' });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.stack));

  await check('a first visit', async () => {
    await page.goto(url, { waitUntil: 'load' });
    await page.locator('#login').waitFor();
    const sizes = await page.evaluate(() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
      .map(({ encodedBodySize }) => encodedBodySize));
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    console.log(`    ${sizes.length} files, ${bytes} bytes as they came`);
    assert.ok(bytes <= FIRST_VIEW_BYTES, `A first visit loads ${bytes} bytes, which is more than ${FIRST_VIEW_BYTES}`);
    await isAccessible(page, 'the entrance');
    await isNoWider(page, 'the entrance');
  });

  await check('log in', async () => {
    await settles(page, 'at the entrance');
    await type(page, page.locator('#login').getByLabel('Username or e-mail'), 'the name', user);
    await type(page, page.locator('#login').getByLabel('Password'), 'the password', password);
    await page.keyboard.press('Enter');
    await page.locator('#live[data-state=live]').waitFor();
    await page.locator('#items[aria-busy=false]').waitFor();
    await settles(page, 'after the login');
  });

  const name = `By keyboard ${Date.now()}`;
  const row = page.locator('.item').filter({ hasText: name });
  const dialog = page.getByRole('dialog');
  const toast = page.locator('#toast');

  await check('add an item', async () => {
    await press(page, page.locator('#add-item'), 'the button that adds an item');
    await dialog.waitFor();
    await settles(page, 'in the form of an item');
    await type(page, dialog.getByLabel('Name'), 'the name', name);
    await type(page, dialog.getByLabel('Quantity'), 'the quantity', '3');
    await type(page, dialog.getByLabel('Or in short'), 'the date in short', '+0d');
    await press(page, dialog.locator('[data-submit]'), 'the button of the form');
    await dialog.waitFor({ state: 'hidden' });
    await settles(page, 'after an item was added');
  });

  await check('find it', async () => {
    await byHand(page, '/');
    await page.waitForFunction(() => document.activeElement?.name === 'search');
    await page.keyboard.type(name);
    await page.getByText('1 item', { exact: true }).waitFor();
    await row.waitFor();
    await settles(page, 'in the search');
  });

  await check('change it', async () => {
    await press(page, row.getByRole('button', { name: 'Edit' }), 'Edit');
    await dialog.waitFor();
    await settles(page, 'in the form of an item');
    await type(page, dialog.getByLabel('Quantity'), 'the quantity', '4');
    await press(page, dialog.locator('[data-submit]'), 'the button of the form');
    await dialog.waitFor({ state: 'hidden' });
    await row.getByText('4 pcs').waitFor();
    await settles(page, 'after an item was changed');
  });

  await check('take a part of it out, and undo that', async () => {
    await press(page, row.getByRole('button', { name: 'Take out' }), 'Take out');
    await dialog.waitFor();
    await settles(page, 'in the form that takes out');
    await type(page, dialog.getByLabel('Quantity'), 'the quantity', '1');
    await tabTo(page, dialog.getByRole('radio'), 'what became of it');
    await page.keyboard.press('ArrowDown');
    await seesFocus(page, 'at what became of it');
    await press(page, dialog.getByRole('button', { name: 'Take out' }), 'the button of the form');
    await dialog.waitFor({ state: 'hidden' });
    await row.getByText('3 pcs').waitFor();
    await settles(page, 'after it was taken out');
    await toast.getByRole('button', { name: 'Undo' }).waitFor();
    await page.keyboard.press('Control+z');
    await row.getByText('4 pcs').waitFor();
    await settles(page, 'after it was put back');
  });

  await check('open the menus of the list', async () => {
    await byHand(page, 'g');
    await byHand(page, 'i');
    await page.locator('h1').filter({ visible: true, hasText: 'Items' }).waitFor();
    await settles(page, 'at the items');
    const more = page.locator('#more-filters');
    await press(page, more.locator('summary'), 'more filters');
    await type(page, more.locator('[name=sort]'), 'the order', 'N');
    await settles(page, 'after the order was chosen');
    await page.locator('#items[aria-busy=false]').waitFor();
    await press(page, more.locator('#clear-filters'), 'what clears the filters');
    await settles(page, 'after the filters were cleared');
  });

  await check('open the settings, and each of them', async () => {
    // Keys are for the page again outside of fields.
    await tabTo(page, page.locator('#chips button'), 'the statuses');
    await byHand(page, 'g');
    await byHand(page, 's');
    await page.locator('h1').filter({ visible: true, hasText: 'Settings' }).or(page.locator('h1').filter({ visible: true, hasText: 'Profile' })).first().waitFor();
    await settles(page, 'in the settings');
    for (const [link, heading] of [['Sessions', 'Sessions'], ['API tokens', 'API tokens'], ['Reminders', 'Reminders']]) {
      await press(page, page.locator('#place').getByRole('link', { name: link, exact: true }), link);
      await page.locator('h1').filter({ visible: true, hasText: heading }).waitFor();
      await settles(page, `at ${heading}`);
    }
  });

  await check('delete it', async () => {
    await byHand(page, 'g');
    await byHand(page, 'i');
    await page.locator('h1').filter({ visible: true, hasText: 'Items' }).waitFor();
    await page.locator('#items[aria-busy=false]').waitFor();
    await settles(page, 'at the items');
    await byHand(page, '/');
    await page.waitForFunction(() => document.activeElement?.name === 'search');
    await page.keyboard.type(name);
    await page.getByText('1 item', { exact: true }).waitFor();
    await press(page, row.getByRole('button', { name: 'Delete' }), 'Delete');
    await dialog.waitFor();
    await settles(page, 'before it is deleted');
    await press(page, dialog.getByRole('button', { name: 'Delete' }), 'the button that deletes it');
    await row.waitFor({ state: 'detached' });
    await settles(page, 'after it was deleted');
  });

  await check('look up the keys, and close that again', async () => {
    await byHand(page, '?');
    await dialog.waitFor();
    await settles(page, 'among the keys');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await settles(page, 'after the keys');
  });

  await longCheck('no place is wider than 320 px, and each can be read by everyone, in light and dark', async () => {
    for (const [hash, heading] of PLACES) {
      await page.evaluate((to) => { location.hash = to; }, hash);
      await page.locator('h1').filter({ visible: true, hasText: heading }).waitFor();
      await page.locator('.card').filter({ visible: true }).first().waitFor();
      await settles(page, `at ${hash}`);
      await isNoWider(page, hash);
      await isAccessible(page, hash);
      await page.emulateMedia({ colorScheme: 'dark' });
      await isAccessible(page, `${hash} in the dark`, ['color-contrast']);
      await page.emulateMedia({ colorScheme: 'light' });
    }
  });

  await check('log out', async () => {
    await press(page, page.locator('#logout'), 'the button that logs out');
    await page.locator('#login').waitFor();
    await settles(page, 'at the entrance again');
  });

  assert.deepEqual(complaints, [], 'The browser complained');
} finally {
  await browser.close();
}
