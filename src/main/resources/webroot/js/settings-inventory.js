import { newKey } from './api.js';
import { confirmed, say } from './dom.js';
import { dayAndTime, labelled } from './format.js';
import { numbers } from './form.js';
import {
  ACCEPT_INVITATION, CHANGE_MEMBER_ROLE, CREATE_CATEGORY, CREATE_INVENTORY, DELETE_CATEGORY, DELETE_INVENTORY, INVENTORIES, INVITE_MEMBER,
  LEAVE_INVENTORY, MEMBERS, PROFILE, REMOVE_MEMBER, REVOKE_INVITATION, TRANSFER_INVENTORY, UPDATE_CATEGORY, UPDATE_CATEGORY_REMINDERS,
  UPDATE_INVENTORY, UPDATE_REMINDERS,
} from './operations.js';
import { addressOf } from './router.js';
import { HOURS, Once, Opener, act, timeZones } from './settings-account.js';
import { Card, Check, Choice, Form, Text, Waiting, html, settle, useEffect, useRead, useState } from './ui.js';
import { n, t } from './words.js';

const NEW_COLOUR = '#4f9b7d';
/** @param {Control} control */
const wholeOrNull = (control) => (control.value.trim() === '' ? null : Number(control.value));

/**
 * The categories, as they are now.
 * @param {Session} session
 */
function useCategories(session) {
  const [, redraw] = useState(0);
  // They are read again a moment after something is said to have changed: looked at whenever this is drawn.
  useEffect(() => session.onCategories(() => redraw((turn) => turn + 1)), []);
  return session.categories();
}

/** @param {{ session: Session }} props */
export function Categories({ session }) {
  const categories = useCategories(session);
  const [open, setOpen] = useState(null);
  const isViewer = session.isViewer();

  /**
   * @param {Fields} fields
   * @param {FormNode} form
   * @returns {Promise<readonly Refusal[]>}
   */
  async function create(fields, form) {
    const { userErrors } = (await session.api.request(CREATE_CATEGORY, { input: categoryOf(fields), key: newKey() })).createCategory;
    if (userErrors.length > 0) return userErrors;
    say(t('{name} was added.', { name: fields.name.value.trim() }));
    form.reset();
    session.changed('categories');
    fields.name.focus();
    return [];
  }

  return html`
    <${Card} title=${t('All categories')} hint=${t('Each is a kind of things, and can have a colour and lead days of its own.')}>
      ${categories.length === 0 ? html`<p class="empty">${t('None yet. Add the first one below.')}</p>`
        : html`<ul class="rows">${categories.map((category) => html`<li key=${category.id} class=${open === category.id ? 'open' : ''}>
        <div><${Dot} color=${category.color} /> <strong>${category.name}</strong>
          <p class="muted"><a href=${addressOf(['items'], { category: category.id })}>${n(category.itemCount, '{count} item', '{count} items')}</a>${[
            category.leadDays !== null && n(category.leadDays, 'expires soon {count} day before', 'expires soon {count} days before'), category.description,
          ].filter(Boolean).map((fact) => ` · ${fact}`)}</p></div>
        ${!isViewer && html`<${Opener} name=${category.name} isOpen=${open === category.id} word=${t('Change')}
          label=${t('Change {name}', category)} onClick=${() => setOpen(open === category.id ? null : category.id)} />`}
        ${open === category.id && html`<${Category} session=${session} category=${category} others=${categories.filter(({ id }) => id !== category.id)} onDone=${() => setOpen(null)} />`}
      </li>`)}</ul>`}
    </${Card}>
    ${!isViewer && html`<${Card} title=${t('New category')}><${Form} id="new-category" word=${t('Add it')} onSend=${create}>
      <${CategoryFields} category=${{ color: NEW_COLOUR }} /></${Form}></${Card}>`}`;
}

/** @param {{ color: string | null }} props */
const Dot = ({ color }) => html`<svg class="swatch dot-of" width="12" height="12" aria-hidden="true"><circle cx="6" cy="6" r="6" fill=${color ?? 'currentColor'} /></svg>`;

/** @param {Fields} fields */
const categoryOf = (fields) => ({
  name: fields.name.value.trim(), color: fields.color.value, leadDays: wholeOrNull(fields.leadDays), description: fields.description.value.trim() || null,
});

/** @param {{ category: Partial<Category> }} props */
const CategoryFields = ({ category }) => html`
  <${Text} label=${t('Name')} name="name" value=${category.name} maxlength="200" autocomplete="off" required />
  <${Text} label=${t('Lead days')} hint=${t('empty: those of the inventory')} name="leadDays" value=${category.leadDays} inputmode="numeric" data-whole autocomplete="off" />
  <${Text} label=${t('Description')} name="description" value=${category.description} maxlength="2000" autocomplete="off" />
  <${Text} label=${t('Colour')} name="color" type="color" value=${category.color ?? NEW_COLOUR} />`;

/** @param {{ session: Session, category: Category, others: Category[], onDone: () => void }} props */
function Category({ session, category, others, onDone }) {
  /**
   * @param {Fields} fields
   * @returns {Promise<readonly Refusal[]>}
   */
  async function update(fields) {
    const { userErrors } = (await session.api.request(UPDATE_CATEGORY, {
      input: { id: category.id, expectedVersion: category.version, ...categoryOf(fields) },
    })).updateCategory;
    if (userErrors.length > 0) {
      if (userErrors.some(({ code }) => code === 'STALE_VERSION')) session.changed('categories');
      const message = t('It was changed elsewhere meanwhile. Save again to change it all the same.');
      return userErrors.map((each) => (each.code === 'STALE_VERSION' ? { field: [], message } : each));
    }
    say(t('{name} was saved.', { name: fields.name.value.trim() }));
    session.changed('categories');
    onDone();
    return [];
  }

  /**
   * @param {Fields} fields
   * @returns {Promise<readonly Refusal[]>}
   */
  async function remove({ reassignTo }) {
    const target = others.find(({ id }) => id === reassignTo.value);
    if (!await confirmed({
      title: t('Delete {name}?', category), word: t('Delete'), text: whereItemsGo(category.itemCount, target),
    })) return [];
    const { userErrors } = (await session.api.request(DELETE_CATEGORY, { input: { id: category.id, reassignTo: reassignTo.value || null } })).deleteCategory;
    if (userErrors.length > 0) return userErrors;
    say(t('{name} was deleted. The history can bring it back.', category));
    session.changed('categories');
    onDone();
    return [];
  }

  return html`<div class="inside">
    <${Form} id="category" word=${t('Save')} onSend=${update}><${CategoryFields} category=${category} /></${Form}>
    <${Form} id="delete-category" word=${t('Delete')} style="" onSend=${remove}>
      <${Choice} label=${t('Its items go to')} name="reassignTo" options=${[['', t('No category')], ...others.map(({ id, name }) => [id, name])]} wide /></${Form}>
  </div>`;
}

/**
 * @param {number} itemCount
 * @param {Category | undefined} target
 */
function whereItemsGo(itemCount, target) {
  if (itemCount === 0) return t('It has no items.');
  return target ? n(itemCount, 'Its {count} item goes to {name}.', 'Its {count} items go to {name}.', { name: target.name })
    : n(itemCount, 'Its {count} item will have no category.', 'Its {count} items will have no category.');
}

const CURRENCIES = [
  'EUR', 'USD', 'GBP', 'CHF', 'PLN', 'UAH', 'SEK', 'NOK', 'DKK', 'CZK', 'HUF', 'CAD', 'AUD', 'NZD', 'JPY', 'INR', 'BRL', 'MXN', 'ZAR', 'TRY',
];
/** @type {Record<Schema.InventoryRole, string>} */
const ROLES = { OWNER: t('Owner'), EDITOR: t('Editor'), VIEWER: t('Viewer') };
const BECOME = [['EDITOR', t('Editor: may change everything in it')], ['VIEWER', t('Viewer: may only look at it')]];

/** @param {{ inventory: InventorySettings }} props */
function InventoryFields({ inventory }) {
  return html`
    <${Text} label=${t('Name')} name="name" value=${inventory.name} maxlength="200" autocomplete="off" required />
    <${Text} label=${t('Currency')} hint=${t('such as {example}; optional', { example: 'EUR' })} name="currency"
      value=${inventory.currency} maxlength="3" list="currencies" autocomplete="off" autocapitalize="characters" />
    <${Choice} label=${t('Time zone')} name="timeZone" value=${inventory.timeZone} options=${timeZones(inventory.timeZone)} />
    <${Choice} label=${t('Its day begins at')} name="turnHour" value=${String(inventory.turnHour)} options=${HOURS} />
    <${Text} label=${t('Lead days')} name="leadDays" value=${inventory.leadDays} inputmode="numeric" data-whole required />
    <datalist id="currencies">${CURRENCIES.map((code) => html`<option key=${code} value=${code}></option>`)}</datalist>`;
}

/** @param {Fields} fields */
const settingsOf = (fields) => ({
  name: fields.name.value.trim(), currency: fields.currency.value.trim().toUpperCase() || null, timeZone: fields.timeZone.value,
  turnHour: Number(fields.turnHour.value), leadDays: Number(fields.leadDays.value),
});

/** @param {{ session: Session }} props */
export function Inventories({ session }) {
  const { data, failure, again } = useRead(session, INVENTORIES, {}, ['inventories', 'account']);
  const [open, setOpen] = useState(null);
  if (data === null) return html`<${Waiting} failure=${failure} />`;
  const current = session.current();
  const changed = () => {
    again();
    session.changed('inventories');
  };

  /**
   * @param {Fields} fields
   * @param {FormNode} form
   * @returns {Promise<readonly Refusal[]>}
   */
  async function create(fields, form) {
    const { inventory, userErrors } = (await session.api.request(CREATE_INVENTORY, { input: settingsOf(fields), key: newKey() })).createInventory;
    if (!inventory) return userErrors;
    form.reset();
    say(t('{name} was added.', inventory));
    changed();
    return [];
  }

  /** @param {{ id: string; name: string }} inventory */
  const remove = async (inventory) => {
    const isSure = await confirmed({
      title: t('Delete {name}?', inventory), word: t('Delete'),
      text: t('It goes with everything in it, for all members, at once and for good.'),
    });
    if (!isSure) return;
    if (!await act(session, DELETE_INVENTORY, 'deleteInventory', { inventoryId: inventory.id }, t('{name} was deleted.', inventory))) return;
    if (inventory.id === current.id) session.choose(null);
    else changed();
  };
  /** @param {{ id: string; name: string }} inventory */
  const leave = async (inventory) => {
    const isSure = await confirmed({
      title: t('Leave {name}?', inventory), word: t('Leave|inventory'),
      text: t('Your API tokens for it end too. To come back you need another invitation.'),
    });
    if (!isSure) return;
    if (!await act(session, LEAVE_INVENTORY, 'leaveInventory', { inventoryId: inventory.id }, t('You have left {name}.', inventory))) return;
    if (inventory.id === current.id) session.choose(null);
    else changed();
  };

  return html`
    <${Card} title=${t('Your inventories')}>
      <ul class="rows">${data.inventories.map((inventory) => html`<li key=${inventory.id} class=${open === inventory.id ? 'open' : ''}>
        <div><strong>${inventory.name}</strong>${inventory.id === current.id && html` <span class="status ACTIVE">${t('shown now')}</span>`}
          <p class="muted">${[ROLES[inventory.role], inventory.currency, inventory.timeZone.replaceAll('_', ' '),
            n(inventory.leadDays, '{count} lead day', '{count} lead days')].filter(Boolean).join(' · ')}</p></div>
        <span class="tools">
          ${inventory.id !== current.id && html`<button type="button" class="quiet small" aria-label=${t('Show {name}', inventory)}
            onClick=${() => session.choose(inventory.id)}>${t('Show')}</button>`}
          ${inventory.role === 'OWNER' ? html`<${Opener} name=${inventory.name} isOpen=${open === inventory.id} word=${t('Change')}
              label=${t('Change {name}', inventory)} onClick=${() => setOpen(open === inventory.id ? null : inventory.id)} />`
            : html`<button type="button" class="quiet small" aria-label=${t('Leave {name}', inventory)} onClick=${() => leave(inventory)}>${t('Leave|inventory')}</button>`}
          ${inventory.role === 'OWNER' && !inventory.own && html`<button type="button" class="quiet small" aria-label=${t('Delete {name}', inventory)}
            onClick=${() => remove(inventory)}>${t('Delete')}</button>`}
        </span>
        ${open === inventory.id && html`<div class="inside"><${Form} id="inventory-settings" word=${t('Save')} onSend=${async (fields) => {
          const { userErrors } = (await session.api.request(UPDATE_INVENTORY, { input: { inventoryId: inventory.id, ...settingsOf(fields) } })).updateInventory;
          if (userErrors.length > 0) return userErrors;
          say(t('{name} was saved.', { name: fields.name.value.trim() }));
          setOpen(null);
          changed();
          return [];
        }}><${InventoryFields} inventory=${inventory} /></${Form}></div>`}
      </li>`)}</ul>
    </${Card}>
    <${Card} title=${t('New inventory')} hint=${t('Besides the one that you have: a second home, a shop, a laboratory.')}>
      <${Form} id="new-inventory" word=${t('Add it')} onSend=${create}>
        <${InventoryFields} inventory=${{ timeZone: current.timeZone, leadDays: current.leadDays, turnHour: 0 }} /></${Form}></${Card}>
    <${AcceptInvitation} session=${session} />`;
}

/** @param {{ session: Session }} props */
function AcceptInvitation({ session }) {
  /**
   * @param {Fields} fields
   * @returns {Promise<readonly Refusal[]>}
   */
  async function accept({ code }) {
    // A whole link may be pasted as well.
    const word = code.value.trim().replace(/^.*#invitation=/, '');
    const { inventory, userErrors } = (await session.api.request(ACCEPT_INVITATION, { input: { code: word } })).acceptInvitation;
    if (!inventory) return userErrors;
    say(t('You share {name} now.', inventory));
    session.choose(inventory.id);
    return [];
  }
  return html`<${Card} title=${t('Accept an invitation')}><${Form} id="accept" word=${t('Accept')} onSend=${accept}>
    <${Text} label=${t('Code or link')} name="code" autocomplete="off" autocapitalize="none" spellcheck="false" wide required /></${Form}></${Card}>`;
}

/** @param {{ session: Session }} props */
export function Members({ session }) {
  const { data, failure, again } = useRead(session, MEMBERS, {}, ['inventories', 'account']);
  /** @type {State<{ link: string | null; email: string | null } | null>} */
  const [link, setLink] = useState(null);
  if (data === null) return html`<${Waiting} failure=${failure} />`;
  const inventory = data.currentInventory;
  const isOwner = inventory.role === 'OWNER';
  const me = session.person().id;
  const zone = session.timeZone();
  const changed = () => {
    again();
    session.changed('inventories');
  };
  /**
   * @template Answered
   * @template {keyof Answered} Field
   * @template {{ input: object }} Variables
   * @param {Operation<Answered, Variables>} query
   * @param {Field} field
   * @param {NoInfer<Variables>['input']} input
   * @param {string} message
   */
  const does = async (query, field, input, message) => { if (await act(session, query, field, input, message)) changed(); };

  /**
   * @param {Fields} fields
   * @param {FormNode} form
   */
  async function invite(fields, form) {
    const email = fields.email.value.trim() || null;
    const answer = (await session.api.request(INVITE_MEMBER, { input: { role: fields.role.value, email } })).inviteMember;
    if (answer.userErrors.length > 0) return answer.userErrors;
    setLink({ link: answer.link ?? answer.code, email });
    form.reset();
    again();
    return [];
  }

  /** @param {Member} member */
  const remove = async ({ userId, username }) => {
    const isSure = await confirmed({
      title: t('Remove {username}?', { username }), word: t('Remove'),
      text: t('They see nothing of this inventory any more, and their API tokens for it end.'),
    });
    if (isSure) does(REMOVE_MEMBER, 'removeMember', { userId }, t('{username} is no longer a member.', { username }));
  };
  /** @param {{ invitationId: string }} invitation */
  const withdraw = ({ invitationId }) => does(REVOKE_INVITATION, 'revokeInvitation', { invitationId }, t('The invitation is withdrawn.'));
  /** @param {Member} member */
  const transfer = async ({ userId, username }) => {
    const isSure = await confirmed({
      title: t('Make {username} the owner?', { username }), word: t('Hand it over'),
      text: t('You stay as an editor; only the new owner can give it back.'),
    });
    if (isSure) does(TRANSFER_INVENTORY, 'transferInventory', { userId }, t('{username} is the owner now.', { username }));
  };
  /**
   * @param {Member} member
   * @param {Schema.InventoryRole} role
   */
  const changeRole = ({ userId, username }, role) => does(CHANGE_MEMBER_ROLE, 'changeMemberRole', { userId, role },
    role === 'EDITOR' ? t('{username} is an editor now.', { username }) : t('{username} is a viewer now.', { username }));

  return html`
    ${link && html`<${Once} title=${t('The invitation')} secret=${link.link} onDone=${() => setLink(null)} hint=${link.email
      ? t('Whoever opens this link within seven days becomes a member. If this server sends mail, it is on its way to {email}. It is shown only now.', link)
      : t('Whoever opens this link within seven days becomes a member. Hand it over yourself. It is shown only now.')} />`}
    <${Card} title=${t('Members of {name}', inventory)} hint=${isOwner ? null : t('Only the owner invites and removes.')}>
      <ul class="rows">${inventory.members.map((member) => html`<li key=${member.userId}>
        <div><strong>${member.username}</strong>${member.userId === me && html` <span class="status ACTIVE">${t('you')}</span>`}
          <p class="muted">${ROLES[member.role]} · ${t('since {time}', { time: dayAndTime(member.joinedAt, zone) })}</p></div>
        ${isOwner && member.role !== 'OWNER' && html`<span class="tools">
          <label class="role"><span class="hidden">${t('Role of {username}', member)}</span><select value=${member.role} onChange=${({ target }) => changeRole(member, target.value)}>
            <option value="EDITOR">${t('Editor')}</option><option value="VIEWER">${t('Viewer')}</option></select></label>
          ${!inventory.own && html`<button type="button" class="quiet small" aria-label=${labelled(t('Make owner'), member.username)} onClick=${() => transfer(member)}>${t('Make owner')}</button>`}
          <button type="button" class="quiet small" aria-label=${t('Remove {username}', member)} onClick=${() => remove(member)}>${t('Remove')}</button></span>`}
      </li>`)}</ul>
    </${Card}>
    ${isOwner && html`
      <${Card} title=${t('Invite somebody')}><${Form} id="invite" word=${t('Make the invitation')} onSend=${invite}>
        <${Choice} label=${t('They become')} name="role" value="EDITOR" options=${BECOME} />
        <${Text} label=${t('E-mail')} hint=${t('optional')} name="email" type="email" autocomplete="off" /></${Form}></${Card}>
      ${inventory.invitations.length > 0 && html`<${Card} title=${t('Open invitations')}>
        <ul class="rows">${inventory.invitations.map((each) => html`<li key=${each.invitationId}>
        <div><strong>${each.email ?? t('By link')}</strong>
          <p class="muted">${ROLES[each.role]} · ${t('until {time}', { time: dayAndTime(each.expiresAt, zone) })}</p></div>
        <button type="button" class="quiet small" aria-label=${labelled(t('Withdraw'), each.email ?? t('By link'))} onClick=${() => withdraw(each)}>${t('Withdraw')}</button>
      </li>`)}</ul></${Card}>`}`}
    ${!isOwner && html`<p><a href="#/settings/inventories">${t('Leave this inventory')}</a></p>`}`;
}

/** @param {{ session: Session }} props */
export function Reminders({ session }) {
  const { data, failure, again } = useRead(session, PROFILE, {}, ['account']);
  const categories = useCategories(session);
  const [chosen, setChosen] = useState('');
  if (data === null) return html`<${Waiting} failure=${failure} />`;
  const { viewer } = data;
  const category = categories.find(({ id }) => id === chosen);
  return html`
    <${OfAll} session=${session} viewer=${viewer} onSaved=${again} />
    ${categories.length > 0 && !session.isViewer() && html`<${Card} title=${t('For one category')} hint=${t('Its items can have reminders of their own.')}>
      <label>${t('Category')} <select onChange=${({ target }) => setChosen(target.value)}>
        <option value="">${t('Choose one')}</option>${categories.map(({ id, name }) => html`<option key=${id} value=${id}>${name}</option>`)}</select></label>
      ${category && html`<${OfCategory} key=${category.id} session=${session} category=${category} usual=${viewer.reminders} />`}
    </${Card}>`}`;
}

/**
 * The two lists of a form, or what is wrong with them.
 * @param {Fields} fields
 */
function listsOf(fields) {
  const lists = { days: numbers(fields.days), percents: numbers(fields.percents) };
  const wrong = Object.entries(lists).filter(([, list]) => list === null)
    .map(([name]) => ({ field: [name], message: t('Write whole numbers, such as 30, 7, 1.') }));
  return { lists, wrong };
}

/** @param {{ days: number[], percents: number[], disabled?: boolean }} props */
const Lists = ({ days, percents, disabled = false }) => html`
  <${Text} label=${t('Days before the last good day')} hint=${t('within an item’s lead days')} name="days"
    value=${days.join(', ')} inputmode="numeric" autocomplete="off" disabled=${disabled} wide />
  <${Text} label=${t('Percent of its life left')} hint=${t('for items whose day of purchase is known')} name="percents"
    value=${percents.join(', ')} inputmode="numeric" autocomplete="off" disabled=${disabled} wide />`;

/** @param {{ session: Session, viewer: Answer<'PROFILE'>['viewer'], onSaved: () => void }} props */
function OfAll({ session, viewer, onSaved }) {
  const { days, percents, quietHours, digest } = viewer.reminders;
  /**
   * @param {Fields} fields
   * @param {FormNode} form
   * @returns {Promise<readonly Refusal[]>}
   */
  async function send(fields, form) {
    const { lists, wrong } = listsOf(fields);
    if (wrong.length > 0) return wrong;
    if ((fields.from.value === '') !== (fields.to.value === '')) return [{ field: ['to'], message: t('Quiet hours need a beginning and an end.') }];
    const { updateReminders, updateProfile } = await session.api.request(UPDATE_REMINDERS, {
      reminders: {
        ...lists, digest: fields.digest.checked,
        quietHours: fields.from.value === '' ? null : { from: Number(fields.from.value), to: Number(fields.to.value) },
      },
      profile: { turnHour: Number(fields.turnHour.value) },
    });
    const userErrors = [...updateReminders.userErrors, ...updateProfile.userErrors];
    if (userErrors.length > 0) return userErrors;
    settle(form);
    say(t('Reminders were saved.'));
    onSaved();
    return [];
  }
  const hours = [['', t('No quiet hours')], ...HOURS];
  return html`<${Card} title=${t('For everything')} hint=${t('You are always told when an item comes within its lead days, and when it is past its date. Here you say when else.')}>
    <${Form} id="reminders" word=${t('Save')} onSend=${send}>
      <${Lists} days=${days} percents=${percents} />
      <${Choice} label=${t('My day begins at')} name="turnHour" value=${String(viewer.turnHour)} options=${HOURS} />
      <${Check} label=${t('Daily e-mail')} name="digest" checked=${digest} />
      <${Choice} label=${t('No e-mail from')} name="from" value=${quietHours ? String(quietHours.from) : ''} options=${hours} />
      <${Choice} label=${t('until|hour')} name="to" value=${quietHours ? String(quietHours.to) : ''} options=${hours} />
      ${!viewer.emailVerified && html`<p class="hint wide">${t('E-mail is sent once {email} is confirmed.', viewer)}
        ${' '}<a href="#/settings/profile">${t('Confirm it')}</a></p>`}
    </${Form}></${Card}>`;
}

/** @param {{ session: Session, category: Category, usual: { days: number[]; percents: number[] } }} props */
function OfCategory({ session, category, usual }) {
  const [own, setOwn] = useState(category.reminders !== null);
  const lists = (own && category.reminders) || usual;
  /**
   * @param {Fields} fields
   * @param {FormNode} form
   * @returns {Promise<readonly Refusal[]>}
   */
  async function send(fields, form) {
    const { lists: typed, wrong } = own ? listsOf(fields) : { lists: {}, wrong: [] };
    if (wrong.length > 0) return wrong;
    const { userErrors } = (await session.api.request(UPDATE_CATEGORY_REMINDERS, { input: { categoryId: category.id, ...typed } })).updateCategoryReminders;
    if (userErrors.length > 0) return userErrors;
    settle(form);
    say(t('Reminders of {name} were saved.', category));
    session.changed('categories');
    return [];
  }
  return html`<${Form} id="category-reminders" word=${t('Save')} onSend=${send}>
    <${Check} label=${t('Reminders of its own')} name="own" checked=${own} onChange=${(event) => setOwn(event.target.checked)} />
    <${Lists} key=${String(own)} days=${lists.days} percents=${lists.percents} disabled=${!own} />
  </${Form}>`;
}
