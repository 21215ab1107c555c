// Lighthouse on the dashboard of somebody who stays signed in, as on a phone of middle price with a slow network:
// node lighthouse.mjs URL USER PASSWORD [CHROMIUM]
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import lighthouse from 'lighthouse';
import { chromium } from 'playwright-core';

const [url, user, password, executablePath = '/usr/bin/chromium'] = process.argv.slice(2);
if (!password) {
  console.error('Usage: node lighthouse.mjs URL USER PASSWORD [CHROMIUM]');
  process.exit(2);
}

const LEAST = 95;
/** What else the machine does makes the page slower and never faster: it is fast enough when one of so many trials says so. */
const MOST_TRIALS = 6;
const CATEGORIES = ['performance', 'accessibility', 'best-practices'];
const FIGURES = ['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time', 'cumulative-layout-shift', 'speed-index'];

const profile = await mkdtemp(join(tmpdir(), 'lighthouse-'));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath,
  locale: 'en-GB',
  args: [
    '--remote-debugging-port=0', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
  ],
});
try {
  const page = await browser.newPage();
  await page.goto(url);
  const form = page.locator('#login');
  await form.getByLabel('Username or e-mail').fill(user);
  await form.getByLabel('Password').fill(password);
  await form.getByLabel('Stay signed in').check();
  await form.getByRole('button', { name: 'Log in' }).click();
  await page.locator('#live[data-state=live]').waitFor();
  // It would share its connection with the page that is measured.
  await page.close();

  const [port] = (await readFile(join(profile, 'DevToolsActivePort'), 'utf8')).split('\n');
  for (let trial = 1; ; trial += 1) {
    const { lhr } = await lighthouse(url, {
      port: Number(port), output: 'json', logLevel: 'error', onlyCategories: CATEGORIES,
      // The session is in the browser's storage.
      disableStorageReset: true,
    });
    assert.ok(!lhr.runtimeError, lhr.runtimeError?.message);
    const scores = Object.fromEntries(CATEGORIES.map((id) => [id, Math.round(lhr.categories[id].score * 100)]));
    console.log(`    ${Object.entries(scores).map(([id, score]) => `${id} ${score}`).join(', ')}; `
      + `${FIGURES.map((id) => `${id} ${lhr.audits[id].displayValue}`).join(', ')}; speed of the machine ${lhr.environment.benchmarkIndex}`);
    const faults = CATEGORIES.flatMap((id) => lhr.categories[id].auditRefs
      .filter(({ id: audit, weight }) => weight > 0 && lhr.audits[audit].score !== null && lhr.audits[audit].score < 0.9)
      .map(({ id: audit }) => `${audit}: ${lhr.audits[audit].displayValue ?? lhr.audits[audit].title}`));
    if (scores.performance < LEAST && trial < MOST_TRIALS) continue;
    for (const [id, score] of Object.entries(scores)) assert.ok(score >= LEAST, `${id} is ${score}, less than ${LEAST}: ${faults.join('; ')}`);
    break;
  }
  console.log(`ok  Lighthouse finds at least ${LEAST} of 100 in each`);
} finally {
  await browser.close();
  await rm(profile, { recursive: true, force: true });
}
