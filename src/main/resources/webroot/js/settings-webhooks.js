import { confirmed, say } from './dom.js';
import { STATUSES, dayAndTime, labelled } from './format.js';
import {
  CREATE_WEBHOOK, DELETE_WEBHOOK, REDELIVER_WEBHOOK, REPLAY_WEBHOOK, ROTATE_WEBHOOK_SECRET, SEND_TEST_EVENT, UPDATE_WEBHOOK, WEBHOOK, WEBHOOKS,
} from './operations.js';
import { Once, Opener, act } from './settings-account.js';
import { Card, Check, Form, Several, Text, Waiting, html, settle, useRead, useState } from './ui.js';
import { n, t } from './words.js';

/** @type {Words<Schema.WebhookEvent>} */
const EVENTS = [
  ['ITEM_CREATED', t('Item added')], ['ITEM_UPDATED', t('Item changed')], ['ITEM_TAKEN_OUT', t('Item taken out')], ['ITEM_DELETED', t('Item deleted')],
  ['ITEM_EXPIRING', t('Item about to expire')], ['ITEM_EXPIRED', t('Item expired')], ['NOTIFICATION_CREATED', t('Notification made')], ['REPORT_READY', t('Report written')],
  ['MEMBER_INVITED', t('Somebody invited')], ['MEMBER_JOINED', t('Member joined')], ['MEMBER_ROLE_CHANGED', t('Role changed')], ['MEMBER_LEFT', t('Member left')],
];
const eventWord = Object.fromEntries([...EVENTS, ['WEBHOOK_TEST', t('Test')]]);
const STATES = { ACTIVE: [t('working'), 'ACTIVE'], FAILING: [t('failing'), 'EXPIRED'], OFF: [t('off'), 'UNDATED'] };
const OFF = {
  MEMBER: t('switched off by a member'), FAILED: t('nothing could be delivered for three days'),
  GONE: t('the receiver said that it is gone'), QUERY: t('its query may not be asked any more'),
};
const DELIVERIES = {
  PENDING: [t('to be sent'), 'EXPIRING_SOON'], DELIVERED: [t('delivered'), 'ACTIVE'], FAILED: [t('not delivered'), 'EXPIRED'],
};
const KINDS = ['webhooks'];

/**
 * @param {FormNode} form
 * @param {string} name
 * @returns {any[]}
 */
const chosen = (form, name) => [...form.querySelectorAll(`[name=${name}]:checked`)].map(({ value }) => value);

/** @param {{ webhook?: Pick<Webhook, 'url' | 'description' | 'events'> & { filter: Partial<Webhook['filter']>, query?: string | null } }} props */
const Fields = ({ webhook = { url: '', description: '', events: [], filter: {} } }) => html`
  <${Text} label=${t('Address')} hint="https://…" name="url" type="url" value=${webhook.url} maxlength="2000" autocomplete="off" spellcheck="false" wide required />
  <${Text} label=${t('What it is for')} hint=${t('optional')} name="description" value=${webhook.description} maxlength="500" autocomplete="off" wide />
  <fieldset class="wide"><legend>${t('What it is told about')}</legend><div class="choices two">${EVENTS.map(([key, word]) => html`
    <${Check} key=${key} label=${word} name="events" value=${key} checked=${webhook.events.includes(key)} />`)}</div></fieldset>
  <fieldset class="wide"><legend>${t('Only for items with this status')} <span class="hint">${t('none chosen: for any')}</span></legend>
    <div class="choices">${STATUSES.map(([key, word]) => html`
    <${Check} key=${key} label=${word} name="statuses" value=${key} checked=${webhook.filter.statuses?.includes(key) ?? false} />`)}</div></fieldset>
  <${Several} label=${t('What is sent of it')} hint=${t('a GraphQL query; empty: the usual payload')} name="query" rows="4" value=${webhook.query} maxlength="10000" autocomplete="off"
    placeholder=${'query ($id: ID!) { node(id: $id) { ... on Item { name expiryDate } } }'} />`;

/**
 * What a form asks for; the conditions that it does not show stay.
 * @param {Fields} fields
 * @param {FormNode} form
 * @param {Schema.WebhookFilterInput} [filter]
 */
function inputOf(fields, form, filter = {}) {
  const statuses = chosen(form, 'statuses');
  return {
    url: fields.url.value.trim(), description: fields.description.value.trim() || null, events: chosen(form, 'events'),
    filter: { ...filter, statuses: statuses.length > 0 ? statuses : null }, query: fields.query.value.trim() || null,
  };
}

/**
 * Where programs of others are told what happens.
 * @param {{ session: Session }} props
 */
export function Webhooks({ session }) {
  const { data, failure, again } = useRead(session, WEBHOOKS, {}, KINDS);
  const [open, setOpen] = useState(null);
  const [secret, setSecret] = useState(null);
  if (session.isViewer()) {
    return html`<${Card} title=${t('Webhooks')}>
      <p class="empty">${t('Only the owner and editors of an inventory see its webhooks.')}</p></${Card}>`;
  }
  if (data === null) return html`<${Waiting} failure=${failure} />`;

  /**
   * @param {Fields} fields
   * @param {FormNode} form
   * @returns {Promise<readonly Refusal[]>}
   */
  async function create(fields, form) {
    const input = inputOf(fields, form);
    if (input.events.length === 0) return [{ field: ['events'], message: t('Choose at least one.') }];
    const answer = (await session.api.request(CREATE_WEBHOOK, { input })).createWebhook;
    if (answer.userErrors.length > 0) return answer.userErrors;
    setSecret({ url: input.url, secret: answer.secret });
    form.reset();
    again();
    return [];
  }

  return html`
    ${secret && html`<${Once} title=${t('Its secret')} hint=${t('With it the receiver at {url} checks signatures. It is shown only now.', secret)}
      secret=${secret.secret} onDone=${() => setSecret(null)} />`}
    <${Card} title=${t('Addresses that are told')} hint=${t('What happens in this inventory is posted there, signed as Standard Webhooks defines it.')}>
      ${data.webhooks.length === 0 ? html`<p class="empty">${t('None yet.')}</p>`
        : html`<ul class="rows">${data.webhooks.map((webhook) => html`<li key=${webhook.id} class=${open === webhook.id ? 'open' : ''}>
        <div><strong>${webhook.url}</strong> <span class=${`status ${STATES[webhook.status][1]}`}>${STATES[webhook.status][0]}</span>
          <p class="muted">${[webhook.description, webhook.offBecause && OFF[webhook.offBecause],
            webhook.failingSince && t('failing since {time}', { time: dayAndTime(webhook.failingSince, session.timeZone()) }),
            webhook.events.map((event) => eventWord[event] ?? event).join(', ')].filter(Boolean).join(' · ')}</p></div>
        <${Opener} name=${webhook.url} isOpen=${open === webhook.id} onClick=${() => setOpen(open === webhook.id ? null : webhook.id)} />
        ${open === webhook.id && html`<${Webhook} session=${session} webhook=${webhook} onChanged=${again} onSecret=${setSecret} onGone=${() => { setOpen(null); again(); }} />`}
      </li>`)}</ul>`}
    </${Card}>
    <${Card} title=${t('New webhook')}><${Form} id="new-webhook" word=${t('Add it')} onSend=${create}><${Fields} /></${Form}></${Card}>`;
}

/** @param {{ session: Session, webhook: Webhook, onChanged: () => void, onSecret: (secret: { url: string; secret: string }) => void, onGone: () => void }} props */
function Webhook({ session, webhook, onChanged, onSecret, onGone }) {
  const { data, again } = useRead(session, WEBHOOK, { id: webhook.id }, KINDS);
  const { id, url } = webhook;
  const zone = session.timeZone();
  const isOff = webhook.status === 'OFF';
  /**
   * @template Answered
   * @template {keyof Answered} Field
   * @template {{ input: object }} Variables
   * @param {Operation<Answered, Variables>} query
   * @param {Field} field
   * @param {NoInfer<Variables>['input']} input
   * @param {string} message
   */
  const does = async (query, field, input, message) => {
    const payload = await act(session, query, field, input, message);
    if (payload) {
      onChanged();
      again();
    }
    return payload;
  };

  /**
   * @param {Fields} fields
   * @param {FormNode} form
   * @returns {Promise<readonly Refusal[]>}
   */
  async function update(fields, form) {
    const input = inputOf(fields, form, webhook.filter);
    if (input.events.length === 0) return [{ field: ['events'], message: t('Choose at least one.') }];
    const { userErrors } = (await session.api.request(UPDATE_WEBHOOK, { input: { id, ...input } })).updateWebhook;
    if (userErrors.length > 0) return userErrors;
    settle(form);
    say(t('The webhook was saved.'));
    onChanged();
    return [];
  }

  const turn = () => does(UPDATE_WEBHOOK, 'updateWebhook', { id, active: isOff },
    isOff ? t('It is told again what happens.') : t('It is told nothing for now.'));
  const rotate = async () => {
    const isSure = await confirmed({
      title: t('Make another secret?'), text: t('The old one signs too, for another 24 hours.'), word: t('Make it'), danger: false,
    });
    if (!isSure) return;
    const payload = await does(ROTATE_WEBHOOK_SECRET, 'rotateWebhookSecret', { id }, t('The new secret is above.'));
    if (payload?.secret) onSecret({ url, secret: payload.secret });
  };
  const replay = async () => {
    const isSure = await confirmed({
      title: t('Tell it everything again?'), word: t('Tell it'), danger: false,
      text: t('Everything that ever happened and that it is told about is sent once more, from the beginning.'),
    });
    if (isSure) does(REPLAY_WEBHOOK, 'replayWebhook', { id, after: '0' }, t('It is told everything again.'));
  };
  const remove = async () => {
    if (!await confirmed({ title: t('Delete this webhook?'), text: t('{url} is told nothing any more.', { url }), word: t('Delete') })) return;
    if (await act(session, DELETE_WEBHOOK, 'deleteWebhook', { id }, t('The webhook was deleted.'))) onGone();
  };

  const deliveries = data?.webhook?.deliveries.nodes;
  return html`<div class="inside">
    <div class="item-tools">
      <button type="button" onClick=${() => does(SEND_TEST_EVENT, 'sendTestEvent', { id }, t('A test is on its way; see below what came of it.'))}>${t('Send a test')}</button>
      <button type="button" onClick=${turn}>${isOff ? t('Switch on') : t('Switch off')}</button>
      <button type="button" onClick=${rotate}>${t('New secret')}</button>
      <button type="button" onClick=${replay}>${t('Tell everything again')}</button>
      <button type="button" onClick=${remove}>${t('Delete')}</button>
    </div>
    <${Form} id="webhook" word=${t('Save')} onSend=${update}><${Fields} webhook=${webhook} /></${Form}>
    <${Card} title=${t('What it was told')} actions=${html`<button type="button" class="quiet small" onClick=${again}>${t('Refresh')}</button>`}>
      ${!deliveries ? html`<${Waiting} />` : deliveries.length === 0 ? html`<p class="empty">${t('Nothing yet.')}</p>`
        : html`<ul class="rows">${deliveries.map((each) => html`<li key=${each.id}>
        <div><strong>${eventWord[each.event] ?? each.event}</strong> <span class=${`status ${DELIVERIES[each.state][1]}`}>${DELIVERIES[each.state][0]}</span>
          <p class="muted">${[dayAndTime(each.createdAt, zone), each.attempts > 1 ? n(each.attempts, '{count} attempt', '{count} attempts') : null,
            each.statusCode && t('status {code}', { code: String(each.statusCode) }),
            each.millis !== null && each.attemptedAt ? t('{millis} ms', each) : null].filter(Boolean).join(' · ')}</p>
          ${each.state !== 'DELIVERED' && each.answer && html`<p class="muted">${each.answer}</p>`}</div>
        <button type="button" class="quiet small" aria-label=${labelled(t('Send again'), `${eventWord[each.event] ?? each.event}, ${dayAndTime(each.createdAt, zone)}`)}
          onClick=${() => does(REDELIVER_WEBHOOK, 'redeliverWebhook', { id: each.id }, t('It is sent once more.'))}>${t('Send again')}</button>
      </li>`)}</ul>`}
    </${Card}>
  </div>`;
}
