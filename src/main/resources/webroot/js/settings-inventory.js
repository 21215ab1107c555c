import { newKey } from './api.js';
import { confirmed, say } from './dom.js';
import { count, dayAndTime } from './format.js';
import { numbers } from './form.js';
import {
  ACCEPT_INVITATION, CHANGE_MEMBER_ROLE, CREATE_CATEGORY, CREATE_INVENTORY, DELETE_CATEGORY, DELETE_INVENTORY, INVENTORIES, INVITE_MEMBER,
  LEAVE_INVENTORY, MEMBERS, PROFILE, REMOVE_MEMBER, REVOKE_INVITATION, TRANSFER_INVENTORY, UPDATE_CATEGORY, UPDATE_CATEGORY_REMINDERS,
  UPDATE_INVENTORY, UPDATE_REMINDERS,
} from './operations.js';
import { addressOf } from './router.js';
import { HOURS, Once, act, timeZones } from './settings-account.js';
import { Card, Check, Choice, Form, Text, Waiting, html, settle, useEffect, useRead, useState } from './ui.js';

const NEW_COLOUR = '#4f9b7d';
const wholeOrNull = (control) => (control.value.trim() === '' ? null : Number(control.value));

/** The categories, as they are now. */
function useCategories(session) {
  const [, redraw] = useState(0);
  // They are read again a moment after something is said to have changed: looked at whenever this is drawn.
  useEffect(() => session.onCategories(() => redraw((turn) => turn + 1)), []);
  return session.categories();
}

export function Categories({ session }) {
  const categories = useCategories(session);
  const [open, setOpen] = useState(null);
  const isViewer = session.isViewer();

  async function create(fields, form) {
    const { userErrors } = (await session.api.request(CREATE_CATEGORY, { input: categoryOf(fields), key: newKey() })).createCategory;
    if (userErrors.length > 0) return userErrors;
    say(`${fields.name.value.trim()} was added.`);
    form.reset();
    session.changed('categories');
    fields.name.focus();
    return [];
  }

  return html`
    <${Card} title="All categories" hint="A kind of things, with a colour and lead days of its own.">
      ${categories.length === 0 ? html`<p class="empty">None yet. Add the first one below.</p>` : html`<ul class="rows">${categories.map((category) => html`<li key=${category.id} class=${open === category.id ? 'open' : ''}>
        <div><${Dot} color=${category.color} /> <strong>${category.name}</strong>
          <p class="muted"><a href=${addressOf(['items'], { category: category.id })}>${count(category.itemCount, 'item', 'items')}</a>${
            category.leadDays === null ? '' : ` · expires soon ${count(category.leadDays, 'day', 'days')} before`}${category.description ? ` · ${category.description}` : ''}</p></div>
        ${!isViewer && html`<button type="button" class="quiet small" aria-expanded=${String(open === category.id)} onClick=${() => setOpen(open === category.id ? null : category.id)}>
          ${open === category.id ? 'Close' : 'Change'}<span class="hidden"> ${category.name}</span></button>`}
        ${open === category.id && html`<${Category} session=${session} category=${category} others=${categories.filter(({ id }) => id !== category.id)} onDone=${() => setOpen(null)} />`}
      </li>`)}</ul>`}
    </${Card}>
    ${!isViewer && html`<${Card} title="New category"><${Form} id="new-category" word="Add it" onSend=${create}><${CategoryFields} category=${{ color: NEW_COLOUR }} /></${Form}></${Card}>`}`;
}

const Dot = ({ color }) => html`<svg class="swatch dot-of" width="12" height="12" aria-hidden="true"><circle cx="6" cy="6" r="6" fill=${color ?? 'currentColor'} /></svg>`;

const categoryOf = (fields) => ({
  name: fields.name.value.trim(), color: fields.color.value, leadDays: wholeOrNull(fields.leadDays), description: fields.description.value.trim() || null,
});

const CategoryFields = ({ category }) => html`
  <${Text} label="Name" name="name" value=${category.name} maxlength="200" autocomplete="off" required />
  <${Text} label="Lead days" hint="empty: those of the inventory" name="leadDays" value=${category.leadDays} inputmode="numeric" data-whole autocomplete="off" />
  <${Text} label="Description" name="description" value=${category.description} maxlength="2000" autocomplete="off" />
  <${Text} label="Colour" name="color" type="color" value=${category.color ?? NEW_COLOUR} />`;

function Category({ session, category, others, onDone }) {
  async function update(fields) {
    const { userErrors } = (await session.api.request(UPDATE_CATEGORY, {
      input: { id: category.id, expectedVersion: category.version, ...categoryOf(fields) },
    })).updateCategory;
    if (userErrors.length > 0) {
      if (userErrors.some(({ code }) => code === 'STALE_VERSION')) session.changed('categories');
      return userErrors.map((each) => (each.code === 'STALE_VERSION' ? { field: [], message: 'It was changed elsewhere meanwhile. Send again to change it all the same.' } : each));
    }
    say(`${fields.name.value.trim()} was saved.`);
    session.changed('categories');
    onDone();
    return [];
  }

  async function remove({ reassignTo }) {
    const target = others.find(({ id }) => id === reassignTo.value);
    if (!await confirmed({
      title: `Delete ${category.name}?`, word: 'Delete',
      text: category.itemCount === 0 ? 'No item belongs to it.' : `Its ${count(category.itemCount, 'item goes', 'items go')} to ${target ? target.name : 'no category'}.`,
    })) return [];
    const { userErrors } = (await session.api.request(DELETE_CATEGORY, { input: { id: category.id, reassignTo: reassignTo.value || null } })).deleteCategory;
    if (userErrors.length > 0) return userErrors;
    say(`${category.name} was deleted. The history can bring it back.`);
    session.changed('categories');
    onDone();
    return [];
  }

  return html`<div class="inside">
    <${Form} id="category" word="Save" onSend=${update}><${CategoryFields} category=${category} /></${Form}>
    <${Form} id="delete-category" word="Delete" style="" onSend=${remove}>
      <${Choice} label="Its items go to" name="reassignTo" options=${[['', 'No category'], ...others.map(({ id, name }) => [id, name])]} wide /></${Form}>
  </div>`;
}

const CURRENCIES = ['EUR', 'USD', 'GBP', 'CHF', 'PLN', 'UAH', 'SEK', 'NOK', 'DKK', 'CZK', 'HUF', 'CAD', 'AUD', 'NZD', 'JPY', 'INR', 'BRL', 'MXN', 'ZAR', 'TRY'];
const ROLES = { OWNER: 'Owner', EDITOR: 'Editor', VIEWER: 'To look at' };
const BECOME = [['EDITOR', 'Editor: may change everything in it'], ['VIEWER', 'Viewer: may look at it']];

function InventoryFields({ inventory }) {
  return html`
    <${Text} label="Name" name="name" value=${inventory.name} maxlength="200" autocomplete="off" required />
    <${Text} label="Currency" hint="such as EUR; optional" name="currency" value=${inventory.currency} maxlength="3" list="currencies" autocomplete="off" autocapitalize="characters" />
    <${Choice} label="Time zone" name="timeZone" value=${inventory.timeZone} options=${timeZones(inventory.timeZone)} />
    <${Choice} label="Its day turns at" name="turnHour" value=${String(inventory.turnHour)} options=${HOURS} />
    <${Text} label="Lead days" name="leadDays" value=${inventory.leadDays} inputmode="numeric" data-whole required />
    <datalist id="currencies">${CURRENCIES.map((code) => html`<option key=${code} value=${code}></option>`)}</datalist>`;
}

const settingsOf = (fields) => ({
  name: fields.name.value.trim(), currency: fields.currency.value.trim().toUpperCase() || null, timeZone: fields.timeZone.value,
  turnHour: Number(fields.turnHour.value), leadDays: Number(fields.leadDays.value),
});

export function Inventories({ session }) {
  const { data, failure, again } = useRead(session, INVENTORIES, {}, ['inventories', 'account']);
  const [open, setOpen] = useState(null);
  if (data === null) return html`<${Waiting} failure=${failure} />`;
  const current = session.current();
  const changed = () => {
    again();
    session.changed('inventories');
  };

  async function create(fields, form) {
    const { inventory, userErrors } = (await session.api.request(CREATE_INVENTORY, { input: settingsOf(fields), key: newKey() })).createInventory;
    if (userErrors.length > 0) return userErrors;
    form.reset();
    say(`${inventory.name} was added.`);
    changed();
    return [];
  }

  const remove = async (inventory) => {
    if (!await confirmed({ title: `Delete ${inventory.name}?`, text: 'With everything in it, for all members, at once and for good.', word: 'Delete' })) return;
    if (!await act(session, DELETE_INVENTORY, 'deleteInventory', { inventoryId: inventory.id }, `${inventory.name} was deleted.`)) return;
    if (inventory.id === current.id) session.choose(null);
    else changed();
  };
  const leave = async (inventory) => {
    if (!await confirmed({ title: `Leave ${inventory.name}?`, text: 'Your API tokens for it end too. To come back you need another invitation.', word: 'Leave' })) return;
    if (!await act(session, LEAVE_INVENTORY, 'leaveInventory', { inventoryId: inventory.id }, `You have left ${inventory.name}.`)) return;
    if (inventory.id === current.id) session.choose(null);
    else changed();
  };

  return html`
    <${Card} title="Your inventories">
      <ul class="rows">${data.inventories.map((inventory) => html`<li key=${inventory.id} class=${open === inventory.id ? 'open' : ''}>
        <div><strong>${inventory.name}</strong>${inventory.id === current.id && html` <span class="status ACTIVE">shown now</span>`}
          <p class="muted">${[ROLES[inventory.role], inventory.currency, inventory.timeZone.replaceAll('_', ' '), `${inventory.leadDays} lead days`].filter(Boolean).join(' · ')}</p></div>
        <span class="tools">
          ${inventory.id !== current.id && html`<button type="button" class="quiet small" onClick=${() => session.choose(inventory.id)}>Show<span class="hidden"> ${inventory.name}</span></button>`}
          ${inventory.role === 'OWNER' ? html`<button type="button" class="quiet small" aria-expanded=${String(open === inventory.id)} onClick=${() => setOpen(open === inventory.id ? null : inventory.id)}>${open === inventory.id ? 'Close' : 'Change'}<span class="hidden"> ${inventory.name}</span></button>`
            : html`<button type="button" class="quiet small" onClick=${() => leave(inventory)}>Leave<span class="hidden"> ${inventory.name}</span></button>`}
          ${inventory.role === 'OWNER' && !inventory.own && html`<button type="button" class="quiet small" onClick=${() => remove(inventory)}>Delete<span class="hidden"> ${inventory.name}</span></button>`}
        </span>
        ${open === inventory.id && html`<div class="inside"><${Form} id="inventory-settings" word="Save" onSend=${async (fields) => {
          const { userErrors } = (await session.api.request(UPDATE_INVENTORY, { input: { inventoryId: inventory.id, ...settingsOf(fields) } })).updateInventory;
          if (userErrors.length > 0) return userErrors;
          say(`${fields.name.value.trim()} was saved.`);
          setOpen(null);
          changed();
          return [];
        }}><${InventoryFields} inventory=${inventory} /></${Form}></div>`}
      </li>`)}</ul>
    </${Card}>
    <${Card} title="New inventory" hint="Beside the one that you have: a second home, a shop, a laboratory.">
      <${Form} id="new-inventory" word="Add it" onSend=${create}><${InventoryFields} inventory=${{ timeZone: current.timeZone, leadDays: current.leadDays, turnHour: 0 }} /></${Form}></${Card}>
    <${AcceptInvitation} session=${session} />`;
}

function AcceptInvitation({ session }) {
  async function accept({ code }) {
    // A whole link may be pasted as well.
    const word = code.value.trim().replace(/^.*#invitation=/, '');
    const { inventory, userErrors } = (await session.api.request(ACCEPT_INVITATION, { input: { code: word } })).acceptInvitation;
    if (userErrors.length > 0) return userErrors;
    say(`You share ${inventory.name} now.`);
    session.choose(inventory.id);
    return [];
  }
  return html`<${Card} title="Accept an invitation"><${Form} id="accept" word="Accept" onSend=${accept}>
    <${Text} label="Code or link" name="code" autocomplete="off" autocapitalize="none" spellcheck="false" wide required /></${Form}></${Card}>`;
}

export function Members({ session }) {
  const { data, failure, again } = useRead(session, MEMBERS, {}, ['inventories', 'account']);
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
  const does = async (query, field, input, message) => { if (await act(session, query, field, input, message)) changed(); };

  async function invite(fields, form) {
    const email = fields.email.value.trim() || null;
    const answer = (await session.api.request(INVITE_MEMBER, { input: { role: fields.role.value, email } })).inviteMember;
    if (answer.userErrors.length > 0) return answer.userErrors;
    setLink({ link: answer.link ?? answer.code, email });
    form.reset();
    again();
    return [];
  }

  const remove = async ({ userId, username }) => {
    if (await confirmed({ title: `Remove ${username}?`, text: 'They see nothing of this inventory any more, and their API tokens for it end.', word: 'Remove' })) {
      does(REMOVE_MEMBER, 'removeMember', { userId }, `${username} is a member no more.`);
    }
  };
  const transfer = async ({ userId, username }) => {
    if (await confirmed({ title: `Make ${username} the owner?`, text: 'You stay as an editor; only the new owner can give it back.', word: 'Hand it over' })) {
      does(TRANSFER_INVENTORY, 'transferInventory', { userId }, `${username} is the owner now.`);
    }
  };

  return html`
    ${link && html`<${Once} title="The invitation" hint=${`Whoever opens this link within seven days becomes a member.${link.email ? ` If this server sends mail, it is on its way to ${link.email}.` : ' Hand it over yourself.'} It is shown this once.`} secret=${link.link} onDone=${() => setLink(null)} />`}
    <${Card} title=${`Members of ${inventory.name}`} hint=${isOwner ? null : 'Only the owner invites and removes.'}>
      <ul class="rows">${inventory.members.map((member) => html`<li key=${member.userId}>
        <div><strong>${member.username}</strong>${member.userId === me && html` <span class="status ACTIVE">you</span>`}
          <p class="muted">${ROLES[member.role]} · since ${dayAndTime(member.joinedAt, zone)}</p></div>
        ${isOwner && member.role !== 'OWNER' && html`<span class="tools">
          <label class="role"><span class="hidden">Role of ${member.username}</span><select value=${member.role} onChange=${(event) => does(CHANGE_MEMBER_ROLE, 'changeMemberRole', { userId: member.userId, role: event.target.value }, `${member.username} is ${event.target.value === 'EDITOR' ? 'an editor' : 'a viewer'} now.`)}>
            <option value="EDITOR">Editor</option><option value="VIEWER">Viewer</option></select></label>
          ${!inventory.own && html`<button type="button" class="quiet small" onClick=${() => transfer(member)}>Make owner<span class="hidden">: ${member.username}</span></button>`}
          <button type="button" class="quiet small" onClick=${() => remove(member)}>Remove<span class="hidden"> ${member.username}</span></button></span>`}
      </li>`)}</ul>
    </${Card}>
    ${isOwner && html`
      <${Card} title="Invite somebody"><${Form} id="invite" word="Make the invitation" onSend=${invite}>
        <${Choice} label="They become" name="role" value="EDITOR" options=${BECOME} />
        <${Text} label="E-mail" hint="optional" name="email" type="email" autocomplete="off" /></${Form}></${Card}>
      ${inventory.invitations.length > 0 && html`<${Card} title="Open invitations"><ul class="rows">${inventory.invitations.map((each) => html`<li key=${each.invitationId}>
        <div><strong>${each.email ?? 'By link'}</strong><p class="muted">${ROLES[each.role]} · until ${dayAndTime(each.expiresAt, zone)}</p></div>
        <button type="button" class="quiet small" onClick=${() => does(REVOKE_INVITATION, 'revokeInvitation', { invitationId: each.invitationId }, 'The invitation is withdrawn.')}>Withdraw<span class="hidden"> the invitation ${each.email ?? 'by link'}</span></button>
      </li>`)}</ul></${Card}>`}`}
    ${!isOwner && html`<p><a href="#/settings/inventories">Leave this inventory</a></p>`}`;
}

export function Reminders({ session }) {
  const { data, failure, again } = useRead(session, PROFILE, {}, ['account']);
  const categories = useCategories(session);
  const [chosen, setChosen] = useState('');
  if (data === null) return html`<${Waiting} failure=${failure} />`;
  const { viewer } = data;
  const category = categories.find(({ id }) => id === chosen);
  return html`
    <${OfAll} session=${session} viewer=${viewer} onSaved=${again} />
    ${categories.length > 0 && !session.isViewer() && html`<${Card} title="Of one category" hint="Its items can have reminders of their own.">
      <label>Category <select onChange=${(event) => setChosen(event.target.value)}><option value="">Choose one</option>${categories.map(({ id, name }) => html`<option key=${id} value=${id}>${name}</option>`)}</select></label>
      ${category && html`<${OfCategory} key=${category.id} session=${session} category=${category} usual=${viewer.reminders} />`}
    </${Card}>`}`;
}

/** The two lists of a form, or what is wrong with them. */
function listsOf(fields) {
  const lists = { days: numbers(fields.days), percents: numbers(fields.percents) };
  const wrong = Object.keys(lists).filter((name) => lists[name] === null)
    .map((name) => ({ field: [name], message: 'Write whole numbers, such as 30, 7, 1.' }));
  return { lists, wrong };
}

const Lists = ({ days, percents, disabled = false }) => html`
  <${Text} label="Days before the last good day" hint="within an item’s lead days" name="days" value=${days.join(', ')} inputmode="numeric" autocomplete="off" disabled=${disabled} wide />
  <${Text} label="Percent of its life left" hint="of items whose day of purchase is known" name="percents" value=${percents.join(', ')} inputmode="numeric" autocomplete="off" disabled=${disabled} wide />`;

function OfAll({ session, viewer, onSaved }) {
  const { days, percents, quietHours, digest } = viewer.reminders;
  async function send(fields, form) {
    const { lists, wrong } = listsOf(fields);
    if (wrong.length > 0) return wrong;
    if ((fields.from.value === '') !== (fields.to.value === '')) return [{ field: ['to'], message: 'Quiet hours need a beginning and an end.' }];
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
    say('Reminders were saved.');
    onSaved();
    return [];
  }
  const hours = [['', 'Any time'], ...HOURS];
  return html`<${Card} title="Of everything" hint="You are always told when an item comes within its lead days, and when it is past its date; here, when else.">
    <${Form} id="reminders" word="Save" onSend=${send}>
      <${Lists} days=${days} percents=${percents} />
      <${Choice} label="My day turns at" name="turnHour" value=${String(viewer.turnHour)} options=${HOURS} />
      <${Check} label="Daily e-mail" name="digest" checked=${digest} />
      <${Choice} label="No e-mail from" name="from" value=${quietHours ? String(quietHours.from) : ''} options=${hours} />
      <${Choice} label="until" name="to" value=${quietHours ? String(quietHours.to) : ''} options=${hours} />
      ${!viewer.emailVerified && html`<p class="hint wide">E-mail is sent once ${viewer.email} is <a href="#/settings/profile">confirmed</a>.</p>`}
    </${Form}></${Card}>`;
}

function OfCategory({ session, category, usual }) {
  const [own, setOwn] = useState(category.reminders !== null);
  const lists = (own && category.reminders) || usual;
  async function send(fields, form) {
    const { lists: typed, wrong } = own ? listsOf(fields) : { lists: {}, wrong: [] };
    if (wrong.length > 0) return wrong;
    const { userErrors } = (await session.api.request(UPDATE_CATEGORY_REMINDERS, { input: { categoryId: category.id, ...typed } })).updateCategoryReminders;
    if (userErrors.length > 0) return userErrors;
    settle(form);
    say(`Reminders of ${category.name} were saved.`);
    session.changed('categories');
    return [];
  }
  return html`<${Form} id="category-reminders" word="Save" onSend=${send}>
    <${Check} label="Reminders of its own" name="own" checked=${own} onChange=${(event) => setOwn(event.target.checked)} />
    <${Lists} key=${String(own)} days=${lists.days} percents=${lists.percents} disabled=${!own} />
  </${Form}>`;
}
