// Who asks, by a bearer token: its signature, then its session in the database, remembered for half a second, as the
// product does it. And one process for each processor, which the product's event loops are.
import cluster from 'node:cluster'
import { createHmac, timingSafeEqual } from 'node:crypto'
import { availableParallelism } from 'node:os'
import pg from 'pg'

const key = Buffer.from(process.env.EXPIRY_JWT_KEY, 'base64')
const MEMORY_MILLIS = 500
const CONNECTIONS = 10

export const port = Number(process.env.EXPIRY_PORT)
export const host = '127.0.0.1'

// Dates and numbers stay as PostgreSQL writes them.
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text)
export const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: CONNECTIONS })

const LIVE = `
  SELECT sessions.user_id, (now() AT TIME ZONE inventories.time_zone)::date AS today
    FROM sessions
    JOIN users ON users.id = sessions.user_id
    JOIN inventories ON inventories.id = sessions.user_id
   WHERE sessions.user_id = $1 AND sessions.id = $2 AND sessions.revoked_at IS NULL AND sessions.expires_at > now()
     AND users.active AND (users.locked_until IS NULL OR users.locked_until <= now())`

const remembered = new Map()

/** The user and their today; fails for a token that is none. */
export async function caller(authorization) {
  const [head, claims, signature] = (authorization ?? '').replace(/^Bearer /, '').split('.')
  const expected = createHmac('sha256', key).update(`${head}.${claims}`).digest()
  const given = Buffer.from(signature ?? '', 'base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new Error('The token is not signed by this server.')
  }
  const { sub, sid, exp } = JSON.parse(Buffer.from(claims, 'base64url'))
  if (exp * 1000 <= Date.now()) {
    throw new Error('The token has expired.')
  }
  const known = remembered.get(sid)
  if (known && known.until > Date.now()) {
    return known.live
  }
  const live = pool.query({ name: 'live', text: LIVE, values: [sub, sid] }).then(({ rows }) => {
    if (rows.length === 0) {
      throw new Error('The session has ended.')
    }
    return rows[0]
  })
  remembered.set(sid, { live, until: Date.now() + MEMORY_MILLIS })
  return live
}

/** Runs a server in as many processes as there are processors. */
export async function serve(start) {
  if (cluster.isPrimary) {
    for (let worker = 0; worker < availableParallelism(); worker++) {
      cluster.fork()
    }
    process.on('SIGTERM', () => process.exit(0))
  } else {
    await start()
  }
}
