import { confirmed, say } from './dom.js';
import { dayAndTime, instant } from './format.js';
import { CHANNELS, CREATE_CHANNEL, DELETE_CHANNEL, TEST_CHANNEL, UPDATE_CHANNEL } from './operations.js';
import { Opener, act } from './settings-account.js';
import { Card, Check, Choice, Form, Several, Text, Waiting, html, settle, useRead, useState } from './ui.js';
import { n, t } from './words.js';

/** @type {Words<Schema.ChannelKind>} */
const KINDS = [['NTFY', 'ntfy'], ['GOTIFY', 'Gotify'], ['TELEGRAM', 'Telegram'], ['TEMPLATE', t('Any other address')]];
const kindWord = Object.fromEntries(KINDS);
/** @type {Words<Schema.NotificationKind>} */
const NOTIFICATIONS = [['EXPIRING_SOON', t('About to expire')], ['EXPIRED', t('Expired')], ['SYSTEM', t('About the account')]];
/** @type {Words<Schema.ChannelRhythm>} */
const RHYTHMS = [['AT_ONCE', t('At once')], ['DAILY', t('Once a day')]];
const rhythmWord = { AT_ONCE: t('at once'), DAILY: t('once a day') };
const STATES = { ACTIVE: [t('working'), 'ACTIVE'], FAILING: [t('failing'), 'EXPIRED'], OFF: [t('off'), 'UNDATED'] };
const OFF = { USER: t('switched off'), FAILED: t('switched off, as nothing could be delivered for three days') };
const DELIVERIES = {
  PENDING: [t('to be sent'), 'EXPIRING_SOON'], DELIVERED: [t('delivered'), 'ACTIVE'], FAILED: [t('not delivered'), 'EXPIRED'],
};
const METHODS = ['POST', 'PUT', 'PATCH', 'GET'].map((method) => [method, method]);
const BODY = { example: '{"text": "{title}: {message}"}', others: '{item} {date} {days} {kind} {count} {link} {id}' };
const secretive = { autocomplete: 'off', spellcheck: false, maxlength: '2000' };

/**
 * Where a channel of a kind leads. What is there already is never shown, so it is typed anew as a whole.
 * @param {{ kind: Schema.ChannelKind, required?: boolean }} props
 */
function Target({ kind, required = true }) {
  if (kind === 'NTFY') {
    return html`
      <${Text} key="topic" label=${t('Topic')} hint=${t('whoever knows it can read along')} name="topic" required=${required} ...${secretive} />
      <${Text} key="url" label=${t('Server')} hint=${t('{address} if empty', { address: 'https://ntfy.sh' })} name="url" type="url" ...${secretive} />
      <${Text} key="token" label=${t('Access token')} hint=${t('optional')} name="token" ...${secretive} />`;
  }
  if (kind === 'GOTIFY') {
    return html`
      <${Text} key="url" label=${t('Server')} hint="https://…" name="url" type="url" required=${required} ...${secretive} />
      <${Text} key="token" label=${t('Token of the application')} name="token" required=${required} ...${secretive} />`;
  }
  if (kind === 'TELEGRAM') {
    return html`
      <${Text} key="token" label=${t('Token of the bot')} hint=${t('from {sender}', { sender: '@BotFather' })} name="token" required=${required} ...${secretive} />
      <${Text} key="chatId" label=${t('Chat')} hint=${t('its id, or {example}', { example: '@name' })} name="chatId" required=${required} ...${secretive} />
      <${Text} key="url" label=${t('Server')} hint=${t('Telegram’s own if empty')} name="url" type="url" ...${secretive} />`;
  }
  return html`
    <${Text} key="url" label=${t('Address')} hint=${t('https://…, after the host with placeholders such as {example}', { example: '{title}' })} name="url"
      required=${required} wide ...${secretive} />
    <${Choice} key="method" label=${t('Method')} name="method" value="POST" options=${METHODS} />
    <${Several} key="headers" label=${t('Headers')} hint=${t('optional; one in a line, {example}', { example: 'Name: value' })} name="headers" rows="2" />
    <${Several} key="body" label=${t('Body')} hint=${t('such as {example}; also {others}', BODY)} name="body" rows="4" />`;
}

/**
 * @param {Schema.ChannelKind} kind
 * @param {Fields} fields
 */
function targetOf(kind, fields) {
  /**
   * @param {string} name
   * @returns {string | null}
   */
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

/**
 * What is wrong with a header stands at all of them.
 * @param {Refusal[]} userErrors
 */
const atForm = (userErrors) => userErrors.map((error) => (error.field.includes('headers') ? { ...error, field: ['headers'] } : error));

/** @param {{ channel?: Pick<Channel, 'name' | 'notificationKinds' | 'rhythm'> }} props */
const Choices = ({ channel = { name: '', notificationKinds: NOTIFICATIONS.map(([key]) => key), rhythm: 'AT_ONCE' } }) => html`
  <${Text} label=${t('Name')} hint=${t('such as My phone')} name="name" value=${channel.name} maxlength="100" required />
  <${Choice} label=${t('When')} name="rhythm" value=${channel.rhythm} options=${RHYTHMS} />
  <fieldset class="wide"><legend>${t('What about')}</legend><div class="choices">${NOTIFICATIONS.map(([key, word]) => html`
    <${Check} key=${key} label=${word} name="notificationKinds" value=${key} checked=${channel.notificationKinds.includes(key)} />`)}</div></fieldset>`;

/**
 * @param {Fields} fields
 * @param {FormNode} form
 */
const choicesOf = (fields, form) => ({
  name: fields.name.value.trim(), rhythm: fields.rhythm.value,
  notificationKinds: [...form.querySelectorAll('[name=notificationKinds]:checked')].map(({ value }) => value),
});

/**
 * By which ways besides mail the reader is notified.
 * @param {{ session: Session }} props
 */
export function Channels({ session }) {
  const { data, failure, again } = useRead(session, CHANNELS, {}, ['channels']);
  const [open, setOpen] = useState(null);
  const [kind, setKind] = useState('NTFY');
  if (data === null) return html`<${Waiting} failure=${failure} />`;
  const zone = session.timeZone();

  /**
   * @param {Fields} fields
   * @param {FormNode} form
   */
  async function create(fields, form) {
    const input = { ...choicesOf(fields, form), ...targetOf(fields.kind.value, fields) };
    const { channel, userErrors } = (await session.api.request(CREATE_CHANNEL, { input })).createChannel;
    if (!channel) return atForm(userErrors);
    form.reset();
    setKind('NTFY');
    setOpen(channel.id);
    say(t('It was added. Send a test to see whether it arrives.'));
    again();
    return [];
  }

  return html`
    <${Card} title=${t('Your channels')} hint=${t('Notifications from all your inventories come this way too, but not in your quiet hours.')}>
      ${data.channels.length === 0 ? html`<p class="empty">${t('None yet.')}</p>`
        : html`<ul class="rows">${data.channels.map((channel) => html`<li key=${channel.id} class=${open === channel.id ? 'open' : ''}>
        <div><strong>${channel.name}</strong> <span class=${`status ${STATES[channel.status][1]}`}>${STATES[channel.status][0]}</span>
          <p class="muted">${[kindWord[channel.kind], channel.origin, rhythmWord[channel.rhythm], channel.offBecause && OFF[channel.offBecause],
            channel.failingSince && t('failing since {time}', { time: dayAndTime(channel.failingSince, zone) }),
            channel.lastDeliveredAt && t('last delivered {when}', { when: instant(channel.lastDeliveredAt, zone) })].filter(Boolean).join(' · ')}</p>
          ${channel.lastError && html`<p class="muted">${channel.lastError}</p>`}</div>
        <${Opener} name=${channel.name} isOpen=${open === channel.id} onClick=${() => setOpen(open === channel.id ? null : channel.id)} />
        ${open === channel.id && html`<${Channel} session=${session} channel=${channel} onChanged=${again} onGone=${() => { setOpen(null); again(); }} />`}
      </li>`)}</ul>`}
    </${Card}>
    <${Card} title=${t('New channel')}><${Form} id="new-channel" word=${t('Add it')} onSend=${create}>
      <${Choice} label=${t('Service')} name="kind" value="NTFY" options=${KINDS} wide onChange=${({ target }) => setKind(target.value)} />
      <${Target} key=${kind} kind=${kind} />
      <${Choices} />
    </${Form}></${Card}>`;
}

/**
 * What a receiver answered, by its status and in its words.
 * @param {{ statusCode: number | null; answer: string | null }} delivery
 */
const answerOf = (delivery) => [delivery.statusCode && statusOf(delivery), delivery.answer].filter(Boolean).join(', ');
/** @param {{ statusCode: number | null }} delivery */
const statusOf = ({ statusCode }) => t('status {code}', { code: String(statusCode) });

/** @param {{ session: Session, channel: Channel, onChanged: () => void, onGone: () => void }} props */
function Channel({ session, channel, onChanged, onGone }) {
  const { id, name, kind } = channel;
  const [anew, setAnew] = useState(false);
  const zone = session.timeZone();
  const isOff = channel.status === 'OFF';

  async function test() {
    const payload = await act(session, TEST_CHANNEL, 'testChannel', { id }, t('The test was sent.'));
    if (payload) say(payload.delivered ? t('It was delivered.') : t('It was not delivered: {answer}', { answer: answerOf(payload) }));
    onChanged();
  }
  const turn = async () => {
    const message = isOff ? t('It tells you what comes from now on.') : t('It tells you nothing for now.');
    if (await act(session, UPDATE_CHANNEL, 'updateChannel', { id, active: isOff }, message)) onChanged();
  };
  const remove = async () => {
    if (!await confirmed({ title: t('Delete {name}?', { name }), text: t('It tells you nothing any more.'), word: t('Delete') })) return;
    if (await act(session, DELETE_CHANNEL, 'deleteChannel', { id }, t('It was deleted.'))) onGone();
  };

  /**
   * @param {Fields} fields
   * @param {FormNode} form
   */
  async function update(fields, form) {
    const input = { id, ...choicesOf(fields, form), ...(anew ? targetOf(kind, fields) : {}) };
    const { userErrors } = (await session.api.request(UPDATE_CHANNEL, { input })).updateChannel;
    if (userErrors.length > 0) return atForm(userErrors);
    settle(form);
    setAnew(false);
    say(t('It was saved.'));
    onChanged();
    return [];
  }

  return html`<div class="inside">
    <div class="item-tools">
      <button type="button" onClick=${test}>${t('Send a test')}</button>
      <button type="button" onClick=${turn}>${isOff ? t('Switch on') : t('Switch off')}</button>
      <button type="button" onClick=${remove}>${t('Delete')}</button>
    </div>
    <${Form} id="channel" word=${t('Save')} onSend=${update}>
      <${Choices} channel=${channel} />
      ${anew ? html`<${Target} kind=${kind} />`
    : html`<p class="wide"><button type="button" class="quiet small" onClick=${() => setAnew(true)}>${t('Change where it leads')}</button></p>`}
    </${Form}>
    <${Card} title=${t('What it sent')}>
      ${channel.recentDeliveries.length === 0 ? html`<p class="empty">${t('Nothing yet.')}</p>`
        : html`<ul class="rows">${channel.recentDeliveries.map((each) => html`<li key=${each.createdAt + each.title}>
        <div><strong>${each.title}</strong> <span class=${`status ${DELIVERIES[each.state][1]}`}>${DELIVERIES[each.state][0]}</span>
          <p class="muted">${[dayAndTime(each.createdAt, zone), each.attempts > 1 ? n(each.attempts, '{count} attempt', '{count} attempts') : null,
            each.statusCode && statusOf(each)].filter(Boolean).join(' · ')}</p>
          ${each.state !== 'DELIVERED' && each.answer && html`<p class="muted">${each.answer}</p>`}</div>
      </li>`)}</ul>`}
    </${Card}>
  </div>`;
}
