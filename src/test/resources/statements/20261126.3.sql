-- What the program of revision 20261126.3 asks the database. FormerStatementsTest writes and reads this file.

-- accounts.CredentialGuardRepository.BLOCKED_UNTIL
SELECT greatest(max(blocked_until), now()) AS blocked_until
  FROM credential_guards
 WHERE subject_id = $1 AND kind = $2
;

-- accounts.CredentialGuardRepository.FORGET_OUTDATED
DELETE FROM credential_guards
 WHERE (subject_id, kind) IN (
       SELECT subject_id, kind
         FROM credential_guards
        WHERE last_tried_at < now() - interval '30 days'
        ORDER BY last_tried_at
        LIMIT 10000)
;

-- accounts.CredentialGuardRepository.GIVE_BACK
UPDATE credential_guards
   SET failures = failures - 1, blocked_until = NULL
 WHERE subject_id = $1 AND kind = $2 AND failures > 0
;

-- accounts.CredentialGuardRepository.RESET
DELETE FROM credential_guards
 WHERE subject_id = $1 AND kind = $2
;

-- accounts.CredentialGuardRepository.TAKE
INSERT INTO credential_guards (subject_id, kind, user_id, failures)
SELECT $1::uuid, $2, $3::uuid, 1
 WHERE $3 IS NULL OR EXISTS (SELECT FROM users WHERE id = $3 FOR KEY SHARE)
ON CONFLICT (subject_id, kind) DO UPDATE
   SET failures = credential_guards.failures + 1,
       last_tried_at = now(),
       blocked_until = now() + CASE
           WHEN credential_guards.failures + 1 < 3 THEN NULL
           WHEN credential_guards.failures + 1 < 10
           THEN interval '1 second' * 2 ^ (credential_guards.failures + 1 - 3)
           ELSE least(
               interval '15 minutes' * 2 ^ least(credential_guards.failures + 1 - 10, 7),
               interval '24 hours') END
 WHERE credential_guards.blocked_until IS NULL OR credential_guards.blocked_until <= now()
RETURNING failures
;

-- accounts.KeyRotation.AWAIT_WRITERS
SELECT pg_advisory_xact_lock($1)
;

-- accounts.KeyRotation.COUNT_BY_KEY
SELECT encode(substring(two_factor_secret FROM 1 FOR 4), 'hex') AS key, count(*)::integer AS secrets
  FROM users
 WHERE two_factor_secret IS NOT NULL
 GROUP BY key
;

-- accounts.KeyRotation.LIST_FORMER
SELECT id, two_factor_secret
  FROM users
 WHERE id > $1 AND two_factor_secret IS NOT NULL AND substring(two_factor_secret FROM 1 FOR 4) <> $2
 ORDER BY id
 LIMIT $3
;

-- accounts.KeyRotation.REPLACE
UPDATE users
   SET two_factor_secret = renewed.encrypted
  FROM unnest($1::uuid[], $2::bytea[], $3::bytea[]) AS renewed (user_id, former, encrypted)
 WHERE users.id = renewed.user_id AND users.two_factor_secret = renewed.former
;

-- accounts.KnownDevices.GIVE_BACK
UPDATE known_devices
   SET failures = failures - 1
 WHERE user_id = $1 AND hash = $2 AND failures > 0
;

-- accounts.KnownDevices.REMEMBER
WITH outdated AS (
    DELETE FROM known_devices
     WHERE user_id = $1
       AND (hash = $3 OR failures >= 10 OR last_used_at < now() - interval '180 days'
            OR hash IN (SELECT hash
                          FROM known_devices
                         WHERE user_id = $1
                         ORDER BY last_used_at DESC
                        OFFSET 49))
)
INSERT INTO known_devices (user_id, hash)
VALUES ($1, $2)
;

-- accounts.KnownDevices.TAKE
UPDATE known_devices
   SET failures = failures + 1
 WHERE user_id = $1 AND hash = $2 AND failures < 10
;

-- accounts.LoginAttempts.COUNT
SELECT count(*)::integer AS attempts
  FROM login_attempts
 WHERE subject_id = $1
;

-- accounts.LoginAttempts.FORGET_OUTDATED
DELETE FROM login_attempts
 WHERE (subject_id, id) IN (
       SELECT subject_id, id
         FROM login_attempts
        WHERE created_at < now() - interval '90 days'
        ORDER BY created_at
        LIMIT 10000)
;

-- accounts.LoginAttempts.NEWER
SELECT id, outcome, user_agent, address, created_at
  FROM login_attempts
 WHERE subject_id = $1
   AND (created_at, id)
       > (coalesce($2::timestamptz, '-infinity'), coalesce($3::uuid, '00000000-0000-0000-0000-000000000000'))
 ORDER BY created_at, id
 LIMIT $4
;

-- accounts.LoginAttempts.OLDER
SELECT id, outcome, user_agent, address, created_at
  FROM login_attempts
 WHERE subject_id = $1
   AND (created_at, id)
       < (coalesce($2::timestamptz, 'infinity'), coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
 ORDER BY created_at DESC, id DESC
 LIMIT $4
;

-- accounts.LoginAttempts.RECORD
INSERT INTO login_attempts (subject_id, id, user_id, outcome, user_agent, address)
SELECT $1::uuid, $2::uuid, $3::uuid, $4, $5, $6
 WHERE $3 IS NULL OR EXISTS (SELECT FROM users WHERE id = $3 FOR KEY SHARE)
;

-- accounts.OneTimeTokens.DISCARD_ALL
DELETE FROM one_time_tokens
 WHERE user_id = $1
;

-- accounts.OneTimeTokens.FIND
SELECT email
  FROM one_time_tokens
 WHERE user_id = $1 AND hash = $2 AND purpose = $3 AND expires_at > now()
;

-- accounts.OneTimeTokens.ISSUE
WITH outdated AS (
    DELETE FROM one_time_tokens
     WHERE user_id = $1 AND purpose = 'TWO_FACTOR_CHALLENGE' AND expires_at <= now()
)
INSERT INTO one_time_tokens (user_id, hash, purpose, email, expires_at)
VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))
ON CONFLICT (user_id, purpose) WHERE purpose <> 'TWO_FACTOR_CHALLENGE'
DO UPDATE SET hash = excluded.hash, email = excluded.email, created_at = now(),
              expires_at = excluded.expires_at
RETURNING expires_at
;

-- accounts.OneTimeTokens.ISSUE_FOR_MAIL
INSERT INTO one_time_tokens (user_id, hash, purpose, email, expires_at)
SELECT id, $2, $3, email, now() + make_interval(secs => $4)
  FROM users
 WHERE id = $1 AND active
ON CONFLICT (user_id, purpose) WHERE purpose <> 'TWO_FACTOR_CHALLENGE'
DO UPDATE SET hash = excluded.hash, email = excluded.email, created_at = now(),
              expires_at = excluded.expires_at
        WHERE one_time_tokens.expires_at <= now()
           OR one_time_tokens.email <> excluded.email
           OR (one_time_tokens.email IS NOT NULL
               AND one_time_tokens.created_at < now() - make_interval(secs => $5))
RETURNING expires_at
;

-- accounts.OneTimeTokens.USE
DELETE FROM one_time_tokens
 WHERE user_id = $1 AND hash = $2 AND purpose = $3 AND expires_at > now()
RETURNING email
;

-- accounts.RecoveryCodes.REMOVE
DELETE FROM recovery_codes
 WHERE user_id = $1
;

-- accounts.RecoveryCodes.REPLACE
WITH former AS (
    DELETE FROM recovery_codes
     WHERE user_id = $1
)
INSERT INTO recovery_codes (user_id, hash)
SELECT $1, hash
  FROM unnest($2::bytea[]) AS hash
;

-- accounts.RecoveryCodes.USE
DELETE FROM recovery_codes
 WHERE user_id = $1 AND hash = $2
;

-- accounts.SecretKeys.HOLD_ROTATION
SELECT pg_advisory_xact_lock_shared($1)
;

-- accounts.SessionRepository.COUNT
SELECT count(*)::integer AS sessions
  FROM sessions
 WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > now()
;

-- accounts.SessionRepository.FIND
SELECT id, user_agent, address, created_at, last_used_at, expires_at, id = $2 AS current
  FROM sessions
 WHERE user_id = $1 AND id = ANY ($3) AND revoked_at IS NULL AND expires_at > now()
;

-- accounts.SessionRepository.FIND_LIVE
SELECT sessions.user_id, sessions.id, users.time_zone, users.role
  FROM unnest($1::uuid[], $2::uuid[]) AS asked (user_id, id)
  JOIN sessions ON sessions.user_id = asked.user_id AND sessions.id = asked.id
  JOIN users ON users.id = sessions.user_id
 WHERE sessions.revoked_at IS NULL AND sessions.expires_at > now()
   AND users.active AND (users.locked_until IS NULL OR users.locked_until <= now())
;

-- accounts.SessionRepository.IS_SPENT
SELECT session_id
  FROM refresh_tokens
 WHERE user_id = $1 AND session_id = $2 AND hash = $3 AND spent_at IS NOT NULL
;

-- accounts.SessionRepository.NEWER
SELECT id, user_agent, address, created_at, last_used_at, expires_at, id = $2 AS current
  FROM sessions
 WHERE user_id = $1 AND id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
   AND revoked_at IS NULL AND expires_at > now()
 ORDER BY id
 LIMIT $4
;

-- accounts.SessionRepository.OLDER
SELECT id, user_agent, address, created_at, last_used_at, expires_at, id = $2 AS current
  FROM sessions
 WHERE user_id = $1 AND id < coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
   AND revoked_at IS NULL AND expires_at > now()
 ORDER BY id DESC
 LIMIT $4
;

-- accounts.SessionRepository.OPEN
WITH outdated AS (
    DELETE FROM sessions
     WHERE user_id = $1 AND expires_at < now() - interval '30 days'
), crowded AS (
    UPDATE sessions
       SET revoked_at = now()
     WHERE user_id = $1
       AND id IN (SELECT id
                    FROM sessions
                   WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > now()
                   ORDER BY last_used_at DESC, id
                  OFFSET 99)
), opened AS (
    INSERT INTO sessions (user_id, id, expires_at, user_agent, address)
    VALUES ($1, $2, now() + interval '30 days', $4, $5)
)
INSERT INTO refresh_tokens (user_id, session_id, hash)
VALUES ($1, $2, $3)
;

-- accounts.SessionRepository.REVOKE
UPDATE sessions
   SET revoked_at = now()
 WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL AND expires_at > now()
;

-- accounts.SessionRepository.REVOKE_ALL
WITH waiting AS (
    DELETE FROM one_time_tokens
     WHERE user_id = $1 AND purpose = 'TWO_FACTOR_CHALLENGE'
)
UPDATE sessions
   SET revoked_at = now()
 WHERE user_id = $1 AND id IS DISTINCT FROM $2::uuid AND revoked_at IS NULL AND expires_at > now()
;

-- accounts.SessionRepository.ROTATE
WITH spent AS (
    UPDATE refresh_tokens
       SET spent_at = now()
     WHERE user_id = $1 AND session_id = $2 AND hash = $3 AND spent_at IS NULL
 RETURNING user_id, session_id
), extended AS (
    UPDATE sessions
       SET last_used_at = now(),
           expires_at = least(now() + interval '30 days', sessions.created_at + interval '180 days')
      FROM spent
      JOIN users ON users.id = spent.user_id AND users.active
       AND (users.locked_until IS NULL OR users.locked_until <= now())
     WHERE sessions.user_id = $1 AND sessions.user_id = spent.user_id AND sessions.id = spent.session_id
       AND sessions.revoked_at IS NULL AND sessions.expires_at > now()
 RETURNING sessions.user_id, sessions.id
), outdated AS (
    DELETE FROM refresh_tokens
     WHERE user_id = $1 AND session_id = $2 AND spent_at < now() - interval '30 days'
)
INSERT INTO refresh_tokens (user_id, session_id, hash)
SELECT user_id, id, $4
  FROM extended
;

-- accounts.TwoFactorRepository.FIND_SECRET
SELECT two_factor_secret
  FROM users
 WHERE id = $1 AND two_factor_secret IS NOT NULL
;

-- accounts.TwoFactorRepository.PREPARE
UPDATE users
   SET two_factor_secret = $2, two_factor_last_step = NULL
 WHERE id = $1 AND NOT two_factor_enabled
;

-- accounts.TwoFactorRepository.TAKE_STEP
UPDATE users
   SET two_factor_last_step = $2
 WHERE id = $1 AND two_factor_secret IS NOT NULL
   AND (two_factor_last_step IS NULL OR two_factor_last_step < $2)
;

-- accounts.TwoFactorRepository.TURN_OFF
UPDATE users
   SET two_factor_enabled = false, two_factor_secret = NULL, two_factor_last_step = NULL,
       version = version + 1, updated_at = now()
 WHERE id = $1
RETURNING id, username, email, email_verified, role, time_zone, lead_days, turn_hour, two_factor_enabled, active,
CASE WHEN locked_until IS NOT NULL THEN least(locked_until, timestamptz '9999-12-31 00:00Z') END AS locked_until,
last_login_at, security_question, version, created_at, updated_at
;

-- accounts.TwoFactorRepository.TURN_ON
UPDATE users
   SET two_factor_enabled = true, version = version + 1, updated_at = now()
 WHERE id = $1
RETURNING id, username, email, email_verified, role, time_zone, lead_days, turn_hour, two_factor_enabled, active,
CASE WHEN locked_until IS NOT NULL THEN least(locked_until, timestamptz '9999-12-31 00:00Z') END AS locked_until,
last_login_at, security_question, version, created_at, updated_at
;

-- accounts.UserRepository.ABLE_ADMINISTRATORS
SELECT id
  FROM users
 WHERE role = 'ADMIN' AND active AND coalesce(locked_until <= now(), true)
 ORDER BY id
   FOR NO KEY UPDATE
;

-- accounts.UserRepository.ADMINISTER
UPDATE users
   SET role = $2, active = $3, locked_until = $4, version = version + 1, updated_at = now()
 WHERE id = $1
RETURNING id, username, email, email_verified, role, time_zone, lead_days, turn_hour, two_factor_enabled, active,
CASE WHEN locked_until IS NOT NULL THEN least(locked_until, timestamptz '9999-12-31 00:00Z') END AS locked_until,
last_login_at, security_question, version, created_at, updated_at
;

-- accounts.UserRepository.CHANGE_PASSWORD
UPDATE users
   SET password_hash = $3, version = version + 1, updated_at = now()
 WHERE id = $1 AND password_hash = $2
RETURNING id, username, email, email_verified, role, time_zone, lead_days, turn_hour, two_factor_enabled, active,
CASE WHEN locked_until IS NOT NULL THEN least(locked_until, timestamptz '9999-12-31 00:00Z') END AS locked_until,
last_login_at, security_question, version, created_at, updated_at
;

-- accounts.UserRepository.CHANGE_QUESTION
UPDATE users
   SET security_question = $3, security_answer_hash = $4, version = version + 1, updated_at = now()
 WHERE id = $1 AND password_hash = $2
RETURNING id, username, email, email_verified, role, time_zone, lead_days, turn_hour, two_factor_enabled, active,
CASE WHEN locked_until IS NOT NULL THEN least(locked_until, timestamptz '9999-12-31 00:00Z') END AS locked_until,
last_login_at, security_question, version, created_at, updated_at
;

-- accounts.UserRepository.COMPLETED_LOGIN
UPDATE users
   SET last_login_at = now()
 WHERE id = $1 AND two_factor_enabled AND active AND NOT awaits_verification
   AND (locked_until IS NULL OR locked_until <= now())
RETURNING id, username, email, email_verified, role, time_zone, lead_days, turn_hour, two_factor_enabled, active,
CASE WHEN locked_until IS NOT NULL THEN least(locked_until, timestamptz '9999-12-31 00:00Z') END AS locked_until,
last_login_at, security_question, version, created_at, updated_at
;

-- accounts.UserRepository.COUNT
SELECT count(*)::integer AS users
  FROM users
 WHERE ($1::text IS NULL OR strpos(lower(username), lower($1)) > 0 OR strpos(lower(email), lower($1)) > 0)
;

-- accounts.UserRepository.CREDENTIALS
SELECT id, password_hash, active AND NOT awaits_verification AS admitted,
CASE WHEN locked_until > now() THEN least(locked_until, timestamptz '9999-12-31 00:00Z') END AS locked_until,
two_factor_enabled
  FROM users
 WHERE id = $1
;

-- accounts.UserRepository.CREDENTIALS_BY_NAME
SELECT folded, id, password_hash, active AND NOT awaits_verification AS admitted,
CASE WHEN locked_until > now() THEN least(locked_until, timestamptz '9999-12-31 00:00Z') END AS locked_until,
two_factor_enabled
  FROM lower($1) AS folded
  LEFT JOIN LATERAL (
       SELECT *
         FROM users
        WHERE lower(username) = folded OR lower(email) = folded
        ORDER BY lower(username) = folded DESC
        LIMIT 1) AS users ON true
;

-- accounts.UserRepository.DELETE
WITH gone AS (
    DELETE FROM users
     WHERE id = $1
 RETURNING id
)
INSERT INTO erasures (user_id)
SELECT id
  FROM gone
;

-- accounts.UserRepository.DELETE_SOME
DELETE FROM acknowledgements
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM acknowledgements WHERE user_id = $1 LIMIT 25000))
;

-- accounts.UserRepository.DELETE_SOME
DELETE FROM activities
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM activities WHERE user_id = $1 LIMIT 25000))
;

-- accounts.UserRepository.DELETE_SOME
DELETE FROM items
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM items WHERE user_id = $1 LIMIT 25000))
;

-- accounts.UserRepository.DELETE_SOME
DELETE FROM notifications
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM notifications WHERE user_id = $1 LIMIT 25000))
;

-- accounts.UserRepository.DELETE_SOME
DELETE FROM percent_reminders
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM percent_reminders WHERE user_id = $1 LIMIT 25000))
;

-- accounts.UserRepository.DELETE_SOME
DELETE FROM take_outs
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM take_outs WHERE user_id = $1 LIMIT 25000))
;

-- accounts.UserRepository.FIND
SELECT id, username, email, email_verified, role, time_zone, lead_days, turn_hour, two_factor_enabled, active,
CASE WHEN locked_until IS NOT NULL THEN least(locked_until, timestamptz '9999-12-31 00:00Z') END AS locked_until,
last_login_at, security_question, version, created_at, updated_at
  FROM users
 WHERE id = $1
;

-- accounts.UserRepository.FIND_ACTIVE
SELECT id, username, email, email_verified, role, time_zone, lead_days, turn_hour, two_factor_enabled, active,
CASE WHEN locked_until IS NOT NULL THEN least(locked_until, timestamptz '9999-12-31 00:00Z') END AS locked_until,
last_login_at, security_question, version, created_at, updated_at
  FROM users
 WHERE (lower(username) = lower($1) OR lower(email) = lower($1)) AND active
 ORDER BY lower(username) = lower($1) DESC
 LIMIT 1
;

-- accounts.UserRepository.FIND_BY_EMAIL
SELECT id, username, email, email_verified, role, time_zone, lead_days, turn_hour, two_factor_enabled, active,
CASE WHEN locked_until IS NOT NULL THEN least(locked_until, timestamptz '9999-12-31 00:00Z') END AS locked_until,
last_login_at, security_question, version, created_at, updated_at
  FROM users
 WHERE lower(email) = lower($1)
;

-- accounts.UserRepository.FIND_QUESTION
SELECT folded, security_question
  FROM lower($1) AS folded
  LEFT JOIN users ON lower(username) = folded AND active
;

-- accounts.UserRepository.FIND_RECOVERY
SELECT id, username, email, email_verified, role, time_zone, lead_days, turn_hour, two_factor_enabled, active,
CASE WHEN locked_until IS NOT NULL THEN least(locked_until, timestamptz '9999-12-31 00:00Z') END AS locked_until,
last_login_at, security_question, version, created_at, updated_at
     , security_answer_hash
  FROM users
 WHERE id = $1 AND active
;

-- accounts.UserRepository.FIRST
SELECT id, username, email, email_verified, role, time_zone, lead_days, turn_hour, two_factor_enabled, active,
CASE WHEN locked_until IS NOT NULL THEN least(locked_until, timestamptz '9999-12-31 00:00Z') END AS locked_until,
last_login_at, security_question, version, created_at, updated_at
  FROM users
 WHERE ($1::text IS NULL OR lower(username) > lower($1))
   AND ($2::text IS NULL OR strpos(lower(username), lower($2)) > 0 OR strpos(lower(email), lower($2)) > 0)
 ORDER BY lower(username)
 LIMIT $3
;

-- accounts.UserRepository.GIVE_WAY
DELETE FROM users
 WHERE (lower(username) = lower($1) OR lower(email) = lower($2))
   AND awaits_verification AND created_at < now() - interval '1 day'
;

-- accounts.UserRepository.HAS_PASSWORD
SELECT id
  FROM users
 WHERE id = $1 AND password_hash = $2
;

-- accounts.UserRepository.INSERT
INSERT INTO users (id, username, email, password_hash, time_zone, next_day_at)
SELECT $1::uuid, $2, $3, $4, $5, min(begins)
  FROM generate_series(0, 2) AS days,
       day_begins_at((now() AT TIME ZONE $5::text)::date + days, 0::smallint, $5) AS begins
 WHERE begins > now()
RETURNING id, username, email, email_verified, role, time_zone, lead_days, turn_hour, two_factor_enabled, active,
CASE WHEN locked_until IS NOT NULL THEN least(locked_until, timestamptz '9999-12-31 00:00Z') END AS locked_until,
last_login_at, security_question, version, created_at, updated_at
;

-- accounts.UserRepository.INSERT_AWAITING
INSERT INTO users (id, username, email, password_hash, time_zone, next_day_at, awaits_verification)
SELECT $1::uuid, $2, $3, $4, $5, min(begins), true
  FROM generate_series(0, 2) AS days,
       day_begins_at((now() AT TIME ZONE $5::text)::date + days, 0::smallint, $5) AS begins
 WHERE begins > now()
ON CONFLICT DO NOTHING
RETURNING id, username, email, email_verified, role, time_zone, lead_days, turn_hour, two_factor_enabled, active,
CASE WHEN locked_until IS NOT NULL THEN least(locked_until, timestamptz '9999-12-31 00:00Z') END AS locked_until,
last_login_at, security_question, version, created_at, updated_at
;

-- accounts.UserRepository.LAST
SELECT id, username, email, email_verified, role, time_zone, lead_days, turn_hour, two_factor_enabled, active,
CASE WHEN locked_until IS NOT NULL THEN least(locked_until, timestamptz '9999-12-31 00:00Z') END AS locked_until,
last_login_at, security_question, version, created_at, updated_at
  FROM users
 WHERE ($1::text IS NULL OR lower(username) < lower($1))
   AND ($2::text IS NULL OR strpos(lower(username), lower($2)) > 0 OR strpos(lower(email), lower($2)) > 0)
 ORDER BY lower(username) DESC
 LIMIT $3
;

-- accounts.UserRepository.LOGGED_IN
UPDATE users
   SET last_login_at = now()
 WHERE id = $1 AND password_hash = $2 AND active AND NOT awaits_verification AND NOT two_factor_enabled
   AND (locked_until IS NULL OR locked_until <= now())
RETURNING id, username, email, email_verified, role, time_zone, lead_days, turn_hour, two_factor_enabled, active,
CASE WHEN locked_until IS NOT NULL THEN least(locked_until, timestamptz '9999-12-31 00:00Z') END AS locked_until,
last_login_at, security_question, version, created_at, updated_at
;

-- accounts.UserRepository.RESET_PASSWORD
UPDATE users
   SET password_hash = $3, email_verified = email_verified OR $2::text IS NOT NULL,
       awaits_verification = awaits_verification AND $2::text IS NULL,
       version = version + 1, updated_at = now()
 WHERE id = $1 AND active AND ($2::text IS NULL OR lower(email) = lower($2::text))
RETURNING id, username, email, email_verified, role, time_zone, lead_days, turn_hour, two_factor_enabled, active,
CASE WHEN locked_until IS NOT NULL THEN least(locked_until, timestamptz '9999-12-31 00:00Z') END AS locked_until,
last_login_at, security_question, version, created_at, updated_at
;

-- accounts.UserRepository.UPDATE
UPDATE users
   SET username = $2, email = $3, email_verified = email_verified AND email = $3,
       time_zone = $4, lead_days = $5, turn_hour = $6,
       next_day_at = CASE WHEN time_zone = $4 AND turn_hour = $6 THEN next_day_at ELSE coalesce(
           day_begins_at(last_day + 1, $6, $4),
           (SELECT min(begins)
              FROM generate_series(0, 2) AS days,
                   day_begins_at((now() AT TIME ZONE $4::text)::date + days, $6, $4) AS begins
             WHERE begins > now() OR next_day_at <= now())) END,
       version = version + 1, updated_at = now()
 WHERE id = $1
RETURNING id, username, email, email_verified, role, time_zone, lead_days, turn_hour, two_factor_enabled, active,
CASE WHEN locked_until IS NOT NULL THEN least(locked_until, timestamptz '9999-12-31 00:00Z') END AS locked_until,
last_login_at, security_question, version, created_at, updated_at
;

-- accounts.UserRepository.VERIFY_EMAIL
UPDATE users
   SET email_verified = true, awaits_verification = false, version = version + 1, updated_at = now()
 WHERE id = $1 AND lower(email) = lower($2) AND active
RETURNING id, username, email, email_verified, role, time_zone, lead_days, turn_hour, two_factor_enabled, active,
CASE WHEN locked_until IS NOT NULL THEN least(locked_until, timestamptz '9999-12-31 00:00Z') END AS locked_until,
last_login_at, security_question, version, created_at, updated_at
;

-- activities.ActivityLog.AFTER
SELECT user_id, seq, kind, subject_id, actor, session_id, before::text AS before, after::text AS after, created_at
  FROM activities
 WHERE user_id = $1 AND seq > $2
 ORDER BY seq
 LIMIT $3
;

-- activities.ActivityLog.APPEND
WITH place AS (
    UPDATE feeds
       SET last_seq = last_seq + cardinality($3::text[])
     WHERE user_id = $1
 RETURNING last_seq - cardinality($3::text[]) AS base
)
INSERT INTO activities (user_id, seq, kind, subject_id, actor, session_id, actor_id, before, after)
SELECT $1, place.base + event.place, event.kind, event.subject_id, $7, $2, $8,
       event.before::jsonb, event.after::jsonb
  FROM place,
       unnest($3::text[], $4::uuid[], $5::text[], $6::text[])
           WITH ORDINALITY AS event (kind, subject_id, before, after, place)
;

-- activities.ActivityLog.BEFORE
SELECT user_id, seq, kind, subject_id, actor, session_id, before::text AS before, after::text AS after, created_at
  FROM activities
 WHERE user_id = $1 AND seq < $2
 ORDER BY seq DESC
 LIMIT $3
;

-- activities.ActivityLog.BEGIN
INSERT INTO feeds (user_id)
SELECT id
  FROM users
 WHERE id = $1
;

-- activities.ActivityLog.BY_SEQ
SELECT user_id, seq, kind, subject_id, actor, session_id, before::text AS before, after::text AS after, created_at
  FROM activities
 WHERE user_id = $1 AND seq = ANY ($2)
;

-- activities.ActivityLog.COUNT
SELECT count(*)::integer AS activities
  FROM activities
 WHERE user_id = $1
;

-- activities.ActivityLog.FIND_ANSWER
SELECT request_hash, answer::text AS answer
  FROM idempotency_keys
 WHERE user_id = $1 AND key = $2 AND created_at > now() - interval '24 hours'
;

-- activities.ActivityLog.KEEP_ANSWER
WITH outdated AS (
    DELETE FROM idempotency_keys
     WHERE user_id = $1 AND created_at <= now() - interval '24 hours' AND key <> $2
)
INSERT INTO idempotency_keys (user_id, key, request_hash, answer)
VALUES ($1, $2, $3, $4)
ON CONFLICT (user_id, key) DO UPDATE
   SET request_hash = excluded.request_hash, answer = excluded.answer, created_at = now()
;

-- activities.ActivityLog.LAST_SEQ
SELECT last_seq
  FROM feeds
 WHERE user_id = $1
;

-- activities.ActivityLog.LATER
SELECT user_id, seq, kind, subject_id, actor, session_id, before::text AS before, after::text AS after, created_at
  FROM activities
 WHERE user_id = $1 AND seq > $2 AND subject_id = $3
   AND (before IS NULL OR after IS NULL
        OR EXISTS (SELECT FROM unnest($4::text[]) AS member WHERE before->member IS DISTINCT FROM after->member))
 ORDER BY seq DESC
 LIMIT 1
;

-- activities.ActivityLog.LOCK
SELECT last_seq
  FROM feeds
 WHERE user_id = $1
   FOR UPDATE
;

-- activities.ActivityLog.LOCK_FREE
SELECT user_id
  FROM feeds
 WHERE user_id = ANY ($1)
   FOR UPDATE SKIP LOCKED
;

-- activities.ActivityLog.OF_SAME_CHANGE
SELECT user_id, seq, kind, subject_id, actor, session_id, before::text AS before, after::text AS after, created_at
  FROM activities
 WHERE user_id = $1 AND seq < $2
   AND seq > coalesce(
       (SELECT max(seq) FROM activities WHERE user_id = $1 AND seq < $2 AND created_at <> $3), 0)
 ORDER BY seq
;

-- activities.ActivityLog.RECENT
SELECT user_id, seq, kind, subject_id, actor, session_id, before::text AS before, after::text AS after, created_at
  FROM activities
 WHERE user_id = $1 AND seq = $2 AND seq > (SELECT last_seq FROM feeds WHERE user_id = $1) - $3
;

-- activities.LiveFeed.GROWN
SELECT feeds.user_id
  FROM unnest($1::uuid[], $2::bigint[]) AS told (user_id, seq)
  JOIN feeds ON feeds.user_id = told.user_id AND feeds.last_seq > told.seq
;

-- activities.LiveFeed.NEW
SELECT told.user_id, fresh.seq, fresh.kind, fresh.subject_id, fresh.actor, fresh.session_id,
       fresh.before::text AS before, fresh.after::text AS after, fresh.created_at
  FROM unnest($1::uuid[], $2::bigint[]) AS told (user_id, seq)
 CROSS JOIN LATERAL (
       SELECT seq, kind, subject_id, actor, session_id, before, after, created_at
         FROM activities
        WHERE user_id = told.user_id AND seq > told.seq
        ORDER BY seq
        LIMIT $3) AS fresh
 ORDER BY told.user_id, fresh.seq
;

-- activities.LiveFeed.TELL
SELECT pg_notify($1, $2)
;

-- categories.CategoryRepository.COUNT
SELECT count(*)::integer AS categories
  FROM categories
 WHERE user_id = $1
;

-- categories.CategoryRepository.DELETE
DELETE FROM categories
 WHERE user_id = $1 AND id = $2
;

-- categories.CategoryRepository.FIND
SELECT id, name, description, color, lead_days, version, created_at, updated_at
  FROM categories
 WHERE user_id = $1 AND id = ANY ($2)
;

-- categories.CategoryRepository.FIRST
SELECT id, name, description, color, lead_days, version, created_at, updated_at, fold(name) AS name_key
  FROM categories
 WHERE user_id = $1 AND ($2::text IS NULL OR (fold(name) COLLATE "C", id) > ($2, $3::uuid))
 ORDER BY fold(name) COLLATE "C", id
 LIMIT $4
;

-- categories.CategoryRepository.INSERT
INSERT INTO categories (user_id, id, name, description, color, lead_days)
VALUES ($1, $2, $3, $4, $5, $6)
RETURNING id, name, description, color, lead_days, version, created_at, updated_at
;

-- categories.CategoryRepository.LAST
SELECT id, name, description, color, lead_days, version, created_at, updated_at, fold(name) AS name_key
  FROM categories
 WHERE user_id = $1 AND ($2::text IS NULL OR (fold(name) COLLATE "C", id) < ($2, $3::uuid))
 ORDER BY fold(name) COLLATE "C" DESC, id DESC
 LIMIT $4
;

-- categories.CategoryRepository.RESTORE
INSERT INTO categories (user_id, id, name, description, color, lead_days, version, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7::integer + 1, $8)
RETURNING id, name, description, color, lead_days, version, created_at, updated_at
;

-- categories.CategoryRepository.UPDATE
UPDATE categories
   SET name = $3, description = $4, color = $5, lead_days = $6, version = version + 1, updated_at = now()
 WHERE user_id = $1 AND id = $2
RETURNING id, name, description, color, lead_days, version, created_at, updated_at
;

-- cli.DatabaseAccess.HAS_HISTORY
SELECT to_regclass('flyway_schema_history') IS NOT NULL AS prepared
;

-- cli.DatabaseAccess.requireCurrent
SELECT EXISTS (SELECT FROM flyway_schema_history WHERE version = $1 AND success) AS current
;

-- cli.DemoInventory.BEGIN_EARLIER
UPDATE users
   SET next_day_at = next_day_at - make_interval(days => $2)
 WHERE id = $1
;

-- cli.DemoInventory.SPREAD
WITH older AS (
    UPDATE items
       SET created_at = created_at - make_interval(weeks => $2)
     WHERE user_id = $1
)
UPDATE take_outs
   SET created_at = created_at - random() * make_interval(weeks => $2)
 WHERE user_id = $1
;

-- cli.Server.ANSWERS
SELECT true AS answers
;

-- cli.Server.schemaIsCurrent
SELECT EXISTS (SELECT FROM flyway_schema_history WHERE version = $1 AND success) AS current
;

-- daily.DailyRun.ADVANCE
WITH slots AS (
    SELECT id, next_day_at AS slot, turn_hour, time_zone, last_day AS previous_day,
           (next_day_at AT TIME ZONE time_zone - make_interval(hours => turn_hour))::date AS day,
           (now() AT TIME ZONE time_zone - make_interval(hours => turn_hour))::date AS latest_day
      FROM users
     WHERE id = ANY ($1)
)
UPDATE users
   SET last_day = greatest(users.last_day, slots.day), next_day_at = following.begins_at
  FROM slots
 CROSS JOIN LATERAL (
       SELECT begins_at
         FROM generate_series(0, 3) AS ahead
        CROSS JOIN LATERAL day_begins_at(slots.day + ahead, slots.turn_hour, slots.time_zone) AS begins_at
        WHERE begins_at > slots.slot
        ORDER BY begins_at
        LIMIT 1) AS following
 WHERE users.id = slots.id
RETURNING users.id, slots.day, slots.previous_day,
          slots.day > coalesce(slots.previous_day, '-infinity') AS begins,
          greatest(slots.day, slots.latest_day) AS latest_day
;

-- daily.DailyRun.CLAIM
SELECT id
  FROM users
 WHERE active AND next_day_at <= now()
   AND NOT EXISTS (SELECT FROM stuck_turns WHERE user_id = users.id)
 ORDER BY next_day_at
 LIMIT $1
   FOR NO KEY UPDATE SKIP LOCKED
;

-- daily.DailyRun.CLAIM_THESE
SELECT id
  FROM users
 WHERE id = ANY ($1) AND active AND next_day_at <= now()
 ORDER BY next_day_at
   FOR NO KEY UPDATE SKIP LOCKED
;

-- daily.DailyRun.DAY
WITH slots AS (
    SELECT id, next_day_at AS slot, turn_hour, time_zone, last_day AS previous_day,
           (next_day_at AT TIME ZONE time_zone - make_interval(hours => turn_hour))::date AS day,
           (now() AT TIME ZONE time_zone - make_interval(hours => turn_hour))::date AS latest_day
      FROM users
     WHERE id = ANY ($1)
)
SELECT id, greatest(day, latest_day) AS day, previous_day
  FROM slots
;

-- daily.StuckRepository.ADD_ITEMS
INSERT INTO stuck_items AS stuck (user_id, item_id, error, retry_at)
SELECT $1, items.id, told.error, now() + interval '1 minute'
  FROM unnest($2::uuid[], $3::text[]) AS told (item_id, error)
  JOIN items ON items.user_id = $1 AND items.id = told.item_id
    ON CONFLICT (user_id, item_id) DO UPDATE
   SET tries = least(stuck.tries + 1, 1000), error = excluded.error, last_failed_at = now(),
       retry_at = CASE stuck.tries WHEN 1 THEN now() + interval '10 minutes' ELSE 'infinity' END
 WHERE stuck.retry_at <= now()
RETURNING tries
;

-- daily.StuckRepository.ADD_TURN
INSERT INTO stuck_turns AS stuck (user_id, error, retry_at)
SELECT id, $2, now() + interval '1 minute'
  FROM users
 WHERE id = $1 AND active AND next_day_at <= now()
    ON CONFLICT (user_id) DO UPDATE
   SET tries = least(stuck.tries + 1, 1000), error = excluded.error, last_failed_at = now(),
       retry_at = CASE stuck.tries WHEN 1 THEN now() + interval '10 minutes' ELSE 'infinity' END
 WHERE stuck.retry_at <= now()
RETURNING tries
;

-- daily.StuckRepository.BACKLOG
SELECT now() AS at, due.amount, due.oldest, turns.waiting AS waiting_users, turns.parked AS parked_users,
       items.waiting AS waiting_items, items.parked AS parked_items
  FROM (SELECT count(*)::integer AS amount, min(next_day_at) AS oldest
          FROM users
         WHERE active AND next_day_at <= now()
           AND NOT EXISTS (SELECT FROM stuck_turns WHERE user_id = users.id)) AS due,
       (SELECT count(*) FILTER (WHERE retry_at < 'infinity')::integer AS waiting,
               count(*) FILTER (WHERE retry_at = 'infinity')::integer AS parked
          FROM stuck_turns) AS turns,
       (SELECT count(*) FILTER (WHERE retry_at < 'infinity')::integer AS waiting,
               count(*) FILTER (WHERE retry_at = 'infinity')::integer AS parked
          FROM stuck_items) AS items
;

-- daily.StuckRepository.ITEMS_DUE
SELECT stuck_items.user_id, stuck_items.item_id, users.last_day
  FROM stuck_items
  JOIN users ON users.id = stuck_items.user_id AND users.active AND users.last_day IS NOT NULL
 WHERE stuck_items.retry_at <= now()
 ORDER BY stuck_items.retry_at
 LIMIT $1
;

-- daily.StuckRepository.LIST
SELECT stuck.user_id, users.username, stuck.item_id, items.name, stuck.tries, stuck.error,
       stuck.first_failed_at, stuck.last_failed_at, nullif(stuck.retry_at, 'infinity') AS retry_at
  FROM (SELECT user_id, NULL::uuid AS item_id, tries, error, first_failed_at, last_failed_at, retry_at
          FROM stuck_turns
         UNION ALL
        SELECT user_id, item_id, tries, error, first_failed_at, last_failed_at, retry_at
          FROM stuck_items) AS stuck
  JOIN users ON users.id = stuck.user_id
  LEFT JOIN items ON items.user_id = stuck.user_id AND items.id = stuck.item_id
 ORDER BY stuck.first_failed_at, stuck.user_id, stuck.item_id
 LIMIT $1
;

-- daily.StuckRepository.REMOVE_TURNS
DELETE FROM stuck_turns
 WHERE user_id = ANY ($1)
;

-- daily.StuckRepository.RETRY
WITH turns AS (
    UPDATE stuck_turns
       SET retry_at = now()
     WHERE $1::uuid IS NULL OR user_id = $1
 RETURNING 1
), items AS (
    UPDATE stuck_items
       SET retry_at = now()
     WHERE $1::uuid IS NULL OR user_id = $1 OR item_id = $1
 RETURNING 1
)
SELECT ((SELECT count(*) FROM turns) + (SELECT count(*) FROM items))::integer AS again
;

-- daily.StuckRepository.TAKE_ITEM
DELETE FROM stuck_items
 WHERE user_id = $1 AND item_id = $2 AND retry_at <= now()
;

-- daily.StuckRepository.TURNS_DUE
SELECT stuck_turns.user_id
  FROM stuck_turns
  JOIN users ON users.id = stuck_turns.user_id AND users.active AND users.next_day_at <= now()
 WHERE stuck_turns.retry_at <= now()
 ORDER BY stuck_turns.retry_at
 LIMIT $1
;

-- items.AtRiskRepository.AT_RISK
WITH lots AS (
    SELECT id, lower(name) AS thing, unit, category_id, quantity, cost_price, expiry_date
      FROM items
     WHERE user_id = $1 AND NOT used_up
       AND COALESCE(expiry_date, 'infinity') BETWEEN $2::date AND $2::date + $3::integer
), known AS (
    SELECT lower(name) AS thing, unit, category_id, min(created_at) AS since
      FROM items
     WHERE user_id = $1
     GROUP BY 1, 2, 3
), taken AS (
    SELECT lower(coalesce(items.name, take_outs.name)) AS thing, take_outs.unit,
           CASE WHEN items.id IS NULL THEN take_outs.category_id ELSE items.category_id END AS category_id,
           sum(take_outs.quantity) AS quantity, min(take_outs.created_at) AS since
      FROM take_outs
      LEFT JOIN items ON items.user_id = $1 AND items.id = take_outs.item_id
     WHERE take_outs.user_id = $1 AND take_outs.outcome IN ('USED', 'SOLD')
       AND take_outs.created_at >= now() - interval '90 days'
     GROUP BY 1, 2, 3
), rated AS (
    SELECT lots.id, lots.thing, lots.unit, lots.category_id, lots.quantity, lots.cost_price, lots.expiry_date,
           coalesce(taken.quantity, 0) / least(90, greatest(7, extract(epoch FROM
               now() - least(known.since, taken.since)) / 86400)) AS daily_use
      FROM lots
      JOIN known
        ON known.thing = lots.thing AND known.unit = lots.unit
       AND known.category_id IS NOT DISTINCT FROM lots.category_id
      LEFT JOIN taken
        ON taken.thing = lots.thing AND taken.unit = lots.unit
       AND taken.category_id IS NOT DISTINCT FROM lots.category_id
), queued AS (
    SELECT id, thing, unit, category_id, cost_price, expiry_date, daily_use,
           sum(quantity) OVER first_expired - daily_use * (expiry_date - $2::date + 1) AS excess
      FROM rated
    WINDOW first_expired AS (PARTITION BY thing, unit, category_id ORDER BY expiry_date, id)
), summed AS (
    SELECT id, thing, unit, category_id, cost_price, expiry_date, daily_use,
           greatest(0, max(excess) OVER first_expired) AS remains
      FROM queued
    WINDOW first_expired AS (PARTITION BY thing, unit, category_id ORDER BY expiry_date, id)
), losses AS (
    SELECT id, unit, expiry_date, daily_use, loss.quantity, loss.quantity * coalesce(cost_price, 0) AS value
      FROM (SELECT id, unit, cost_price, expiry_date, daily_use,
                   remains - lag(remains, 1, 0.0) OVER (
                       PARTITION BY thing, unit, category_id ORDER BY expiry_date, id) AS at_risk
              FROM summed) AS each_lot
     CROSS JOIN LATERAL round(at_risk, 3) AS loss (quantity)
     WHERE loss.quantity > 0
)
SELECT items.id, items.category_id, items.name, items.description, items.quantity, items.unit,
       items.cost_price, items.selling_price, items.expiry_date, items.purchase_date, items.lead_days,
       items.effective_lead_days,
       items.location, items.barcode, items.lot_number, items.version, items.created_at, items.updated_at,
       losses.quantity AS lost_quantity, losses.value AS lost_value, round(losses.daily_use, 3) AS daily_use,
       (count(*) OVER ())::integer AS all_items, sum(losses.value) OVER () AS all_value,
       (SELECT jsonb_agg(jsonb_build_object('unit', unit, 'quantity', quantity) ORDER BY unit)
          FROM (SELECT unit, sum(quantity) AS quantity FROM losses GROUP BY unit) AS units)::text
       AS all_quantities
  FROM losses
  JOIN items ON items.user_id = $1 AND items.id = losses.id
 ORDER BY losses.value DESC, losses.expiry_date, losses.id
 LIMIT 100
;

-- items.InventoryRepository.INVENTORY
WITH due (user_id, day) AS (
    VALUES ($1::uuid, $2::date)
),
held AS (
    SELECT due.user_id, items.category_id, items.location, standing.band,
           CASE grouping(items.category_id, items.location, standing.band)
               WHEN 7 THEN 'WHOLE' WHEN 3 THEN 'CATEGORY' WHEN 5 THEN 'LOCATION' ELSE 'BAND'
           END AS part,
           count(*)::integer AS total_items,
           count(*) FILTER (WHERE standing.status = 'ACTIVE')::integer AS active_items,
           count(*) FILTER (WHERE standing.status = 'EXPIRING_SOON')::integer AS expiring_items,
           count(*) FILTER (WHERE standing.status = 'EXPIRED')::integer AS expired_items,
           count(*) FILTER (WHERE standing.status = 'UNDATED')::integer AS undated_items,
           sum(standing.value) AS total_value,
           coalesce(sum(standing.value) FILTER (WHERE standing.status = 'ACTIVE'), 0) AS active_value,
           coalesce(sum(standing.value) FILTER (WHERE standing.status = 'EXPIRING_SOON'), 0) AS expiring_value,
           coalesce(sum(standing.value) FILTER (WHERE standing.status = 'EXPIRED'), 0) AS expired_value,
           coalesce(sum(standing.value) FILTER (WHERE standing.status = 'UNDATED'), 0) AS undated_value
      FROM due
      JOIN items ON items.user_id = due.user_id AND NOT items.used_up
     CROSS JOIN LATERAL (
           SELECT item_status(items.expiry_date, items.expiring_from, due.day) AS status,
                  CASE WHEN items.expiry_date < due.day THEN 'OVERDUE'
                       WHEN items.expiry_date <= due.day + 7 THEN 'DAYS_0_7'
                       WHEN items.expiry_date <= due.day + 30 THEN 'DAYS_8_30'
                       WHEN items.expiry_date <= due.day + 60 THEN 'DAYS_31_60'
                       WHEN items.expiry_date <= due.day + 90 THEN 'DAYS_61_90'
                       WHEN items.expiry_date IS NOT NULL THEN 'LATER'
                  END AS band,
                  items.quantity * coalesce(items.cost_price, 0) AS value) AS standing
     GROUP BY GROUPING SETS (
           (due.user_id), (due.user_id, items.category_id), (due.user_id, items.location),
           (due.user_id, standing.band))
), totals AS (
    SELECT ranked.*
      FROM (SELECT held.*,
                   row_number() OVER (PARTITION BY user_id, part ORDER BY total_items DESC, location) AS rank
              FROM held) AS ranked
     WHERE (ranked.part <> 'LOCATION' OR ranked.rank <= 100)
       AND (ranked.part <> 'BAND' OR ranked.band IS NOT NULL)
)
SELECT totals.part, totals.category_id, categories.name, totals.location, totals.band,
       totals.total_items, totals.active_items, totals.expiring_items, totals.expired_items, totals.undated_items,
       totals.total_value, totals.active_value, totals.expiring_value, totals.expired_value, totals.undated_value
  FROM totals
  LEFT JOIN categories ON categories.user_id = $1 AND categories.id = totals.category_id
 ORDER BY fold(coalesce(categories.name, totals.location)) COLLATE "C" NULLS LAST, totals.location
;

-- items.ItemRepository.COUNTS
SELECT count(*)::integer AS items
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $3::integer IS NULL AND $4::date IS NULL AND $5::uuid IS NULL
   AND $6::uuid[] IS NULL
;

-- items.ItemRepository.COUNTS
SELECT count(*)::integer AS items
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $3::integer IS NULL AND $4::date IS NULL AND $5::uuid IS NULL
   AND $6::uuid[] IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
;

-- items.ItemRepository.COUNTS
SELECT count(*)::integer AS items
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $3::integer IS NULL AND $4::date IS NULL AND $5::uuid IS NULL
   AND $6::uuid[] IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))
;

-- items.ItemRepository.COUNTS_OF_CATEGORIES
SELECT category_id, count(*)::integer AS items
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $3::integer IS NULL AND $4::date IS NULL AND $5::uuid IS NULL
   AND category_id = ANY ($6::uuid[])
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 GROUP BY category_id
;

-- items.ItemRepository.COUNTS_OF_CATEGORIES
SELECT category_id, count(*)::integer AS items
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $3::integer IS NULL AND $4::date IS NULL AND $5::uuid IS NULL
   AND category_id = ANY ($6::uuid[])
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 GROUP BY category_id
;

-- items.ItemRepository.COUNTS_OF_CATEGORIES
SELECT category_id, count(*)::integer AS items
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $3::integer IS NULL AND $4::date IS NULL AND $5::uuid IS NULL
   AND category_id = ANY ($6::uuid[])
 GROUP BY category_id
;

-- items.ItemRepository.DELETE
DELETE FROM items
 WHERE user_id = $1 AND id = $2
;

-- items.ItemRepository.DELETE_TAKE_OUT
DELETE FROM take_outs
 WHERE user_id = $1 AND id = $2
;

-- items.ItemRepository.FIND
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
  FROM items
 WHERE user_id = $1 AND id = ANY ($2)
;

-- items.ItemRepository.INSERT
INSERT INTO items (user_id, id, category_id, name, description, quantity, unit, cost_price, selling_price,
                   expiry_date, purchase_date, lead_days, effective_lead_days, location, barcode, lot_number)
SELECT $1, fresh.id, fresh.category_id, fresh.name, fresh.description, fresh.quantity, fresh.unit,
       fresh.cost_price, fresh.selling_price, fresh.expiry_date, fresh.purchase_date, fresh.lead_days,
       coalesce(fresh.lead_days, categories.lead_days, users.lead_days),
       fresh.location, fresh.barcode, fresh.lot_number
  FROM jsonb_to_recordset($2::jsonb) AS fresh (
           id uuid, category_id uuid, name text, description text, quantity numeric, unit text,
           cost_price numeric, selling_price numeric, expiry_date date, purchase_date date,
           lead_days smallint,
           location text, barcode text, lot_number text)
  JOIN users ON users.id = $1
  LEFT JOIN categories ON categories.user_id = $1 AND categories.id = fresh.category_id
RETURNING id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
;

-- items.ItemRepository.INSERT_TAKE_OUT
INSERT INTO take_outs (user_id, id, item_id, category_id, name, quantity, unit, value, outcome, note, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, statement_timestamp())
;

-- items.ItemRepository.MOVE
UPDATE items
   SET category_id = $4,
       effective_lead_days = coalesce(
           lead_days,
           (SELECT lead_days FROM categories WHERE user_id = $1 AND id = $4),
           (SELECT lead_days FROM users WHERE id = $1)),
       version = version + 1, updated_at = now()
 WHERE user_id = $1 AND id = ANY ($2) AND category_id IS NOT DISTINCT FROM $3
RETURNING id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
;

-- items.ItemRepository.OF_ONE_CATEGORY
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
  FROM items
 WHERE user_id = $1 AND category_id = $2
 ORDER BY id
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , COALESCE(expiry_date, 'infinity') AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND $4::date IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY COALESCE(expiry_date, 'infinity') ASC, id ASC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , COALESCE(expiry_date, 'infinity') AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND $4::date IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY COALESCE(expiry_date, 'infinity') DESC, id DESC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , COALESCE(expiry_date, 'infinity') AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND $4::date IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY COALESCE(expiry_date, 'infinity') ASC, id ASC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , COALESCE(expiry_date, 'infinity') AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND $4::date IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY COALESCE(expiry_date, 'infinity') DESC, id DESC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , COALESCE(expiry_date, 'infinity') AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND $4::date IS NULL AND $5::uuid IS NULL
 ORDER BY COALESCE(expiry_date, 'infinity') ASC, id ASC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , COALESCE(expiry_date, 'infinity') AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND $4::date IS NULL AND $5::uuid IS NULL
 ORDER BY COALESCE(expiry_date, 'infinity') DESC, id DESC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , COALESCE(expiry_date, 'infinity') AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND (COALESCE(expiry_date, 'infinity'), id) < ($4::date, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY COALESCE(expiry_date, 'infinity') DESC, id DESC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , COALESCE(expiry_date, 'infinity') AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND (COALESCE(expiry_date, 'infinity'), id) < ($4::date, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY COALESCE(expiry_date, 'infinity') DESC, id DESC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , COALESCE(expiry_date, 'infinity') AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND (COALESCE(expiry_date, 'infinity'), id) < ($4::date, $5::uuid)
 ORDER BY COALESCE(expiry_date, 'infinity') DESC, id DESC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , COALESCE(expiry_date, 'infinity') AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND (COALESCE(expiry_date, 'infinity'), id) > ($4::date, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY COALESCE(expiry_date, 'infinity') ASC, id ASC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , COALESCE(expiry_date, 'infinity') AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND (COALESCE(expiry_date, 'infinity'), id) > ($4::date, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY COALESCE(expiry_date, 'infinity') ASC, id ASC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , COALESCE(expiry_date, 'infinity') AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND (COALESCE(expiry_date, 'infinity'), id) > ($4::date, $5::uuid)
 ORDER BY COALESCE(expiry_date, 'infinity') ASC, id ASC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , created_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND $4::timestamptz IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY created_at ASC, id ASC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , created_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND $4::timestamptz IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY created_at DESC, id DESC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , created_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND $4::timestamptz IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY created_at ASC, id ASC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , created_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND $4::timestamptz IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY created_at DESC, id DESC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , created_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND $4::timestamptz IS NULL AND $5::uuid IS NULL
 ORDER BY created_at ASC, id ASC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , created_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND $4::timestamptz IS NULL AND $5::uuid IS NULL
 ORDER BY created_at DESC, id DESC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , created_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND (created_at, id) < ($4::timestamptz, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY created_at DESC, id DESC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , created_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND (created_at, id) < ($4::timestamptz, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY created_at DESC, id DESC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , created_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND (created_at, id) < ($4::timestamptz, $5::uuid)
 ORDER BY created_at DESC, id DESC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , created_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND (created_at, id) > ($4::timestamptz, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY created_at ASC, id ASC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , created_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND (created_at, id) > ($4::timestamptz, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY created_at ASC, id ASC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , created_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND (created_at, id) > ($4::timestamptz, $5::uuid)
 ORDER BY created_at ASC, id ASC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , fold(name) COLLATE "C" AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND $4::text IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY fold(name) COLLATE "C" ASC, id ASC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , fold(name) COLLATE "C" AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND $4::text IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY fold(name) COLLATE "C" DESC, id DESC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , fold(name) COLLATE "C" AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND $4::text IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY fold(name) COLLATE "C" ASC, id ASC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , fold(name) COLLATE "C" AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND $4::text IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY fold(name) COLLATE "C" DESC, id DESC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , fold(name) COLLATE "C" AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND $4::text IS NULL AND $5::uuid IS NULL
 ORDER BY fold(name) COLLATE "C" ASC, id ASC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , fold(name) COLLATE "C" AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND $4::text IS NULL AND $5::uuid IS NULL
 ORDER BY fold(name) COLLATE "C" DESC, id DESC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , fold(name) COLLATE "C" AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND (fold(name) COLLATE "C", id) < ($4::text, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY fold(name) COLLATE "C" DESC, id DESC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , fold(name) COLLATE "C" AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND (fold(name) COLLATE "C", id) < ($4::text, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY fold(name) COLLATE "C" DESC, id DESC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , fold(name) COLLATE "C" AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND (fold(name) COLLATE "C", id) < ($4::text, $5::uuid)
 ORDER BY fold(name) COLLATE "C" DESC, id DESC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , fold(name) COLLATE "C" AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND (fold(name) COLLATE "C", id) > ($4::text, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY fold(name) COLLATE "C" ASC, id ASC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , fold(name) COLLATE "C" AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND (fold(name) COLLATE "C", id) > ($4::text, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY fold(name) COLLATE "C" ASC, id ASC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , fold(name) COLLATE "C" AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND (fold(name) COLLATE "C", id) > ($4::text, $5::uuid)
 ORDER BY fold(name) COLLATE "C" ASC, id ASC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , updated_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND $4::timestamptz IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY updated_at ASC, id ASC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , updated_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND $4::timestamptz IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY updated_at DESC, id DESC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , updated_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND $4::timestamptz IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY updated_at ASC, id ASC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , updated_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND $4::timestamptz IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY updated_at DESC, id DESC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , updated_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND $4::timestamptz IS NULL AND $5::uuid IS NULL
 ORDER BY updated_at ASC, id ASC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , updated_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND $4::timestamptz IS NULL AND $5::uuid IS NULL
 ORDER BY updated_at DESC, id DESC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , updated_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND (updated_at, id) < ($4::timestamptz, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY updated_at DESC, id DESC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , updated_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND (updated_at, id) < ($4::timestamptz, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY updated_at DESC, id DESC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , updated_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND (updated_at, id) < ($4::timestamptz, $5::uuid)
 ORDER BY updated_at DESC, id DESC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , updated_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND (updated_at, id) > ($4::timestamptz, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY updated_at ASC, id ASC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , updated_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND (updated_at, id) > ($4::timestamptz, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY updated_at ASC, id ASC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , updated_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND $6::uuid[] IS NULL AND (updated_at, id) > ($4::timestamptz, $5::uuid)
 ORDER BY updated_at ASC, id ASC
 LIMIT $3
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , COALESCE(expiry_date, 'infinity') AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND $4::date IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY COALESCE(expiry_date, 'infinity') ASC, id ASC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key ASC, page.id ASC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , COALESCE(expiry_date, 'infinity') AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND $4::date IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY COALESCE(expiry_date, 'infinity') DESC, id DESC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key DESC, page.id DESC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , COALESCE(expiry_date, 'infinity') AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND $4::date IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY COALESCE(expiry_date, 'infinity') ASC, id ASC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key ASC, page.id ASC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , COALESCE(expiry_date, 'infinity') AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND $4::date IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY COALESCE(expiry_date, 'infinity') DESC, id DESC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key DESC, page.id DESC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , COALESCE(expiry_date, 'infinity') AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND $4::date IS NULL AND $5::uuid IS NULL
 ORDER BY COALESCE(expiry_date, 'infinity') ASC, id ASC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key ASC, page.id ASC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , COALESCE(expiry_date, 'infinity') AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND $4::date IS NULL AND $5::uuid IS NULL
 ORDER BY COALESCE(expiry_date, 'infinity') DESC, id DESC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key DESC, page.id DESC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , COALESCE(expiry_date, 'infinity') AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND (COALESCE(expiry_date, 'infinity'), id) < ($4::date, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY COALESCE(expiry_date, 'infinity') DESC, id DESC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key DESC, page.id DESC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , COALESCE(expiry_date, 'infinity') AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND (COALESCE(expiry_date, 'infinity'), id) < ($4::date, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY COALESCE(expiry_date, 'infinity') DESC, id DESC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key DESC, page.id DESC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , COALESCE(expiry_date, 'infinity') AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND (COALESCE(expiry_date, 'infinity'), id) < ($4::date, $5::uuid)
 ORDER BY COALESCE(expiry_date, 'infinity') DESC, id DESC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key DESC, page.id DESC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , COALESCE(expiry_date, 'infinity') AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND (COALESCE(expiry_date, 'infinity'), id) > ($4::date, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY COALESCE(expiry_date, 'infinity') ASC, id ASC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key ASC, page.id ASC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , COALESCE(expiry_date, 'infinity') AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND (COALESCE(expiry_date, 'infinity'), id) > ($4::date, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY COALESCE(expiry_date, 'infinity') ASC, id ASC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key ASC, page.id ASC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , COALESCE(expiry_date, 'infinity') AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND (COALESCE(expiry_date, 'infinity'), id) > ($4::date, $5::uuid)
 ORDER BY COALESCE(expiry_date, 'infinity') ASC, id ASC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key ASC, page.id ASC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , created_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND $4::timestamptz IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY created_at ASC, id ASC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key ASC, page.id ASC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , created_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND $4::timestamptz IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY created_at DESC, id DESC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key DESC, page.id DESC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , created_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND $4::timestamptz IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY created_at ASC, id ASC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key ASC, page.id ASC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , created_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND $4::timestamptz IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY created_at DESC, id DESC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key DESC, page.id DESC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , created_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND $4::timestamptz IS NULL AND $5::uuid IS NULL
 ORDER BY created_at ASC, id ASC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key ASC, page.id ASC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , created_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND $4::timestamptz IS NULL AND $5::uuid IS NULL
 ORDER BY created_at DESC, id DESC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key DESC, page.id DESC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , created_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND (created_at, id) < ($4::timestamptz, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY created_at DESC, id DESC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key DESC, page.id DESC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , created_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND (created_at, id) < ($4::timestamptz, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY created_at DESC, id DESC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key DESC, page.id DESC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , created_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND (created_at, id) < ($4::timestamptz, $5::uuid)
 ORDER BY created_at DESC, id DESC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key DESC, page.id DESC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , created_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND (created_at, id) > ($4::timestamptz, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY created_at ASC, id ASC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key ASC, page.id ASC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , created_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND (created_at, id) > ($4::timestamptz, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY created_at ASC, id ASC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key ASC, page.id ASC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , created_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND (created_at, id) > ($4::timestamptz, $5::uuid)
 ORDER BY created_at ASC, id ASC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key ASC, page.id ASC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , fold(name) COLLATE "C" AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND $4::text IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY fold(name) COLLATE "C" ASC, id ASC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key ASC, page.id ASC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , fold(name) COLLATE "C" AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND $4::text IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY fold(name) COLLATE "C" DESC, id DESC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key DESC, page.id DESC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , fold(name) COLLATE "C" AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND $4::text IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY fold(name) COLLATE "C" ASC, id ASC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key ASC, page.id ASC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , fold(name) COLLATE "C" AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND $4::text IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY fold(name) COLLATE "C" DESC, id DESC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key DESC, page.id DESC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , fold(name) COLLATE "C" AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND $4::text IS NULL AND $5::uuid IS NULL
 ORDER BY fold(name) COLLATE "C" ASC, id ASC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key ASC, page.id ASC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , fold(name) COLLATE "C" AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND $4::text IS NULL AND $5::uuid IS NULL
 ORDER BY fold(name) COLLATE "C" DESC, id DESC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key DESC, page.id DESC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , fold(name) COLLATE "C" AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND (fold(name) COLLATE "C", id) < ($4::text, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY fold(name) COLLATE "C" DESC, id DESC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key DESC, page.id DESC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , fold(name) COLLATE "C" AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND (fold(name) COLLATE "C", id) < ($4::text, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY fold(name) COLLATE "C" DESC, id DESC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key DESC, page.id DESC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , fold(name) COLLATE "C" AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND (fold(name) COLLATE "C", id) < ($4::text, $5::uuid)
 ORDER BY fold(name) COLLATE "C" DESC, id DESC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key DESC, page.id DESC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , fold(name) COLLATE "C" AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND (fold(name) COLLATE "C", id) > ($4::text, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY fold(name) COLLATE "C" ASC, id ASC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key ASC, page.id ASC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , fold(name) COLLATE "C" AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND (fold(name) COLLATE "C", id) > ($4::text, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY fold(name) COLLATE "C" ASC, id ASC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key ASC, page.id ASC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , fold(name) COLLATE "C" AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND (fold(name) COLLATE "C", id) > ($4::text, $5::uuid)
 ORDER BY fold(name) COLLATE "C" ASC, id ASC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key ASC, page.id ASC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , updated_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND $4::timestamptz IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY updated_at ASC, id ASC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key ASC, page.id ASC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , updated_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND $4::timestamptz IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY updated_at DESC, id DESC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key DESC, page.id DESC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , updated_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND $4::timestamptz IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY updated_at ASC, id ASC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key ASC, page.id ASC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , updated_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND $4::timestamptz IS NULL AND $5::uuid IS NULL
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY updated_at DESC, id DESC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key DESC, page.id DESC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , updated_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND $4::timestamptz IS NULL AND $5::uuid IS NULL
 ORDER BY updated_at ASC, id ASC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key ASC, page.id ASC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , updated_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND $4::timestamptz IS NULL AND $5::uuid IS NULL
 ORDER BY updated_at DESC, id DESC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key DESC, page.id DESC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , updated_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND (updated_at, id) < ($4::timestamptz, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY updated_at DESC, id DESC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key DESC, page.id DESC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , updated_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND (updated_at, id) < ($4::timestamptz, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY updated_at DESC, id DESC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key DESC, page.id DESC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , updated_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND (updated_at, id) < ($4::timestamptz, $5::uuid)
 ORDER BY updated_at DESC, id DESC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key DESC, page.id DESC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , updated_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND (updated_at, id) > ($4::timestamptz, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)

 ORDER BY updated_at ASC, id ASC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key ASC, page.id ASC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , updated_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND (updated_at, id) > ($4::timestamptz, $5::uuid)
   AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
   AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
   AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
   AND ($12::text IS NULL OR location = $12)
   AND ($13::text IS NULL OR barcode = $13)
   AND ($14::timestamptz IS NULL OR updated_at >= $14)
   AND search_text LIKE fold($15::text)
   AND search_text LIKE ALL (string_to_array(fold($16::text), E'\n'))

 ORDER BY updated_at ASC, id ASC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key ASC, page.id ASC
;

-- items.ItemRepository.PAGES
SELECT page.*
  FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
 CROSS JOIN LATERAL (SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
       , updated_at AS place_key
  FROM items
 WHERE user_id = $1 AND used_up = $2 AND category_id = wanted.id AND (updated_at, id) > ($4::timestamptz, $5::uuid)
 ORDER BY updated_at ASC, id ASC
 LIMIT $3
) AS page
 ORDER BY wanted.place, page.place_key ASC, page.id ASC
;

-- items.ItemRepository.REASSIGN
UPDATE items
   SET category_id = $3,
       effective_lead_days = coalesce(
           lead_days,
           (SELECT lead_days FROM categories WHERE user_id = $1 AND id = $3),
           (SELECT lead_days FROM users WHERE id = $1)),
       version = version + 1, updated_at = now()
 WHERE user_id = $1 AND category_id = $2
RETURNING id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
;

-- items.ItemRepository.REFRESH_LEAD_DAYS
UPDATE items
   SET effective_lead_days = wanted.lead_days, version = version + 1, updated_at = now()
  FROM (SELECT items.id AS item_id, items.effective_lead_days AS former_lead_days,
               coalesce(categories.lead_days, users.lead_days) AS lead_days
          FROM items
          JOIN users ON users.id = $1
          LEFT JOIN categories ON categories.user_id = $1 AND categories.id = items.category_id
         WHERE items.user_id = $1 AND items.lead_days IS NULL
           AND ($2::uuid IS NULL OR items.category_id = $2)) AS wanted
 WHERE items.user_id = $1 AND items.id = wanted.item_id AND items.effective_lead_days <> wanted.lead_days
RETURNING id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
          purchase_date, items.lead_days, effective_lead_days, location, barcode, lot_number, version,
          created_at, updated_at, wanted.former_lead_days
;

-- items.ItemRepository.RESTORE
INSERT INTO items (user_id, id, category_id, name, description, quantity, unit, cost_price, selling_price,
                   expiry_date, lead_days, effective_lead_days, location, barcode, lot_number, purchase_date, version,
                   created_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
       coalesce($11, (SELECT lead_days FROM categories WHERE user_id = $1 AND id = $3), users.lead_days),
       $12, $13, $14, $15, $16::integer + 1, $17
  FROM users
 WHERE users.id = $1
RETURNING id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
;

-- items.ItemRepository.UPDATE
UPDATE items
   SET category_id = $3, name = $4, description = $5, quantity = $6, unit = $7, cost_price = $8,
       selling_price = $9, expiry_date = $10, lead_days = $11,
       effective_lead_days = coalesce(
           $11,
           (SELECT lead_days FROM categories WHERE user_id = $1 AND id = $3),
           (SELECT lead_days FROM users WHERE id = $1)),
       location = $12, barcode = $13, lot_number = $14, purchase_date = $15, version = version + 1, updated_at = now()
 WHERE user_id = $1 AND id = $2
RETURNING id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
;

-- limits.Budgets.FORGET_FULL
DELETE FROM budgets
 WHERE key IN (SELECT key
                 FROM budgets
                WHERE full_at < now()
                ORDER BY full_at
                LIMIT 10000
                  FOR UPDATE SKIP LOCKED)
;

-- limits.Budgets.TELL
WITH present AS (
    SELECT id
      FROM users
     WHERE id = ANY ($6)
       FOR KEY SHARE SKIP LOCKED
)
INSERT INTO budgets AS budget (key, full_at, capacity, useful, granted, user_id)
SELECT key, now() + make_interval(secs => owed + asked), capacity, useful, asked, user_id
  FROM unnest($1::text[], $2::float8[], $3::float8[], $4::float8[], $5::float8[], $6::uuid[])
       AS told (key, owed, asked, useful, capacity, user_id)
 CROSS JOIN set_config('synchronous_commit', 'off', true)
 WHERE user_id IS NULL OR user_id IN (SELECT id FROM present)
 ORDER BY key
    ON CONFLICT (key) DO UPDATE
   SET (full_at, granted, capacity, user_id) = (
       SELECT now() + make_interval(secs => lacks + got), got, excluded.capacity, excluded.user_id
         FROM (SELECT greatest(0, greatest(0, extract(epoch FROM budget.full_at - now()))::float8
                      + extract(epoch FROM excluded.full_at - now())::float8 - excluded.granted) AS lacks)
              AS before
        CROSS JOIN LATERAL (
              SELECT CASE WHEN excluded.capacity - lacks >= excluded.useful
                          THEN least(excluded.granted, excluded.capacity - lacks)
                          ELSE 0 END AS got) AS share)
RETURNING key, extract(epoch FROM full_at - now())::float8 AS lacks, granted
;

-- notifications.Digests.CLAIM
WITH due AS (
    SELECT reminder_settings.user_id, users.username, users.email,
           reminder_settings.digest AND users.active AND users.email_verified AS wanted
      FROM reminder_settings
      JOIN users ON users.id = reminder_settings.user_id
     WHERE reminder_settings.digest_due_at <= now()
     ORDER BY reminder_settings.digest_due_at
     LIMIT $1
       FOR NO KEY UPDATE OF reminder_settings SKIP LOCKED
), claimed AS (
    UPDATE reminder_settings
       SET digest_tries = least(digest_tries + 1, 10),
           digest_due_at = CASE WHEN due.wanted
                                THEN now() + least(power(2, digest_tries + 1), 60) * interval '1 minute' END
      FROM due
     WHERE reminder_settings.user_id = due.user_id
 RETURNING reminder_settings.user_id, due.username, due.email, digest_due_at
)
SELECT user_id, username, email, digest_due_at
  FROM claimed
 WHERE digest_due_at IS NOT NULL
;

-- notifications.Digests.DAYS_BEGAN
UPDATE reminder_settings
   SET digest_due_at = CASE WHEN digest_tries > 0 AND digest_due_at > now()
                            THEN digest_due_at + interval '1 microsecond' ELSE now() END,
       digest_tries = CASE WHEN digest_due_at > now() THEN digest_tries ELSE 0 END
  FROM users
 WHERE reminder_settings.user_id = ANY ($1) AND reminder_settings.digest
   AND users.id = reminder_settings.user_id AND users.email_verified
;

-- notifications.Digests.END
UPDATE reminder_settings
   SET digested_to = greatest(digested_to, $3), digest_tries = 0,
       digest_due_at = CASE WHEN digest_due_at <> $2 THEN digest_due_at END
 WHERE user_id = $1
;

-- notifications.Digests.ENTRIES
SELECT notifications.title, notifications.message,
       count(*) OVER ()::integer AS amount, max(notifications.created_at) OVER () AS latest
  FROM notifications
  JOIN reminder_settings ON reminder_settings.user_id = notifications.user_id
 WHERE notifications.user_id = $1 AND notifications.kind <> 'SYSTEM'
   AND notifications.resolution IS NULL AND notifications.snoozed_until IS NULL
   AND notifications.created_at > coalesce(reminder_settings.digested_to, '-infinity')
 ORDER BY notifications.expiry_date, notifications.title, notifications.id
 LIMIT $2
;

-- notifications.Digests.HOLD
UPDATE reminder_settings
   SET digest_due_at = digest_due_at + make_interval(secs => $3)
 WHERE user_id = $1 AND digest_due_at >= $2
;

-- notifications.Digests.WAIT_FOR_QUIET_HOURS
UPDATE reminder_settings
   SET digest_tries = 0,
       digest_due_at = day_begins_at(
           clock.day + CASE WHEN clock.hour >= quiet_to THEN 1 ELSE 0 END, quiet_to, clock.time_zone)
  FROM (SELECT time_zone, (now() AT TIME ZONE time_zone)::date AS day,
               extract(hour FROM now() AT TIME ZONE time_zone) AS hour
          FROM users
         WHERE id = $1) AS clock
 WHERE user_id = $1 AND digest_due_at >= $2
   AND CASE WHEN quiet_from < quiet_to THEN clock.hour >= quiet_from AND clock.hour < quiet_to
            ELSE clock.hour >= quiet_from OR clock.hour < quiet_to END
;

-- notifications.ExpiryNotices.DELETE_OF_ITEM
WITH told AS (
    DELETE FROM notifications
     WHERE user_id = $1 AND item_id = $2
 RETURNING user_id, id, item_id, kind, title, message, status, read_at, expiry_date, reminder,
           snoozed_until, resolution, resolved_at, created_at
), events AS (
    SELECT user_id, 'NOTIFICATION_DELETED' AS kind, id AS subject_id,
jsonb_build_object(
    'id', told.id, 'itemId', told.item_id, 'kind', told.kind, 'title', told.title,
    'message', told.message, 'status', told.status,
    'readAt', to_char(told.read_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'expiryDate', told.expiry_date, 'reminder', told.reminder,
    'snoozedUntil', told.snoozed_until, 'resolution', told.resolution,
    'resolvedAt', to_char(told.resolved_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'createdAt', to_char(told.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
           AS before, NULL::jsonb AS after,
           row_number() OVER (PARTITION BY user_id ORDER BY created_at, id) AS place
      FROM told
)
, counted AS (
    SELECT user_id, count(*) AS events
      FROM events
     GROUP BY user_id
), places AS (
    UPDATE feeds
       SET last_seq = last_seq + counted.events
      FROM counted
     WHERE feeds.user_id = counted.user_id
 RETURNING feeds.user_id, feeds.last_seq - counted.events AS base
)
INSERT INTO activities (user_id, seq, kind, subject_id, actor, before, after)
SELECT events.user_id, places.base + events.place, events.kind, events.subject_id, 'SYSTEM',
       events.before, events.after
  FROM events
  JOIN places ON places.user_id = events.user_id
;

-- notifications.ExpiryNotices.ITEMS_OF_DAYS
WITH due (user_id, day, previous_day, days) AS (
    SELECT told.user_id, told.day, coalesce(told.previous_day, '-infinity'),
           coalesce(reminder_settings.days, '{30,7,1,0}')
      FROM unnest($1::uuid[], $2::date[], $3::date[]) AS told (user_id, day, previous_day)
      LEFT JOIN reminder_settings ON reminder_settings.user_id = told.user_id
), closer AS (
    SELECT user_id, unnest(days) AS before
      FROM due
     UNION
    SELECT category_reminders.user_id, unnest(category_reminders.days)
      FROM due
      JOIN category_reminders ON category_reminders.user_id = due.user_id
), crossed AS (
    SELECT DISTINCT ON (due.user_id, item.id)
           due.user_id, due.day, item.id, item.name, item.quantity, item.unit, item.location,
           item.expiry_date, item.reminder
      FROM due
     CROSS JOIN LATERAL (
           SELECT id, name, quantity, unit, location, expiry_date, '' AS reminder, -1 AS before
             FROM items
            WHERE user_id = due.user_id AND NOT used_up
              AND coalesce(expiry_date, 'infinity') >= due.previous_day
              AND coalesce(expiry_date, 'infinity') < due.day
            UNION ALL
           SELECT id, name, quantity, unit, location, expiry_date, 'D' || effective_lead_days,
                  effective_lead_days
             FROM items
            WHERE user_id = due.user_id AND NOT used_up
              AND expiring_from > due.previous_day
              AND expiring_from <= due.day
              AND expiry_date >= due.day
            UNION ALL
           SELECT items.id, items.name, items.quantity, items.unit, items.location, items.expiry_date,
                  'D' || closer.before, closer.before
             FROM closer
             JOIN items
               ON items.user_id = due.user_id AND NOT items.used_up
                  AND coalesce(items.expiry_date, 'infinity') > due.previous_day + closer.before
                  AND coalesce(items.expiry_date, 'infinity') <= due.day + closer.before
                  AND coalesce(items.expiry_date, 'infinity') >= due.day
             LEFT JOIN category_reminders AS own
               ON own.user_id = due.user_id AND own.category_id = items.category_id
            WHERE closer.user_id = due.user_id
              AND closer.before < items.effective_lead_days
              AND closer.before = ANY (coalesce(own.days, due.days))
            UNION ALL
           SELECT items.id, items.name, items.quantity, items.unit, items.location, items.expiry_date,
                  'P' || percent_reminders.percent, items.expiry_date - percent_reminders.due_on
             FROM percent_reminders
             JOIN items
               ON items.user_id = due.user_id AND items.id = percent_reminders.item_id
                  AND NOT items.used_up AND items.expiry_date >= due.day
            WHERE percent_reminders.user_id = due.user_id
              AND percent_reminders.due_on > due.previous_day AND percent_reminders.due_on <= due.day
            UNION ALL
           SELECT items.id, items.name, items.quantity, items.unit, items.location, items.expiry_date,
                  'S' || to_char(notifications.snoozed_until, 'YYYYMMDD'), -2
             FROM notifications
             JOIN items
               ON items.user_id = due.user_id AND items.id = notifications.item_id
                  AND NOT items.used_up AND items.expiry_date = notifications.expiry_date
            WHERE notifications.user_id = due.user_id AND notifications.snoozed_until <= due.day
              AND notifications.resolution IS NULL
              AND NOT EXISTS (
                  SELECT FROM notifications AS again
                   WHERE again.user_id = notifications.user_id AND again.item_id = notifications.item_id
                     AND again.expiry_date = notifications.expiry_date
                     AND again.reminder = 'S' || to_char(notifications.snoozed_until, 'YYYYMMDD'))
           ) AS item
     ORDER BY due.user_id, item.id, item.before
)
SELECT id
  FROM crossed
 WHERE NOT EXISTS (
       SELECT FROM stuck_items
        WHERE user_id = crossed.user_id AND item_id = crossed.id)
;

-- notifications.ExpiryNotices.NOTIFY_OF_DAYS
WITH due (user_id, day, previous_day, days) AS (
    SELECT told.user_id, told.day, coalesce(told.previous_day, '-infinity'),
           coalesce(reminder_settings.days, '{30,7,1,0}')
      FROM unnest($1::uuid[], $2::date[], $3::date[]) AS told (user_id, day, previous_day)
      LEFT JOIN reminder_settings ON reminder_settings.user_id = told.user_id
), closer AS (
    SELECT user_id, unnest(days) AS before
      FROM due
     UNION
    SELECT category_reminders.user_id, unnest(category_reminders.days)
      FROM due
      JOIN category_reminders ON category_reminders.user_id = due.user_id
), crossed AS (
    SELECT DISTINCT ON (due.user_id, item.id)
           due.user_id, due.day, item.id, item.name, item.quantity, item.unit, item.location,
           item.expiry_date, item.reminder
      FROM due
     CROSS JOIN LATERAL (
           SELECT id, name, quantity, unit, location, expiry_date, '' AS reminder, -1 AS before
             FROM items
            WHERE user_id = due.user_id AND NOT used_up
              AND coalesce(expiry_date, 'infinity') >= due.previous_day
              AND coalesce(expiry_date, 'infinity') < due.day
            UNION ALL
           SELECT id, name, quantity, unit, location, expiry_date, 'D' || effective_lead_days,
                  effective_lead_days
             FROM items
            WHERE user_id = due.user_id AND NOT used_up
              AND expiring_from > due.previous_day
              AND expiring_from <= due.day
              AND expiry_date >= due.day
            UNION ALL
           SELECT items.id, items.name, items.quantity, items.unit, items.location, items.expiry_date,
                  'D' || closer.before, closer.before
             FROM closer
             JOIN items
               ON items.user_id = due.user_id AND NOT items.used_up
                  AND coalesce(items.expiry_date, 'infinity') > due.previous_day + closer.before
                  AND coalesce(items.expiry_date, 'infinity') <= due.day + closer.before
                  AND coalesce(items.expiry_date, 'infinity') >= due.day
             LEFT JOIN category_reminders AS own
               ON own.user_id = due.user_id AND own.category_id = items.category_id
            WHERE closer.user_id = due.user_id
              AND closer.before < items.effective_lead_days
              AND closer.before = ANY (coalesce(own.days, due.days))
            UNION ALL
           SELECT items.id, items.name, items.quantity, items.unit, items.location, items.expiry_date,
                  'P' || percent_reminders.percent, items.expiry_date - percent_reminders.due_on
             FROM percent_reminders
             JOIN items
               ON items.user_id = due.user_id AND items.id = percent_reminders.item_id
                  AND NOT items.used_up AND items.expiry_date >= due.day
            WHERE percent_reminders.user_id = due.user_id
              AND percent_reminders.due_on > due.previous_day AND percent_reminders.due_on <= due.day
            UNION ALL
           SELECT items.id, items.name, items.quantity, items.unit, items.location, items.expiry_date,
                  'S' || to_char(notifications.snoozed_until, 'YYYYMMDD'), -2
             FROM notifications
             JOIN items
               ON items.user_id = due.user_id AND items.id = notifications.item_id
                  AND NOT items.used_up AND items.expiry_date = notifications.expiry_date
            WHERE notifications.user_id = due.user_id AND notifications.snoozed_until <= due.day
              AND notifications.resolution IS NULL
              AND NOT EXISTS (
                  SELECT FROM notifications AS again
                   WHERE again.user_id = notifications.user_id AND again.item_id = notifications.item_id
                     AND again.expiry_date = notifications.expiry_date
                     AND again.reminder = 'S' || to_char(notifications.snoozed_until, 'YYYYMMDD'))
           ) AS item
     ORDER BY due.user_id, item.id, item.before
)
, worded AS (
    SELECT user_id, id, expiry_date, reminder,
           expiry_date < day AS expired,
           abs(expiry_date - day) AS days,
           to_char(expiry_date, 'YYYY-MM-DD') AS printed,
           name,
           'You have ' || trim_scale(quantity) || ' ' || unit || ' of ' || name
               || coalesce(' (' || location || ')', '') || '.' AS stock
      FROM crossed
     WHERE NOT EXISTS (
           SELECT FROM acknowledgements
            WHERE user_id = crossed.user_id AND item_id = crossed.id AND expiry_date = crossed.expiry_date
              AND reminder IN ('*', crossed.reminder))
       AND NOT EXISTS (
           SELECT FROM notifications
            WHERE user_id = crossed.user_id AND item_id = crossed.id AND expiry_date = crossed.expiry_date
              AND snoozed_until > crossed.day AND resolution IS NULL)
       AND NOT EXISTS (
           SELECT FROM stuck_items
            WHERE user_id = crossed.user_id AND item_id = crossed.id)
), made AS (
    INSERT INTO notifications (
           user_id, id, item_id, kind, title, message, expiry_date, reminder, created_at)
    SELECT user_id, new_id(), id,
           CASE WHEN expired THEN 'EXPIRED' ELSE 'EXPIRING_SOON' END,
           name || CASE WHEN expired THEN ' expired on ' || printed
                        WHEN days = 0 THEN ' expires today'
                        ELSE ' expires on ' || printed END,
           stock || ' Its last good day '
               || CASE WHEN expired AND days = 1 THEN 'was yesterday, ' || printed
                       WHEN expired THEN 'was ' || printed || ', ' || days || ' days ago'
                       WHEN days = 0 THEN 'is today, ' || printed
                       WHEN days = 1 THEN 'is tomorrow, ' || printed
                       ELSE 'is ' || printed || ', in ' || days || ' days' END
               || '.',
           expiry_date, reminder,
           -- Later than the lock on the user's log, so a user's notifications are in the order of commit.
           statement_timestamp()
      FROM worded
        ON CONFLICT ON CONSTRAINT notifications_once DO NOTHING
 RETURNING user_id, id, item_id, kind, title, message, status, read_at, expiry_date, reminder,
           snoozed_until, resolution, resolved_at, created_at
), former AS (
    SELECT notifications.user_id, notifications.id, notifications.item_id, notifications.kind,
           notifications.title, notifications.message, notifications.status, notifications.read_at,
           notifications.expiry_date, notifications.reminder, notifications.snoozed_until,
           notifications.resolution, notifications.resolved_at, notifications.created_at,
           'SUPERSEDED' AS why
      FROM made
      JOIN notifications
        ON notifications.user_id = made.user_id AND notifications.item_id = made.item_id
           AND notifications.kind <> 'SYSTEM' AND notifications.resolution IS NULL
)
, closed AS (
    UPDATE notifications
       SET resolution = former.why,
           resolved_at = CASE WHEN former.why IS NOT NULL THEN statement_timestamp() END,
           snoozed_until = CASE WHEN former.why IS DISTINCT FROM 'SUPERSEDED'
                                THEN notifications.snoozed_until END,
           status = CASE WHEN former.why IS NULL AND notifications.read_at = notifications.resolved_at
                         THEN 'UNREAD' ELSE 'READ' END,
           read_at = CASE WHEN former.why IS NOT NULL
                          THEN coalesce(notifications.read_at, statement_timestamp())
                          WHEN notifications.read_at <> notifications.resolved_at
                          THEN notifications.read_at END
      FROM former
     WHERE notifications.user_id = former.user_id AND notifications.id = former.id
 RETURNING notifications.user_id, notifications.id, notifications.item_id, notifications.kind,
           notifications.title, notifications.message, notifications.status, notifications.read_at,
           notifications.expiry_date, notifications.reminder, notifications.snoozed_until,
           notifications.resolution, notifications.resolved_at, notifications.created_at
), resolved AS (
    SELECT closed.user_id, closed.id, closed.expiry_date, closed.item_id,
           (SELECT
jsonb_build_object(
    'id', told.id, 'itemId', told.item_id, 'kind', told.kind, 'title', told.title,
    'message', told.message, 'status', told.status,
    'readAt', to_char(told.read_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'expiryDate', told.expiry_date, 'reminder', told.reminder,
    'snoozedUntil', told.snoozed_until, 'resolution', told.resolution,
    'resolvedAt', to_char(told.resolved_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'createdAt', to_char(told.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
              FROM (SELECT former.*) AS told) AS before,
           (SELECT
jsonb_build_object(
    'id', told.id, 'itemId', told.item_id, 'kind', told.kind, 'title', told.title,
    'message', told.message, 'status', told.status,
    'readAt', to_char(told.read_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'expiryDate', told.expiry_date, 'reminder', told.reminder,
    'snoozedUntil', told.snoozed_until, 'resolution', told.resolution,
    'resolvedAt', to_char(told.resolved_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'createdAt', to_char(told.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
              FROM (SELECT closed.*) AS told) AS after
      FROM closed
      JOIN former ON former.user_id = closed.user_id AND former.id = closed.id
)
, events AS (
    SELECT user_id, kind, subject_id, before, after,
           row_number() OVER (PARTITION BY user_id ORDER BY expiry_date, item_id, subject_id) AS place
      FROM (SELECT user_id, 'NOTIFICATION_UPDATED' AS kind, id AS subject_id, before, after,
                   expiry_date, item_id
              FROM resolved
             UNION ALL
            SELECT user_id, 'NOTIFICATION_CREATED', id, NULL,
jsonb_build_object(
    'id', told.id, 'itemId', told.item_id, 'kind', told.kind, 'title', told.title,
    'message', told.message, 'status', told.status,
    'readAt', to_char(told.read_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'expiryDate', told.expiry_date, 'reminder', told.reminder,
    'snoozedUntil', told.snoozed_until, 'resolution', told.resolution,
    'resolvedAt', to_char(told.resolved_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'createdAt', to_char(told.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
                   , expiry_date, item_id
              FROM made AS told) AS all_events
)
, counted AS (
    SELECT user_id, count(*) AS events
      FROM events
     GROUP BY user_id
), places AS (
    UPDATE feeds
       SET last_seq = last_seq + counted.events
      FROM counted
     WHERE feeds.user_id = counted.user_id
 RETURNING feeds.user_id, feeds.last_seq - counted.events AS base
)
INSERT INTO activities (user_id, seq, kind, subject_id, actor, before, after)
SELECT events.user_id, places.base + events.place, events.kind, events.subject_id, 'SYSTEM',
       events.before, events.after
  FROM events
  JOIN places ON places.user_id = events.user_id
;

-- notifications.ExpiryNotices.NOTIFY_OF_ITEMS
WITH again AS (
    -- What could not be told of an item may be possible now that it is another.
    UPDATE stuck_items
       SET retry_at = now()
     WHERE user_id = $1 AND item_id = ANY ($3) AND retry_at > now()
), of_user AS (
    -- Never before the day that was turned already, after which no turn looks again, and never after what
    -- the database says is today: a node's clock may be wrong, and its day may have passed while it waited.
    SELECT greatest(least($2::date, (statement_timestamp() AT TIME ZONE time_zone)::date), last_day) AS day
      FROM users
     WHERE id = $1
), crossed AS (
    SELECT DISTINCT ON (items.id)
           items.user_id, day, items.id, items.name, items.quantity, items.unit,
           items.location, items.expiry_date, reminder.reminder
      FROM of_user
      JOIN items ON items.user_id = $1
      LEFT JOIN reminder_settings ON reminder_settings.user_id = $1
      LEFT JOIN category_reminders AS own
        ON own.user_id = $1 AND own.category_id = items.category_id
     CROSS JOIN LATERAL (
           SELECT '' AS reminder, -1 AS before
            WHERE items.expiry_date < day
            UNION ALL
           SELECT 'D' || items.effective_lead_days, items.effective_lead_days
            WHERE items.expiring_from <= day AND items.expiry_date >= day
            UNION ALL
           SELECT 'D' || before, before
             FROM unnest(coalesce(own.days, reminder_settings.days, '{30,7,1,0}')) AS before
            WHERE before < items.effective_lead_days AND items.expiry_date - before <= day
              AND items.expiry_date >= day
            UNION ALL
           SELECT 'P' || percent, items.expiry_date - due_on
             FROM percent_reminders
            WHERE user_id = $1 AND item_id = items.id AND due_on <= day
              AND items.expiry_date >= day
            UNION ALL
           SELECT 'S' || to_char(snoozed_until, 'YYYYMMDD'), -2
             FROM notifications
            WHERE user_id = $1 AND item_id = items.id AND expiry_date = items.expiry_date
              AND snoozed_until <= day
              AND notifications.resolution IS NULL
              AND NOT EXISTS (
                  SELECT FROM notifications AS again
                   WHERE again.user_id = notifications.user_id AND again.item_id = notifications.item_id
                     AND again.expiry_date = notifications.expiry_date
                     AND again.reminder = 'S' || to_char(notifications.snoozed_until, 'YYYYMMDD'))
           ) AS reminder
     WHERE items.id = ANY ($3) AND NOT items.used_up
     ORDER BY items.id, reminder.before
)
, worded AS (
    SELECT user_id, id, expiry_date, reminder,
           expiry_date < day AS expired,
           abs(expiry_date - day) AS days,
           to_char(expiry_date, 'YYYY-MM-DD') AS printed,
           name,
           'You have ' || trim_scale(quantity) || ' ' || unit || ' of ' || name
               || coalesce(' (' || location || ')', '') || '.' AS stock
      FROM crossed
     WHERE NOT EXISTS (
           SELECT FROM acknowledgements
            WHERE user_id = crossed.user_id AND item_id = crossed.id AND expiry_date = crossed.expiry_date
              AND reminder IN ('*', crossed.reminder))
       AND NOT EXISTS (
           SELECT FROM notifications
            WHERE user_id = crossed.user_id AND item_id = crossed.id AND expiry_date = crossed.expiry_date
              AND snoozed_until > crossed.day AND resolution IS NULL)
       AND NOT EXISTS (
           SELECT FROM stuck_items
            WHERE user_id = crossed.user_id AND item_id = crossed.id)
), made AS (
    INSERT INTO notifications (
           user_id, id, item_id, kind, title, message, expiry_date, reminder, created_at)
    SELECT user_id, new_id(), id,
           CASE WHEN expired THEN 'EXPIRED' ELSE 'EXPIRING_SOON' END,
           name || CASE WHEN expired THEN ' expired on ' || printed
                        WHEN days = 0 THEN ' expires today'
                        ELSE ' expires on ' || printed END,
           stock || ' Its last good day '
               || CASE WHEN expired AND days = 1 THEN 'was yesterday, ' || printed
                       WHEN expired THEN 'was ' || printed || ', ' || days || ' days ago'
                       WHEN days = 0 THEN 'is today, ' || printed
                       WHEN days = 1 THEN 'is tomorrow, ' || printed
                       ELSE 'is ' || printed || ', in ' || days || ' days' END
               || '.',
           expiry_date, reminder,
           -- Later than the lock on the user's log, so a user's notifications are in the order of commit.
           statement_timestamp()
      FROM worded
        ON CONFLICT ON CONSTRAINT notifications_once DO NOTHING
 RETURNING user_id, id, item_id, kind, title, message, status, read_at, expiry_date, reminder,
           snoozed_until, resolution, resolved_at, created_at
), former AS (
    SELECT notifications.user_id, notifications.id, notifications.item_id, notifications.kind,
           notifications.title, notifications.message, notifications.status, notifications.read_at,
           notifications.expiry_date, notifications.reminder, notifications.snoozed_until,
           notifications.resolution, notifications.resolved_at, notifications.created_at,
           'SUPERSEDED' AS why
      FROM made
      JOIN notifications
        ON notifications.user_id = made.user_id AND notifications.item_id = made.item_id
           AND notifications.kind <> 'SYSTEM' AND notifications.resolution IS NULL
)
, closed AS (
    UPDATE notifications
       SET resolution = former.why,
           resolved_at = CASE WHEN former.why IS NOT NULL THEN statement_timestamp() END,
           snoozed_until = CASE WHEN former.why IS DISTINCT FROM 'SUPERSEDED'
                                THEN notifications.snoozed_until END,
           status = CASE WHEN former.why IS NULL AND notifications.read_at = notifications.resolved_at
                         THEN 'UNREAD' ELSE 'READ' END,
           read_at = CASE WHEN former.why IS NOT NULL
                          THEN coalesce(notifications.read_at, statement_timestamp())
                          WHEN notifications.read_at <> notifications.resolved_at
                          THEN notifications.read_at END
      FROM former
     WHERE notifications.user_id = former.user_id AND notifications.id = former.id
 RETURNING notifications.user_id, notifications.id, notifications.item_id, notifications.kind,
           notifications.title, notifications.message, notifications.status, notifications.read_at,
           notifications.expiry_date, notifications.reminder, notifications.snoozed_until,
           notifications.resolution, notifications.resolved_at, notifications.created_at
), resolved AS (
    SELECT closed.user_id, closed.id, closed.expiry_date, closed.item_id,
           (SELECT
jsonb_build_object(
    'id', told.id, 'itemId', told.item_id, 'kind', told.kind, 'title', told.title,
    'message', told.message, 'status', told.status,
    'readAt', to_char(told.read_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'expiryDate', told.expiry_date, 'reminder', told.reminder,
    'snoozedUntil', told.snoozed_until, 'resolution', told.resolution,
    'resolvedAt', to_char(told.resolved_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'createdAt', to_char(told.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
              FROM (SELECT former.*) AS told) AS before,
           (SELECT
jsonb_build_object(
    'id', told.id, 'itemId', told.item_id, 'kind', told.kind, 'title', told.title,
    'message', told.message, 'status', told.status,
    'readAt', to_char(told.read_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'expiryDate', told.expiry_date, 'reminder', told.reminder,
    'snoozedUntil', told.snoozed_until, 'resolution', told.resolution,
    'resolvedAt', to_char(told.resolved_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'createdAt', to_char(told.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
              FROM (SELECT closed.*) AS told) AS after
      FROM closed
      JOIN former ON former.user_id = closed.user_id AND former.id = closed.id
)
, events AS (
    SELECT user_id, kind, subject_id, before, after,
           row_number() OVER (PARTITION BY user_id ORDER BY expiry_date, item_id, subject_id) AS place
      FROM (SELECT user_id, 'NOTIFICATION_UPDATED' AS kind, id AS subject_id, before, after,
                   expiry_date, item_id
              FROM resolved
             UNION ALL
            SELECT user_id, 'NOTIFICATION_CREATED', id, NULL,
jsonb_build_object(
    'id', told.id, 'itemId', told.item_id, 'kind', told.kind, 'title', told.title,
    'message', told.message, 'status', told.status,
    'readAt', to_char(told.read_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'expiryDate', told.expiry_date, 'reminder', told.reminder,
    'snoozedUntil', told.snoozed_until, 'resolution', told.resolution,
    'resolvedAt', to_char(told.resolved_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'createdAt', to_char(told.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
                   , expiry_date, item_id
              FROM made AS told) AS all_events
)
, counted AS (
    SELECT user_id, count(*) AS events
      FROM events
     GROUP BY user_id
), places AS (
    UPDATE feeds
       SET last_seq = last_seq + counted.events
      FROM counted
     WHERE feeds.user_id = counted.user_id
 RETURNING feeds.user_id, feeds.last_seq - counted.events AS base
)
INSERT INTO activities (user_id, seq, kind, subject_id, actor, before, after)
SELECT events.user_id, places.base + events.place, events.kind, events.subject_id, 'SYSTEM',
       events.before, events.after
  FROM events
  JOIN places ON places.user_id = events.user_id
;

-- notifications.ExpiryNotices.RESOLVE_OF_ITEMS
WITH former AS (
    SELECT notifications.user_id, notifications.id, notifications.item_id, notifications.kind,
           notifications.title, notifications.message, notifications.status, notifications.read_at,
           notifications.expiry_date, notifications.reminder, notifications.snoozed_until,
           notifications.resolution, notifications.resolved_at, notifications.created_at,
           stock.why
      FROM notifications
      JOIN items ON items.user_id = $1 AND items.id = notifications.item_id
     CROSS JOIN LATERAL (
           SELECT CASE WHEN items.used_up THEN 'USED_UP'
                       WHEN items.expiry_date IS DISTINCT FROM notifications.expiry_date THEN 'REDATED'
                  END AS why) AS stock
     WHERE notifications.user_id = $1 AND notifications.item_id = ANY ($2)
       AND notifications.kind <> 'SYSTEM'
       AND (notifications.resolution IS NULL AND stock.why IS NOT NULL
            OR notifications.resolution IN ('USED_UP', 'REDATED') AND stock.why IS NULL
               AND NOT EXISTS (
                   SELECT FROM acknowledgements
                    WHERE user_id = $1 AND item_id = notifications.item_id
                      AND expiry_date = notifications.expiry_date AND reminder = '*'))
)
, closed AS (
    UPDATE notifications
       SET resolution = former.why,
           resolved_at = CASE WHEN former.why IS NOT NULL THEN statement_timestamp() END,
           snoozed_until = CASE WHEN former.why IS DISTINCT FROM 'SUPERSEDED'
                                THEN notifications.snoozed_until END,
           status = CASE WHEN former.why IS NULL AND notifications.read_at = notifications.resolved_at
                         THEN 'UNREAD' ELSE 'READ' END,
           read_at = CASE WHEN former.why IS NOT NULL
                          THEN coalesce(notifications.read_at, statement_timestamp())
                          WHEN notifications.read_at <> notifications.resolved_at
                          THEN notifications.read_at END
      FROM former
     WHERE notifications.user_id = former.user_id AND notifications.id = former.id
 RETURNING notifications.user_id, notifications.id, notifications.item_id, notifications.kind,
           notifications.title, notifications.message, notifications.status, notifications.read_at,
           notifications.expiry_date, notifications.reminder, notifications.snoozed_until,
           notifications.resolution, notifications.resolved_at, notifications.created_at
), resolved AS (
    SELECT closed.user_id, closed.id, closed.expiry_date, closed.item_id,
           (SELECT
jsonb_build_object(
    'id', told.id, 'itemId', told.item_id, 'kind', told.kind, 'title', told.title,
    'message', told.message, 'status', told.status,
    'readAt', to_char(told.read_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'expiryDate', told.expiry_date, 'reminder', told.reminder,
    'snoozedUntil', told.snoozed_until, 'resolution', told.resolution,
    'resolvedAt', to_char(told.resolved_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'createdAt', to_char(told.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
              FROM (SELECT former.*) AS told) AS before,
           (SELECT
jsonb_build_object(
    'id', told.id, 'itemId', told.item_id, 'kind', told.kind, 'title', told.title,
    'message', told.message, 'status', told.status,
    'readAt', to_char(told.read_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'expiryDate', told.expiry_date, 'reminder', told.reminder,
    'snoozedUntil', told.snoozed_until, 'resolution', told.resolution,
    'resolvedAt', to_char(told.resolved_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'createdAt', to_char(told.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
              FROM (SELECT closed.*) AS told) AS after
      FROM closed
      JOIN former ON former.user_id = closed.user_id AND former.id = closed.id
)
, events AS (
    SELECT user_id, 'NOTIFICATION_UPDATED' AS kind, id AS subject_id, before, after,
           row_number() OVER (PARTITION BY user_id ORDER BY expiry_date, item_id, id) AS place
      FROM resolved
)
, counted AS (
    SELECT user_id, count(*) AS events
      FROM events
     GROUP BY user_id
), places AS (
    UPDATE feeds
       SET last_seq = last_seq + counted.events
      FROM counted
     WHERE feeds.user_id = counted.user_id
 RETURNING feeds.user_id, feeds.last_seq - counted.events AS base
)
INSERT INTO activities (user_id, seq, kind, subject_id, actor, before, after)
SELECT events.user_id, places.base + events.place, events.kind, events.subject_id, 'SYSTEM',
       events.before, events.after
  FROM events
  JOIN places ON places.user_id = events.user_id
;

-- notifications.ExpiryNotices.RESTORE
WITH told AS (
    INSERT INTO notifications (
           user_id, id, item_id, kind, title, message, status, read_at, expiry_date, reminder,
           snoozed_until, resolution, resolved_at, created_at)
    SELECT $1, (state->>'id')::uuid, (state->>'itemId')::uuid, state->>'kind', state->>'title',
           state->>'message', state->>'status', (state->>'readAt')::timestamptz,
           (state->>'expiryDate')::date, state->>'reminder', (state->>'snoozedUntil')::date,
           state->>'resolution', (state->>'resolvedAt')::timestamptz, (state->>'createdAt')::timestamptz
      FROM unnest($2::text[]) AS former (text)
     CROSS JOIN LATERAL (SELECT text::jsonb AS state) AS parsed
        ON CONFLICT DO NOTHING
 RETURNING user_id, id, item_id, kind, title, message, status, read_at, expiry_date, reminder,
           snoozed_until, resolution, resolved_at, created_at
), events AS (
    SELECT user_id, 'NOTIFICATION_UPDATED' AS kind, id AS subject_id, NULL::jsonb AS before,
jsonb_build_object(
    'id', told.id, 'itemId', told.item_id, 'kind', told.kind, 'title', told.title,
    'message', told.message, 'status', told.status,
    'readAt', to_char(told.read_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'expiryDate', told.expiry_date, 'reminder', told.reminder,
    'snoozedUntil', told.snoozed_until, 'resolution', told.resolution,
    'resolvedAt', to_char(told.resolved_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'createdAt', to_char(told.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
           AS after,
           row_number() OVER (PARTITION BY user_id ORDER BY created_at, id) AS place
      FROM told
)
, counted AS (
    SELECT user_id, count(*) AS events
      FROM events
     GROUP BY user_id
), places AS (
    UPDATE feeds
       SET last_seq = last_seq + counted.events
      FROM counted
     WHERE feeds.user_id = counted.user_id
 RETURNING feeds.user_id, feeds.last_seq - counted.events AS base
)
INSERT INTO activities (user_id, seq, kind, subject_id, actor, before, after)
SELECT events.user_id, places.base + events.place, events.kind, events.subject_id, 'SYSTEM',
       events.before, events.after
  FROM events
  JOIN places ON places.user_id = events.user_id
;

-- notifications.NotificationRepository.ACKNOWLEDGE
WITH noted AS (
    INSERT INTO acknowledgements (user_id, item_id, expiry_date, reminder)
    VALUES ($1, $2, $3, '*')
        ON CONFLICT DO NOTHING
)
UPDATE notifications
   SET resolution = 'ACKNOWLEDGED', resolved_at = statement_timestamp(), snoozed_until = NULL,
       status = 'READ', read_at = coalesce(read_at, statement_timestamp())
 WHERE user_id = $1 AND item_id = $2 AND expiry_date = $3 AND resolution IS NULL
RETURNING id, item_id, kind, title, message, status, read_at, expiry_date, reminder, snoozed_until, resolution,
resolved_at, created_at
;

-- notifications.NotificationRepository.COUNT
SELECT count(*)::integer AS count
  FROM notifications
 WHERE user_id = $1 AND ($2::text[] IS NULL OR kind = ANY ($2))
   AND ($3::boolean IS NULL OR (resolution IS NOT NULL) = $3)
;

-- notifications.NotificationRepository.COUNT_OF_ITEMS
SELECT asked.item_id, count(notifications.id)::integer AS count
  FROM unnest($2::uuid[]) AS asked (item_id)
  LEFT JOIN notifications
    ON notifications.user_id = $1 AND notifications.item_id = asked.item_id
       AND ($3 OR notifications.status = 'UNREAD')
 GROUP BY asked.item_id
;

-- notifications.NotificationRepository.DELETE
WITH deleted AS (
    DELETE FROM notifications
     WHERE user_id = $1 AND id = $2
 RETURNING id, item_id, kind, title, message, status, read_at, expiry_date, reminder, snoozed_until,
           resolution, resolved_at, created_at
), noted AS (
    INSERT INTO acknowledgements (user_id, item_id, expiry_date, reminder)
    SELECT $1, item_id, expiry_date, reminder
      FROM deleted
     WHERE item_id IS NOT NULL AND expiry_date IS NOT NULL
        ON CONFLICT DO NOTHING
)
SELECT id, item_id, kind, title, message, status, read_at, expiry_date, reminder, snoozed_until,
       resolution, resolved_at, created_at
  FROM deleted
;

-- notifications.NotificationRepository.FIND
SELECT id, item_id, kind, title, message, status, read_at, expiry_date, reminder, snoozed_until,
       resolution, resolved_at, created_at
  FROM notifications
 WHERE user_id = $1 AND id = ANY ($2)
;

-- notifications.NotificationRepository.MARK
WITH former AS (
    SELECT id, item_id, kind, title, message, status, read_at, expiry_date, reminder, snoozed_until,
           resolution, resolved_at, created_at
      FROM notifications
     WHERE user_id = $1 AND id = ANY ($2)
), marked AS (
    UPDATE notifications
       SET status = $3, read_at = CASE $3 WHEN 'READ' THEN statement_timestamp() END
     WHERE user_id = $1 AND id = ANY ($2) AND status <> $3
 RETURNING id, read_at
)
SELECT former.id, former.item_id, former.kind, former.title, former.message, former.status, former.read_at,
       former.expiry_date, former.reminder, former.snoozed_until, former.resolution, former.resolved_at,
       former.created_at, marked.id IS NOT NULL AS marked, marked.read_at AS marked_read_at
  FROM former
  LEFT JOIN marked ON marked.id = former.id
;

-- notifications.NotificationRepository.MARK_READ_UP_TO
UPDATE notifications
   SET status = 'READ', read_at = statement_timestamp()
 WHERE user_id = $1 AND status = 'UNREAD' AND created_at <= $2
RETURNING id, item_id, kind, title, message, status, read_at, expiry_date, reminder, snoozed_until,
          resolution, resolved_at, created_at
;

-- notifications.NotificationRepository.OF_ITEMS_NEWER
SELECT said.id, said.item_id, said.kind, said.title, said.message, said.status, said.read_at,
       said.expiry_date, said.reminder, said.snoozed_until, said.resolution, said.resolved_at,
       said.created_at
  FROM unnest($2::uuid[]) AS asked (item_id)
 CROSS JOIN LATERAL (
       SELECT id, item_id, kind, title, message, status, read_at, expiry_date, reminder, snoozed_until,
              resolution, resolved_at, created_at
         FROM notifications
        WHERE user_id = $1 AND item_id = asked.item_id
          AND (created_at, id)
              > (coalesce($3::timestamptz, '-infinity'), coalesce($4::uuid, '00000000-0000-0000-0000-000000000000'))
        ORDER BY created_at, id
        LIMIT $5) AS said
 ORDER BY said.item_id, said.created_at, said.id
;

-- notifications.NotificationRepository.OF_ITEMS_OLDER
SELECT said.id, said.item_id, said.kind, said.title, said.message, said.status, said.read_at,
       said.expiry_date, said.reminder, said.snoozed_until, said.resolution, said.resolved_at,
       said.created_at
  FROM unnest($2::uuid[]) AS asked (item_id)
 CROSS JOIN LATERAL (
       SELECT id, item_id, kind, title, message, status, read_at, expiry_date, reminder, snoozed_until,
              resolution, resolved_at, created_at
         FROM notifications
        WHERE user_id = $1 AND item_id = asked.item_id
          AND (created_at, id)
              < (coalesce($3::timestamptz, 'infinity'), coalesce($4::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
        ORDER BY created_at DESC, id DESC
        LIMIT $5) AS said
 ORDER BY said.item_id, said.created_at DESC, said.id DESC
;

-- notifications.NotificationRepository.OPEN_OF_ITEM
SELECT id, item_id, kind, title, message, status, read_at, expiry_date, reminder, snoozed_until, resolution,
resolved_at, created_at
  FROM notifications
 WHERE user_id = $1 AND item_id = $2 AND expiry_date = $3 AND resolution IS NULL
 ORDER BY created_at, id
;

-- notifications.NotificationRepository.SNOOZE
UPDATE notifications
   SET snoozed_until = $3, status = 'READ', read_at = coalesce(read_at, statement_timestamp())
 WHERE user_id = $1 AND id = $2
RETURNING id, item_id, kind, title, message, status, read_at, expiry_date, reminder, snoozed_until, resolution,
resolved_at, created_at
;

-- notifications.NotificationRepository.counted
SELECT count(*)::integer AS count
  FROM notifications
 WHERE user_id = $1 AND ($2::text[] IS NULL OR kind = ANY ($2))
   AND ($3::boolean IS NULL OR (resolution IS NOT NULL) = $3)
AND status = 'READ'
;

-- notifications.NotificationRepository.counted
SELECT count(*)::integer AS count
  FROM notifications
 WHERE user_id = $1 AND ($2::text[] IS NULL OR kind = ANY ($2))
   AND ($3::boolean IS NULL OR (resolution IS NOT NULL) = $3)
AND status = 'UNREAD'
;

-- notifications.NotificationRepository.newer
SELECT id, item_id, kind, title, message, status, read_at, expiry_date, reminder, snoozed_until, resolution,
resolved_at, created_at
  FROM notifications
 WHERE user_id = $1 AND ($2::text[] IS NULL OR kind = ANY ($2))
   AND ($3::boolean IS NULL OR (resolution IS NOT NULL) = $3)
AND (created_at, id)
    > (coalesce($4::timestamptz, '-infinity'), coalesce($5::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY created_at, id
LIMIT $6
;

-- notifications.NotificationRepository.newer
SELECT id, item_id, kind, title, message, status, read_at, expiry_date, reminder, snoozed_until, resolution,
resolved_at, created_at
  FROM notifications
 WHERE user_id = $1 AND ($2::text[] IS NULL OR kind = ANY ($2))
   AND ($3::boolean IS NULL OR (resolution IS NOT NULL) = $3)
AND status = 'READ'
AND (created_at, id)
    > (coalesce($4::timestamptz, '-infinity'), coalesce($5::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY created_at, id
LIMIT $6
;

-- notifications.NotificationRepository.newer
SELECT id, item_id, kind, title, message, status, read_at, expiry_date, reminder, snoozed_until, resolution,
resolved_at, created_at
  FROM notifications
 WHERE user_id = $1 AND ($2::text[] IS NULL OR kind = ANY ($2))
   AND ($3::boolean IS NULL OR (resolution IS NOT NULL) = $3)
AND status = 'UNREAD'
AND (created_at, id)
    > (coalesce($4::timestamptz, '-infinity'), coalesce($5::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY created_at, id
LIMIT $6
;

-- notifications.NotificationRepository.older
SELECT id, item_id, kind, title, message, status, read_at, expiry_date, reminder, snoozed_until, resolution,
resolved_at, created_at
  FROM notifications
 WHERE user_id = $1 AND ($2::text[] IS NULL OR kind = ANY ($2))
   AND ($3::boolean IS NULL OR (resolution IS NOT NULL) = $3)
AND (created_at, id)
    < (coalesce($4::timestamptz, 'infinity'), coalesce($5::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY created_at DESC, id DESC
LIMIT $6
;

-- notifications.NotificationRepository.older
SELECT id, item_id, kind, title, message, status, read_at, expiry_date, reminder, snoozed_until, resolution,
resolved_at, created_at
  FROM notifications
 WHERE user_id = $1 AND ($2::text[] IS NULL OR kind = ANY ($2))
   AND ($3::boolean IS NULL OR (resolution IS NOT NULL) = $3)
AND status = 'READ'
AND (created_at, id)
    < (coalesce($4::timestamptz, 'infinity'), coalesce($5::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY created_at DESC, id DESC
LIMIT $6
;

-- notifications.NotificationRepository.older
SELECT id, item_id, kind, title, message, status, read_at, expiry_date, reminder, snoozed_until, resolution,
resolved_at, created_at
  FROM notifications
 WHERE user_id = $1 AND ($2::text[] IS NULL OR kind = ANY ($2))
   AND ($3::boolean IS NULL OR (resolution IS NOT NULL) = $3)
AND status = 'UNREAD'
AND (created_at, id)
    < (coalesce($4::timestamptz, 'infinity'), coalesce($5::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY created_at DESC, id DESC
LIMIT $6
;

-- notifications.PercentReminders.REFRESH
WITH wanted AS (
    SELECT items.id AS item_id, percent,
           items.expiry_date - ((items.expiry_date - items.purchase_date) * percent::bigint / 100)::integer
               AS due_on
      FROM items
      LEFT JOIN reminder_settings ON reminder_settings.user_id = $1
      LEFT JOIN category_reminders AS own
        ON own.user_id = $1 AND own.category_id = items.category_id
     CROSS JOIN LATERAL (
           SELECT DISTINCT unnest(coalesce(own.percents, reminder_settings.percents, '{}')) AS percent) AS each
     WHERE items.user_id = $1 AND ($2::uuid[] IS NULL OR items.id = ANY ($2))
       AND items.purchase_date < items.expiry_date
), outdated AS (
    DELETE FROM percent_reminders
     WHERE user_id = $1 AND ($2::uuid[] IS NULL OR item_id = ANY ($2))
       AND NOT EXISTS (
           SELECT FROM wanted
            WHERE wanted.item_id = percent_reminders.item_id AND wanted.percent = percent_reminders.percent)
)
INSERT INTO percent_reminders (user_id, item_id, percent, due_on)
SELECT $1, item_id, percent, due_on
  FROM wanted
    ON CONFLICT (user_id, item_id, percent) DO UPDATE SET due_on = excluded.due_on
 WHERE percent_reminders.due_on <> excluded.due_on
;

-- notifications.ReminderRepository.FIND
SELECT days, percents, quiet_from, quiet_to, digest
  FROM reminder_settings
 WHERE user_id = $1
;

-- notifications.ReminderRepository.OF_CATEGORIES
SELECT category_id, days, percents
  FROM category_reminders
 WHERE user_id = $1 AND category_id = ANY ($2)
;

-- notifications.ReminderRepository.OF_USERS
SELECT wanted.id, days, percents, quiet_from, quiet_to, digest
  FROM unnest($1::uuid[]) AS wanted (id)
  LEFT JOIN reminder_settings ON user_id = wanted.id
;

-- notifications.ReminderRepository.REMOVE_OF_CATEGORY
DELETE FROM category_reminders
 WHERE user_id = $1 AND category_id = $2
;

-- notifications.ReminderRepository.SAVE
INSERT INTO reminder_settings (user_id, days, percents, quiet_from, quiet_to, digest, digested_to)
VALUES ($1, $2, $3, $4, $5, $6, now())
    ON CONFLICT (user_id) DO UPDATE
   SET days = excluded.days, percents = excluded.percents, quiet_from = excluded.quiet_from,
       quiet_to = excluded.quiet_to, digest = excluded.digest,
       digest_due_at = CASE WHEN excluded.digest THEN reminder_settings.digest_due_at END,
       digested_to = CASE WHEN reminder_settings.digest THEN reminder_settings.digested_to ELSE now() END
;

-- notifications.ReminderRepository.SAVE_OF_CATEGORY
INSERT INTO category_reminders (user_id, category_id, days, percents)
VALUES ($1, $2, $3, $4)
    ON CONFLICT (user_id, category_id) DO UPDATE
   SET days = excluded.days, percents = excluded.percents
;

-- privacy.Export.ALL
WITH whole (section, content) AS (
    SELECT 'users', to_json(t) FROM users AS t WHERE id = $1
    UNION ALL
    (SELECT 'sessions', to_json(t) FROM sessions AS t WHERE user_id = $1 ORDER BY id)
    UNION ALL
    (SELECT 'refreshTokens', to_json(t) FROM refresh_tokens AS t WHERE user_id = $1 ORDER BY hash)
    UNION ALL
    (SELECT 'credentialGuards', to_json(t) FROM credential_guards AS t WHERE subject_id = $1 ORDER BY kind)
    UNION ALL
    (SELECT 'loginAttempts', to_json(t) FROM login_attempts AS t WHERE subject_id = $1 ORDER BY id)
    UNION ALL
    (SELECT 'knownDevices', to_json(t) FROM known_devices AS t WHERE user_id = $1 ORDER BY hash)
    UNION ALL
    (SELECT 'oneTimeTokens', to_json(t) FROM one_time_tokens AS t WHERE user_id = $1 ORDER BY hash)
    UNION ALL
    (SELECT 'recoveryCodes', to_json(t) FROM recovery_codes AS t WHERE user_id = $1 ORDER BY hash)
    UNION ALL
    (SELECT 'apiTokens', to_json(t) FROM api_tokens AS t WHERE user_id = $1 ORDER BY id)
    UNION ALL
    SELECT 'feeds', to_json(t) FROM feeds AS t WHERE user_id = $1
    UNION ALL
    (SELECT 'activities', to_json(t) FROM activities AS t WHERE user_id = $1 ORDER BY seq)
    UNION ALL
    (SELECT 'idempotencyKeys', to_json(t) FROM idempotency_keys AS t WHERE user_id = $1 ORDER BY key)
    UNION ALL
    (SELECT 'categories', to_json(t) FROM categories AS t WHERE user_id = $1 ORDER BY id)
    UNION ALL
    (SELECT 'items', to_json(t) FROM items AS t WHERE user_id = $1 ORDER BY id)
    UNION ALL
    (SELECT 'takeOuts', to_json(t) FROM take_outs AS t WHERE user_id = $1 ORDER BY id)
    UNION ALL
    (SELECT 'notifications', to_json(t) FROM notifications AS t WHERE user_id = $1 ORDER BY id)
    UNION ALL
    (SELECT 'acknowledgements', to_json(t) FROM acknowledgements AS t WHERE user_id = $1
      ORDER BY item_id, expiry_date, reminder)
    UNION ALL
    SELECT 'reminderSettings', to_json(t) FROM reminder_settings AS t WHERE user_id = $1
    UNION ALL
    (SELECT 'categoryReminders', to_json(t) FROM category_reminders AS t WHERE user_id = $1
      ORDER BY category_id)
    UNION ALL
    (SELECT 'percentReminders', to_json(t) FROM percent_reminders AS t WHERE user_id = $1
      ORDER BY item_id, percent)
    UNION ALL
    (SELECT 'reports', to_json(t) FROM reports AS t WHERE user_id = $1 ORDER BY date)
    UNION ALL
    SELECT 'stuckTurns', to_json(t) FROM stuck_turns AS t WHERE user_id = $1
    UNION ALL
    (SELECT 'stuckItems', to_json(t) FROM stuck_items AS t WHERE user_id = $1 ORDER BY item_id)
    UNION ALL
    (SELECT 'budgets', to_json(t) FROM budgets AS t WHERE user_id = $1 ORDER BY key)
), shown AS (
    SELECT section, (
               SELECT json_object_agg(
                          left(key, 1) || substr(replace(initcap(replace(key, '_', ' ')), ' ', ''), 2),
                          CASE WHEN key ~ '(hash|secret)$' AND json_typeof(value) <> 'null'
                               THEN to_json('(kept, not shown)'::text) ELSE value END)
                 FROM json_each(content))::text AS content
      FROM whole
)
SELECT section, content
  FROM shown
;

-- privacy.Export.BOUNDED
WITH whole (section, content) AS (
    SELECT 'users', to_json(t) FROM users AS t WHERE id = $1
    UNION ALL
    (SELECT 'sessions', to_json(t) FROM sessions AS t WHERE user_id = $1 ORDER BY id)
    UNION ALL
    (SELECT 'refreshTokens', to_json(t) FROM refresh_tokens AS t WHERE user_id = $1 ORDER BY hash)
    UNION ALL
    (SELECT 'credentialGuards', to_json(t) FROM credential_guards AS t WHERE subject_id = $1 ORDER BY kind)
    UNION ALL
    (SELECT 'loginAttempts', to_json(t) FROM login_attempts AS t WHERE subject_id = $1 ORDER BY id)
    UNION ALL
    (SELECT 'knownDevices', to_json(t) FROM known_devices AS t WHERE user_id = $1 ORDER BY hash)
    UNION ALL
    (SELECT 'oneTimeTokens', to_json(t) FROM one_time_tokens AS t WHERE user_id = $1 ORDER BY hash)
    UNION ALL
    (SELECT 'recoveryCodes', to_json(t) FROM recovery_codes AS t WHERE user_id = $1 ORDER BY hash)
    UNION ALL
    (SELECT 'apiTokens', to_json(t) FROM api_tokens AS t WHERE user_id = $1 ORDER BY id)
    UNION ALL
    SELECT 'feeds', to_json(t) FROM feeds AS t WHERE user_id = $1
    UNION ALL
    (SELECT 'activities', to_json(t) FROM activities AS t WHERE user_id = $1 ORDER BY seq)
    UNION ALL
    (SELECT 'idempotencyKeys', to_json(t) FROM idempotency_keys AS t WHERE user_id = $1 ORDER BY key)
    UNION ALL
    (SELECT 'categories', to_json(t) FROM categories AS t WHERE user_id = $1 ORDER BY id)
    UNION ALL
    (SELECT 'items', to_json(t) FROM items AS t WHERE user_id = $1 ORDER BY id)
    UNION ALL
    (SELECT 'takeOuts', to_json(t) FROM take_outs AS t WHERE user_id = $1 ORDER BY id)
    UNION ALL
    (SELECT 'notifications', to_json(t) FROM notifications AS t WHERE user_id = $1 ORDER BY id)
    UNION ALL
    (SELECT 'acknowledgements', to_json(t) FROM acknowledgements AS t WHERE user_id = $1
      ORDER BY item_id, expiry_date, reminder)
    UNION ALL
    SELECT 'reminderSettings', to_json(t) FROM reminder_settings AS t WHERE user_id = $1
    UNION ALL
    (SELECT 'categoryReminders', to_json(t) FROM category_reminders AS t WHERE user_id = $1
      ORDER BY category_id)
    UNION ALL
    (SELECT 'percentReminders', to_json(t) FROM percent_reminders AS t WHERE user_id = $1
      ORDER BY item_id, percent)
    UNION ALL
    (SELECT 'reports', to_json(t) FROM reports AS t WHERE user_id = $1 ORDER BY date)
    UNION ALL
    SELECT 'stuckTurns', to_json(t) FROM stuck_turns AS t WHERE user_id = $1
    UNION ALL
    (SELECT 'stuckItems', to_json(t) FROM stuck_items AS t WHERE user_id = $1 ORDER BY item_id)
    UNION ALL
    (SELECT 'budgets', to_json(t) FROM budgets AS t WHERE user_id = $1 ORDER BY key)
), shown AS (
    SELECT section, (
               SELECT json_object_agg(
                          left(key, 1) || substr(replace(initcap(replace(key, '_', ' ')), ' ', ''), 2),
                          CASE WHEN key ~ '(hash|secret)$' AND json_typeof(value) <> 'null'
                               THEN to_json('(kept, not shown)'::text) ELSE value END)
                 FROM json_each(content))::text AS content
      FROM whole
)
SELECT section, content, amount, bytes
  FROM (SELECT section, content, count(*) OVER () AS amount, sum(octet_length(content)) OVER () AS bytes
          FROM (SELECT section, content FROM shown LIMIT $2 + 1) AS enough) AS measured
 WHERE (amount <= $2 AND bytes <= $3) OR section = 'users'
;

-- reports.ReportRepository.AFTER_PLACE
SELECT id, date, total_items, active_items, expiring_items, expired_items, undated_items,
total_value, active_value, expiring_value, expired_value, undated_value, discarded_value,
by_category::text AS by_category, by_location::text AS by_location, aging::text AS aging,
outcomes::text AS outcomes, generated_at
  FROM reports
 WHERE user_id = $1
   AND date >= coalesce($2::date, '-infinity') AND date <= coalesce($3::date, 'infinity')
   AND date > coalesce($4::date, '-infinity')
 ORDER BY date
 LIMIT $5
;

-- reports.ReportRepository.BEFORE_PLACE
SELECT id, date, total_items, active_items, expiring_items, expired_items, undated_items,
total_value, active_value, expiring_value, expired_value, undated_value, discarded_value,
by_category::text AS by_category, by_location::text AS by_location, aging::text AS aging,
outcomes::text AS outcomes, generated_at
  FROM reports
 WHERE user_id = $1
   AND date >= coalesce($2::date, '-infinity') AND date <= coalesce($3::date, 'infinity')
   AND date < coalesce($4::date, 'infinity')
 ORDER BY date DESC
 LIMIT $5
;

-- reports.ReportRepository.COUNT
SELECT count(*)::integer AS count
  FROM reports
 WHERE user_id = $1 AND date >= coalesce($2::date, '-infinity') AND date <= coalesce($3::date, 'infinity')
;

-- reports.ReportRepository.DELETE
DELETE FROM reports
 WHERE user_id = $1 AND id = $2
RETURNING id, date, total_items, active_items, expiring_items, expired_items, undated_items,
total_value, active_value, expiring_value, expired_value, undated_value, discarded_value,
by_category::text AS by_category, by_location::text AS by_location, aging::text AS aging,
outcomes::text AS outcomes, generated_at
;

-- reports.ReportRepository.FIND
SELECT id, date, total_items, active_items, expiring_items, expired_items, undated_items,
total_value, active_value, expiring_value, expired_value, undated_value, discarded_value,
by_category::text AS by_category, by_location::text AS by_location, aging::text AS aging,
outcomes::text AS outcomes, generated_at
  FROM reports
 WHERE user_id = $1 AND id = ANY ($2)
;

-- reports.ReportRepository.FIND_OF_DATE
SELECT id, date, total_items, active_items, expiring_items, expired_items, undated_items,
total_value, active_value, expiring_value, expired_value, undated_value, discarded_value,
by_category::text AS by_category, by_location::text AS by_location, aging::text AS aging,
outcomes::text AS outcomes, generated_at
  FROM reports
 WHERE user_id = $1 AND date = $2
;

-- reports.ReportRepository.LAST_FROM
SELECT id, date, total_items, active_items, expiring_items, expired_items, undated_items,
total_value, active_value, expiring_value, expired_value, undated_value, discarded_value,
by_category::text AS by_category, by_location::text AS by_location, aging::text AS aging,
outcomes::text AS outcomes, generated_at
  FROM reports
 WHERE user_id = $1 AND date >= $2
 ORDER BY date DESC
 LIMIT 1
;

-- reports.ReportRepository.PREVIOUS
SELECT asked.date AS asked_date, report.*
  FROM unnest($2::date[]) AS asked (date)
 CROSS JOIN LATERAL (
       SELECT id, date, total_items, active_items, expiring_items, expired_items, undated_items,
total_value, active_value, expiring_value, expired_value, undated_value, discarded_value,
by_category::text AS by_category, by_location::text AS by_location, aging::text AS aging,
outcomes::text AS outcomes, generated_at
         FROM reports
        WHERE user_id = $1 AND date < asked.date
        ORDER BY date DESC
        LIMIT 1) AS report
;

-- reports.ReportRepository.TREND
WITH intervals AS (
    SELECT users.id AS user_id, users.time_zone,
           greatest(begins::date, $2::date) AS first,
           least((begins + step)::date - 1, $3::date) AS last
      FROM users
     CROSS JOIN make_interval(
           days => CASE $4 WHEN 'DAY' THEN 1 WHEN 'WEEK' THEN 7 ELSE 0 END,
           months => CASE $4 WHEN 'MONTH' THEN 1 ELSE 0 END) AS step
     CROSS JOIN generate_series(date_trunc(lower($4), $2::date::timestamp), $3::date::timestamp, step) AS begins
     WHERE users.id = $1
), spans AS (
    SELECT first AS key, user_id,
           first::timestamp AT TIME ZONE time_zone AS since,
           (last + 1)::timestamp AT TIME ZONE time_zone AS until
      FROM intervals
),
taken AS (
    SELECT spans.key, gone.outcome, gone.unit, gone.count, gone.quantity, gone.value
      FROM spans
     CROSS JOIN LATERAL (
           SELECT outcome, unit, count(*)::integer AS count, sum(quantity) AS quantity, sum(value) AS value
             FROM take_outs
            WHERE user_id = spans.user_id AND created_at >= spans.since AND created_at < spans.until
            GROUP BY outcome, unit) AS gone
), ended AS (
    SELECT key, outcome, sum(count)::integer AS count, sum(value) AS value,
           jsonb_agg(jsonb_build_object('unit', unit, 'quantity', quantity) ORDER BY unit) AS quantities
      FROM taken
     GROUP BY key, outcome
), outcomes AS (
    SELECT key, coalesce(sum(value) FILTER (WHERE outcome = 'DISCARDED'), 0) AS discarded_value,
           jsonb_agg(
               jsonb_build_object(
                   'outcome', outcome, 'count', count, 'value', value, 'quantities', quantities)
               ORDER BY outcome) AS outcomes
      FROM ended
     GROUP BY key
)
SELECT intervals.first, intervals.last, coalesce(outcomes.outcomes, '[]')::text AS left_stock, report.*
  FROM intervals
  LEFT JOIN outcomes ON outcomes.key = intervals.first
  LEFT JOIN LATERAL (
       SELECT id, date, total_items, active_items, expiring_items, expired_items, undated_items,
total_value, active_value, expiring_value, expired_value, undated_value, discarded_value,
by_category::text AS by_category, by_location::text AS by_location, aging::text AS aging,
outcomes::text AS outcomes, generated_at
         FROM reports
        WHERE user_id = $1 AND date >= intervals.first AND date <= intervals.last
        ORDER BY date DESC
        LIMIT 1) AS report ON true
 ORDER BY intervals.first
;

-- reports.ReportWriter.WRITE_OF_DAYS
WITH due (user_id, day) AS (
    SELECT user_id, day
      FROM unnest($1::uuid[], $2::date[]) AS told (user_id, day)
),
held AS (
    SELECT due.user_id, items.category_id, items.location, standing.band,
           CASE grouping(items.category_id, items.location, standing.band)
               WHEN 7 THEN 'WHOLE' WHEN 3 THEN 'CATEGORY' WHEN 5 THEN 'LOCATION' ELSE 'BAND'
           END AS part,
           count(*)::integer AS total_items,
           count(*) FILTER (WHERE standing.status = 'ACTIVE')::integer AS active_items,
           count(*) FILTER (WHERE standing.status = 'EXPIRING_SOON')::integer AS expiring_items,
           count(*) FILTER (WHERE standing.status = 'EXPIRED')::integer AS expired_items,
           count(*) FILTER (WHERE standing.status = 'UNDATED')::integer AS undated_items,
           sum(standing.value) AS total_value,
           coalesce(sum(standing.value) FILTER (WHERE standing.status = 'ACTIVE'), 0) AS active_value,
           coalesce(sum(standing.value) FILTER (WHERE standing.status = 'EXPIRING_SOON'), 0) AS expiring_value,
           coalesce(sum(standing.value) FILTER (WHERE standing.status = 'EXPIRED'), 0) AS expired_value,
           coalesce(sum(standing.value) FILTER (WHERE standing.status = 'UNDATED'), 0) AS undated_value
      FROM due
      JOIN items ON items.user_id = due.user_id AND NOT items.used_up
     CROSS JOIN LATERAL (
           SELECT item_status(items.expiry_date, items.expiring_from, due.day) AS status,
                  CASE WHEN items.expiry_date < due.day THEN 'OVERDUE'
                       WHEN items.expiry_date <= due.day + 7 THEN 'DAYS_0_7'
                       WHEN items.expiry_date <= due.day + 30 THEN 'DAYS_8_30'
                       WHEN items.expiry_date <= due.day + 60 THEN 'DAYS_31_60'
                       WHEN items.expiry_date <= due.day + 90 THEN 'DAYS_61_90'
                       WHEN items.expiry_date IS NOT NULL THEN 'LATER'
                  END AS band,
                  items.quantity * coalesce(items.cost_price, 0) AS value) AS standing
     GROUP BY GROUPING SETS (
           (due.user_id), (due.user_id, items.category_id), (due.user_id, items.location),
           (due.user_id, standing.band))
), totals AS (
    SELECT ranked.*
      FROM (SELECT held.*,
                   row_number() OVER (PARTITION BY user_id, part ORDER BY total_items DESC, location) AS rank
              FROM held) AS ranked
     WHERE (ranked.part <> 'LOCATION' OR ranked.rank <= 100)
       AND (ranked.part <> 'BAND' OR ranked.band IS NOT NULL)
)
, categorized AS (
    SELECT totals.user_id,
           json_agg(
               json_build_object(
                   'categoryId', totals.category_id, 'name', categories.name,
                   'totalItems', totals.total_items, 'activeItems', totals.active_items,
                   'expiringItems', totals.expiring_items, 'expiredItems', totals.expired_items,
                   'undatedItems', totals.undated_items,
                   'totalValue', totals.total_value, 'activeValue', totals.active_value,
                   'expiringValue', totals.expiring_value, 'expiredValue', totals.expired_value,
                   'undatedValue', totals.undated_value)
               ORDER BY fold(categories.name) COLLATE "C" NULLS LAST)::jsonb AS by_category
      FROM totals
      LEFT JOIN categories ON categories.user_id = totals.user_id AND categories.id = totals.category_id
     WHERE totals.part = 'CATEGORY'
     GROUP BY totals.user_id
), located AS (
    SELECT user_id,
           json_agg(
               json_build_object(
                   'location', location,
                   'totalItems', total_items, 'activeItems', active_items,
                   'expiringItems', expiring_items, 'expiredItems', expired_items,
                   'undatedItems', undated_items,
                   'totalValue', total_value, 'activeValue', active_value,
                   'expiringValue', expiring_value, 'expiredValue', expired_value,
                   'undatedValue', undated_value)
               ORDER BY fold(location) COLLATE "C" NULLS LAST, location)::jsonb AS by_location
      FROM totals
     WHERE part = 'LOCATION'
     GROUP BY user_id
), aged AS (
    SELECT user_id,
           jsonb_agg(
               jsonb_build_object('band', band, 'count', total_items, 'value', total_value)
               ORDER BY band) AS aging
      FROM totals
     WHERE part = 'BAND'
     GROUP BY user_id
), spans AS (
    SELECT due.user_id AS key, due.user_id,
           coalesce(previous.generated_at, '-infinity') AS since, statement_timestamp() AS until
      FROM due
      LEFT JOIN LATERAL (
           SELECT generated_at
             FROM reports
            WHERE user_id = due.user_id AND date < due.day
            ORDER BY date DESC
            LIMIT 1) AS previous ON true
),
taken AS (
    SELECT spans.key, gone.outcome, gone.unit, gone.count, gone.quantity, gone.value
      FROM spans
     CROSS JOIN LATERAL (
           SELECT outcome, unit, count(*)::integer AS count, sum(quantity) AS quantity, sum(value) AS value
             FROM take_outs
            WHERE user_id = spans.user_id AND created_at >= spans.since AND created_at < spans.until
            GROUP BY outcome, unit) AS gone
), ended AS (
    SELECT key, outcome, sum(count)::integer AS count, sum(value) AS value,
           jsonb_agg(jsonb_build_object('unit', unit, 'quantity', quantity) ORDER BY unit) AS quantities
      FROM taken
     GROUP BY key, outcome
), outcomes AS (
    SELECT key, coalesce(sum(value) FILTER (WHERE outcome = 'DISCARDED'), 0) AS discarded_value,
           jsonb_agg(
               jsonb_build_object(
                   'outcome', outcome, 'count', count, 'value', value, 'quantities', quantities)
               ORDER BY outcome) AS outcomes
      FROM ended
     GROUP BY key
)
, written AS (
    INSERT INTO reports (
           user_id, id, date, total_items, active_items, expiring_items, expired_items, undated_items,
           total_value, active_value, expiring_value, expired_value, undated_value, discarded_value,
           by_category, by_location, aging, outcomes, generated_at)
    SELECT due.user_id, new_id(), due.day,
           coalesce(totals.total_items, 0), coalesce(totals.active_items, 0),
           coalesce(totals.expiring_items, 0), coalesce(totals.expired_items, 0),
           coalesce(totals.undated_items, 0),
           coalesce(totals.total_value, 0), coalesce(totals.active_value, 0),
           coalesce(totals.expiring_value, 0), coalesce(totals.expired_value, 0),
           coalesce(totals.undated_value, 0), coalesce(outcomes.discarded_value, 0),
           coalesce(categorized.by_category, '[]'), coalesce(located.by_location, '[]'),
           coalesce(aged.aging, '[]'), coalesce(outcomes.outcomes, '[]'),
           -- Later than the lock on the user's log, and the end of the span: what is taken out from now on
           -- is of the next report.
           statement_timestamp()
      FROM due
      LEFT JOIN totals ON totals.user_id = due.user_id AND totals.part = 'WHOLE'
      LEFT JOIN categorized ON categorized.user_id = due.user_id
      LEFT JOIN located ON located.user_id = due.user_id
      LEFT JOIN aged ON aged.user_id = due.user_id
      LEFT JOIN outcomes ON outcomes.key = due.user_id
        ON CONFLICT ON CONSTRAINT reports_user_id_date_key DO UPDATE
       SET total_items = excluded.total_items, active_items = excluded.active_items,
           expiring_items = excluded.expiring_items, expired_items = excluded.expired_items,
           undated_items = excluded.undated_items,
           total_value = excluded.total_value, active_value = excluded.active_value,
           expiring_value = excluded.expiring_value, expired_value = excluded.expired_value,
           undated_value = excluded.undated_value, discarded_value = excluded.discarded_value,
           by_category = excluded.by_category, by_location = excluded.by_location, aging = excluded.aging,
           outcomes = excluded.outcomes, generated_at = excluded.generated_at
 RETURNING user_id, id, date, total_items, active_items, expiring_items, expired_items, undated_items,
           total_value, active_value, expiring_value, expired_value, undated_value, discarded_value,
           by_category, by_location, aging, outcomes, generated_at
)
, events AS (
    SELECT report.user_id, 'REPORT_GENERATED' AS kind, report.id AS subject_id, former.state AS before,
jsonb_build_object(
    'id', report.id, 'date', report.date,
    'totalItems', report.total_items, 'activeItems', report.active_items,
    'expiringItems', report.expiring_items, 'expiredItems', report.expired_items,
    'undatedItems', report.undated_items,
    'totalValue', report.total_value, 'activeValue', report.active_value,
    'expiringValue', report.expiring_value, 'expiredValue', report.expired_value,
    'undatedValue', report.undated_value, 'discardedValue', report.discarded_value,
    'byCategory', report.by_category, 'byLocation', report.by_location, 'aging', report.aging,
    'outcomes', report.outcomes,
    'generatedAt', to_char(report.generated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
        AS after, 1 AS place
      FROM due
      JOIN written AS report ON report.user_id = due.user_id
      LEFT JOIN LATERAL (
           SELECT
jsonb_build_object(
    'id', report.id, 'date', report.date,
    'totalItems', report.total_items, 'activeItems', report.active_items,
    'expiringItems', report.expiring_items, 'expiredItems', report.expired_items,
    'undatedItems', report.undated_items,
    'totalValue', report.total_value, 'activeValue', report.active_value,
    'expiringValue', report.expiring_value, 'expiredValue', report.expired_value,
    'undatedValue', report.undated_value, 'discardedValue', report.discarded_value,
    'byCategory', report.by_category, 'byLocation', report.by_location, 'aging', report.aging,
    'outcomes', report.outcomes,
    'generatedAt', to_char(report.generated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
               AS state
             FROM reports AS report
            WHERE report.user_id = due.user_id AND report.date = due.day) AS former ON true
)
, counted AS (
    SELECT user_id, count(*) AS events
      FROM events
     GROUP BY user_id
), places AS (
    UPDATE feeds
       SET last_seq = last_seq + counted.events
      FROM counted
     WHERE feeds.user_id = counted.user_id
 RETURNING feeds.user_id, feeds.last_seq - counted.events AS base
)
INSERT INTO activities (user_id, seq, kind, subject_id, actor, before, after)
SELECT events.user_id, places.base + events.place, events.kind, events.subject_id, 'SYSTEM',
       events.before, events.after
  FROM events
  JOIN places ON places.user_id = events.user_id
;

-- reports.ReportWriter.WRITE_OF_USER
WITH due (user_id, day) AS (
    VALUES ($1::uuid, $2::date)
),
held AS (
    SELECT due.user_id, items.category_id, items.location, standing.band,
           CASE grouping(items.category_id, items.location, standing.band)
               WHEN 7 THEN 'WHOLE' WHEN 3 THEN 'CATEGORY' WHEN 5 THEN 'LOCATION' ELSE 'BAND'
           END AS part,
           count(*)::integer AS total_items,
           count(*) FILTER (WHERE standing.status = 'ACTIVE')::integer AS active_items,
           count(*) FILTER (WHERE standing.status = 'EXPIRING_SOON')::integer AS expiring_items,
           count(*) FILTER (WHERE standing.status = 'EXPIRED')::integer AS expired_items,
           count(*) FILTER (WHERE standing.status = 'UNDATED')::integer AS undated_items,
           sum(standing.value) AS total_value,
           coalesce(sum(standing.value) FILTER (WHERE standing.status = 'ACTIVE'), 0) AS active_value,
           coalesce(sum(standing.value) FILTER (WHERE standing.status = 'EXPIRING_SOON'), 0) AS expiring_value,
           coalesce(sum(standing.value) FILTER (WHERE standing.status = 'EXPIRED'), 0) AS expired_value,
           coalesce(sum(standing.value) FILTER (WHERE standing.status = 'UNDATED'), 0) AS undated_value
      FROM due
      JOIN items ON items.user_id = due.user_id AND NOT items.used_up
     CROSS JOIN LATERAL (
           SELECT item_status(items.expiry_date, items.expiring_from, due.day) AS status,
                  CASE WHEN items.expiry_date < due.day THEN 'OVERDUE'
                       WHEN items.expiry_date <= due.day + 7 THEN 'DAYS_0_7'
                       WHEN items.expiry_date <= due.day + 30 THEN 'DAYS_8_30'
                       WHEN items.expiry_date <= due.day + 60 THEN 'DAYS_31_60'
                       WHEN items.expiry_date <= due.day + 90 THEN 'DAYS_61_90'
                       WHEN items.expiry_date IS NOT NULL THEN 'LATER'
                  END AS band,
                  items.quantity * coalesce(items.cost_price, 0) AS value) AS standing
     GROUP BY GROUPING SETS (
           (due.user_id), (due.user_id, items.category_id), (due.user_id, items.location),
           (due.user_id, standing.band))
), totals AS (
    SELECT ranked.*
      FROM (SELECT held.*,
                   row_number() OVER (PARTITION BY user_id, part ORDER BY total_items DESC, location) AS rank
              FROM held) AS ranked
     WHERE (ranked.part <> 'LOCATION' OR ranked.rank <= 100)
       AND (ranked.part <> 'BAND' OR ranked.band IS NOT NULL)
)
, categorized AS (
    SELECT totals.user_id,
           json_agg(
               json_build_object(
                   'categoryId', totals.category_id, 'name', categories.name,
                   'totalItems', totals.total_items, 'activeItems', totals.active_items,
                   'expiringItems', totals.expiring_items, 'expiredItems', totals.expired_items,
                   'undatedItems', totals.undated_items,
                   'totalValue', totals.total_value, 'activeValue', totals.active_value,
                   'expiringValue', totals.expiring_value, 'expiredValue', totals.expired_value,
                   'undatedValue', totals.undated_value)
               ORDER BY fold(categories.name) COLLATE "C" NULLS LAST)::jsonb AS by_category
      FROM totals
      LEFT JOIN categories ON categories.user_id = totals.user_id AND categories.id = totals.category_id
     WHERE totals.part = 'CATEGORY'
     GROUP BY totals.user_id
), located AS (
    SELECT user_id,
           json_agg(
               json_build_object(
                   'location', location,
                   'totalItems', total_items, 'activeItems', active_items,
                   'expiringItems', expiring_items, 'expiredItems', expired_items,
                   'undatedItems', undated_items,
                   'totalValue', total_value, 'activeValue', active_value,
                   'expiringValue', expiring_value, 'expiredValue', expired_value,
                   'undatedValue', undated_value)
               ORDER BY fold(location) COLLATE "C" NULLS LAST, location)::jsonb AS by_location
      FROM totals
     WHERE part = 'LOCATION'
     GROUP BY user_id
), aged AS (
    SELECT user_id,
           jsonb_agg(
               jsonb_build_object('band', band, 'count', total_items, 'value', total_value)
               ORDER BY band) AS aging
      FROM totals
     WHERE part = 'BAND'
     GROUP BY user_id
), spans AS (
    SELECT due.user_id AS key, due.user_id,
           coalesce(previous.generated_at, '-infinity') AS since, statement_timestamp() AS until
      FROM due
      LEFT JOIN LATERAL (
           SELECT generated_at
             FROM reports
            WHERE user_id = due.user_id AND date < due.day
            ORDER BY date DESC
            LIMIT 1) AS previous ON true
),
taken AS (
    SELECT spans.key, gone.outcome, gone.unit, gone.count, gone.quantity, gone.value
      FROM spans
     CROSS JOIN LATERAL (
           SELECT outcome, unit, count(*)::integer AS count, sum(quantity) AS quantity, sum(value) AS value
             FROM take_outs
            WHERE user_id = spans.user_id AND created_at >= spans.since AND created_at < spans.until
            GROUP BY outcome, unit) AS gone
), ended AS (
    SELECT key, outcome, sum(count)::integer AS count, sum(value) AS value,
           jsonb_agg(jsonb_build_object('unit', unit, 'quantity', quantity) ORDER BY unit) AS quantities
      FROM taken
     GROUP BY key, outcome
), outcomes AS (
    SELECT key, coalesce(sum(value) FILTER (WHERE outcome = 'DISCARDED'), 0) AS discarded_value,
           jsonb_agg(
               jsonb_build_object(
                   'outcome', outcome, 'count', count, 'value', value, 'quantities', quantities)
               ORDER BY outcome) AS outcomes
      FROM ended
     GROUP BY key
)
, written AS (
    INSERT INTO reports (
           user_id, id, date, total_items, active_items, expiring_items, expired_items, undated_items,
           total_value, active_value, expiring_value, expired_value, undated_value, discarded_value,
           by_category, by_location, aging, outcomes, generated_at)
    SELECT due.user_id, new_id(), due.day,
           coalesce(totals.total_items, 0), coalesce(totals.active_items, 0),
           coalesce(totals.expiring_items, 0), coalesce(totals.expired_items, 0),
           coalesce(totals.undated_items, 0),
           coalesce(totals.total_value, 0), coalesce(totals.active_value, 0),
           coalesce(totals.expiring_value, 0), coalesce(totals.expired_value, 0),
           coalesce(totals.undated_value, 0), coalesce(outcomes.discarded_value, 0),
           coalesce(categorized.by_category, '[]'), coalesce(located.by_location, '[]'),
           coalesce(aged.aging, '[]'), coalesce(outcomes.outcomes, '[]'),
           -- Later than the lock on the user's log, and the end of the span: what is taken out from now on
           -- is of the next report.
           statement_timestamp()
      FROM due
      LEFT JOIN totals ON totals.user_id = due.user_id AND totals.part = 'WHOLE'
      LEFT JOIN categorized ON categorized.user_id = due.user_id
      LEFT JOIN located ON located.user_id = due.user_id
      LEFT JOIN aged ON aged.user_id = due.user_id
      LEFT JOIN outcomes ON outcomes.key = due.user_id
        ON CONFLICT ON CONSTRAINT reports_user_id_date_key DO UPDATE
       SET total_items = excluded.total_items, active_items = excluded.active_items,
           expiring_items = excluded.expiring_items, expired_items = excluded.expired_items,
           undated_items = excluded.undated_items,
           total_value = excluded.total_value, active_value = excluded.active_value,
           expiring_value = excluded.expiring_value, expired_value = excluded.expired_value,
           undated_value = excluded.undated_value, discarded_value = excluded.discarded_value,
           by_category = excluded.by_category, by_location = excluded.by_location, aging = excluded.aging,
           outcomes = excluded.outcomes, generated_at = excluded.generated_at
 RETURNING user_id, id, date, total_items, active_items, expiring_items, expired_items, undated_items,
           total_value, active_value, expiring_value, expired_value, undated_value, discarded_value,
           by_category, by_location, aging, outcomes, generated_at
)
SELECT id, date, total_items, active_items, expiring_items, expired_items, undated_items,
total_value, active_value, expiring_value, expired_value, undated_value, discarded_value,
by_category::text AS by_category, by_location::text AS by_location, aging::text AS aging,
outcomes::text AS outcomes, generated_at
FROM written
;

-- tokens.ApiTokenRepository.COUNT
SELECT count(*)::integer AS tokens
  FROM api_tokens
 WHERE user_id = $1
;

-- tokens.ApiTokenRepository.FIND
SELECT id, name, scopes, created_at, expires_at, last_used_at, revoked_at
  FROM api_tokens
 WHERE user_id = $1 AND id = ANY ($2)
;

-- tokens.ApiTokenRepository.FIND_LIVE
SELECT api_tokens.scopes, users.time_zone,
       coalesce(api_tokens.last_used_at < now() - interval '1 minute', true) AS unnoted
  FROM api_tokens
  JOIN users ON users.id = api_tokens.user_id
 WHERE api_tokens.user_id = $1 AND api_tokens.id = $2 AND api_tokens.hash = $3
   AND api_tokens.revoked_at IS NULL AND coalesce(api_tokens.expires_at > now(), true)
   AND users.active AND coalesce(users.locked_until <= now(), true)
;

-- tokens.ApiTokenRepository.FIRST
SELECT id, name, scopes, created_at, expires_at, last_used_at, revoked_at
  FROM api_tokens
 WHERE user_id = $1 AND ($2::uuid IS NULL OR id < $2)
 ORDER BY id DESC
 LIMIT $3
;

-- tokens.ApiTokenRepository.INSERT
WITH outdated AS (
    DELETE FROM api_tokens
     WHERE user_id = $1 AND least(revoked_at, expires_at) < now() - interval '30 days'
)
INSERT INTO api_tokens (user_id, id, name, hash, scopes, expires_at)
SELECT $1, $2, $3, $4, $5, $6
 WHERE $7 > (
       SELECT count(*)
         FROM api_tokens
        WHERE user_id = $1 AND revoked_at IS NULL AND coalesce(expires_at > now(), true))
RETURNING id, name, scopes, created_at, expires_at, last_used_at, revoked_at
;

-- tokens.ApiTokenRepository.LAST
SELECT id, name, scopes, created_at, expires_at, last_used_at, revoked_at
  FROM api_tokens
 WHERE user_id = $1 AND ($2::uuid IS NULL OR id > $2)
 ORDER BY id
 LIMIT $3
;

-- tokens.ApiTokenRepository.REVOKE
UPDATE api_tokens
   SET revoked_at = now()
 WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL
RETURNING id, name, scopes, created_at, expires_at, last_used_at, revoked_at
;

-- tokens.ApiTokenRepository.REVOKE_ALL
UPDATE api_tokens
   SET revoked_at = now()
 WHERE user_id = $1 AND revoked_at IS NULL AND coalesce(expires_at > now(), true)
RETURNING id, name, scopes, created_at, expires_at, last_used_at, revoked_at
;

-- tokens.ApiTokenRepository.USED
UPDATE api_tokens
   SET last_used_at = now()
  FROM unnest($1::uuid[], $2::uuid[]) AS used (user_id, id)
 WHERE api_tokens.user_id = used.user_id AND api_tokens.id = used.id
   AND coalesce(api_tokens.last_used_at < now() - interval '1 minute', true)
;
