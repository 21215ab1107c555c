// The dashboard in a real browser: node dashboard.mjs URL USER PASSWORD [CHROMIUM]
// With PROVEN=1 in the environment, without what takes long and has passed with the same files: see .ci/proven.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { chromium } from 'playwright-core';
import { proxied } from './proxied.mjs';

const [url, user, password, executablePath = '/usr/bin/chromium'] = process.argv.slice(2);
if (!password) {
  console.error('Usage: node dashboard.mjs URL USER PASSWORD [CHROMIUM]');
  process.exit(2);
}

const LIVE_WITHIN_MILLIS = 2_000;
const browser = await chromium.launch({
  executablePath,
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
  ],
});
const complaints = [];
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Goes to a place by its address, as a link does, and waits until it is drawn. */
async function goTo(page, hash, heading) {
  await page.evaluate((to) => { location.hash = to; }, hash);
  await page.locator('h1').filter({ visible: true, hasText: heading }).waitFor();
}

/** Whoever needs a keyboard, a screen reader or contrast finds nothing in their way, and a phone scrolls one way only. */
async function isAccessible(page, rules = null) {
  // Between two colours contrast is that of neither.
  await page.waitForFunction(() => document.getAnimations().every((each) => each.playState !== 'running' || each.effect.getComputedTiming().iterations === Infinity));
  if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(axe);
  const faults = await page.evaluate(async (only) => (await window.axe.run(only ? { runOnly: only } : {})).violations
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).slice(0, 3).join(' ')}`), rules);
  assert.deepEqual(faults, [], `axe at ${new URL(page.url()).hash}`);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `sideways at ${new URL(page.url()).hash}`);
}

/** Presses a key; those that come faster than by fingers are taken for those of a scanner. */
async function byHand(page, key) {
  await page.evaluate(() => new Promise((resume) => setTimeout(resume, 60)));
  await page.keyboard.press(key);
}

async function open(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => complaints.push(error.stack));
  page.on('request', (request) => {
    if (new URL(request.url()).host !== new URL(url).host) complaints.push(`External request: ${request.url()}`);
  });
  const response = await page.goto(url);
  return { page, response };
}

async function send(page, withUser, withPassword) {
  const form = page.locator('#login');
  await form.getByLabel('Username or e-mail').fill(withUser);
  await form.getByLabel('Password').fill(withPassword);
  await form.getByRole('button', { name: 'Log in' }).click();
}

async function logIn(page) {
  await send(page, user, password);
  await page.locator('#live[data-state=live]').waitFor();
  await page.locator('#items[aria-busy=false]').waitFor();
}

const expiredOn = (page) => page.locator('#status-legend strong').first();

async function expiredIs(page, expected) {
  await expiredOn(page).filter({ hasText: new RegExp(`^${expected.toLocaleString('en')}$`) })
    .waitFor();
}

/** What an authenticator app shows (RFC 6238). */
function codeOf(secret, millis) {
  const bits = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(millis / 30_000)));
  const hash = createHmac('sha1', Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)))).update(step).digest();
  return String((hash.readUInt32BE(hash[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

async function check(what, action) {
  await action();
  console.log(`ok  ${what}`);
}

/** A check that takes long, and on which no other one builds. */
async function longCheck(what, action) {
  if (process.env.PROVEN) console.log(`--  ${what}`);
  else await check(what, action);
}

try {
  const name = `Conformance ${Date.now()}`;
  let newcomer = null;
  const { page: first, response } = await open();
  const { page: second } = await open({ colorScheme: 'dark', timezoneId: 'Pacific/Kiritimati' });
  const rowIn = (page) => page.locator('.item').filter({ hasText: name });

  await check('the page allows nothing but its own origin', async () => {
    const policy = response.headers()['content-security-policy'] ?? '';
    assert.match(policy, /default-src '(self|none)'/);
    assert.doesNotMatch(policy, /unsafe/);
  });

  await check('a wrong password is explained', async () => {
    await send(second, `nobody-${Date.now()}`, 'not the password');
    await second.locator('#login :is(.field-error, .form-error:not([hidden]))').waitFor();
  });

  await check('whoever has forgotten their password is told the same whether there is such an account or not', async () => {
    const words = [];
    for (const name of [user, `nobody-${Date.now()}`]) {
      await second.getByRole('button', { name: 'Forgot your password?' }).click();
      await second.locator('#forgotten').getByLabel('Username or e-mail').fill(name);
      await second.getByRole('button', { name: 'Send the link' }).click();
      await second.locator('#login').waitFor();
      words.push(await second.locator('#entrance-notice').innerText());
    }
    assert.match(words[0], /on its way/);
    assert.equal(words[1], words[0]);
  });

  await check('links of mails lead to their forms, leave no token in the address, and are refused when they are not good', async () => {
    for (const [link, button] of [['verify', 'Confirm the address'], ['reset', 'Set the password']]) {
      await second.goto(`${url}#${link}=eto_notgood`);
      await second.locator(`#${link}`).waitFor();
      assert.equal(new URL(second.url()).hash, '');
      if (link === 'reset') await second.getByLabel('New password').fill('a fairly fine secret');
      await second.getByRole('button', { name: button }).click();
      await second.locator(`#${link} .form-error:not([hidden])`).waitFor();
    }
    await second.goto(url);
  });

  await check('a login leads to the numbers and the list', async () => {
    await Promise.all([logIn(first), logIn(second)]);
    assert.equal(await first.locator('#status-legend li').count(), 4);
    await first.locator('#status-bar svg[aria-label*="Expired"]').waitFor();
  });

  const expiredBefore = Number((await expiredOn(first).textContent()).replace(/\D/g, ''));

  await check('an impossible quantity is refused at its field', async () => {
    await second.getByRole('button', { name: 'Add an item' }).click();
    const dialog = second.getByRole('dialog', { name: 'Add an item' });
    await dialog.getByLabel('Name').fill(name);
    await dialog.getByLabel('Quantity').fill('0');
    await dialog.getByRole('button', { name: 'Add' }).click();
    await dialog.locator('[name=quantity][aria-invalid=true]').waitFor();
  });

  await check(`an item added elsewhere appears within ${LIVE_WITHIN_MILLIS} ms`, async () => {
    const dialog = second.getByRole('dialog', { name: 'Add an item' });
    await dialog.getByLabel('Quantity').fill('3');
    await dialog.getByLabel('Last good day').fill('2001-02-03');
    await dialog.getByLabel('Cost price').fill('1.25');
    await dialog.getByRole('button', { name: 'Add' }).click();
    await rowIn(first).waitFor({ timeout: LIVE_WITHIN_MILLIS });
    const text = await rowIn(first).innerText();
    assert.match(text, /Expired/);
    assert.match(text, /3 pcs/);
    assert.match(text, /3\.75/);
    assert.ok(await rowIn(first).evaluate((row) => row.classList.contains('changed')), 'It is highlighted');
  });

  await check('the numbers follow', async () => {
    await expiredIs(first, expiredBefore + 1);
  });

  await check('a date is the same in every time zone', async () => {
    for (const page of [first, second]) {
      const text = await rowIn(page).innerText();
      assert.ok(/Feb 3, 2001|3 Feb 2001/.test(text), text);
    }
  });

  await check('a search finds it, whatever the case', async () => {
    await first.getByLabel('Search').fill(name.toUpperCase());
    await first.getByText('1 item', { exact: true }).waitFor();
    await rowIn(first).waitFor();
    await first.getByLabel('Search').fill('');
    await first.waitForFunction(() => document.querySelectorAll('.item').length !== 1);
  });

  await check('a part of it, with a decimal comma, is taken out, and the other page follows', async () => {
    const lists = [];
    second.on('request', (request) => { if (request.postData()?.includes('query Items(')) lists.push(request.url()); });
    await rowIn(first).getByRole('button', { name: 'Take out' }).click();
    const dialog = first.getByRole('dialog');
    await dialog.getByLabel('Quantity').fill('0,5');
    await dialog.getByLabel('Used').check();
    await dialog.getByRole('button', { name: 'Take out' }).click();
    await rowIn(second).getByText('2.5 pcs').waitFor();
    await rowIn(first).getByText('2.5 pcs').waitFor();
    assert.equal(lists.length, 0, 'Only the row is read again');
  });

  await check('more than is left is refused at its field', async () => {
    await rowIn(first).getByRole('button', { name: 'Take out' }).click();
    const dialog = first.getByRole('dialog');
    await dialog.getByLabel('Quantity').fill('99');
    await dialog.getByRole('button', { name: 'Take out' }).click();
    await dialog.locator('[name=quantity][aria-invalid=true]').waitFor();
  });

  await check('what was typed is not discarded without asking', async () => {
    const dialog = first.getByRole('dialog');
    await first.keyboard.press('Escape');
    await first.keyboard.press('Escape');
    assert.equal(await dialog.getByLabel('Quantity').inputValue(), '99');
    await dialog.getByRole('button', { name: 'Discard it' }).click();
    await dialog.waitFor({ state: 'hidden' });
  });

  await check('the rest is taken out by keyboard, and the item is gone from both', async () => {
    await rowIn(first).getByRole('button', { name: 'Take out' }).focus();
    await first.keyboard.press('Enter');
    await first.getByRole('dialog').getByLabel('Quantity').press('Enter');
    await rowIn(first).waitFor({ state: 'detached' });
    await rowIn(second).waitFor({ state: 'detached' });
    await expiredIs(first, expiredBefore);
  });

  await check('Undo brings it back to both, after it was taken out and, by its key, after it was deleted', async () => {
    await first.getByRole('button', { name: 'Undo' }).click();
    await rowIn(second).getByText('2.5 pcs').waitFor();
    await rowIn(first).getByRole('button', { name: 'Delete' }).click();
    await first.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await rowIn(second).waitFor({ state: 'detached' });
    await first.locator('body').press('Control+z');
    await rowIn(second).getByText('2.5 pcs').waitFor();
    await rowIn(first).getByText('2.5 pcs').waitFor();
  });

  await check('stock by days to the date, what is at risk and what left the stock are drawn', async () => {
    assert.equal(await first.locator('#aging li').count(), 6);
    await first.locator('#risk-lots li').first().waitFor();
    await first.locator('#outcome-drawing svg[aria-label*="weeks"]').waitFor();
    await first.locator('#outcome-drawing svg[tabindex]').focus();
    const latest = await first.locator('#outcome-drawing strong').textContent();
    await first.keyboard.press('ArrowLeft');
    assert.notEqual(await first.locator('#outcome-drawing strong').textContent(), latest);
  });

  await check('filters stand in the address, survive a reload, and Back takes them back', async () => {
    await first.getByRole('link', { name: /^Expired/ }).first().click();
    await first.locator('.chip.EXPIRED[aria-pressed=true]').waitFor();
    await first.locator('#items[aria-busy=false]').waitFor();
    assert.equal(await first.locator('.item:not([data-status=EXPIRED])').count(), 0);
    await first.getByLabel('Order').selectOption({ label: 'Name, Z to A' });
    await first.waitForURL(/#\/items\?status=EXPIRED&sort=-name$/);
    await first.reload();
    await first.locator('.item').first().waitFor();
    assert.equal(await first.getByLabel('Order').inputValue(), '-name');
    await first.locator('.chip.EXPIRED[aria-pressed=true]').waitFor();
    const names = await first.locator('.item strong').allTextContents();
    assert.deepEqual(names, names.toSorted((a, b) => b.localeCompare(a, 'en')));
    await isAccessible(first);
    await first.getByLabel('Date from').fill('2001-02-03');
    await first.getByLabel('until').fill('2001-02-03');
    await rowIn(first).waitFor();
    await first.locator('#items[aria-busy=false]').waitFor();
    assert.equal(await first.locator('.item').filter({ hasNotText: '2001' }).count(), 0);
    await first.goBack();
    await first.goBack();
    await first.locator('.item').filter({ hasNotText: '2001' }).first().waitFor();
    assert.equal(await first.getByLabel('until').inputValue(), '');
  });

  await check('several items are chosen, and changed at once', async () => {
    await first.goto(`${url}#/items?search=${encodeURIComponent(name)}`);
    await rowIn(first).getByLabel(`Choose ${name}`).check();
    const bar = first.getByRole('region', { name: 'What is chosen' });
    await bar.getByText('1 item chosen').waitFor();
    await bar.getByRole('button', { name: 'Change' }).click();
    const dialog = first.getByRole('dialog', { name: 'Change 1 item' });
    await dialog.getByLabel('Place').fill('Shelf 9');
    await dialog.getByLabel('Category').selectOption({ index: 2 });
    await isAccessible(first);
    await dialog.getByRole('button', { name: 'Change' }).click();
    await rowIn(first).getByText(/^Shelf 9 · \w+/).waitFor();
    await bar.waitFor({ state: 'hidden' });
  });

  await check('an item has a page with all of it, its history, and an undo that comes late', async () => {
    await goTo(first, '#/items?search=' + encodeURIComponent(name), 'Items');
    await rowIn(first).getByRole('link', { name }).click();
    await first.getByRole('heading', { name, level: 1 }).waitFor();
    await first.locator('.facts').getByText('2.5 pcs').waitFor();
    const history = first.locator('.events');
    await history.getByText('0.5 pcs, used').waitFor();
    await isAccessible(first);
    await first.getByRole('button', { name: 'Edit' }).click();
    const dialog = first.getByRole('dialog', { name: `Edit ${name}` });
    await dialog.locator('[name=description]:enabled').waitFor({ state: 'attached' });
    await dialog.getByText('More', { exact: true }).click();
    await dialog.getByLabel('Lead days').fill('12');
    await dialog.getByLabel('Description').fill('Found behind the others');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await first.getByText('12 days before').waitFor();
    await history.locator('.ITEM_UPDATED').first().getByText('Found behind the others').waitFor();
    await history.locator('.ITEM_UPDATED').getByRole('button', { name: 'Undo' }).first().click();
    await first.getByRole('dialog').getByRole('button', { name: 'Undo' }).click();
    await first.getByText('12 days before').waitFor({ state: 'detached' });
  });

  await check('a notification is put off by choice and no longer, another is done with and not, and both stay so', async () => {
    await first.getByRole('link', { name: /^Notifications/ }).click();
    const rows = first.locator('.notification');
    await rows.first().waitFor();
    await isAccessible(first);
    const putOff = rows.filter({ hasText: 'Again on' });
    await rows.getByRole('button', { name: /^Later/ }).first().click();
    const dialog = first.getByRole('dialog', { name: /^Put off/ });
    await dialog.getByLabel('In a month').check();
    await dialog.getByRole('button', { name: 'Put off' }).click();
    await putOff.waitFor();
    await putOff.getByRole('button', { name: /^Do not put off/ }).click();
    await putOff.waitFor({ state: 'detached' });
    const told = await rows.first().locator('strong').textContent();
    await rows.first().getByRole('button', { name: /^Done/ }).click();
    await first.locator('#toast').getByText('Noted').waitFor();
    await first.locator('#toast').getByRole('button', { name: 'Undo' }).click();
    await first.locator('#toast').getByText('to be done again').waitFor();
    await rows.filter({ hasText: told }).first().waitFor();
    await first.waitForFunction(() => document.activeElement !== document.body);
  });

  await check('reports tell a span and a day, beside the one before it', async () => {
    await first.getByRole('link', { name: 'Reports' }).first().click();
    await first.locator('#place tbody a').nth(1).click();
    await first.waitForURL(/day=\d{4}-\d\d-\d\d/);
    await first.getByText(/compared with the report of/).waitFor();
    await first.locator('#place svg[aria-label*="weeks"]').waitFor();
    await isAccessible(first);
  });

  await check('reminders are chosen, refused where they make no sense, and kept', async () => {
    await goTo(first, '#/settings/reminders', 'Reminders');
    const form = first.locator('#reminders');
    await form.getByLabel('Days before').fill('14, soon');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.locator('[name=days][aria-invalid=true]').waitFor();
    await form.getByLabel('Days before').fill('14, 3, 0');
    await form.getByLabel('My day begins at').selectOption('06:00');
    await form.getByLabel('No e-mail from').selectOption('22:00');
    await form.getByLabel('until').selectOption('07:00');
    await form.getByLabel('Daily e-mail').check();
    await form.getByRole('button', { name: 'Save' }).click();
    await first.getByText('Reminders were saved.').waitFor();
    await goTo(first, '#/settings/profile', 'Profile');
    await goTo(first, '#/settings/reminders', 'Reminders');
    assert.equal(await form.getByLabel('Days before').inputValue(), '14, 3, 0');
    assert.equal(await form.getByLabel('No e-mail from').inputValue(), '22');
    assert.equal(await form.getByLabel('My day begins at').inputValue(), '6');
    assert.equal(await form.getByLabel('Daily e-mail').isChecked(), true);
  });

  await check('a category has reminders of its own, or those of all', async () => {
    const form = first.locator('#category-reminders');
    await first.locator('#place .card > label select').selectOption({ index: 1 });
    assert.equal(await form.getByLabel('Days before').isDisabled(), true);
    await form.getByLabel('Reminders of its own').check();
    await form.getByLabel('Days before').fill('60, 5');
    await form.getByRole('button', { name: 'Save' }).click();
    await first.getByText(/^Reminders of .+ were saved/).waitFor();
    await first.reload();
    await first.locator('#place .card > label select').selectOption({ index: 1 });
    assert.equal(await form.getByLabel('Days before').inputValue(), '60, 5');
    await form.getByLabel('Reminders of its own').uncheck();
    assert.equal(await form.getByLabel('Days before').inputValue(), '14, 3, 0');
    await form.getByRole('button', { name: 'Save' }).click();
    await first.getByText(/^Reminders of .+ were saved/).waitFor();
  });

  await check('a place with something typed is not left without asking', async () => {
    await goTo(first, '#/settings/categories', 'Categories');
    await first.locator('#new-category').getByLabel('Name').fill('Half a na');
    await first.getByRole('link', { name: 'Overview', exact: true }).click();
    await first.getByRole('dialog').getByRole('button', { name: 'Stay' }).click();
    assert.equal(new URL(first.url()).hash, '#/settings/categories');
    assert.equal(await first.locator('#new-category').getByLabel('Name').inputValue(), 'Half a na');
  });

  await check('a category is added, changed and deleted, and its items go where they are sent', async () => {
    const rows = first.locator('.rows > li');
    const form = first.locator('#new-category');
    await form.getByLabel('Name').fill(name);
    await form.getByLabel('Lead days').fill('3');
    await form.getByRole('button', { name: 'Add it' }).click();
    const row = rows.filter({ hasText: name });
    await row.getByText('3 days before').waitFor();
    await row.getByRole('button', { name: 'Change' }).click();
    await isAccessible(first);
    await row.getByLabel('Lead days').fill('5');
    await row.getByRole('button', { name: 'Save' }).click();
    await row.getByText('5 days before').waitFor();
    await row.getByRole('button', { name: 'Change' }).click();
    await row.getByRole('button', { name: 'Delete' }).click();
    await first.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await row.waitFor({ state: 'detached' });
  });

  await check('an API token is made, shown once, and revoked', async () => {
    await goTo(first, '#/settings/tokens', 'API tokens');
    const form = first.locator('#token');
    await form.getByLabel('What it is for').fill(name);
    await form.getByRole('button', { name: 'Make the token' }).click();
    await form.getByText('Choose at least one.').waitFor();
    await form.getByLabel('Read items').check();
    await form.getByRole('button', { name: 'Make the token' }).click();
    const token = await first.locator('.once code').textContent();
    const answer = await fetch(new URL('graphql', url), {
      method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: '{ caller { apiToken { name } } }' }),
    });
    assert.equal((await answer.json()).data.caller.apiToken.name, name);
    const calendar = await fetch(await first.locator('[data-calendar]').textContent());
    assert.match(await calendar.text(), /^BEGIN:VCALENDAR/);
    await first.getByRole('button', { name: 'I have kept it' }).click();
    await first.getByRole('button', { name: `Revoke ${name}` }).click();
    await first.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await first.locator('.rows > li').filter({ hasText: name }).getByText('revoked').waitFor();
  });

  await check('the tabs of a person share one live connection, which the next takes over', async () => {
    const context = first.context();
    const stored = await first.evaluate(() => ({ ...sessionStorage }));
    const tab = await context.newPage();
    const sockets = [];
    tab.on('websocket', (socket) => sockets.push(socket));
    await tab.addInitScript((kept) => {
      for (const [key, value] of Object.entries(kept)) sessionStorage.getItem(key) ?? sessionStorage.setItem(key, value);
    }, stored);
    await tab.goto(url);
    await tab.locator('#live[data-state=live]').waitFor();
    assert.equal(sockets.length, 0);
    const taken = tab.waitForEvent('websocket');
    await first.goto('about:blank');
    await taken;
    await tab.locator('#live[data-state=live]').waitFor();
    await tab.close();
    await first.goto(url);
    await first.locator('#live[data-state=live]').waitFor();
  });

  await check('what could not be read is read as soon as it can be, and never shows what another question was answered', async () => {
    await first.locator('#items[aria-busy=false]').waitFor();
    const silent = complaints.length;
    await first.route('**/graphql', (route) => route.abort());
    await first.getByLabel('Search').fill(name);
    await first.locator('#no-items').getByText('asked for again').waitFor();
    assert.equal(await first.locator('.item').count(), 0);
    await first.unroute('**/graphql');
    await rowIn(first).waitFor();
    assert.equal(await first.locator('.item').count(), 1);
    await first.getByLabel('Search').fill('');
    complaints.splice(silent);
  });

  await check('a reload stays logged in', async () => {
    await first.reload();
    await first.locator('#live[data-state=live]').waitFor();
    assert.equal(await first.locator('#entrance').isVisible(), false);
  });

  await check('a phone needs no sideways scrolling', async () => {
    await first.setViewportSize({ width: 360, height: 740 });
    await first.locator('#items[aria-busy=false]').waitFor();
    assert.ok(await first.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  });

  const keeper = { name: `keeper-${Date.now()}`, password: 'a fairly long and quite unlikely phrase' };

  await check('of a long list the page holds what is in sight, and Back leads to where somebody was', async () => {
    const post = async (query, input, headers = {}) => (await (await fetch(new URL('graphql', url), {
      method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ query, variables: { input } }),
    })).json()).data;
    const { session } = (await post(
      'mutation ($input: RegisterInput!) { register(input: $input) { session { accessToken } } }',
      { username: keeper.name, email: `${keeper.name}@example.org`, password: keeper.password },
    )).register;
    keeper.headers = { authorization: `Bearer ${session.accessToken}` };
    const dayIn = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    const items = Array.from({ length: 400 }, (_, index) => ({
      name: `Tin ${String(index).padStart(3, '0')}`, location: index % 3 === 0 ? 'Cellar' : 'Shop', expiryDate: dayIn(2 + index), costPrice: '2',
    }));
    await post('mutation ($input: CreateItemsInput!) { createItems(input: $input) { userErrors { message } } }', { items }, keeper.headers);
    const { page } = await open();
    keeper.page = page;
    await send(page, keeper.name, keeper.password);
    await page.locator('#live[data-state=live]').waitFor();
    await goTo(page, '#/items', 'Items');
    await page.getByText('400 items', { exact: true }).waitFor();
    for (let tries = 0; tries < 60 && await page.locator('.item[aria-posinset="400"]').count() === 0; tries += 1) {
      await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
      await page.waitForTimeout(50);
    }
    const last = page.locator('.item[aria-posinset="400"][aria-setsize="400"]');
    await last.getByText('Tin 399').first().waitFor();
    assert.ok(await page.locator('.item').count() < 60);
    await last.getByRole('link').focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Tin 398', level: 1 }).waitFor();
    await page.goBack();
    await page.waitForFunction(() => document.activeElement?.textContent === 'Tin 398');
    assert.ok(await page.getByRole('link', { name: 'Tin 398' }).evaluate((node) => node.getBoundingClientRect().bottom <= innerHeight));
  });

  await check('the calendar tells how much bears which date, and a day opens its items', async () => {
    const { page } = keeper;
    await goTo(page, '#/calendar', 'Calendar');
    const next = page.getByRole('link', { name: /^Month after/ });
    await next.click();
    await page.locator('.month td a').nth(20).waitFor();
    await page.locator('.calendar-tools select').selectOption('Cellar');
    await page.waitForURL(/place=Cellar/);
    await page.waitForFunction(() => document.querySelectorAll('.month td a').length < 12);
    await page.locator('.agenda-day').nth(3).waitFor();
    await isAccessible(page);
    await page.locator('.month td a').first().click();
    await page.waitForURL(/#\/items\?from=.*&place=Cellar/);
    await page.getByText('1 item', { exact: true }).waitFor();
  });

  await check('what is kept in a place is moved to another', async () => {
    const { page } = keeper;
    await goTo(page, '#/by-place', 'By place');
    const row = (place) => page.locator('tbody tr').filter({ hasText: place });
    await row('Cellar').getByText('134', { exact: true }).waitFor();
    await isAccessible(page);
    await row('Cellar').getByRole('button', { name: 'Move' }).click();
    await page.getByRole('dialog').getByLabel('To').fill('Shop');
    await page.getByRole('dialog').getByRole('button', { name: 'Move' }).click();
    await row('Shop').getByText('400', { exact: true }).waitFor();
    assert.equal(await row('Cellar').count(), 0);
  });

  await longCheck('what is at risk is told in full, and labels are printed on sheets', async () => {
    const { page } = keeper;
    await goTo(page, '#/at-risk', 'At risk');
    await page.locator('#place tbody').getByText('Tin 000').first().waitFor();
    await isAccessible(page);
    await goTo(page, '#/labels?sheet=L7163', 'Labels');
    await page.getByText('100 labels on 8 pages.').waitFor();
    await page.waitForFunction(() => document.querySelector('.label img')?.naturalWidth > 0);
    await isAccessible(page);
    await page.emulateMedia({ media: 'print' });
    const label = await page.locator('.label').first().evaluate((node) => {
      const { width, height } = node.getBoundingClientRect();
      return [width, height].map((pixels) => Math.round((pixels * 254) / 96) / 10);
    });
    assert.deepEqual(label, [99.1, 38.1]);
    await page.emulateMedia({ media: 'screen' });
  });

  await check('at the shelf a code fills the form, finds what bears it, and is added again', async () => {
    const { page } = keeper;
    /** As a scanner does: each key at once, and Enter. */
    const scan = (code) => page.evaluate((text) => {
      const press = (key) => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
      [...text].forEach(press);
      press('Enter');
    }, code);
    await scan('01095060001343521727020010AB-7\u001d21X9');
    const form = page.getByRole('dialog', { name: 'Add an item' });
    await form.waitFor();
    assert.deepEqual(await Promise.all(['Barcode', 'Lot number', 'Last good day'].map((label) => form.getByLabel(label).inputValue())),
      ['09506000134352', 'AB-7', '2027-02-28']);
    await form.getByLabel('Or in short').fill('12/99');
    assert.equal(await form.getByLabel('Last good day').inputValue(), '2099-12-31');
    await form.getByLabel('Name').fill('Yoghurt');
    await form.getByLabel('Add another').check();
    await form.getByRole('button', { name: 'Add', exact: true }).click();
    await page.waitForFunction(() => document.querySelector('#item-dialog [name=name]').value === '');
    await page.keyboard.press('Escape');
    await form.waitFor({ state: 'hidden' });
    await scan('9506000134352');
    const found = page.getByRole('dialog', { name: 'Found by its code' });
    await found.getByText('Yoghurt').first().waitFor();
    await isAccessible(page);
    await found.getByRole('button', { name: 'Close' }).click();
    await found.waitFor({ state: 'hidden' });
    await byHand(page, 's');
    const scanning = page.getByRole('dialog', { name: 'Scan a code' });
    await scanning.getByLabel('Or type it').waitFor();
    await page.keyboard.press('Escape');
    // Keys are for the page again once no dialog is open.
    await scanning.waitFor({ state: 'hidden' });
    await byHand(page, '?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await isAccessible(page);
    await page.keyboard.press('Escape');
  });



  await keeper.page.close();

  await check('logging out leaves nothing behind but what tells the browser', async () => {
    await first.getByRole('button', { name: 'Log out' }).click();
    await first.locator('#login').waitFor();
    assert.equal(await first.locator('.item').count(), 0);
    assert.equal(await first.evaluate(() => sessionStorage.length), 0);
    assert.deepEqual(await first.evaluate(() => Object.keys(localStorage)), ['expiry-tracker.device-token']);
  });

  await longCheck('a browser that has logged in before is let in while others guess the password, and another is not', async () => {
    const guess = {
      query: 'mutation ($input: LoginInput!) { login(input: $input) { userErrors { code retryAt } } }',
      variables: { input: { username: user, password: 'not the password' } },
    };
    const { page: other } = await open();
    // The pause grows with each failure, until it is long enough for what follows.
    for (let until = 0; until - Date.now() < 3_500;) {
      const answer = await fetch(new URL('graphql', url), {
        method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(guess),
      });
      const [refusal] = (await answer.json()).data.login.userErrors;
      until = Date.parse(refusal.retryAt ?? 0);
      await new Promise((resume) => setTimeout(resume, 250));
    }
    await send(other, user, password);
    await other.locator('#login .form-error:not([hidden])').waitFor();
    await logIn(first);
  });

  await check('two-factor is set up from the page, and the next login asks for it', async () => {
    const { page } = await open();
    const someone = `conformance-${Date.now()}`;
    const secretOfTheirs = 'a fairly long and quite unlikely phrase';
    await page.getByRole('button', { name: 'Open an account' }).click();
    const register = page.locator('#register');
    await register.getByLabel('Username').fill(someone);
    await register.getByLabel('E-mail').fill(`${someone}@example.org`);
    await register.getByLabel('Password').fill(secretOfTheirs);
    await register.getByRole('button', { name: 'Open the account' }).click();
    await page.locator('#live[data-state=live]').waitFor();

    const turnTo = async () => {
      await page.getByRole('link', { name: 'Settings' }).click();
      await page.getByRole('link', { name: 'Two-factor' }).click();
    };
    await turnTo();
    await page.locator('#two-factor-start').getByLabel('Password').fill(secretOfTheirs);
    await page.getByRole('button', { name: 'Set it up' }).click();
    await page.waitForFunction(() => document.querySelector('#two-factor-qr')?.naturalWidth > 0);
    const secret = (await page.locator('#two-factor-secret').textContent()).replaceAll(' ', '');
    const code = page.locator('#two-factor-confirm').getByLabel('Code');
    await code.fill(codeOf(secret, Date.now() + 3_600_000));
    await page.getByRole('button', { name: 'Turn it on' }).click();
    await page.locator('#two-factor-confirm [name=code][aria-invalid=true]').waitFor();
    await code.fill(codeOf(secret, Date.now()));
    await page.getByRole('button', { name: 'Turn it on' }).click();
    await page.locator('#recovery-codes').waitFor();
    const codes = await page.locator('#recovery-codes li').filter({ hasText: '-' }).allTextContents();
    assert.equal(codes.length, 10);
    await page.getByRole('button', { name: 'I have kept them' }).click();
    await page.locator('#recovery-codes li').first().waitFor({ state: 'detached' });

    await page.getByRole('button', { name: 'Log out' }).click();
    await send(page, someone, secretOfTheirs);
    await page.locator('#second-factor').getByLabel('Code').fill(codes[0]);
    await page.locator('#second-factor').getByRole('button', { name: 'Continue' }).click();
    await page.locator('#live[data-state=live]').waitFor();

    await turnTo();
    const off = page.locator('#two-factor-off');
    await off.getByLabel('Password').fill(secretOfTheirs);
    await off.getByLabel('Code').fill(codes[1]);
    await off.getByRole('button', { name: 'Turn it off' }).click();
    await page.locator('#two-factor-start').waitFor();
    newcomer = { page, name: someone, password: secretOfTheirs };
  });

  await longCheck('every place of the settings is drawn for every reader', async () => {
    const { page } = newcomer;
    for (const [hash, heading] of [
      ['#/history', 'History'], ['#/settings/profile', 'Profile'], ['#/settings/password', 'Password'], ['#/settings/two-factor', 'Two-factor'],
      ['#/settings/sessions', 'Sessions'], ['#/settings/tokens', 'API tokens'], ['#/settings/reminders', 'Reminders'],
      ['#/settings/channels', 'Channels'], ['#/settings/inventories', 'Inventories'], ['#/settings/members', 'Members'], ['#/settings/webhooks', 'Webhooks'],
      ['#/settings/data', 'Your data'],
    ]) {
      await goTo(page, hash, heading);
      await page.locator('#place .card').first().waitFor();
      await isAccessible(page);
    }
  });

  await check('what is dark can be read', async () => {
    for (const [hash, heading] of [['#/settings/tokens', 'API tokens'], ['#/overview', 'Good']]) {
      await goTo(second, hash, heading);
      await isAccessible(second, ['color-contrast']);
    }
  });

  await check('profile, security question and password are changed', async () => {
    const { page, password: old } = newcomer;
    await goTo(page, '#/settings/profile', 'Profile');
    await page.locator('#profile').getByLabel('Lead days').fill('a week');
    await page.locator('#profile').getByRole('button', { name: 'Save' }).click();
    await page.getByText('Write a whole number.').waitFor();
    await page.locator('#profile').getByLabel('Lead days').fill('7');
    await page.locator('#profile').getByRole('button', { name: 'Save' }).click();
    await page.getByText('Your profile was saved.').waitFor();
    await goTo(page, '#/settings/password', 'Password');
    const question = page.locator('#set-question');
    await question.getByLabel('Answer').fill('Ms Ada');
    await question.getByLabel('Password').fill(old);
    await question.getByRole('button', { name: 'Set the question' }).click();
    await page.getByText('A reset of your password asks').waitFor();
    newcomer.password = `${old} or another`;
    const form = page.locator('#change-password');
    await form.getByLabel('Current password').fill(old);
    await form.getByLabel('New password', { exact: false }).first().fill(newcomer.password);
    await form.getByLabel('New password again').fill(newcomer.password);
    await form.getByRole('button', { name: 'Change it' }).click();
    await page.getByText('Your password is changed.').waitFor();
  });

  await longCheck('a product says what new lots of it are like, and is taken out of those that expire first', async () => {
    const { page } = newcomer;
    await goTo(page, '#/products', 'Products');
    const form = page.locator('#new-product');
    await form.locator('[name=name]').fill('Oat milk');
    await form.locator('[name=unit]').fill('l');
    await form.locator('[name=minimumQuantity]').fill('2,5');
    await form.locator('[name=barcodes]').fill('4006381333931');
    await form.locator('[name=shelfLifeDays]').fill('7');
    await form.locator('[name=location]').fill('Cellar');
    await isAccessible(page);
    await form.getByRole('button', { name: 'Add' }).click();
    await page.getByRole('heading', { name: 'Oat milk' }).waitFor();
    await page.locator('.item-state').getByText('Too little in stock').waitFor();
    await page.getByText('No lot is in stock.').waitFor();
    await isAccessible(page);
    const lots = page.locator('.card').filter({ has: page.getByRole('heading', { name: 'Lots' }) }).locator('.rows > li');
    for (const [day, quantity] of [['', '2'], ['2099-12-31', '3']]) {
      await page.getByRole('button', { name: 'Add a lot' }).click();
      const dialog = page.locator('#item-dialog');
      assert.equal(await dialog.locator('[name=unit]').inputValue(), 'l');
      assert.equal(await dialog.locator('[name=location]').inputValue(), 'Cellar');
      assert.notEqual(await dialog.locator('[name=expiryDate]').inputValue(), '');
      await dialog.locator('[name=quantity]').fill(quantity);
      if (day) await dialog.locator('[name=expiryDate]').fill(day);
      await dialog.getByRole('button', { name: 'Add' }).click();
      await dialog.waitFor({ state: 'hidden' });
      await lots.filter({ hasText: `${quantity} l` }).waitFor();
    }
    await page.locator('.item-state').waitFor({ state: 'hidden' });
    const out = page.locator('#take-out-product');
    await out.locator('[name=quantity]').fill('6');
    await out.getByRole('button', { name: 'Take out' }).click();
    await out.locator('.field-error').waitFor();
    await out.locator('[name=quantity]').fill('4');
    await out.getByRole('button', { name: 'Take out' }).click();
    await page.getByText('4 l of Oat milk taken out.').waitFor();
    await lots.filter({ hasText: '1 l' }).waitFor();
    assert.equal(await lots.count(), 1);
    await isAccessible(page);

    // Whoever scans or types its barcode in the form of an item has a lot of it.
    await goTo(page, '#/items', 'Items');
    await page.locator('#add-item').click();
    const dialog = page.locator('#item-dialog');
    await dialog.locator('[name=barcode]').fill('04006381333931');
    await dialog.locator('[name=barcode]').blur();
    await page.waitForFunction(() => document.querySelector('#item-dialog [name=name]').value === 'Oat milk');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.getByRole('button', { name: 'Discard it' }).click();

    await goTo(page, '#/products?search=oat', 'Products');
    await page.locator('.products').getByRole('link', { name: 'Oat milk' }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Oat milk was deleted.').waitFor();
  });

  await longCheck('a channel is added, tried, switched off and deleted', async () => {
    const got = [];
    const receiver = createServer((request, response) => {
      request.setEncoding('utf8').on('data', (piece) => got.push([request.headers.authorization, JSON.parse(piece)]));
      request.on('end', () => response.end('{}'));
    });
    await new Promise((listening) => { receiver.listen(0, '127.0.0.1', listening); });
    try {
      const { page } = newcomer;
      await goTo(page, '#/settings/channels', 'Channels');
      const form = page.locator('#new-channel');
      await form.locator('[name=kind]').selectOption('GOTIFY');
      await form.getByLabel('Token of the application').waitFor();
      await isAccessible(page);
      await form.locator('[name=kind]').selectOption('TEMPLATE');
      await form.locator('[name=url]').fill('https://hooks.example.org/');
      await form.locator('[name=body]').fill('{"text": {title}}');
      await form.locator('[name=name]').fill('My phone');
      await form.getByRole('button', { name: 'Add it' }).click();
      await form.getByText('body is no JSON').waitFor();
      await form.locator('[name=kind]').selectOption('NTFY');
      await form.getByLabel('Topic').fill('kitchen');
      await form.locator('[name=url]').fill(`http://127.0.0.1:${receiver.address().port}`);
      await form.getByLabel('Access token').fill('tk_secret');
      await form.getByRole('button', { name: 'Add it' }).click();
      const row = page.locator('.rows > li').filter({ hasText: 'My phone' });
      await row.getByRole('button', { name: 'Send a test' }).click();
      await page.getByText('It was delivered.').waitFor();
      assert.equal(got[0][0], 'Bearer tk_secret');
      assert.equal(got[0][1].topic, 'kitchen');
      await row.getByText('Expiry Tracker: a test').waitFor();
      await isAccessible(page);
      await row.getByRole('button', { name: 'Switch off' }).click();
      await row.getByRole('button', { name: 'Switch on' }).waitFor();
      await row.getByRole('button', { name: 'Delete' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
      await page.getByText('None yet.').waitFor();
    } finally {
      receiver.close();
    }
  });

  await longCheck('a webhook is sent what its own query is answered, which is checked where it is typed', async () => {
    const { page } = newcomer;
    await goTo(page, '#/settings/webhooks', 'Webhooks');
    const form = page.locator('#new-webhook');
    await form.getByLabel('Address').fill('http://127.0.0.1:9/hook');
    await form.getByLabel('Item added').check();
    const query = form.getByLabel('What is sent of it');
    await query.fill('query ($id: ID!) {\n  item(id: $id) { nme }\n}');
    await form.getByRole('button', { name: 'Add it' }).click();
    await form.getByText('(line 2, column 19)').waitFor();
    await isAccessible(page);
    await query.fill('query ($id: ID!) { item(id: $id) { name } }');
    await form.getByRole('button', { name: 'Add it' }).click();
    await page.getByRole('heading', { name: 'Its secret' }).waitFor();
    const row = page.locator('.rows > li').filter({ hasText: '127.0.0.1:9' });
    await row.getByRole('button', { name: 'Manage' }).click();
    assert.equal(await row.getByLabel('What is sent of it').inputValue(), 'query ($id: ID!) { item(id: $id) { name } }');
    await row.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('None yet.').waitFor();
  });

  await check('an inventory is added, shown, shared by a link, and deleted', async () => {
    const { page } = newcomer;
    await goTo(page, '#/settings/inventories', 'Inventories');
    await page.locator('#new-inventory [name=name]').fill('Cabin');
    await page.locator('#new-inventory').getByLabel('Currency').fill('nok');
    await page.locator('#new-inventory').getByRole('button', { name: 'Add it' }).click();
    await page.locator('.rows > li').filter({ hasText: 'NOK' }).getByRole('button', { name: 'Show Cabin' }).click();
    await page.locator('#inventory option:checked').filter({ hasText: 'Cabin' }).waitFor({ state: 'attached' });
    await page.getByRole('link', { name: 'Members' }).click();
    await page.locator('#invite').getByRole('button', { name: 'Make the invitation' }).click();
    await page.locator('.once code').filter({ hasText: '#invitation=' }).waitFor();
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByRole('button', { name: /^Withdraw/ }).click();
    await page.getByText('The invitation is withdrawn.').waitFor();
    await page.getByRole('link', { name: 'Inventories' }).click();
    await page.getByRole('button', { name: 'Delete Cabin' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.locator('#inventory').waitFor({ state: 'hidden' });
  });

  await check('whoever wants to go takes their data along, and leaves nothing', async () => {
    const { page, name: someone, password: secret } = newcomer;
    await page.locator('#live[data-state=live]').waitFor();
    await goTo(page, '#/settings/data', 'Your data');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download my data' }).click();
    assert.match(await readFile(await (await download).path(), 'utf8'), new RegExp(`"username": "${someone}"`));
    const form = page.locator('#delete-account');
    await form.getByLabel('Your username').fill(someone);
    await form.getByLabel('Password').fill(secret);
    await form.getByRole('button', { name: 'Delete the account' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete everything' }).click();
    await page.locator('#login').waitFor();
  });

  await check('the link of an invitation makes a member, who sees what is shared and chooses between inventories', async () => {
    const secret = 'a fairly long and quite unlikely phrase';
    const post = async (query, input, headers = {}) => {
      const answer = await fetch(new URL('graphql', url), {
        method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ query, variables: { input } }),
      });
      return (await answer.json()).data;
    };
    const register = async (username) => (await post(
      'mutation ($input: RegisterInput!) { register(input: $input) { session { accessToken } } }',
      { username, email: `${username}@example.org`, password: secret },
    )).register.session.accessToken;
    const owner = { authorization: `Bearer ${await register(`owner-${Date.now()}`)}` };
    const shop = (await post(
      'mutation ($input: CreateInventoryInput!) { createInventory(input: $input) { inventory { id } } }', { name: 'Corner shop' }, owner,
    )).createInventory.inventory.id;
    await post('mutation ($input: CreateItemInput!) { createItem(input: $input) { item { id } } }', { name: 'Shared cheese' }, { ...owner, 'expiry-inventory': shop });
    const { code } = (await post(
      'mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { code } }', { inventoryId: shop, role: 'VIEWER' }, owner,
    )).inviteMember;
    const member = `member-${Date.now()}`;
    await register(member);

    const { page } = await open();
    // The page loads itself anew when only its fragment changes.
    const anew = page.waitForEvent('load');
    await page.goto(`${url}#invitation=${code}`);
    await anew;
    await send(page, member, secret);
    const choice = page.getByLabel('Inventory');
    await choice.waitFor();
    assert.equal(await choice.evaluate((select) => select.selectedOptions[0].textContent), 'Corner shop (to look at)');
    assert.equal(new URL(page.url()).hash, '');
    await page.locator('.item').filter({ hasText: 'Shared cheese' }).waitFor();
    assert.equal(await page.getByRole('button', { name: /Add an item|Take out|Delete/ }).count(), 0, 'Who may look is offered no more');

    await choice.selectOption({ label: `${member}'s inventory` });
    await page.locator('.item').filter({ hasText: 'Shared cheese' }).waitFor({ state: 'detached' });
    await page.locator('#live[data-state=live]').waitFor();
  });

  await longCheck('a file becomes items: read as the person says, previewed, its good rows written; and goes out as files again', async () => {
    const filer = { name: `filer-${Date.now()}`, password: 'a fairly long and quite unlikely phrase' };
    const asFiler = async (query, input, headers = {}) => {
      const answer = await fetch(new URL('graphql', url), {
        method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ query, variables: { input } }),
      });
      return (await answer.json()).data;
    };
    const { accessToken } = (await asFiler(
      'mutation ($input: RegisterInput!) { register(input: $input) { session { accessToken } } }',
      { username: filer.name, email: `${filer.name}@example.org`, password: filer.password },
    )).register.session;
    /** Files cost much, and a budget fills again by the second. */
    const canPay = async () => {
      while ((await asFiler('{ rateLimit { remaining } }', {}, { authorization: `Bearer ${accessToken}` }))?.rateLimit.remaining < 6_000) {
        await new Promise((resume) => setTimeout(resume, 250));
      }
    };
    const { page } = await open();
    await send(page, filer.name, filer.password);
    await page.locator('#live[data-state=live]').waitFor();
    await goTo(page, '#/files', 'Files');
    await page.getByText('None yet.').waitFor();
    await isAccessible(page);

    // By drag and drop, as a file manager does it.
    const dropped = await page.evaluateHandle((text) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], 'Vorrat.csv', { type: 'text/csv' }));
      return transfer;
    }, 'Ware;Menge;Haltbar;Wo\nReis;2,5;31.12.2031;Keller\nTee;1;;\nMilch;viel;30.11.2031;Tür\n');
    await page.locator('.drop').dispatchEvent('drop', { dataTransfer: dropped });
    await page.getByRole('heading', { name: 'Vorrat.csv' }).waitFor();
    await page.getByRole('row').filter({ hasText: '“viel” is no number' }).waitFor();
    assert.equal(await page.getByLabel('Values are separated by').inputValue(), ';');
    const start = page.getByRole('button', { name: 'Import 2 rows' });
    assert.ok(await start.isDisabled(), 'One row is bad, and it is all or none');
    await page.getByLabel('Wo', { exact: true }).selectOption({ label: 'Place' });
    await page.getByLabel('Haltbar', { exact: true }).selectOption({ label: 'Last good day' });
    assert.ok(await start.isDisabled(), 'What was changed is looked at first');
    await page.getByLabel('The good rows').check();
    await page.getByRole('button', { name: 'Look again' }).click();
    await page.locator('button:enabled').filter({ hasText: 'Import 2 rows' }).waitFor();
    await isAccessible(page);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 320, height: 700 });
    await isAccessible(page, ['color-contrast']);
    await page.setViewportSize({ width: 1280, height: 900 });
    await start.click();
    await page.getByRole('heading', { name: 'Done' }).waitFor();
    await page.getByRole('link', { name: 'See the items' }).click();
    const rice = page.locator('.item').filter({ hasText: 'Reis' });
    await rice.getByText('2.5 pcs').waitFor();
    await rice.getByText('Keller').waitFor();

    await page.getByLabel('Search').fill('Reis');
    await page.waitForURL(/search=Reis/);
    await page.getByRole('link', { name: 'Files' }).click();
    await page.getByText('2 created, 1 bad').waitFor();
    const files = {};
    for (const [word, ending] of [['CSV', 'csv'], ['Excel', 'xlsx'], ['JSON Lines', 'jsonl']]) {
      const coming = page.waitForEvent('download');
      await canPay();
      await page.getByRole('button', { name: new RegExp(`^${word}`) }).click();
      files[ending] = await readFile(await (await coming).path(), 'latin1');
    }
    assert.match(files.csv, /Reis/);
    assert.doesNotMatch(files.csv, /Tee/);
    assert.equal(JSON.parse(files.jsonl).name, 'Reis');
    assert.match(files.xlsx, /^PK/);

    await page.getByText('New export').click();
    await page.locator('#bulk-export [name=query]').fill('{ items { edges { node { name } } } }');
    await canPay();
    await page.getByRole('button', { name: 'Make the file' }).click();
    const link = page.getByRole('link', { name: 'Download items' });
    await link.waitFor();
    const coming = page.waitForEvent('download');
    await link.click();
    assert.equal((await readFile(await (await coming).path(), 'utf8')).trim().split('\n').length, 2);
    await page.context().close();
  });

  // What outlasts a tab: the session, the lists and what was changed without a connection.
  const loud = complaints.length;
  const stayer = { name: `stayer-${Date.now()}`, password: 'a fairly long and quite unlikely phrase' };
  const ask = async (query, input) => {
    const answer = await fetch(new URL('graphql', url), {
      method: 'POST', headers: { 'content-type': 'application/json', ...stayer.headers }, body: JSON.stringify({ query, variables: { input } }),
    });
    return (await answer.json()).data;
  };

  await check('whoever stays signed in is in again in a new tab, by a token that no script can read', async () => {
    const { session } = (await ask(
      'mutation ($input: RegisterInput!) { register(input: $input) { session { accessToken } } }',
      { username: stayer.name, email: `${stayer.name}@example.org`, password: stayer.password },
    )).register;
    stayer.headers = { authorization: `Bearer ${session.accessToken}` };
    const { page } = await open();
    await page.getByLabel('Stay signed in').check();
    await isAccessible(page);
    await page.setViewportSize({ width: 320, height: 700 });
    await isAccessible(page, ['target-size']);
    await page.setViewportSize({ width: 1280, height: 900 });
    await send(page, stayer.name, stayer.password);
    await page.locator('#live[data-state=live]').waitFor();
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
    assert.doesNotMatch(kept, /etr_|expiry-session/);
    const [cookie] = (await page.context().cookies(new URL('session/', url).href)).filter(({ name }) => name === 'expiry-session');
    assert.deepEqual([cookie.httpOnly, cookie.sameSite, cookie.path], [true, 'Strict', new URL('session', url).pathname]);
    stayer.tabs = [page, await page.context().newPage()];
    await Promise.all(stayer.tabs.map((tab) => tab.goto(url)));
    for (const tab of stayer.tabs) await tab.locator('#live[data-state=live]').waitFor();
  });

  await check('a live connection that is refused is said to be', async () => {
    const { page } = await open();
    await page.routeWebSocket('**/graphql', (socket) => socket.close({ code: 1013 }));
    await send(page, stayer.name, stayer.password);
    await page.getByText('The server takes no further live connection of yours').waitFor();
    await page.locator('#live[data-state=refused]').waitFor();
    await page.context().close();
  });

  const milk = async () => (await ask('query { items(first: 5, filter: { search: "Milk" }) { nodes { id quantity version } } }')).items.nodes[0];
  const unsent = (page) => page.locator('#changes');

  await check('it can be installed, and what it is made of is kept', async () => {
    const [page] = stayer.tabs;
    const manifest = await (await fetch(await page.locator('link[rel=manifest]').evaluate(({ href }) => href))).json();
    assert.equal(manifest.display, 'standalone');
    for (const { src, sizes } of manifest.icons) {
      assert.equal((await fetch(new URL(src, url))).status, 200, `${src} ${sizes}`);
    }
    const kept = await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
      const found = [];
      for (const name of await caches.keys()) found.push(...(await (await caches.open(name)).keys()).map((request) => request.url));
      return found;
    });
    const { pathname } = new URL(url);
    assert.ok(kept.some((address) => /\/js\/places\./.test(address)));
    assert.deepEqual(kept.filter((address) => !/\.[\w-]{16}\.\w+$/.test(address) && new URL(address).pathname !== pathname), [], 'Nothing of anybody');
  });

  await check('without a connection the page opens with the last lists and says of when they are', async () => {
    await ask('mutation ($input: CreateItemInput!) { createItem(input: $input) { item { id } } }', { name: 'Milk', quantity: '4' });
    const [page, other] = stayer.tabs;
    await other.close();
    await page.locator('.item').filter({ hasText: 'Milk' }).waitFor();
    await goTo(page, '#/notifications', 'Notifications');
    await goTo(page, '#/overview', 'Good');
    await page.waitForFunction(async () => (await new Promise((resolve) => {
      const opening = indexedDB.open('expiry-tracker');
      opening.onsuccess = () => {
        const reading = opening.result.transaction('answers').objectStore('answers').getAll();
        reading.onsuccess = () => resolve(reading.result);
      };
    })).some(({ question, data }) => question === 'items ' && data.shown.some(({ name }) => name === 'Milk')));
    await page.context().setOffline(true);
    await page.reload();
    await page.locator('.item').filter({ hasText: 'Milk' }).getByText('4 pcs').waitFor();
    await page.locator('#lost').getByText(/You see what was known on .*\d{4}/).waitFor();
    await goTo(page, '#/calendar', 'Calendar');
    await goTo(page, '#/items', 'Items');
    await page.locator('.item').filter({ hasText: 'Milk' }).waitFor();
  });

  await check('what is changed without a connection is kept through a reload, and sent in its order when there is one', async () => {
    const [page] = stayer.tabs;
    const row = page.locator('.item').filter({ hasText: 'Milk' });
    for (let times = 1; times <= 2; times += 1) {
      await row.getByRole('button', { name: 'Take out' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Quantity').fill('1');
      await dialog.getByRole('button', { name: 'Take out' }).click();
      await unsent(page).locator('li').nth(times - 1).waitFor();
    }
    await page.getByRole('button', { name: 'Add an item' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Butter');
    await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click();
    await unsent(page).getByText('3 changes wait to be sent').waitFor();
    await row.getByText('a change is not sent yet').waitFor();
    await page.reload();
    await unsent(page).getByText('3 changes wait to be sent').waitFor();
    await isAccessible(page);
    await page.context().setOffline(false);
    await unsent(page).waitFor({ state: 'hidden' });
    await row.getByText('2 pcs').waitFor();
    await page.locator('.item').filter({ hasText: 'Butter' }).waitFor();
    await page.locator('#lost').waitFor({ state: 'hidden' });
    assert.equal((await milk()).quantity, '2');
  });

  await longCheck('what somebody else has changed meanwhile is shown, and sent all the same or discarded', async () => {
    const [page] = stayer.tabs;
    const row = page.locator('.item').filter({ hasText: 'Milk' });
    await page.context().setOffline(true);
    for (const quantity of ['7', '8']) {
      await row.getByRole('button', { name: 'Edit' }).click();
      await page.getByRole('dialog').getByLabel('Quantity').fill(quantity);
      await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
      await unsent(page).getByText(`quantity: ${quantity}`).first().waitFor();
    }
    const { id } = await milk();
    await ask('mutation ($input: UpdateItemInput!) { updateItem(input: $input) { item { id } } }', { id, location: 'Cellar', quantity: '5' });
    await page.context().setOffline(false);
    await unsent(page).getByText('2 changes were not taken: decide').waitFor();
    assert.match(await unsent(page).locator('li').first().innerText(), /quantity: 7[^]*it is now “Milk”, 5 pcs/);
    // What has just changed is lit for a moment.
    await row.getByText('Cellar').waitFor();
    await page.locator('.item.changed').first().waitFor({ state: 'detached' });
    await isAccessible(page);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 320, height: 700 });
    await isAccessible(page, ['color-contrast', 'target-size']);
    await page.setViewportSize({ width: 1280, height: 900 });
    await unsent(page).locator('li').first().getByRole('button', { name: 'Send it all the same' }).click();
    await row.getByText('7 pcs').waitFor();
    await unsent(page).getByRole('button', { name: 'Discard' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
    await unsent(page).waitFor({ state: 'hidden' });
    assert.equal((await milk()).quantity, '7');
  });

  await longCheck('several items are changed at once without a connection as well, and what is not sent yet is undone by a key', async () => {
    const [page] = stayer.tabs;
    const added = await ask('mutation ($input: CreateItemsInput!) { createItems(input: $input) { items { id } } }', { items: [{ name: 'Flour' }, { name: 'Rice' }, { name: 'Salt' }] });
    const [flour] = added.createItems.items;
    await goTo(page, '#/items', 'Items');
    await page.locator('.item').filter({ hasText: 'Salt' }).waitFor();
    await page.context().setOffline(true);
    for (const name of ['Flour', 'Rice', 'Salt']) await page.locator('.item').filter({ hasText: name }).getByRole('checkbox').check();
    await page.locator('#bulk-change').click();
    await page.locator('#bulk-dialog [name=location]').fill('Pantry');
    await page.locator('#bulk-dialog').getByRole('button', { name: 'Change' }).click();
    await unsent(page).getByText('Change 3 items').first().waitFor();
    const row = page.locator('.item').filter({ hasText: 'Salt' });
    await row.getByText('a change is not sent yet').waitFor();
    await row.getByRole('button', { name: 'Take out' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Take out' }).click();
    await unsent(page).getByText('2 changes wait to be sent').waitFor();
    await row.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await unsent(page).getByText('3 changes wait to be sent').waitFor();
    await page.keyboard.press('Control+z');
    await unsent(page).getByText('2 changes wait to be sent').waitFor();
    await ask('mutation ($input: DeleteItemInput!) { deleteItem(input: $input) { deletedId } }', { id: flour.id });
    await page.context().setOffline(false);
    // One of the three is gone: none of them was changed, and what is left is once it is sent again.
    await unsent(page).getByText('1 change was not taken: decide').waitFor();
    await unsent(page).getByRole('button', { name: 'Send it all the same' }).click();
    await unsent(page).waitFor({ state: 'hidden' });
    const { items } = await ask('query { items(first: 5, filter: { location: "Pantry", usedUp: null }) { nodes { name quantity } } }');
    assert.deepEqual(items.nodes.map(({ name, quantity }) => `${name} ${quantity}`).sort(), ['Rice 1', 'Salt 0']);
  });

  await check('who logs out of one tab is out of all, even if the server hears of it later', async () => {
    const [page] = stayer.tabs;
    const other = await page.context().newPage();
    stayer.tabs[1] = other;
    await other.goto(url);
    await other.locator('#live[data-state=live]').waitFor();
    await page.context().setOffline(true);
    await page.getByRole('button', { name: 'Log out' }).click();
    for (const tab of stayer.tabs) await tab.locator('#login').waitFor();
    await page.context().setOffline(false);
    await page.waitForFunction(() => localStorage.getItem('expiry-tracker.left') === null);
    await other.goto(url);
    await other.locator('#login').waitFor();
    const left = await other.evaluate(() => new Promise((resolve) => {
      const opening = indexedDB.open('expiry-tracker');
      opening.onsuccess = () => {
        const counting = opening.result.transaction('answers').objectStore('answers').count();
        counting.onsuccess = () => resolve(counting.result);
      };
    }));
    assert.equal(left, 0, 'What was read is not for whoever comes next');
    assert.deepEqual(await page.context().cookies(new URL('session/', url).href), []);
    await page.context().close();
    // A browser complains of each request that does not reach the server.
    assert.deepEqual(complaints.splice(loud).filter((text) => !text.includes('net::ERR_INTERNET_DISCONNECTED')), []);
  });

  await longCheck('two dashboards behind one proxy know nothing of each other', async () => {
    const { server, at } = await proxied(url, '/one/', '/two/');
    try {
      const context = await browser.newContext();
      const [first, second] = await Promise.all(at.map(async (address) => {
        const page = await context.newPage();
        await page.goto(address);
        return page;
      }));
      for (const page of [first, second]) {
        await page.getByLabel('Stay signed in').check();
        await logIn(page);
      }
      const names = await second.evaluate(() => Object.keys(localStorage));
      assert.deepEqual(names.filter((name) => !/ \/(one|two)\/$/.test(name)), []);
      await first.getByRole('button', { name: 'Log out' }).click();
      await first.locator('#login').waitFor();
      await second.reload();
      await second.locator('#live[data-state=live]').waitFor();
      await context.close();
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  /** An account of its own, whose data has no Latin letter, so that each that is shown is of the dashboard. */
  async function openIn(language, options = {}) {
    const post = async (query, input, headers = {}) => {
      const answer = await fetch(new URL('graphql', url), {
        method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ query, variables: { input } }),
      });
      return Object.values((await answer.json()).data)[0];
    };
    const [username, secret] = [String(Date.now()), '5829 4710 3365 9082'];
    const { session } = await post('mutation ($input: RegisterInput!) { register(input: $input) { session { accessToken } } }',
      { username, email: `${username}@example.org`, password: secret });
    const headers = { authorization: `Bearer ${session.accessToken}` };
    const { inventory } = await post('mutation ($input: UpdateInventoryInput!) { updateInventory(input: $input) { inventory { currency } } }', { currency: 'EUR' }, headers);
    assert.equal(inventory.currency, 'EUR');
    const { category } = await post('mutation ($input: CreateCategoryInput!) { createCategory(input: $input) { category { id } } }', { name: 'Їжа', color: '#2f855a' }, headers);
    for (const [name, days] of [['Сир', -3], ['Молоко', 2], ['Чай', 400], ['Сіль', null]]) {
      await post('mutation ($input: CreateItemInput!) { createItem(input: $input) { item { id } } }', {
        name, quantity: '1234.5', unit: 'шт', costPrice: '2.5', location: 'Полиця', lotNumber: '7', categoryId: category.id,
        expiryDate: days === null ? null : new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10),
      }, headers);
    }
    const { page } = await open(options);
    await page.goto(new URL(`?language=${language}`, url).href);
    return { page, logIn: async () => {
      await page.locator('#login [name=username]').fill(username);
      await page.locator('#login [name=password]').fill(secret);
      await page.locator('#login .primary').click();
      await page.locator('.item').first().waitFor();
    } };
  }

  /** The texts in sight, and those that only a screen reader reads, which no catalogue was asked for. */
  const forgotten = (page) => page.evaluate(() => {
    const isForgotten = (text) => {
      for (let rest = text, before = null; ; before = rest, rest = rest.replace(/\[[^[\]]*\]/g, '')) {
        if (rest === before) return /\p{Script=Latin}{2}/u.test(rest);
      }
    };
    const found = [];
    const others = 'template, script, noscript, kbd, code, [translate=no], [name=timeZone], [type=email], #language, .language';
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) => (
      node instanceof Element && (node.matches(others) || !node.checkVisibility()) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT));
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      if (node instanceof Text && isForgotten(node.data) && isForgotten(node.parentElement.textContent)) found.push(node.data.trim());
      if (node instanceof Text) continue;
      for (const name of ['aria-label', 'alt', 'placeholder', 'title']) {
        if (isForgotten(node.getAttribute(name) ?? '')) found.push(`${name}: ${node.getAttribute(name)}`);
      }
    }
    return found;
  });

  /** Goes to a place, whatever its heading is called, and waits until it is drawn. */
  async function goIn(page, hash) {
    await page.evaluate((to) => { location.hash = to; }, hash);
    await page.locator('main:not([hidden]) :is(.card, .empty)').filter({ visible: true }).first().waitFor();
    await page.waitForFunction(() => ![...document.querySelectorAll('.empty[role=status]')].some((each) => each.checkVisibility()));
  }

  const PLACES_IN_WORDS = [
    '#/overview', '#/items', '#/notifications', '#/calendar', '#/by-place', '#/at-risk', '#/history', '#/reports', '#/settings/profile', '#/settings/reminders', '#/settings/categories',
  ];

  await check('each text of the main places and dialogs comes from the catalogue', async () => {
    const { page, logIn: enterIn } = await openIn('en-XA');
    const isWhole = async (where) => assert.deepEqual(await forgotten(page), [], `Forgotten at ${where}`);
    for (const button of ['#show-register', '#show-login', '#show-forgotten']) {
      await page.locator(button).click();
      await isWhole(button);
    }
    await page.locator('#show-login').click();
    await enterIn();
    for (const place of PLACES_IN_WORDS) {
      await goIn(page, place);
      await isWhole(place);
    }
    await goIn(page, '#/items');
    for (const button of ['#add-item', '#show-keys', '.item-actions button >> nth=0', '.item-actions button >> nth=1', '.item-actions button >> nth=2']) {
      await page.locator(button).click();
      await page.locator('dialog[open]').waitFor();
      await isWhole(button);
      await page.keyboard.press('Escape');
      await page.locator('dialog[open]').waitFor({ state: 'hidden' });
    }
    await page.locator('.item .choose').first().check();
    for (const button of ['#bulk-change', '#bulk-take-out', '#bulk-delete']) {
      await page.locator(button).click();
      await page.locator('dialog[open]').waitFor();
      await isWhole(button);
      await page.keyboard.press('Escape');
      await page.locator('dialog[open]').waitFor({ state: 'hidden' });
    }
    await page.locator('.item-name a').first().click();
    await page.locator('.item-tools').waitFor();
    await isWhole('an item');
    await page.context().close();
  });

  await check('a reader of German reads German, with its numbers, plurals, dates and reasons', async () => {
    const { page, logIn: enterIn } = await openIn('de', { locale: 'de-DE' });
    await page.locator('html[lang=de]').waitFor();
    await page.locator('#login [name=username]').fill('niemand');
    await page.locator('#login [name=password]').fill('1234 5678 9012');
    await page.locator('#login .primary').click();
    await page.locator('#login .form-error').filter({ hasText: 'Code oder Link stimmt nicht' }).waitFor();
    await enterIn();
    await page.locator('#items-count').filter({ hasText: '4 Artikel' }).waitFor();
    await page.locator('.item').filter({ hasText: 'Молоко' }).getByText('1.234,5 шт').waitFor();
    await page.locator('.item').filter({ hasText: 'Молоко' }).getByText('3.086,25\u00a0€').waitFor();
    await page.locator('#today').filter({ hasText: new Intl.DateTimeFormat('de', { month: 'long' }).format() }).waitFor();
    await page.locator('#add-item').click();
    const form = page.locator('#item-dialog form');
    await form.locator('[name=name]').fill('Reis');
    await form.locator('[name=quantity]').fill('2,5');
    await form.locator('[name=short]').fill('+1M');
    assert.notEqual(await form.locator('[name=expiryDate]').inputValue(), '');
    await form.locator('[data-submit]').click();
    await page.locator('.item').filter({ hasText: 'Reis' }).getByText('2,5').waitFor();
    await page.context().close();
  });

  await check('what is read from the right fits a narrow and a wide window', async () => {
    const { page, logIn: enterIn } = await openIn('ar-XB');
    await enterIn();
    await page.locator('html[dir=rtl]').waitFor();
    const brand = await page.locator('.bar .brand').boundingBox();
    assert.ok(brand.x > 640, 'What comes first is at the right');
    for (const width of [1280, 320]) {
      await page.setViewportSize({ width, height: 800 });
      for (const place of PLACES_IN_WORDS) {
        await goIn(page, place);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `sideways at ${place}, ${width} px`);
      }
    }
    await page.context().close();
  });

  // What a tab asks while another one logs out is refused, and its browser says so.
  await check('the console stayed silent', async () => assert.deepEqual(complaints.filter((text) => !text.includes('status of 401')), []));
} catch (error) {
  console.error(`not ok  ${error.message}`);
  if (complaints.length > 0) console.error(complaints.join('\n'));
  process.exitCode = 1;
} finally {
  await browser.close();
}
