/** Every GraphQL document that the dashboard sends. */

const USER_ERRORS = 'userErrors { code message field }';

const ITEM = `
  id name quantity unit costPrice totalValue expiryDate purchaseDate status daysLeft location barcode lotNumber usedUp version
  category { id name color }`;

const ITEM_IN_FULL = `${ITEM} description sellingPrice leadDays externalId createdAt updatedAt`;

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
  viewer { id username email role }
  currentInventory { id name role own timeZone leadDays currency }
  inventories { id name role own }
  activities(first: 1) { nodes { cursor } }
}`;

export const ACCEPT_INVITATION = `mutation AcceptInvitation($input: AcceptInvitationInput!) {
  acceptInvitation(input: $input) { inventory { id name } ${USER_ERRORS} } }`;

export const INVENTORY_NOW = `query Inventory { inventory { ${INVENTORY} } }`;

export const ITEMS = `query Items($first: Int!, $after: String, $filter: ItemFilter!, $orderBy: ItemOrder, $asOf: Date, $count: Boolean!) {
  items(first: $first, after: $after, filter: $filter, orderBy: $orderBy, asOf: $asOf) {
    nodes { ${ITEM} }
    pageInfo { hasNextPage endCursor }
    totalCount @include(if: $count)
    totalCountPrecision @include(if: $count)
  }
}`;

export const ITEMS_AS_OF = `query ItemsAsOf($first: Int!, $after: String, $filter: ItemFilter!, $orderBy: ItemOrder, $asOf: Date!, $count: Boolean!) {
  items(first: $first, after: $after, filter: $filter, orderBy: $orderBy, asOf: $asOf) {
    nodes { ${ITEM} statusThen: statusOn(date: $asOf) daysLeftThen: daysLeftOn(date: $asOf) }
    pageInfo { hasNextPage endCursor }
    totalCount @include(if: $count)
    totalCountPrecision @include(if: $count)
  }
}`;

export const CHANGED_ITEMS = `query ChangedItems($ids: [ID!]!, $filter: ItemFilter!) {
  nodes(ids: $ids) { ... on Item { ${ITEM} } }
  items(first: 1, filter: $filter) { totalCount totalCountPrecision }
}`;

export const ONE_ITEM = `query Item($id: ID!) { item(id: $id) { ${ITEM_IN_FULL} } }`;

/** Its own lead days, which the item itself does not tell, stand in its latest state. */
export const ITEM_TO_EDIT = `query ItemToEdit($id: ID!) {
  item(id: $id) {
    ${ITEM_IN_FULL} product { id name }
    activities(first: 1, kind: [ITEM_CREATED, ITEM_UPDATED, ITEM_TAKEN_OUT, ITEM_PUT_BACK]) {
      nodes { stateAfter { ... on ItemState { ownLeadDays } } }
    }
  }
}`;

export const CATEGORIES = `query Categories($after: String) {
  categories(first: 100, after: $after) {
    nodes { id name description color leadDays externalId itemCount version reminders { days percents } }
    pageInfo { hasNextPage endCursor }
  }
}`;

export const CREATE_CATEGORY = `mutation CreateCategory($input: CreateCategoryInput!, $key: String!) {
  createCategory(input: $input) @idempotent(key: $key) { category { id } ${USER_ERRORS} }
}`;

export const UPDATE_CATEGORY = `mutation UpdateCategory($input: UpdateCategoryInput!) {
  updateCategory(input: $input) { category { id } ${USER_ERRORS} }
}`;

export const DELETE_CATEGORY = `mutation DeleteCategory($input: DeleteCategoryInput!) {
  deleteCategory(input: $input) { deletedId ${USER_ERRORS} }
}`;

export const CREATE_ITEM = `mutation CreateItem($input: CreateItemInput!, $key: String!) {
  createItem(input: $input) @idempotent(key: $key) { item { ${ITEM} } ${USER_ERRORS} }
}`;

export const UPDATE_ITEM = `mutation UpdateItem($input: UpdateItemInput!, $key: String!) {
  updateItem(input: $input) @idempotent(key: $key) { item { ${ITEM} } ${USER_ERRORS} }
}`;

export const TAKE_OUT = `mutation TakeOut($input: TakeOutInput!, $key: String!) {
  takeOut(input: $input) @idempotent(key: $key) { item { ${ITEM} } ${USER_ERRORS} }
}`;

export const DELETE_ITEM = `mutation DeleteItem($input: DeleteItemInput!, $key: String!) {
  deleteItem(input: $input) @idempotent(key: $key) { deletedId ${USER_ERRORS} }
}`;

export const UPDATE_ITEMS = `mutation UpdateItems($input: UpdateItemsInput!, $key: String!) {
  updateItems(input: $input) @idempotent(key: $key) { changedIds ${USER_ERRORS} }
}`;

export const SET_CATEGORY_OF = `mutation SetCategoryOf($input: SetCategoryOfInput!, $key: String!) {
  setCategoryOf(input: $input) @idempotent(key: $key) { changedIds ${USER_ERRORS} }
}`;

export const TAKE_OUT_MANY = `mutation TakeOutMany($input: TakeOutManyInput!, $key: String!) {
  takeOutMany(input: $input) @idempotent(key: $key) { count ${USER_ERRORS} }
}`;

export const DELETE_ITEMS = `mutation DeleteItems($input: DeleteItemsInput!, $key: String!) {
  deleteItems(input: $input) @idempotent(key: $key) { count ${USER_ERRORS} }
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

export const AT_RISK_IN_FULL = `query AtRiskInFull($within: Int!) {
  atRisk(within: $within) {
    asOf items value quantities { unit quantity }
    lots { item { ${ITEM} } quantity value dailyUse }
  }
}`;

export const STOCK_BY_DAY = `query StockByDay($from: Date!, $to: Date!, $categoryId: ID, $withoutCategory: Boolean, $location: String) {
  stockByDay(from: $from, to: $to, categoryId: $categoryId, withoutCategory: $withoutCategory, location: $location) { date count value }
}`;

export const STOCK_BY_PLACE = `query StockByPlace {
  inventory { asOf byLocation { location totalItems expiringItems expiredItems totalValue expiringValue expiredValue } }
}`;

export const CALENDAR_AGENDA = `query CalendarAgenda($first: Int!, $after: String, $filter: ItemFilter!) {
  items(first: $first, after: $after, filter: $filter) {
    nodes { id name quantity unit expiryDate status daysLeft location category { id name } }
    pageInfo { hasNextPage endCursor }
  }
}`;

export const ITEMS_OF_PLACE = `query ItemsOfPlace($first: Int!, $after: String, $filter: ItemFilter!) {
  items(first: $first, after: $after, filter: $filter) { nodes { id version } pageInfo { hasNextPage endCursor } }
}`;

export const LABELS = `query Labels($first: Int!, $after: String, $filter: ItemFilter!) {
  items(first: $first, after: $after, filter: $filter) {
    nodes { id name quantity unit expiryDate location lotNumber barcode externalId category { id name } }
    pageInfo { hasNextPage endCursor }
  }
}`;

export const LABELS_OF = `query LabelsOf($ids: [ID!]!) {
  nodes(ids: $ids) { ... on Item { id name quantity unit expiryDate location lotNumber barcode externalId category { id name } } }
}`;

export const BY_BARCODE = `query ByBarcode($barcode: String!) {
  items(first: 20, filter: { barcode: $barcode }) { nodes { ${ITEM} } }
}`;

export const SUGGESTIONS = `query Suggestions($search: String!) {
  items(first: 10, filter: { search: $search, usedUp: null }, orderBy: { field: UPDATED_AT, direction: DESC }) {
    nodes { name unit location costPrice category { id } }
  }
}`;

const NOTIFICATION = 'id kind title message status snoozedUntil resolution expiryDate createdAt item { id name expiryDate quantity unit location usedUp }';

export const UNREAD = `query Unread { notifications(first: 1, filter: { resolved: false }) { unreadCount } }`;

export const NOTIFICATIONS = `query Notifications($first: Int!, $after: String, $filter: NotificationFilter!) {
  notifications(first: $first, after: $after, filter: $filter) {
    unreadCount
    nodes { ${NOTIFICATION} }
    pageInfo { hasNextPage endCursor }
  }
}`;

const STATES = `
  stateBefore {
    ... on ItemState {
      name description quantity unit costPrice sellingPrice expiryDate purchaseDate ownLeadDays location barcode lotNumber
      categoryId takeOut { quantity outcome note }
    }
    ... on CategoryState { name description color categoryLeadDays: ownLeadDays }
    ... on ProductState { name unit location }
    ... on ReportState { date }
    ... on NotificationState { title }
    ... on InventoryMemberState { memberName memberRole }
    ... on ApiTokenState { tokenName: name }
  }
  stateAfter {
    ... on ItemState {
      name description quantity unit costPrice sellingPrice expiryDate purchaseDate ownLeadDays location barcode lotNumber
      categoryId takeOut { quantity outcome note }
    }
    ... on CategoryState { name description color categoryLeadDays: ownLeadDays }
    ... on ProductState { name unit location }
    ... on ReportState { date }
    ... on NotificationState { title }
    ... on InventoryMemberState { memberName memberRole }
    ... on ApiTokenState { tokenName: name }
  }`;

const EVENTS = `nodes { id kind actor memberName subjectId createdAt ${STATES} } pageInfo { hasNextPage endCursor }`;

export const ITEM_PAGE = `query ItemPage($id: ID!) {
  item(id: $id) {
    ${ITEM_IN_FULL} product { id name }
    notifications(first: 10) { nodes { ${NOTIFICATION} } }
  }
}`;

export const HISTORY = `query History($first: Int!, $after: String, $filter: ActivityFilter!) {
  activities(first: $first, after: $after, filter: $filter) { ${EVENTS} }
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

export const MARK_SEVERAL_READ = `mutation MarkSeveralRead($input: MarkNotificationsReadInput!) {
  markNotificationsRead(input: $input) { changedIds ${USER_ERRORS} }
}`;

export const DELETE_NOTIFICATION = `mutation DeleteNotification($input: DeleteNotificationInput!) {
  deleteNotification(input: $input) { deletedId ${USER_ERRORS} }
}`;

export const UNACKNOWLEDGE = `mutation Unacknowledge($input: UnacknowledgeNotificationInput!) {
  unacknowledgeNotification(input: $input) { ${USER_ERRORS} }
}`;

export const UNSNOOZE = `mutation Unsnooze($input: UnsnoozeNotificationInput!) {
  unsnoozeNotification(input: $input) { ${USER_ERRORS} }
}`;

export const ACKNOWLEDGE = `mutation Acknowledge($input: AcknowledgeNotificationInput!) {
  acknowledgeNotification(input: $input) { ${USER_ERRORS} }
}`;

export const SNOOZE = `mutation Snooze($input: SnoozeNotificationInput!) {
  snoozeNotification(input: $input) { ${USER_ERRORS} }
}`;

export const PROFILE = `query Profile {
  viewer {
    id username email emailVerified timeZone leadDays turnHour twoFactorEnabled securityQuestion createdAt version
    reminders { days percents quietHours { from to } digest }
  }
}`;

export const UPDATE_PROFILE = `mutation UpdateProfile($input: UpdateProfileInput!) {
  updateProfile(input: $input) { viewer { id version } ${USER_ERRORS} }
}`;

export const SEND_VERIFICATION_EMAIL = `mutation SendVerificationEmail($input: SendVerificationEmailInput!) {
  sendVerificationEmail(input: $input) { ${USER_ERRORS} }
}`;

export const SET_SECURITY_QUESTION = `mutation SetSecurityQuestion($input: SetSecurityQuestionInput!) {
  setSecurityQuestion(input: $input) { ${USER_ERRORS} }
}`;

export const REMOVE_SECURITY_QUESTION = `mutation RemoveSecurityQuestion($input: RemoveSecurityQuestionInput!) {
  removeSecurityQuestion(input: $input) { ${USER_ERRORS} }
}`;

export const CHANGE_PASSWORD = `mutation ChangePassword($input: ChangePasswordInput!) {
  changePassword(input: $input) { ${USER_ERRORS} }
}`;

export const SESSIONS = `query Sessions($first: Int!, $after: String) {
  sessions(first: $first, after: $after) {
    nodes { id userAgent address createdAt lastUsedAt expiresAt current }
    pageInfo { hasNextPage endCursor }
  }
}`;

export const LOGIN_ATTEMPTS = `query LoginAttempts($first: Int!, $after: String) {
  loginAttempts(first: $first, after: $after) {
    nodes { outcome userAgent address createdAt }
    pageInfo { hasNextPage endCursor }
  }
}`;

export const REVOKE_SESSION = `mutation RevokeSession($input: RevokeSessionInput!) {
  revokeSession(input: $input) { deletedId ${USER_ERRORS} }
}`;

export const LOGOUT_EVERYWHERE = `mutation LogoutEverywhere($input: LogoutEverywhereInput!) {
  logoutEverywhere(input: $input) { endedSessions ${USER_ERRORS} }
}`;

export const API_TOKENS = `query ApiTokens($first: Int!, $after: String) {
  apiTokens(first: $first, after: $after) {
    nodes { id name scopes createdAt expiresAt lastUsedAt revokedAt }
    pageInfo { hasNextPage endCursor }
  }
}`;

export const CREATE_API_TOKEN = `mutation CreateApiToken($input: CreateApiTokenInput!) {
  createApiToken(input: $input) { token ${USER_ERRORS} }
}`;

export const REVOKE_API_TOKEN = `mutation RevokeApiToken($input: RevokeApiTokenInput!) {
  revokeApiToken(input: $input) { changed ${USER_ERRORS} }
}`;

const WEBHOOK_FIELDS = 'id url description events filter { categoryIds locations statuses } query status offBecause failingSince version';

export const WEBHOOKS = `query Webhooks { webhooks { ${WEBHOOK_FIELDS} } }`;

export const WEBHOOK = `query Webhook($id: ID!) {
  webhook(id: $id) {
    id
    deliveries(first: 10) { nodes { id event state attempts statusCode answer millis attemptedAt createdAt } }
  }
}`;

export const CREATE_WEBHOOK = `mutation CreateWebhook($input: CreateWebhookInput!) {
  createWebhook(input: $input) { secret ${USER_ERRORS} }
}`;

export const UPDATE_WEBHOOK = `mutation UpdateWebhook($input: UpdateWebhookInput!) {
  updateWebhook(input: $input) { changed ${USER_ERRORS} }
}`;

export const DELETE_WEBHOOK = `mutation DeleteWebhook($input: DeleteWebhookInput!) {
  deleteWebhook(input: $input) { deletedId ${USER_ERRORS} }
}`;

export const ROTATE_WEBHOOK_SECRET = `mutation RotateWebhookSecret($input: RotateWebhookSecretInput!) {
  rotateWebhookSecret(input: $input) { secret ${USER_ERRORS} }
}`;

export const SEND_TEST_EVENT = `mutation SendTestEvent($input: SendTestEventInput!) {
  sendTestEvent(input: $input) { webhookDelivery { id } ${USER_ERRORS} }
}`;

export const REDELIVER_WEBHOOK = `mutation RedeliverWebhook($input: RedeliverWebhookInput!) {
  redeliverWebhook(input: $input) { webhookDelivery { id } ${USER_ERRORS} }
}`;

export const REPLAY_WEBHOOK = `mutation ReplayWebhook($input: ReplayWebhookInput!) {
  replayWebhook(input: $input) { webhook { id } ${USER_ERRORS} }
}`;

export const CHANNELS = `query Channels {
  channels {
    id name kind origin notificationKinds rhythm status offBecause failingSince lastDeliveredAt lastError version
    recentDeliveries { title state attempts statusCode answer createdAt }
  }
}`;

export const CREATE_CHANNEL = `mutation CreateChannel($input: CreateChannelInput!) {
  createChannel(input: $input) { channel { id } ${USER_ERRORS} }
}`;

export const UPDATE_CHANNEL = `mutation UpdateChannel($input: UpdateChannelInput!) {
  updateChannel(input: $input) { changed ${USER_ERRORS} }
}`;

export const DELETE_CHANNEL = `mutation DeleteChannel($input: DeleteChannelInput!) {
  deleteChannel(input: $input) { deletedId ${USER_ERRORS} }
}`;

export const TEST_CHANNEL = `mutation TestChannel($input: TestChannelInput!) {
  testChannel(input: $input) { delivered statusCode answer ${USER_ERRORS} }
}`;

export const INVENTORIES = `query Inventories {
  inventories { id name own role currency timeZone leadDays turnHour version createdAt }
}`;

export const MEMBERS = `query Members {
  currentInventory {
    id name own role
    members { userId username role joinedAt }
    invitations { invitationId role email createdAt expiresAt }
  }
}`;

export const CREATE_INVENTORY = `mutation CreateInventory($input: CreateInventoryInput!, $key: String!) {
  createInventory(input: $input) @idempotent(key: $key) { inventory { id name } ${USER_ERRORS} }
}`;

export const UPDATE_INVENTORY = `mutation UpdateInventory($input: UpdateInventoryInput!) {
  updateInventory(input: $input) { inventory { id } ${USER_ERRORS} }
}`;

export const DELETE_INVENTORY = `mutation DeleteInventory($input: DeleteInventoryInput!) {
  deleteInventory(input: $input) { deletedId ${USER_ERRORS} }
}`;

export const TRANSFER_INVENTORY = `mutation TransferInventory($input: TransferInventoryInput!) {
  transferInventory(input: $input) { inventory { id } ${USER_ERRORS} }
}`;

export const INVITE_MEMBER = `mutation InviteMember($input: InviteMemberInput!) {
  inviteMember(input: $input) { code link invitation { email } ${USER_ERRORS} }
}`;

export const REVOKE_INVITATION = `mutation RevokeInvitation($input: RevokeInvitationInput!) {
  revokeInvitation(input: $input) { changed ${USER_ERRORS} }
}`;

export const CHANGE_MEMBER_ROLE = `mutation ChangeMemberRole($input: ChangeMemberRoleInput!) {
  changeMemberRole(input: $input) { member { userId } ${USER_ERRORS} }
}`;

export const REMOVE_MEMBER = `mutation RemoveMember($input: RemoveMemberInput!) {
  removeMember(input: $input) { changed ${USER_ERRORS} }
}`;

export const LEAVE_INVENTORY = `mutation LeaveInventory($input: LeaveInventoryInput!) {
  leaveInventory(input: $input) { changed ${USER_ERRORS} }
}`;

export const EXPORT_MY_DATA = `query ExportMyData { exportMyData }`;

export const DELETE_ACCOUNT = `mutation DeleteAccount($input: DeleteAccountInput!) {
  deleteAccount(input: $input) { deletedId ${USER_ERRORS} }
}`;

export const USERS = `query Users($first: Int!, $after: String, $search: String) {
  users(first: $first, after: $after, search: $search) {
    nodes { id username email emailVerified role active lockedUntil lastLoginAt twoFactorEnabled createdAt }
    pageInfo { hasNextPage endCursor }
    totalCount
  }
}`;

export const USER_LOGIN_ATTEMPTS = `query UserLoginAttempts($first: Int!, $after: String, $userId: ID!) {
  userLoginAttempts(userId: $userId, first: $first, after: $after) {
    nodes { outcome userAgent address createdAt }
    pageInfo { hasNextPage endCursor }
  }
}`;

export const ADMINISTRATION = {
  lockUser: `mutation LockUser($input: LockUserInput!) { lockUser(input: $input) { ${USER_ERRORS} } }`,
  unlockUser: `mutation UnlockUser($input: UnlockUserInput!) { unlockUser(input: $input) { ${USER_ERRORS} } }`,
  deactivateUser: `mutation DeactivateUser($input: DeactivateUserInput!) { deactivateUser(input: $input) { ${USER_ERRORS} } }`,
  activateUser: `mutation ActivateUser($input: ActivateUserInput!) { activateUser(input: $input) { ${USER_ERRORS} } }`,
  promoteUser: `mutation PromoteUser($input: PromoteUserInput!) { promoteUser(input: $input) { ${USER_ERRORS} } }`,
  demoteUser: `mutation DemoteUser($input: DemoteUserInput!) { demoteUser(input: $input) { ${USER_ERRORS} } }`,
  resetTwoFactor: `mutation ResetTwoFactor($input: ResetTwoFactorInput!) { resetTwoFactor(input: $input) { ${USER_ERRORS} } }`,
  issuePasswordReset: `mutation IssuePasswordReset($input: IssuePasswordResetInput!) {
    issuePasswordReset(input: $input) { token expiresAt ${USER_ERRORS} } }`,
};

export const UPDATE_REMINDERS = `mutation UpdateReminders($reminders: UpdateRemindersInput!, $profile: UpdateProfileInput!) {
  updateReminders(input: $reminders) { ${USER_ERRORS} }
  updateProfile(input: $profile) { ${USER_ERRORS} }
}`;

export const UPDATE_CATEGORY_REMINDERS = `mutation UpdateCategoryReminders($input: UpdateCategoryRemindersInput!) {
  updateCategoryReminders(input: $input) { ${USER_ERRORS} }
}`;

export const REPORTS = `query Reports($from: Date!, $to: Date!) {
  reports(first: 30) { nodes { date expiredValue expiringValue discardedValue } }
  latest: reports(first: 1) {
    nodes { date byCategory { name expiringItems expiredItems expiringValue expiredValue } }
  }
  reportTrend(from: $from, to: $to, by: WEEK) { from to wasteRate outcomes { outcome count value } }
}`;

const REPORT_FIGURES = `
  id date generatedAt totalItems activeItems expiringItems expiredItems undatedItems
  totalValue activeValue expiringValue expiredValue undatedValue discardedValue wasteRate`;

export const REPORT_LIST = `query ReportList($first: Int!, $from: Date, $to: Date!, $trendFrom: Date!, $by: ReportInterval!) {
  reports(first: $first, from: $from, to: $to) { nodes { ${REPORT_FIGURES} } totalCount }
  reportTrend(from: $trendFrom, to: $to, by: $by) { from to wasteRate outcomes { outcome count value } }
}`;

export const REPORT_OF_DAY = `query ReportOfDay($date: Date!) {
  report(date: $date) {
    ${REPORT_FIGURES}
    byCategory { name totalItems expiringItems expiredItems totalValue expiringValue expiredValue }
    byLocation { location totalItems expiringItems expiredItems totalValue expiringValue expiredValue }
    aging { band count value }
    outcomes { outcome count value }
    previous { ${REPORT_FIGURES} }
  }
}`;

export const DELETE_REPORT = `mutation DeleteReport($input: DeleteReportInput!) {
  deleteReport(input: $input) { deletedId ${USER_ERRORS} }
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

const IMPORT_COUNTS = 'id name state problem rowCount rowsDone createdCount updatedCount unchangedCount skippedCount refusedCount createdAt endedAt';

const IMPORT = `${IMPORT_COUNTS} size format charset delimiter origin dateOrder decimalSign createCategories includeArchived clearBlanks
  errorPolicy rowsPerSecond secondsLeft columns { name samples field }`;

export const IMPORTS = `query Imports { imports { ${IMPORT_COUNTS} } }`;

export const ONE_IMPORT = `query OneImport($id: ID!) { import(id: $id) { ${IMPORT} } }`;

export const REFUSED_ROWS = `query RefusedRows($id: ID!, $first: Int!, $after: String) {
  import(id: $id) {
    refusals(first: $first, after: $after) { nodes { row column value reason } pageInfo { hasNextPage endCursor } totalCount }
  }
}`;

export const PREVIEW_IMPORT = `mutation PreviewImport($input: PreviewImportInput!) {
  previewImport(input: $input) { import { id } ${USER_ERRORS} } }`;

export const START_IMPORT = `mutation StartImport($input: StartImportInput!) {
  startImport(input: $input) { import { id } ${USER_ERRORS} } }`;

export const CANCEL_IMPORT = `mutation CancelImport($input: CancelImportInput!) {
  cancelImport(input: $input) { import { id } ${USER_ERRORS} } }`;

export const IMPORT_PROGRESS = `subscription ImportProgress($id: ID!) { importProgress(id: $id) { ${IMPORT} } }`;

export const BULK_EXPORTS = `query BulkExports { bulkExports { id query state rows bytes error url createdAt expiresAt } }`;

export const BULK_EXPORT = `mutation BulkExport($input: BulkExportInput!) {
  bulkExport(input: $input) { bulkExport { id } ${USER_ERRORS} } }`;

export const CANCEL_BULK_EXPORT = `mutation CancelBulkExport($input: CancelBulkExportInput!) {
  cancelBulkExport(input: $input) { bulkExport { id } ${USER_ERRORS} } }`;

/** What whoever stays signed in can read without a connection: their stock, and nothing about their account. */
export const READABLE_OFFLINE = new Set([
  INVENTORY_NOW, CATEGORIES, UNREAD, REPORTS, ITEM_PAGE, AT_RISK, AT_RISK_IN_FULL, STOCK_BY_DAY, STOCK_BY_PLACE, CALENDAR_AGENDA, ITEMS_OF_PLACE, NOTIFICATIONS, HISTORY,
  REPORT_LIST, REPORT_OF_DAY,
]);
