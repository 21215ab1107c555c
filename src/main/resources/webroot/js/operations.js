/** Every GraphQL document that the dashboard sends. */

const USER_ERRORS = 'userErrors { code message field }';

const ITEM = `
  id name quantity unit costPrice totalValue expiryDate purchaseDate status daysLeft location barcode lotNumber usedUp version
  category { id name color }`;

const INVENTORY = `
  asOf
  total { count value }
  byStatus { status count value }
  byCategory {
    category { id color } name totalItems activeItems expiringItems expiredItems undatedItems
    totalValue activeValue expiringValue expiredValue undatedValue
  }
  aging { band count value }`;

const SESSION = `session { accessToken refreshToken expiresAt } ${USER_ERRORS}`;

export const AUTHENTICATION = {
  register: `mutation Register($input: RegisterInput!) { register(input: $input) { deviceToken ${SESSION} } }`,
  login: `mutation Login($input: LoginInput!) {
    login(input: $input) { twoFactorChallenge { token } deviceToken ${SESSION} } }`,
  verifyTwoFactor: `mutation VerifyTwoFactor($input: VerifyTwoFactorInput!) {
    verifyTwoFactor(input: $input) { deviceToken ${SESSION} } }`,
  refreshSession: `mutation RefreshSession($input: RefreshSessionInput!) { refreshSession(input: $input) { ${SESSION} } }`,
  verifyEmail: `mutation VerifyEmail($input: VerifyEmailInput!) { verifyEmail(input: $input) { email ${USER_ERRORS} } }`,
  requestPasswordReset: `mutation RequestPasswordReset($input: RequestPasswordResetInput!) {
    requestPasswordReset(input: $input) { ${USER_ERRORS} } }`,
  resetPassword: `mutation ResetPassword($input: ResetPasswordInput!) { resetPassword(input: $input) { ${USER_ERRORS} } }`,
  logout: `mutation Logout($input: LogoutInput!) { logout(input: $input) { ${USER_ERRORS} } }`,
};

export const START_TWO_FACTOR = `mutation StartTwoFactor($input: StartTwoFactorInput!) {
  startTwoFactor(input: $input) { twoFactorEnrolment { secret qrCode } ${USER_ERRORS} } }`;

export const CONFIRM_TWO_FACTOR = `mutation ConfirmTwoFactor($input: ConfirmTwoFactorInput!) {
  confirmTwoFactor(input: $input) { recoveryCodes ${USER_ERRORS} } }`;

export const REGENERATE_RECOVERY_CODES = `mutation RegenerateRecoveryCodes($input: RegenerateRecoveryCodesInput!) {
  regenerateRecoveryCodes(input: $input) { recoveryCodes ${USER_ERRORS} } }`;

export const DISABLE_TWO_FACTOR = `mutation DisableTwoFactor($input: DisableTwoFactorInput!) {
  disableTwoFactor(input: $input) { ${USER_ERRORS} } }`;

export const VIEWER = `query Viewer {
  viewer { username timeZone twoFactorEnabled }
  currentInventory { id timeZone }
  inventories { id name role }
  activities(first: 1) { nodes { cursor } }
}`;

export const ACCEPT_INVITATION = `mutation AcceptInvitation($input: AcceptInvitationInput!) {
  acceptInvitation(input: $input) { inventory { id name } ${USER_ERRORS} } }`;

export const INVENTORY_NOW = `query Inventory { inventory { ${INVENTORY} } }`;

export const ITEMS = `query Items($first: Int!, $after: String, $filter: ItemFilter!, $count: Boolean!) {
  items(first: $first, after: $after, filter: $filter) {
    nodes { ${ITEM} }
    pageInfo { hasNextPage endCursor }
    totalCount @include(if: $count)
    totalCountPrecision @include(if: $count)
  }
}`;

export const ONE_ITEM = `query Item($id: ID!) { item(id: $id) { ${ITEM} } }`;

export const CATEGORIES = `query Categories($after: String) {
  categories(first: 100, after: $after) { nodes { id name reminders { days percents } } pageInfo { hasNextPage endCursor } }
}`;

export const CREATE_ITEM = `mutation CreateItem($input: CreateItemInput!, $key: String!) {
  createItem(input: $input) @idempotent(key: $key) { item { ${ITEM} } ${USER_ERRORS} }
}`;

export const UPDATE_ITEM = `mutation UpdateItem($input: UpdateItemInput!) {
  updateItem(input: $input) { item { ${ITEM} } ${USER_ERRORS} }
}`;

export const TAKE_OUT = `mutation TakeOut($input: TakeOutInput!, $key: String!) {
  takeOut(input: $input) @idempotent(key: $key) { item { ${ITEM} } ${USER_ERRORS} }
}`;

export const DELETE_ITEM = `mutation DeleteItem($input: DeleteItemInput!) {
  deleteItem(input: $input) { deletedId ${USER_ERRORS} }
}`;

export const LATEST_ACTIVITY = `query LatestActivity($subjectId: ID!) {
  activities(first: 1, filter: { subjectId: $subjectId }) { nodes { id kind } }
}`;

export const UNDO = `mutation Undo($input: UndoInput!, $key: String!) {
  undo(input: $input) @idempotent(key: $key) { deletedId ${USER_ERRORS} }
}`;

export const AT_RISK = `query AtRisk {
  atRisk { items value lots { item { id name quantity unit expiryDate daysLeft } quantity value } }
}`;

const NOTIFICATION = 'id kind title message status snoozedUntil createdAt item { id }';

export const NOTIFICATIONS = `query Notifications($first: Int!, $after: String) {
  notifications(first: $first, after: $after, filter: { resolved: false }) {
    unreadCount
    nodes { ${NOTIFICATION} }
    pageInfo { hasNextPage endCursor }
  }
}`;

export const MARK_READ = `mutation MarkRead($input: MarkNotificationReadInput!) {
  markNotificationRead(input: $input) { notification { ${NOTIFICATION} } ${USER_ERRORS} }
}`;

export const MARK_UNREAD = `mutation MarkUnread($input: MarkNotificationUnreadInput!) {
  markNotificationUnread(input: $input) { notification { ${NOTIFICATION} } ${USER_ERRORS} }
}`;

export const MARK_ALL_READ = `mutation MarkAllRead($input: MarkAllNotificationsReadInput!) {
  markAllNotificationsRead(input: $input) { markedCount ${USER_ERRORS} }
}`;

export const ACKNOWLEDGE = `mutation Acknowledge($input: AcknowledgeNotificationInput!) {
  acknowledgeNotification(input: $input) { ${USER_ERRORS} }
}`;

export const SNOOZE = `mutation Snooze($input: SnoozeNotificationInput!) {
  snoozeNotification(input: $input) { ${USER_ERRORS} }
}`;

export const REMINDERS = `query Reminders {
  viewer { turnHour email emailVerified reminders { days percents quietHours { from to } digest } }
}`;

export const UPDATE_REMINDERS = `mutation UpdateReminders($reminders: UpdateRemindersInput!, $profile: UpdateProfileInput!) {
  updateReminders(input: $reminders) { ${USER_ERRORS} }
  updateProfile(input: $profile) { ${USER_ERRORS} }
}`;

export const UPDATE_CATEGORY_REMINDERS = `mutation UpdateCategoryReminders($input: UpdateCategoryRemindersInput!) {
  updateCategoryReminders(input: $input) { category { id reminders { days percents } } ${USER_ERRORS} }
}`;

export const REPORTS = `query Reports($from: Date!, $to: Date!) {
  reports(first: 30) { nodes { date expiredValue expiringValue discardedValue } }
  latest: reports(first: 1) {
    nodes { date byCategory { name expiringItems expiredItems expiringValue expiredValue } }
  }
  reportTrend(from: $from, to: $to, by: WEEK) { from to wasteRate outcomes { outcome count value } }
}`;

export const GENERATE_REPORT = `mutation GenerateReport($input: GenerateReportInput!) {
  generateReport(input: $input) { report { date } ${USER_ERRORS} }
}`;

export const ACTIVITY = `subscription Activity($after: String!) {
  activity(after: $after) {
    cursor kind subjectId
    stateBefore { ... on ItemState { name } }
    stateAfter { ... on ItemState { name } }
  }
}`;

export const INVENTORY_CHANGED = `subscription InventoryChanged { inventoryChanged { ${INVENTORY} } }`;
