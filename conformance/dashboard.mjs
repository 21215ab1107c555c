// The dashboard in a real browser: node dashboard.mjs URL USER PASSWORD [CHROMIUM]
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { chromium } from 'playwright-core';

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

async function open(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
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
    .waitFor({ timeout: LIVE_WITHIN_MILLIS });
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

try {
  const name = `Conformance ${Date.now()}`;
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

  await check('a part of it is taken out, and the other page follows', async () => {
    await rowIn(first).getByRole('button', { name: 'Take out' }).click();
    const dialog = first.getByRole('dialog');
    await dialog.getByLabel('Quantity').fill('1');
    await dialog.getByLabel('Used').check();
    await dialog.getByRole('button', { name: 'Take out' }).click();
    await rowIn(second).getByText('2 pcs').waitFor({ timeout: LIVE_WITHIN_MILLIS });
    await rowIn(first).getByText('2 pcs').waitFor({ timeout: LIVE_WITHIN_MILLIS });
  });

  await check('more than is left is refused at its field', async () => {
    await rowIn(first).getByRole('button', { name: 'Take out' }).click();
    const dialog = first.getByRole('dialog');
    await dialog.getByLabel('Quantity').fill('99');
    await dialog.getByRole('button', { name: 'Take out' }).click();
    await dialog.locator('[name=quantity][aria-invalid=true]').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
  });

  await check('the rest is taken out by keyboard, and the item is gone from both', async () => {
    await rowIn(first).getByRole('button', { name: 'Take out' }).focus();
    await first.keyboard.press('Enter');
    await first.getByRole('dialog').getByLabel('Quantity').press('Enter');
    await rowIn(first).waitFor({ state: 'detached', timeout: LIVE_WITHIN_MILLIS });
    await rowIn(second).waitFor({ state: 'detached', timeout: LIVE_WITHIN_MILLIS });
    await expiredIs(first, expiredBefore);
  });

  await check('Undo brings it back to both, after it was taken out and after it was deleted', async () => {
    await first.getByRole('button', { name: 'Undo' }).click();
    await rowIn(second).getByText('2 pcs').waitFor({ timeout: LIVE_WITHIN_MILLIS });
    await rowIn(first).getByRole('button', { name: 'Delete' }).click();
    await first.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await rowIn(second).waitFor({ state: 'detached', timeout: LIVE_WITHIN_MILLIS });
    await first.getByRole('button', { name: 'Undo' }).click();
    await rowIn(second).getByText('2 pcs').waitFor({ timeout: LIVE_WITHIN_MILLIS });
    await rowIn(first).getByText('2 pcs').waitFor({ timeout: LIVE_WITHIN_MILLIS });
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

  await check('a notification is put off, another is done with, and both stay so', async () => {
    await first.getByRole('button', { name: /^Notifications/ }).click();
    const rows = first.locator('.notification');
    await rows.first().waitFor();
    const putOff = rows.filter({ hasText: 'Again on' });
    await rows.getByRole('button', { name: 'In a week' }).first().click();
    await putOff.waitFor();
    await putOff.getByRole('button', { name: 'Done' }).click();
    await putOff.waitFor({ state: 'detached' });
  });

  await check('reminders are chosen, refused where they make no sense, and kept', async () => {
    const dialog = first.getByRole('dialog', { name: 'Reminders' });
    await first.getByRole('button', { name: 'Reminders' }).click();
    await dialog.getByLabel('Days before').fill('14, soon');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.locator('[name=days][aria-invalid=true]').waitFor();
    await dialog.getByLabel('Days before').fill('14, 3, 0');
    await dialog.getByLabel('My day turns at').selectOption('06:00');
    await dialog.getByLabel('No e-mail from').selectOption('22:00');
    await dialog.getByLabel('until').selectOption('07:00');
    await dialog.getByLabel('Daily e-mail').check();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await first.getByRole('button', { name: 'Reminders' }).click();
    assert.equal(await dialog.getByLabel('Days before').inputValue(), '14, 3, 0');
    assert.equal(await dialog.getByLabel('No e-mail from').inputValue(), '22');
    assert.equal(await dialog.getByLabel('My day turns at').inputValue(), '6');
    assert.equal(await dialog.getByLabel('Daily e-mail').isChecked(), true);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
  });

  await check('a category has reminders of its own, or those of all', async () => {
    const dialog = first.getByRole('dialog', { name: 'Reminders' });
    const ofCategory = async () => {
      await first.getByRole('button', { name: 'Reminders' }).click();
      await dialog.getByLabel('Of items in').selectOption({ index: 1 });
    };
    await ofCategory();
    assert.equal(await dialog.getByLabel('Days before').isDisabled(), true);
    assert.equal(await dialog.getByLabel('My day turns at').isVisible(), false);
    await dialog.getByLabel('Reminders of its own').check();
    await dialog.getByLabel('Days before').fill('60, 5');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await ofCategory();
    assert.equal(await dialog.getByLabel('Days before').inputValue(), '60, 5');
    await dialog.getByLabel('Reminders of its own').uncheck();
    assert.equal(await dialog.getByLabel('Days before').inputValue(), '14, 3, 0');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await ofCategory();
    assert.equal(await dialog.getByLabel('Reminders of its own').isChecked(), false);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await first.locator('#notifications [data-close]').click();
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

  await check('logging out leaves nothing behind but what tells the browser', async () => {
    await first.getByRole('button', { name: 'Log out' }).click();
    await first.locator('#login').waitFor();
    assert.equal(await first.locator('.item').count(), 0);
    assert.equal(await first.evaluate(() => sessionStorage.length), 0);
    assert.deepEqual(await first.evaluate(() => Object.keys(localStorage)), ['expiry-tracker.device-token']);
  });

  await check('a browser that has logged in before is let in while others guess the password, and another is not', async () => {
    const guess = {
      query: 'mutation ($input: LoginInput!) { login(input: $input) { userErrors { code retryAt } } }',
      variables: { input: { username: user, password: 'not the password' } },
    };
    // The pause grows with each failure, until it is long enough for what follows.
    for (let until = 0; until - Date.now() < 6_000;) {
      const answer = await fetch(new URL('graphql', url), {
        method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(guess),
      });
      const [refusal] = (await answer.json()).data.login.userErrors;
      until = Date.parse(refusal.retryAt ?? 0);
      await new Promise((resume) => setTimeout(resume, 250));
    }
    const { page: other } = await open();
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

    const dialog = page.getByRole('dialog', { name: 'Two-factor authentication' });
    await page.getByRole('button', { name: 'Security' }).click();
    await dialog.locator('#two-factor-start').getByLabel('Password').fill(secretOfTheirs);
    await dialog.getByRole('button', { name: 'Set it up' }).click();
    await page.waitForFunction(() => document.querySelector('#two-factor-qr').naturalWidth > 0);
    const secret = (await dialog.locator('#two-factor-secret').textContent()).replaceAll(' ', '');
    const code = dialog.locator('#two-factor-confirm').getByLabel('Code');
    await code.fill(codeOf(secret, Date.now() + 3_600_000));
    await dialog.getByRole('button', { name: 'Turn it on' }).click();
    await dialog.locator('#two-factor-confirm [name=code][aria-invalid=true]').waitFor();
    await code.fill(codeOf(secret, Date.now()));
    await dialog.getByRole('button', { name: 'Turn it on' }).click();
    await dialog.locator('#recovery-codes').waitFor();
    const codes = await dialog.locator('#recovery-codes li').filter({ hasText: '-' }).allTextContents();
    assert.equal(codes.length, 10);
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.locator('#recovery-codes li').first().waitFor({ state: 'detached' });

    await page.getByRole('button', { name: 'Log out' }).click();
    await send(page, someone, secretOfTheirs);
    await page.locator('#second-factor').getByLabel('Code').fill(codes[0]);
    await page.locator('#second-factor').getByRole('button', { name: 'Continue' }).click();
    await page.locator('#live[data-state=live]').waitFor();

    await page.getByRole('button', { name: 'Security' }).click();
    const off = dialog.locator('#two-factor-off');
    await off.getByLabel('Password').fill(secretOfTheirs);
    await off.getByLabel('Code').fill(codes[1]);
    await off.getByRole('button', { name: 'Turn it off' }).click();
    await dialog.waitFor({ state: 'hidden' });
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

    await choice.selectOption({ label: `${member}'s inventory` });
    await page.locator('.item').filter({ hasText: 'Shared cheese' }).waitFor({ state: 'detached' });
    await page.locator('#live[data-state=live]').waitFor();
  });

  await check('the console stayed silent', async () => assert.deepEqual(complaints, []));
} catch (error) {
  console.error(`not ok  ${error.message}`);
  if (complaints.length > 0) console.error(complaints.join('\n'));
  process.exitCode = 1;
} finally {
  await browser.close();
}
