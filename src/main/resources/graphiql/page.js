import { createFetcher } from './fetcher.js';
import { createSession } from './session.js';

/* global GraphiQL, React, ReactDOM */

const WIDE = '(min-width: 60rem)';
const VIEWER = 'query Viewer { viewer { username } inventories { id name own } }';

const h = React.createElement;
const byId = (id) => document.getElementById(id);

// The dashboard's modules put a page into their reader's language, and this one has none but its own.
document.documentElement.lang = 'en';
document.documentElement.dir = 'ltr';

const session = createSession({ onChange: showWho });
const fetcher = createFetcher(session);
let isSomebody = false;
let draw = () => {};

/** Says who is signed in, and offers their inventories; where nobody is, how to. */
async function showWho() {
  const who = byId('who');
  const where = byId('where');
  let answer = null;
  try {
    if (await session.token() !== null) answer = await fetcher({ query: VIEWER });
    if (answer?.errors?.[0].extensions?.code === 'FORBIDDEN') {
      // A member no more of the inventory that was chosen.
      session.actIn(null);
      answer = await fetcher({ query: VIEWER });
    }
  } catch (failure) {
    who.textContent = failure.message;
    return;
  }
  where.hidden = !answer?.data;
  if (answer?.data) {
    const { viewer, inventories } = answer.data;
    const current = session.acting()['expiry-inventory'] ?? inventories.find(({ own }) => own).id;
    who.textContent = `Signed in as ${viewer.username}`;
    where.lastElementChild.replaceChildren(...inventories.map(({ id, name }) => new Option(name, id, false, id === current)));
    if (!isSomebody) draw();
  } else {
    const link = document.createElement('a');
    link.href = './';
    link.textContent = 'log in to the dashboard';
    who.replaceChildren('Nobody is signed in: ', link, ' and come back, or give a token under Headers.');
  }
  isSomebody = answer?.data != null;
}

byId('where').lastElementChild.onchange = ({ target }) => session.actIn(target.value);
// They may have logged in, or out, in another tab meanwhile.
document.addEventListener('visibilitychange', () => { if (!document.hidden) showWho(); });

function OperationsIcon() {
  return h('svg', { viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor', strokeWidth: 1.5, 'aria-hidden': true },
    h('path', { d: 'M4 5h3M4 12h3M4 19h3M10 5h10M10 12h10M10 19h10' }));
}

/** The operations of the manual, by its documents. */
function operationsOf({ guide, documents }) {
  return function Operations() {
    const { addTab, tabs, queryEditor, variableEditor, headerEditor } = GraphiQL.React.useEditorContext({ nonNull: true });
    const opened = React.useRef(null);

    function open(query, variables) {
      // In a task of its own, and so behind all that waits to be drawn: while something does, GraphiQL adds a tab once more
      // afterwards, and empties it.
      setTimeout(() => {
        // The token that was given goes with them from tab to tab.
        opened.current = { query, variables, headers: headerEditor.getValue() };
        addTab();
      });
    }

    React.useLayoutEffect(() => {
      if (opened.current === null) return;
      headerEditor.setValue(opened.current.headers);
      queryEditor.setValue(opened.current.query);
      variableEditor.setValue(opened.current.variables);
      queryEditor.focus();
      opened.current = null;
    }, [tabs.length]);

    const entry = (title, query, variables, hint) => h('li', { key: title + query },
      h('button', { type: 'button', className: 'operation', onClick: () => open(query, variables) }, title, hint && h('span', null, hint)));

    return h('section', { className: 'operations', 'aria-label': 'Operations of the manual' },
      h('h2', null, 'Operations'),
      h('ul', null, entry('The guide', guide, '', 'with which this page begins')),
      documents.map(({ title, operations }) => h(React.Fragment, { key: title },
        h('h3', null, title),
        h('ul', null, operations.map((each) => entry(each.title, each.query, each.variables, each.kind === 'query' ? null : each.kind))))));
  };
}

/** What GraphiQL leaves without a name, or out of the keyboard's reach. */
function mend() {
  for (const [within, name] of [
    ['.graphiql-query-editor', 'Operation'], ['.graphiql-response', 'Answer'], ['.graphiql-editor:nth-child(1)', 'Variables'],
    ['.graphiql-editor:nth-child(2)', 'Headers'],
  ]) {
    for (const field of document.querySelectorAll(`${within} textarea:not([aria-label])`)) field.setAttribute('aria-label', name);
  }
  for (const pane of document.querySelectorAll('.CodeMirror-scroll[tabindex="-1"]')) pane.tabIndex = 0;
  // Its tabs are no tabs, for each holds two buttons: they are a group of buttons, of which one is current.
  for (const node of document.querySelectorAll('.graphiql-tabs:not([role=group])')) node.setAttribute('role', 'group');
  for (const tab of document.querySelectorAll('.graphiql-tab:not([role=none]), .graphiql-tab[aria-selected]')) {
    tab.setAttribute('role', 'none');
    tab.removeAttribute('aria-selected');
  }
  for (const button of document.querySelectorAll('.graphiql-tab-button')) {
    const isCurrent = String(button.parentElement.classList.contains('graphiql-tab-active'));
    if (button.getAttribute('aria-current') !== isCurrent) button.setAttribute('aria-current', isCurrent);
  }
}

async function begin() {
  const response = await fetch(new URL('graphiql/operations.json', document.baseURI));
  const manual = await response.json();
  const operations = { title: 'Operations', icon: OperationsIcon, content: operationsOf(manual) };
  const root = byId('editor');
  new MutationObserver(mend).observe(root, {
    childList: true, subtree: true, attributeFilter: ['role', 'aria-selected', 'class', 'tabindex'],
  });
  const drawn = ReactDOM.createRoot(root);
  // With another fetcher GraphiQL reads the documentation anew, which only those who are signed in are shown.
  draw = () => drawn.render(h(GraphiQL, {
    fetcher: createFetcher(session),
    defaultTabs: [{ query: manual.guide }],
    defaultQuery: '',
    defaultEditorToolsVisibility: 'headers',
    // Whoever uses this browser next finds no token in it.
    shouldPersistHeaders: false,
    // Other programs under this host may have a GraphiQL too.
    storage: GraphiQL.createLocalStorage({ namespace: `expiry-tracker ${new URL(document.baseURI).pathname}` }),
    plugins: [operations],
    visiblePlugin: matchMedia(WIDE).matches ? operations : undefined,
  }, h(GraphiQL.Logo, null, null)));
  draw();
}

showWho();
begin();
