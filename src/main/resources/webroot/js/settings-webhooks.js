import { confirmed, say } from './dom.js';
import { STATUSES, dayAndTime, instant } from './format.js';
import {
  CREATE_WEBHOOK, DELETE_WEBHOOK, REDELIVER_WEBHOOK, REPLAY_WEBHOOK, ROTATE_WEBHOOK_SECRET, SEND_TEST_EVENT, UPDATE_WEBHOOK, WEBHOOK, WEBHOOKS,
} from './operations.js';
import { Once, act } from './settings-account.js';
import { Card, Check, Form, Several, Text, Waiting, html, settle, useRead, useState } from './ui.js';

const EVENTS = [
  ['ITEM_CREATED', 'Item added'], ['ITEM_UPDATED', 'Item changed'], ['ITEM_TAKEN_OUT', 'Item taken out'], ['ITEM_DELETED', 'Item deleted'],
  ['ITEM_EXPIRING', 'Item about to expire'], ['ITEM_EXPIRED', 'Item expired'], ['NOTIFICATION_CREATED', 'Notification made'], ['REPORT_READY', 'Report written'],
  ['MEMBER_INVITED', 'Somebody invited'], ['MEMBER_JOINED', 'Member joined'], ['MEMBER_ROLE_CHANGED', 'Role changed'], ['MEMBER_LEFT', 'Member left'],
];
const eventWord = Object.fromEntries([...EVENTS, ['WEBHOOK_TEST', 'Test']]);
const STATES = { ACTIVE: ['in order', 'ACTIVE'], FAILING: ['failing', 'EXPIRED'], OFF: ['off', 'UNDATED'] };
const OFF = { MEMBER: 'switched off by a member', FAILED: 'nothing was taken for three days', GONE: 'the receiver said that it is gone', QUERY: 'its query may not be asked any more' };
const DELIVERIES = { PENDING: ['to be sent', 'EXPIRING_SOON'], DELIVERED: ['taken', 'ACTIVE'], FAILED: ['not taken', 'EXPIRED'] };
const KINDS = ['webhooks'];

const chosen = (form, name) => [...form.querySelectorAll(`[name=${name}]:checked`)].map(({ value }) => value);

const Fields = ({ webhook = { url: '', description: '', events: [], filter: {} } }) => html`
  <${Text} label="Address" hint="https://…" name="url" type="url" value=${webhook.url} maxlength="2000" autocomplete="off" spellcheck="false" wide required />
  <${Text} label="What it is for" hint="optional" name="description" value=${webhook.description} maxlength="500" autocomplete="off" wide />
  <fieldset class="wide"><legend>Of what it is told</legend><div class="choices two">${EVENTS.map(([key, word]) => html`
    <${Check} key=${key} label=${word} name="events" value=${key} checked=${webhook.events.includes(key)} />`)}</div></fieldset>
  <fieldset class="wide"><legend>Only of items that are <span class="hint">none chosen: of any</span></legend><div class="choices">${STATUSES.map(([key, word]) => html`
    <${Check} key=${key} label=${word} name="statuses" value=${key} checked=${webhook.filter.statuses?.includes(key) ?? false} />`)}</div></fieldset>
  <${Several} label="What is sent of it" hint="a GraphQL query; empty: the usual payload" name="query" rows="4" value=${webhook.query} maxlength="10000" autocomplete="off"
    placeholder=${'query ($id: ID!) { node(id: $id) { ... on Item { name expiryDate } } }'} />`;

/** What a form asks for; the conditions that it does not show stay. */
function inputOf(fields, form, filter = {}) {
  const statuses = chosen(form, 'statuses');
  return {
    url: fields.url.value.trim(), description: fields.description.value.trim() || null, events: chosen(form, 'events'),
    filter: { ...filter, statuses: statuses.length > 0 ? statuses : null }, query: fields.query.value.trim() || null,
  };
}

/** Where programs of others are told what happens. */
export function Webhooks({ session }) {
  const { data, failure, again } = useRead(session, WEBHOOKS, {}, KINDS);
  const [open, setOpen] = useState(null);
  const [secret, setSecret] = useState(null);
  if (session.isViewer()) return html`<${Card} title="Webhooks"><p class="empty">Only its owner and editors see where this inventory tells what happens.</p></${Card}>`;
  if (data === null) return html`<${Waiting} failure=${failure} />`;

  async function create(fields, form) {
    const input = inputOf(fields, form);
    if (input.events.length === 0) return [{ field: ['events'], message: 'Choose at least one.' }];
    const answer = (await session.api.request(CREATE_WEBHOOK, { input })).createWebhook;
    if (answer.userErrors.length > 0) return answer.userErrors;
    setSecret({ url: input.url, secret: answer.secret });
    form.reset();
    again();
    return [];
  }

  return html`
    ${secret && html`<${Once} title="Its secret" hint=${`With it the receiver at ${secret.url} checks signatures. It is shown this once.`} secret=${secret.secret} onDone=${() => setSecret(null)} />`}
    <${Card} title="Addresses that are told" hint="What happens in this inventory is posted there, signed, as Standard Webhooks has it.">
      ${data.webhooks.length === 0 ? html`<p class="empty">None yet.</p>` : html`<ul class="rows">${data.webhooks.map((webhook) => html`<li key=${webhook.id} class=${open === webhook.id ? 'open' : ''}>
        <div><strong>${webhook.url}</strong> <span class=${`status ${STATES[webhook.status][1]}`}>${STATES[webhook.status][0]}</span>
          <p class="muted">${[webhook.description, webhook.offBecause && OFF[webhook.offBecause], webhook.failingSince && `failing since ${instant(webhook.failingSince, session.timeZone())}`,
            webhook.events.map((event) => eventWord[event] ?? event).join(', ')].filter(Boolean).join(' · ')}</p></div>
        <button type="button" class="quiet small" aria-expanded=${String(open === webhook.id)} onClick=${() => setOpen(open === webhook.id ? null : webhook.id)}>${open === webhook.id ? 'Close' : 'Manage'}<span class="hidden"> ${webhook.url}</span></button>
        ${open === webhook.id && html`<${Webhook} session=${session} webhook=${webhook} onChanged=${again} onSecret=${setSecret} onGone=${() => { setOpen(null); again(); }} />`}
      </li>`)}</ul>`}
    </${Card}>
    <${Card} title="New webhook"><${Form} id="new-webhook" word="Add it" onSend=${create}><${Fields} /></${Form}></${Card}>`;
}

function Webhook({ session, webhook, onChanged, onSecret, onGone }) {
  const { data, again } = useRead(session, WEBHOOK, { id: webhook.id }, KINDS);
  const { id, url } = webhook;
  const zone = session.timeZone();
  const isOff = webhook.status === 'OFF';
  const does = async (query, field, input, message) => {
    const payload = await act(session, query, field, input, message);
    if (payload) {
      onChanged();
      again();
    }
    return payload;
  };

  async function update(fields, form) {
    const input = inputOf(fields, form, webhook.filter);
    if (input.events.length === 0) return [{ field: ['events'], message: 'Choose at least one.' }];
    const { userErrors } = (await session.api.request(UPDATE_WEBHOOK, { input: { id, ...input } })).updateWebhook;
    if (userErrors.length > 0) return userErrors;
    settle(form);
    say('The webhook was saved.');
    onChanged();
    return [];
  }

  const rotate = async () => {
    if (!await confirmed({ title: 'Make another secret?', text: 'The present one signs for another 24 hours as well.', word: 'Make it', danger: false })) return;
    const payload = await does(ROTATE_WEBHOOK_SECRET, 'rotateWebhookSecret', { id }, 'The new secret is above.');
    if (payload) onSecret({ url, secret: payload.secret });
  };
  const replay = async () => {
    if (await confirmed({ title: 'Tell it everything again?', text: 'All that ever happened and that it is told of is sent once more, from the beginning.', word: 'Tell it', danger: false })) {
      does(REPLAY_WEBHOOK, 'replayWebhook', { id, after: '0' }, 'It is told again.');
    }
  };
  const remove = async () => {
    if (!await confirmed({ title: 'Delete this webhook?', text: `${url} is told nothing any more.`, word: 'Delete' })) return;
    if (await act(session, DELETE_WEBHOOK, 'deleteWebhook', { id }, 'The webhook was deleted.')) onGone();
  };

  const deliveries = data?.webhook?.deliveries.nodes;
  return html`<div class="inside">
    <div class="item-tools">
      <button type="button" onClick=${() => does(SEND_TEST_EVENT, 'sendTestEvent', { id }, 'A test is on its way; see below what came of it.')}>Send a test</button>
      <button type="button" onClick=${() => does(UPDATE_WEBHOOK, 'updateWebhook', { id, active: isOff }, isOff ? 'It is told again what happens.' : 'It is told nothing for now.')}>${isOff ? 'Switch on' : 'Switch off'}</button>
      <button type="button" onClick=${rotate}>New secret</button>
      <button type="button" onClick=${replay}>Tell everything again</button>
      <button type="button" onClick=${remove}>Delete</button>
    </div>
    <${Form} id="webhook" word="Save" onSend=${update}><${Fields} webhook=${webhook} /></${Form}>
    <${Card} title="What it was told" actions=${html`<button type="button" class="quiet small" onClick=${again}>Look again</button>`}>
      ${!deliveries ? html`<${Waiting} />` : deliveries.length === 0 ? html`<p class="empty">Nothing yet.</p>` : html`<ul class="rows">${deliveries.map((each) => html`<li key=${each.id}>
        <div><strong>${eventWord[each.event] ?? each.event}</strong> <span class=${`status ${DELIVERIES[each.state][1]}`}>${DELIVERIES[each.state][0]}</span>
          <p class="muted">${[dayAndTime(each.createdAt, zone), each.attempts > 1 ? `${each.attempts} attempts` : null, each.statusCode && `status ${each.statusCode}`, each.millis !== null && each.attemptedAt ? `${each.millis} ms` : null].filter(Boolean).join(' · ')}</p>
          ${each.state !== 'DELIVERED' && each.answer && html`<p class="muted">${each.answer}</p>`}</div>
        <button type="button" class="quiet small" onClick=${() => does(REDELIVER_WEBHOOK, 'redeliverWebhook', { id: each.id }, 'It is sent once more.')}>Send again<span class="hidden">: ${eventWord[each.event] ?? each.event}, ${dayAndTime(each.createdAt, zone)}</span></button>
      </li>`)}</ul>`}
    </${Card}>
  </div>`;
}
