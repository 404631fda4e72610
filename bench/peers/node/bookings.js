// The peer of P12: bookings under the same rules in Node.js. usage: bookings.js PORT AMQP_URL; where PostgreSQL is, PGHOST and its like say.
'use strict'

const crypto = require('node:crypto')
const Fastify = require('fastify')
const { Pool } = require('pg')
const relay = require('./relay')

const [port, bus] = process.argv.slice(2)
const ROUTE = '/api/v1/bookings'
const MAX_TRIES = 50
const DAY = 86400e3
const BLOCKING = "status in ('held', 'pending', 'confirmed', 'in_progress', 'completed')"
const COUNTED = "status in ('held', 'pending', 'confirmed', 'in_progress', 'completed', 'no_show')"
const RIVALRY = new Set(['40001', '40P01', '23P01', '23505'])

// A sequential scan locks the whole table against everyone at SERIALIZABLE, and these tables begin empty.
const pool = new Pool({ max: 16, options: '-c search_path=reservations,public -c enable_seqscan=off' })
pool.on('error', (error) => console.error(error.message))

// All that the rules ask, in one round trip.
const FIND = `
  select s.name, s.location_id, s.capacity, s.bookable, s.active, l.timezone, h.open_time, h.close_time, h.work_days, lp.members as of_location, sp.members as of_space,
    x.blocked_from, x.blocked_until, x.week_start::text, x.start_day::text, k.request_hash, k.status as kept_status, k.location as kept_location, k.etag as kept_etag, k.body as kept_body,
    exists (select from bookings b where b.space_id = s.id and b.unit_no = 1 and tstzrange(b.blocked_from, b.blocked_until, '[)') && tstzrange(x.blocked_from, x.blocked_until, '[)') and b.${BLOCKING}) as taken,
    (select count(*) from bookings b where b.client_email_key = $4 and b.week_start = x.week_start and b.${COUNTED})::int as in_week
  from spaces s
  join locations l on l.id = s.location_id
  left join office_hours h on h.space_id = s.id
  left join location_policies lp on lp.location_id = s.location_id
  left join space_policies sp on sp.space_id = s.id
  cross join lateral (select $2::timestamptz - make_interval(mins => s.buffer_before_minutes) as blocked_from, $3::timestamptz + make_interval(mins => s.buffer_after_minutes) as blocked_until,
    date_trunc('week', $2::timestamptz at time zone l.timezone)::date as week_start, ($2::timestamptz at time zone l.timezone)::date as start_day) x
  left join idempotency_keys k on k.caller = $5 and k.route = $6 and k.key = $7 and k.created_at > now() - interval '24 hours'
  where s.id = $1 and s.removed_at is null`

const PLACE = `
  with booking as (
    insert into bookings (id, space_id, location_id, client_email, client_email_key, client_name, company, phone, inquiry, attendees, booking_date, start_time, end_time,
      blocked_from, blocked_until, week_start, status, next_reminder_at, stands_since, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 'confirmed', $17, $18, $18, $18)),
  notice as (insert into notices (key, kind, location_id, payload, created_at) values ($19, 'booking_placed', $3, $20, $18)),
  outbox as (insert into outbox_messages (message_id, type, body, occurred_at) values ($21, 'BookingPlaced', $22, $18))
  insert into idempotency_keys (caller, route, key, request_hash, status, content_type, location, etag, body, created_at)
  values ($23, $24, $25, $26, 201, 'application/json; charset=utf-8', $27, $28, $29, $18)`

const refusal = (status, code) => ({ status, body: JSON.stringify({ code }) })
const policyOf = (row) => ({ weeklyLimit: 3, ...row.of_location, ...row.of_space })
const minutes = (milliseconds) => milliseconds / 60e3

function violation (row, wish, policy) {
  const length = wish.end - wish.start
  if (length <= 0) return refusal(400, 'booking.end_before_start')
  if (row.start_day < wish.day) return refusal(400, 'booking.before_booking_date')
  if (wish.start < wish.now) return refusal(400, 'booking.in_past')
  if (length > 14 * DAY) return refusal(400, 'booking.too_long')
  if (wish.attendees > row.capacity) return refusal(409, 'booking.too_many_attendees')
  if (!row.active) return refusal(409, 'booking.space_inactive')
  if (!row.bookable) return refusal(409, 'booking.space_not_bookable')
  if (policy.minMinutes && minutes(length) < policy.minMinutes) return refusal(409, 'policy.min_minutes')
  if (policy.maxMinutes && minutes(length) > policy.maxMinutes) return refusal(409, 'policy.max_minutes')
  if (policy.leadMinutes && minutes(wish.start - wish.now) < policy.leadMinutes) return refusal(409, 'policy.lead_time')
  if (policy.horizonDays && wish.start - wish.now > policy.horizonDays * DAY) return refusal(409, 'policy.horizon')
  if (row.taken) return refusal(409, 'booking.slot_taken')
  if (policy.weeklyLimit && row.in_week >= policy.weeklyLimit) return refusal(409, 'booking.weekly_limit')
  return null
}

function rowsOf (row, wish) {
  const id = crypto.randomUUID()
  const messageId = crypto.randomUUID()
  const at = wish.now.toISOString()
  const [start, end] = [wish.start.toISOString(), wish.end.toISOString()]
  const facts = { id, spaceId: wish.spaceId, locationId: row.location_id, start, end, blockedFrom: row.blocked_from, blockedUntil: row.blocked_until, status: 'confirmed' }
  const booking = {
    id, spaceId: wish.spaceId, locationId: row.location_id, clientEmail: wish.email, clientName: wish.clientName, company: wish.company, phone: wish.phone, inquiry: wish.inquiry,
    attendees: wish.attendees, bookingDate: `${wish.day}T00:00:00.000Z`, startTime: start, endTime: end, status: 'confirmed', source: 'api', version: 1, createdAt: at, updatedAt: at,
    space: { id: wish.spaceId, name: row.name }
  }
  const reminder = [DAY, DAY / 24].map((before) => wish.start - before).find((time) => time >= wish.now)
  const answer = { status: 201, location: `${ROUTE}/${id}`, etag: '"1"', body: JSON.stringify(booking) }
  return {
    answer,
    values: [
      id, wish.spaceId, row.location_id, wish.email, wish.emailKey, wish.clientName, wish.company, wish.phone, wish.inquiry, wish.attendees, wish.day, start, end,
      row.blocked_from, row.blocked_until, row.week_start, reminder === undefined ? null : new Date(reminder), at,
      `booking/${id}/1`, answer.body, messageId, JSON.stringify({ messageId, occurredAt: at, version: 1, booking: facts }),
      wish.caller, ROUTE, wish.key, wish.hash, answer.location, answer.etag, Buffer.from(answer.body)
    ]
  }
}

async function decide (client, wish) {
  await client.query('begin isolation level serializable')
  const { rows: [row] } = await client.query({ name: 'find', text: FIND, values: [wish.spaceId, wish.start, wish.end, wish.emailKey, wish.caller, ROUTE, wish.key] })
  let answer
  if (row === undefined) {
    answer = refusal(404, 'space.not_found')
  } else if (row.request_hash !== null) {
    answer = row.request_hash.equals(wish.hash)
      ? { status: row.kept_status, location: row.kept_location, etag: row.kept_etag, body: row.kept_body.toString() }
      : refusal(422, 'idempotency.key_reused')
  } else {
    answer = violation(row, wish, policyOf(row))
  }
  if (answer !== null) {
    await client.query('rollback')
    return answer
  }
  const made = rowsOf(row, wish)
  await client.query({ name: 'place', text: PLACE, values: made.values })
  await client.query('commit')
  return made.answer
}

async function place (wish) {
  const client = await pool.connect()
  try {
    for (let tries = 1; ; tries++) {
      try {
        return await decide(client, wish)
      } catch (error) {
        await client.query('rollback')
        if (!RIVALRY.has(error.code) || tries === MAX_TRIES) throw error
        retries++
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 5 * Math.min(tries, 10)))
      }
    }
  } finally {
    client.release()
  }
}

let retries = 0
const text = { type: 'string', maxLength: 2000 }
const schema = {
  body: {
    type: 'object',
    required: ['spaceId', 'clientEmail', 'bookingDate', 'startTime', 'endTime'],
    properties: {
      spaceId: { type: 'string', format: 'uuid' }, clientEmail: { type: 'string', format: 'email', maxLength: 254 }, bookingDate: { type: 'string', format: 'date-time' },
      startTime: { type: 'string', format: 'date-time' }, endTime: { type: 'string', format: 'date-time' },
      clientName: text, company: text, phone: text, inquiry: text, attendees: { type: 'integer', minimum: 1 }
    }
  },
  headers: { type: 'object', required: ['idempotency-key'], properties: { 'idempotency-key': { type: 'string', minLength: 1, maxLength: 255 } } }
}

async function start () {
  await relay.start(new Pool({ max: 1, options: '-c search_path=reservations,public' }), bus)
  const app = Fastify({ logger: false, keepAliveTimeout: 600000 })
  app.post(ROUTE, { schema }, async (request, reply) => {
    const { body } = request
    const answer = await place({
      spaceId: body.spaceId, email: body.clientEmail, emailKey: body.clientEmail.toLowerCase(), day: body.bookingDate.slice(0, 10), start: new Date(body.startTime), end: new Date(body.endTime),
      clientName: body.clientName, company: body.company, phone: body.phone, inquiry: body.inquiry, attendees: body.attendees, now: new Date(),
      caller: 'key bench', key: request.headers['idempotency-key'], hash: crypto.createHash('sha256').update(JSON.stringify(body)).digest()
    })
    reply.code(answer.status).type('application/json; charset=utf-8')
    if (answer.location) reply.header('location', answer.location).header('etag', answer.etag)
    return answer.body
  })
  app.get('/retries', async () => ({ retries }))
  await app.listen({ port: Number(port), host: '127.0.0.1' })
  console.log('ready')
}

start().catch((error) => {
  console.error(error)
  process.exit(1)
})
