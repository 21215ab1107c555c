// Pictures of the dashboard for the README: node pictures.mjs URL USER PASSWORD FOLDER [CHROMIUM]
import { mkdir } from 'node:fs/promises';
import { chromium } from 'playwright-core';

const [url, user, password, folder, executablePath = '/usr/bin/chromium'] = process.argv.slice(2);
if (!folder) {
  console.error('Usage: node pictures.mjs URL USER PASSWORD FOLDER [CHROMIUM]');
  process.exit(2);
}

const browser = await chromium.launch({
  executablePath,
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
  ],
});
try {
  await mkdir(folder, { recursive: true });
  for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, colorScheme, reducedMotion: 'reduce' });
    context.setDefaultTimeout(20_000);
    const page = await context.newPage();
    await page.goto(url);
    const form = page.locator('#login');
    await form.getByLabel('Username or e-mail').fill(user);
    await form.getByLabel('Password').fill(password);
    await form.getByRole('button', { name: 'Log in' }).click();
    await page.locator('#live[data-state=live]').waitFor();
    await page.locator('#items[aria-busy=false]').waitFor();
    await page.locator('#risk-summary').filter({ hasText: /./ }).waitFor();
    const path = `${folder}/dashboard-${colorScheme}.png`;
    await page.screenshot({ path });
    console.log(path);
    await context.close();
  }
} finally {
  await browser.close();
}
