import { confirmed, say } from './dom.js';
import { dayAndTime, instant } from './format.js';
import { CHANNELS, CREATE_CHANNEL, DELETE_CHANNEL, TEST_CHANNEL, UPDATE_CHANNEL } from './operations.js';
import { act } from './settings-account.js';
import { Card, Check, Choice, Form, Several, Text, Waiting, html, settle, useRead, useState } from './ui.js';

const KINDS = [['NTFY', 'ntfy'], ['GOTIFY', 'Gotify'], ['TELEGRAM', 'Telegram'], ['TEMPLATE', 'Any other address']];
const kindWord = Object.fromEntries(KINDS);
const NOTIFICATIONS = [['EXPIRING_SOON', 'About to expire'], ['EXPIRED', 'Expired'], ['SYSTEM', 'About the account']];
const RHYTHMS = [['AT_ONCE', 'At once'], ['DAILY', 'Once a day']];
const STATES = { ACTIVE: ['in order', 'ACTIVE'], FAILING: ['failing', 'EXPIRED'], OFF: ['off', 'UNDATED'] };
const OFF = { USER: 'switched off', FAILED: 'switched off, as nothing was taken for three days' };
const DELIVERIES = { PENDING: ['to be sent', 'EXPIRING_SOON'], DELIVERED: ['taken', 'ACTIVE'], FAILED: ['not taken', 'EXPIRED'] };
const METHODS = ['POST', 'PUT', 'PATCH', 'GET'].map((method) => [method, method]);
const secretive = { autocomplete: 'off', spellcheck: false, maxlength: '2000' };

/** Where a channel of a kind leads. What is there already is never shown, so it is typed anew as a whole. */
function Target({ kind, required = true }) {
  if (kind === 'NTFY') {
    return html`
      <${Text} key="topic" label="Topic" hint="whoever knows it reads along" name="topic" required=${required} ...${secretive} />
      <${Text} key="url" label="Server" hint="https://ntfy.sh if empty" name="url" type="url" ...${secretive} />
      <${Text} key="token" label="Access token" hint="optional" name="token" ...${secretive} />`;
  }
  if (kind === 'GOTIFY') {
    return html`
      <${Text} key="url" label="Server" hint="https://…" name="url" type="url" required=${required} ...${secretive} />
      <${Text} key="token" label="Token of the application" name="token" required=${required} ...${secretive} />`;
  }
  if (kind === 'TELEGRAM') {
    return html`
      <${Text} key="token" label="Token of the bot" hint="from @BotFather" name="token" required=${required} ...${secretive} />
      <${Text} key="chatId" label="Chat" hint="its id, or @name" name="chatId" required=${required} ...${secretive} />
      <${Text} key="url" label="Server" hint="Telegram's own if empty" name="url" type="url" ...${secretive} />`;
  }
  return html`
    <${Text} key="url" label="Address" hint="https://…, placeholders such as {title} behind the host" name="url" required=${required} wide ...${secretive} />
    <${Choice} key="method" label="Method" name="method" value="POST" options=${METHODS} />
    <${Several} key="headers" label="Headers" hint="optional; one a line, Name: value" name="headers" rows="2" />
    <${Several} key="body" label="Body" hint=${'such as {"text": "{title}: {message}"}; also {item} {date} {days} {kind} {count} {link} {id}'} name="body" rows="4" />`;
}

function targetOf(kind, fields) {
  const text = (name) => fields[name]?.value.trim() || null;
  if (kind === 'NTFY') return { ntfy: { topic: text('topic') ?? '', url: text('url'), token: text('token') } };
  if (kind === 'GOTIFY') return { gotify: { url: text('url') ?? '', token: text('token') ?? '' } };
  if (kind === 'TELEGRAM') return { telegram: { token: text('token') ?? '', chatId: text('chatId') ?? '', url: text('url') } };
  const headers = (text('headers') ?? '').split('\n').filter((line) => line.trim() !== '').map((line) => {
    const [name, ...value] = line.split(':');
    return { name: name.trim(), value: value.join(':').trim() };
  });
  return { template: { method: fields.method.value, url: text('url') ?? '', headers, body: fields.body.value.trim() === '' ? null : fields.body.value } };
}

/** What is wrong with a header stands at all of them. */
const atForm = (userErrors) => userErrors.map((error) => (error.field.includes('headers') ? { ...error, field: ['headers'] } : error));

const Choices = ({ channel = { name: '', notificationKinds: NOTIFICATIONS.map(([key]) => key), rhythm: 'AT_ONCE' } }) => html`
  <${Text} label="Name" hint="such as My phone" name="name" value=${channel.name} maxlength="100" required />
  <${Choice} label="When" name="rhythm" value=${channel.rhythm} options=${RHYTHMS} />
  <fieldset class="wide"><legend>Of what</legend><div class="choices">${NOTIFICATIONS.map(([key, word]) => html`
    <${Check} key=${key} label=${word} name="notificationKinds" value=${key} checked=${channel.notificationKinds.includes(key)} />`)}</div></fieldset>`;

const choicesOf = (fields, form) => ({
  name: fields.name.value.trim(), rhythm: fields.rhythm.value,
  notificationKinds: [...form.querySelectorAll('[name=notificationKinds]:checked')].map(({ value }) => value),
});

/** By which ways besides mail the reader is notified. */
export function Channels({ session }) {
  const { data, failure, again } = useRead(session, CHANNELS, {}, ['channels']);
  const [open, setOpen] = useState(null);
  const [kind, setKind] = useState('NTFY');
  if (data === null) return html`<${Waiting} failure=${failure} />`;

  async function create(fields, form) {
    const input = { ...choicesOf(fields, form), ...targetOf(fields.kind.value, fields) };
    const { channel, userErrors } = (await session.api.request(CREATE_CHANNEL, { input })).createChannel;
    if (userErrors.length > 0) return atForm(userErrors);
    form.reset();
    setKind('NTFY');
    setOpen(channel.id);
    say('It was added. Send a test to see whether it arrives.');
    again();
    return [];
  }

  return html`
    <${Card} title="Ways to you" hint="What is notified comes this way as well, from all your inventories, and not in your quiet hours.">
      ${data.channels.length === 0 ? html`<p class="empty">None yet.</p>` : html`<ul class="rows">${data.channels.map((channel) => html`<li key=${channel.id} class=${open === channel.id ? 'open' : ''}>
        <div><strong>${channel.name}</strong> <span class=${`status ${STATES[channel.status][1]}`}>${STATES[channel.status][0]}</span>
          <p class="muted">${[kindWord[channel.kind], channel.origin, Object.fromEntries(RHYTHMS)[channel.rhythm].toLowerCase(), channel.offBecause && OFF[channel.offBecause],
            channel.failingSince && `failing since ${instant(channel.failingSince, session.timeZone())}`,
            channel.lastDeliveredAt && `last taken ${instant(channel.lastDeliveredAt, session.timeZone())}`].filter(Boolean).join(' · ')}</p>
          ${channel.lastError && html`<p class="muted">${channel.lastError}</p>`}</div>
        <button type="button" class="quiet small" aria-expanded=${String(open === channel.id)} onClick=${() => setOpen(open === channel.id ? null : channel.id)}>${open === channel.id ? 'Close' : 'Manage'}<span class="hidden"> ${channel.name}</span></button>
        ${open === channel.id && html`<${Channel} session=${session} channel=${channel} onChanged=${again} onGone=${() => { setOpen(null); again(); }} />`}
      </li>`)}</ul>`}
    </${Card}>
    <${Card} title="New way"><${Form} id="new-channel" word="Add it" onSend=${create}>
      <${Choice} label="By" name="kind" value="NTFY" options=${KINDS} wide onChange=${({ target }) => setKind(target.value)} />
      <${Target} key=${kind} kind=${kind} />
      <${Choices} />
    </${Form}></${Card}>`;
}

function Channel({ session, channel, onChanged, onGone }) {
  const { id, name, kind } = channel;
  const [anew, setAnew] = useState(false);
  const zone = session.timeZone();
  const isOff = channel.status === 'OFF';

  async function test() {
    const payload = await act(session, TEST_CHANNEL, 'testChannel', { id }, 'The test was sent.');
    if (payload) say(payload.delivered ? 'It was taken.' : `It was not taken: ${[payload.statusCode && `status ${payload.statusCode}`, payload.answer].filter(Boolean).join(', ')}`);
    onChanged();
  }
  const turn = async () => {
    if (await act(session, UPDATE_CHANNEL, 'updateChannel', { id, active: isOff }, isOff ? 'It tells you what comes from now on.' : 'It tells you nothing for now.')) onChanged();
  };
  const remove = async () => {
    if (!await confirmed({ title: `Delete ${name}?`, text: 'It tells you nothing any more.', word: 'Delete' })) return;
    if (await act(session, DELETE_CHANNEL, 'deleteChannel', { id }, 'It was deleted.')) onGone();
  };

  async function update(fields, form) {
    const input = { id, ...choicesOf(fields, form), ...(anew ? targetOf(kind, fields) : {}) };
    const { userErrors } = (await session.api.request(UPDATE_CHANNEL, { input })).updateChannel;
    if (userErrors.length > 0) return atForm(userErrors);
    settle(form);
    setAnew(false);
    say('It was saved.');
    onChanged();
    return [];
  }

  return html`<div class="inside">
    <div class="item-tools">
      <button type="button" onClick=${test}>Send a test</button>
      <button type="button" onClick=${turn}>${isOff ? 'Switch on' : 'Switch off'}</button>
      <button type="button" onClick=${remove}>Delete</button>
    </div>
    <${Form} id="channel" word="Save" onSend=${update}>
      <${Choices} channel=${channel} />
      ${anew ? html`<${Target} kind=${kind} />`
    : html`<p class="wide"><button type="button" class="quiet small" onClick=${() => setAnew(true)}>Say anew where it leads</button></p>`}
    </${Form}>
    <${Card} title="What it sent">
      ${channel.recentDeliveries.length === 0 ? html`<p class="empty">Nothing yet.</p>` : html`<ul class="rows">${channel.recentDeliveries.map((each) => html`<li key=${each.createdAt + each.title}>
        <div><strong>${each.title}</strong> <span class=${`status ${DELIVERIES[each.state][1]}`}>${DELIVERIES[each.state][0]}</span>
          <p class="muted">${[dayAndTime(each.createdAt, zone), each.attempts > 1 ? `${each.attempts} attempts` : null, each.statusCode && `status ${each.statusCode}`].filter(Boolean).join(' · ')}</p>
          ${each.state !== 'DELIVERED' && each.answer && html`<p class="muted">${each.answer}</p>`}</div>
      </li>`)}</ul>`}
    </${Card}>
  </div>`;
}
