// What the modules of the dashboard name in their JSDoc, for conformance/types.mjs, which checks them. The types of the API
// (Schema, and those of js/operations.js and js/product-operations.js) and of the page (Elements) are not here: they are made of their sources each time.

/** A GraphQL document: what it answers, and which variables it is asked with. */
type Operation<Answer, Variables> = string & { answers?: Answer; takes?: (variables: Variables) => void };

type Operations = typeof import('./operations.js') & typeof import('./product-operations.js');

/** What a document answers, by its name in one of these files. */
type Answer<Name extends keyof Operations> = AnswerOf<Operations[Name]>;
type AnswerOf<Asked> = Asked extends Operation<infer Answered, any> ? Answered : never;
type VariablesOf<Asked> = Asked extends { takes?: (variables: infer Variables) => void } ? Variables : never;

/** What a mutation takes; all of them take one input. */
type InputOf<Asked> = VariablesOf<Asked> extends { input: infer Input } ? Input : never;

type Item = Answer<'ITEMS'>['items']['nodes'][number];
type Category = Answer<'CATEGORIES'>['categories']['nodes'][number];
type Inventory = Answer<'INVENTORY_NOW'>['inventory'];
type ProductInList = Answer<'PRODUCTS'>['products']['nodes'][number];
type Product = NonNullable<Answer<'ONE_PRODUCT'>['product']>;
/** What a product says of new lots. */
type ProductToChoose = Answer<'PRODUCT_SUGGESTIONS'>['products']['nodes'][number];
type Person = Answer<'VIEWER'>['viewer'];
/** The inventory in which a tab acts. */
type CurrentInventory = Answer<'VIEWER'>['currentInventory'];
type Notice = Answer<'NOTIFICATIONS'>['notifications']['nodes'][number];
type Activity = Answer<'HISTORY'>['activities']['nodes'][number];
type FileImport = NonNullable<Answer<'ONE_IMPORT'>['import']>;
type Webhook = Answer<'WEBHOOKS'>['webhooks'][number];
type Channel = Answer<'CHANNELS'>['channels'][number];
type Account = Answer<'USERS'>['users']['nodes'][number];

type PlaceOfStock = Answer<'STOCK_BY_PLACE'>['inventory']['byLocation'][number];
type Weeks = Answer<'REPORTS'>['reportTrend'];
/** What is drawn of a report. */
type DrawnReport = Answer<'REPORTS'>['reports']['nodes'][number];
type ReportRow = Omit<NonNullable<Answer<'REPORT_OF_DAY'>['report']>['byCategory'][number], 'name'>;
type Labelled = Answer<'LABELS'>['items']['nodes'][number];
type Member = Answer<'MEMBERS'>['currentInventory']['members'][number];
type ImportCounts = Answer<'IMPORTS'>['imports'][number];
type InventorySettings = Pick<CurrentInventory, 'timeZone' | 'leadDays'> & { name?: string; currency?: string | null; turnHour: number };
/** What the history tells of an item or a category before and after. */
type ItemField = 'name' | 'quantity' | 'unit' | 'expiryDate' | 'purchaseDate' | 'location' | 'categoryId' | 'costPrice' | 'sellingPrice' | 'ownLeadDays'
  | 'categoryLeadDays' | 'lotNumber' | 'barcode' | 'color' | 'description';
/** What the calendar is of: its key, what the API is asked by, and what the list of items is. */
type PartOfStock = {
  key: string; asked: { withoutCategory?: boolean; categoryId?: string; location?: string }; filter: Schema.ItemFilter;
  words: { category?: string; place?: string };
};
/** Sections of the settings under a heading, each with its address, its words and what draws it. */
type SettingsGroup = [string, [string, string, (props: { session: Session }) => Markup][]];

/** What a mutation refused, and at which field of its input. */
type Refusal = { message: string; field: readonly string[]; code?: string };

/** An error of GraphQL. */
type GraphQLError = { message: string; extensions: { code: string; retryAfter?: number | null } };

/** What failed; without a code it is none of the API's. */
type Failure = { code?: string; message: string; retryAfter?: number | null };

/** The tokens of a session; the refresh token stays in a cookie where the session outlasts the tab. */
type Tokens = { accessToken: string; refreshToken: string | null; expiresAt: string };

/** How something is read: as long as it is wanted, and who is told of failures and of what was answered last. */
type How<Answered> = {
  isWanted?: () => boolean;
  onWaiting?: (error: Failure) => void;
  onOld?: ((answer: Answered) => void) | null;
};

/** The same as it is handed to what asks. */
type Asking<Answered> = Required<How<Answered>> & { onOld: (answer: Answered) => void };

/** js/api.js says what each does. */
type Api = {
  token(refused?: string): Promise<string>;
  request<Answered>(query: Operation<Answered, {}>): Promise<Answered>;
  request<Answered, Variables extends object>(query: Operation<Answered, Variables>, variables: NoInfer<Variables>, inventory?: string): Promise<Answered>;
  read<Answered, Variables extends object>(query: Operation<Answered, Variables>, variables: NoInfer<Variables>, how?: How<Answered>): Promise<Answered | null>;
  /** One of several operations. */
  read<Asked extends Operation<any, any>>(query: Asked, variables: VariablesOf<Asked>, how?: How<AnswerOf<Asked>>): Promise<AnswerOf<Asked> | null>;
  follow<Answered, Variables extends object>(query: Operation<Answered, Variables>, variables: NoInfer<Variables>, how: {
    next: (answer: Answered) => void; signal: AbortSignal;
  }): Promise<void>;
  upload(path: string, file: File, how: { onProgress: (part: number) => void; signal: AbortSignal }): Promise<{ id: string }>;
  download(path: string, how: { onProgress: (bytes: number) => void; signal: AbortSignal }): Promise<Blob>;
  authenticate<Field extends keyof Operations['AUTHENTICATION']>(field: Field, input: Entering<Field>, stays?: boolean): Promise<Entered[Field]>;
  wake(): void;
  hasSession(): boolean;
  isStaying(): boolean;
  kept: ReturnType<typeof import('./kept.js').createKept>;
  keepAnswer(question: string, answer: unknown): void;
  findAnswer<Answered>(question: Operation<Answered, any>): Promise<Answered | null>;
  acting(inventory?: string | null): Record<string, string>;
  actIn(inventory: string | null): void;
  logout(): Promise<void>;
  leave(): Promise<void>;
};

/** What is sent and answered without a session; the device token is added to what is sent. */
type Entering<Field extends keyof Operations['AUTHENTICATION']> = Omit<InputOf<Operations['AUTHENTICATION'][Field]>, 'deviceToken'>;
type Entered = {
  [Field in keyof Operations['AUTHENTICATION']]: AnswerOf<Operations['AUTHENTICATION'][Field]>[Field & keyof AnswerOf<Operations['AUTHENTICATION'][Field]>];
};

/** What is live: its operation, with which variables it begins anew, and who is told. */
type Subscription<Name extends keyof Operations> = {
  query: Operations[Name]; variables: () => VariablesOf<Operations[Name]>; next: (answer: Answer<Name>) => void;
};

/** A change that waits to be sent, or was refused. */
type LiveState = 'connecting' | 'live' | 'offline' | 'refused';
type Live = { query: string; variables: () => object; next: (answer: any) => void };

type Change = {
  id: number; person: string; inventory: string; where: string; kind: ChangeKind; input: any; key: string; words: string;
  why: string | null; canSend: boolean; triedAt: number | null;
};
type ChangeKind = keyof ChangeOperations;
type ChangeOperations = {
  createItem: Operations['CREATE_ITEM']; updateItem: Operations['UPDATE_ITEM']; takeOut: Operations['TAKE_OUT']; deleteItem: Operations['DELETE_ITEM'];
  updateItems: Operations['UPDATE_ITEMS']; setCategoryOf: Operations['SET_CATEGORY_OF']; takeOutMany: Operations['TAKE_OUT_MANY'];
  deleteItems: Operations['DELETE_ITEMS'];
};
/** Sends a change, or keeps it to be sent: then there is no payload. */
type SendChange = <Kind extends ChangeKind>(kind: Kind, input: ChangeInput<Kind>, key: string, words: string) => Promise<ChangePayload<Kind> | null>;
/** An item in a change, with the version that was seen. */
type Reference = { id?: string; itemId?: string; expectedVersion?: number };
type ChangeInput<Kind extends ChangeKind> = InputOf<ChangeOperations[Kind]>;
type ChangePayload<Kind extends ChangeKind> = AnswerOf<ChangeOperations[Kind]>[Kind & keyof AnswerOf<ChangeOperations[Kind]>];

type BulkOptions = {
  sendChange: SendChange; shown: () => Item[]; categories: () => Category[]; onChosen: () => void; onChanged: (ids: string[]) => void;
  onFailure: (error: Failure) => void;
};

/** What is to become of several items: asks, and sends it. */
type BulkAction = {
  items: { id: string; expectedVersion: number }[];
  categories: Category[];
  send<Kind extends ChangeKind>(kind: Kind, input: ChangeInput<Kind>, message: string, words: string): Promise<boolean>;
};

/** What a code, or an item like it, tells of a new one. */
type Known = Partial<Record<'name' | 'unit' | 'categoryId' | 'location' | 'costPrice' | 'barcode' | 'lotNumber' | 'expiryDate', string | null>>
  & { product?: ProductToChoose | null };

/** An item, as far as its dialogs must know it; the rest they read. */
type ItemInDialog = Pick<Item, 'id' | 'name' | 'quantity' | 'unit' | 'status' | 'version' | 'expiryDate' | 'purchaseDate' | 'category' | 'location'
  | 'costPrice' | 'lotNumber' | 'barcode'>;

type ItemActions = {
  add(known?: Known): void;
  edit(item: ItemInDialog): void;
  takeOut(item: ItemInDialog): void;
  remove(item: ItemInDialog): void;
  fill(known: Known): boolean;
};

/** What js/main.js hands to the places: who is there, where, and how to read, to say and to hear of changes. */
type Session = {
  api: Api;
  onFailure(error: Failure): void;
  dialogs: ItemActions;
  today(): string;
  isViewer(): boolean;
  choose(inventory: string | null): void;
  person(): Person;
  current(): CurrentInventory;
  categories(): Category[];
  onCategories(action: () => void): () => void;
  timeZone(): string;
  go(address: string): void;
  rewrite(query: URLSearchParams, isStep: boolean): void;
  changed(kind: string, id?: string | null): void;
  onChange(kinds: readonly string[], action: () => void): () => void;
};

/** What an address names. */
type Place = { parts: string[]; query: URLSearchParams };

/** A list that comes in pages. */
type Page = { nodes: unknown[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
type PageOf<Answered, Field> = Field extends keyof Answered ? Answered[Field] : Field extends (answer: Answered) => infer Found ? Found : never;
type RowsOf<List> = List extends { nodes: infer Rows } ? Rows : never;

/** The controls of a form by their names; which those are is in its markup. */
type Fields = Record<string, any>;
type FormNode = HTMLFormElement & { elements: any };
type Control = { value: string };

/** Options of a choice, or other things with their words. */
type Words<Key = string> = (readonly [Key, string])[];

/** The statuses, as figures of them are named. */
type OfStatus = 'expired' | 'expiring' | 'active' | 'undated';

/** A part of a bar. */
type Part = { key: string; size: number };

/** An entry of the list of items: an item, or the heading of a group. */
type Entry = { group: string; item?: undefined; at?: undefined } | { group?: undefined; item: Item; at: number };

type ItemListOptions = {
  api: Api; today: () => string; actions: ItemActions; onFailure: (error: Failure) => void; onQuery: (query: URLSearchParams, isStep: boolean) => void;
  onBulk: (ids: string[]) => void; isWanted: () => boolean; isViewer: () => boolean;
  sendChange: SendChange; isUnsent: (id: string) => boolean;
};

/** One of the dialogs of an item; `before` is what its form showed at first. */
type ItemDialog = {
  dialog: HTMLDialogElement; form: FormNode; before: Record<string, any>; isTyped(): boolean; open(heading: string): void; keep(): void; newKeys(): void;
  keyFor(input: object): string;
};

type VirtualList<Row> = {
  list: HTMLElement; keyOf: (entry: Row) => string; nodeOf: (entry: Row) => HTMLElement; onDrawn: (keys: Set<string>) => void; onEnd: () => void;
};

/** A form that is drawn, and a field of it; what a field does not know is handed to its control. */
type FormProps = {
  onSend: (fields: Fields, form: FormNode) => readonly Refusal[] | Promise<readonly Refusal[]>; id: string; word: string; style?: string;
  danger?: boolean; children?: Markup; extra?: Markup;
};
type FieldProps = { label: string; hint?: string | null; name: string; value?: any; wide?: boolean; rows?: string };

/** Markup of htm, which is text to the checker. */
type Markup = any;
type InMarkup = string | number | boolean | null | undefined | object | ((event: any) => unknown);

type State<Value> = [Value, (next: Value | ((known: Value) => Value)) => void];

// Preact's own say that a node may not be there yet: in an effect it is.
declare module 'preact/hooks' {
  export function useState<Value>(initial: null): State<Value | null>;
  export function useState<Value>(initial: Value): State<Value>;
  export function useRef<Value = any>(initial: null): { current: Value };
  export function useRef<Value>(initial: Value): { current: Value };
  export function useEffect(effect: () => void | (() => void), inputs?: readonly unknown[]): void;
}

// What the declarations of the DOM are stricter about than browsers, or do not know yet.
interface Document {
  getElementById<Id extends keyof Elements>(id: Id): Elements[Id];
}
interface ParentNode {
  querySelector(selectors: string): any;
  querySelectorAll<Name extends keyof HTMLElementTagNameMap>(selectors: Name): NodeListOf<HTMLElementTagNameMap[Name]>;
  querySelectorAll(selectors: string): NodeListOf<any>;
}
interface Map<K, V> {
  /** What is asked for is in it, or is looked at before it is used. */
  get(key: K): V;
}
interface Element {
  focus(options?: FocusOptions): void;
  closest(selectors: string): any;
  setAttribute(name: string, value: string | number): void;
}
interface HTMLElement {
  addEventListener<Kind extends keyof HTMLElementEventMap>(kind: Kind, listener: (event: HTMLElementEventMap[Kind] & { target: any }) => unknown,
    options?: boolean | AddEventListenerOptions): void;
}
interface HTMLButtonElement {
  addEventListener<Kind extends keyof HTMLElementEventMap>(kind: Kind, listener: (event: HTMLElementEventMap[Kind] & { target: any }) => unknown,
    options?: boolean | AddEventListenerOptions): void;
}
interface HTMLUListElement {
  addEventListener<Kind extends keyof HTMLElementEventMap>(kind: Kind, listener: (event: HTMLElementEventMap[Kind] & { target: any }) => unknown,
    options?: boolean | AddEventListenerOptions): void;
}
interface HTMLOListElement {
  addEventListener<Kind extends keyof HTMLElementEventMap>(kind: Kind, listener: (event: HTMLElementEventMap[Kind] & { target: any }) => unknown,
    options?: boolean | AddEventListenerOptions): void;
}
interface HTMLDivElement {
  addEventListener<Kind extends keyof HTMLElementEventMap>(kind: Kind, listener: (event: HTMLElementEventMap[Kind] & { target: any }) => unknown,
    options?: boolean | AddEventListenerOptions): void;
}
interface Array<T> {
  filter(predicate: BooleanConstructor): Exclude<T, null | undefined | false | 0>[];
}
declare namespace Intl {
  interface NumberFormat {
    /** A decimal as it is, with all its digits (ECMAScript 2023). */
    format(decimal: string | number): string;
  }
  interface Locale {
    weekInfo?: { firstDay: number };
  }
}
interface Window {
  trustedTypes?: { createPolicy(name: string, rules: { createScriptURL: (address: string) => string }): { createScriptURL(address: string): string } };
}
/** The browser's own reader of codes (Barcode Detection API). */
declare class BarcodeDetector {
  static getSupportedFormats(): Promise<string[]>;
  constructor(options: { formats: string[] });
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}
