// The peer of P4: usage: node live.js BROKER_PORT PORT; where PostgreSQL is, PGHOST and its like say. Readings as in ingest.js, and once they are committed
// each goes to whoever reads /sub?locationId=…
'use strict'

const Fastify = require('fastify')
const mqtt = require('mqtt')
const { Pool } = require('pg')

const [brokerPort, port] = process.argv.slice(2).map(Number)
const MAX_ROWS = 1000
const MAX_DELAY_MS = 100
const INSERT = {
  name: 'insert',
  text: `insert into readings (space_id, at, temp_c, humidity_pct, co2_ppm, occupancy, power_w)
    select * from unnest($1::uuid[], $2::timestamptz[], $3::float8[], $4::float8[], $5::float8[], $6::float8[], $7::float8[])`
}

const pool = new Pool({ max: 4 })
const readers = new Map()
let rows = []
let timer = null

async function flush () {
  clearTimeout(timer)
  timer = null
  const batch = rows
  rows = []
  const column = (name) => batch.map((row) => row.reading[name])
  await pool.query({ ...INSERT, values: [batch.map((row) => row.spaceId), column('ts'), column('temp_c'), column('humidity_pct'), column('co2_ppm'), column('occupancy'), column('power_w')] })
  for (const { locationId, spaceId, reading } of batch) {
    const listening = readers.get(locationId)
    if (listening === undefined) continue
    const frame = `event: telemetry\ndata: ${JSON.stringify({ spaceId, payload: reading, ts: reading.ts })}\n\n`
    for (const reader of listening) reader.write(frame)
  }
}

function failed (error) {
  console.error(error)
  process.exit(1)
}

const app = Fastify({ logger: false })
app.get('/sub', (request, reply) => {
  const { locationId } = request.query
  reply.hijack()
  reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  reply.raw.write(': connected\n\n')
  if (!readers.has(locationId)) readers.set(locationId, new Set())
  readers.get(locationId).add(reply.raw)
  request.raw.on('close', () => readers.get(locationId).delete(reply.raw))
})

const client = mqtt.connect({ host: '127.0.0.1', port: brokerPort, protocolVersion: 5, clientId: 'node-peer', properties: { receiveMaximum: 65535 } })
client.on('error', failed)
client.on('connect', () => client.subscribe('sites/+/offices/+/telemetry', { qos: 1 }, (error) => (error
  ? failed(error)
  : app.listen({ port, host: '127.0.0.1' }).catch(failed))))
client.on('message', (topic, payload) => {
  const [, locationId, , spaceId] = topic.split('/')
  rows.push({ locationId, spaceId, reading: JSON.parse(payload) })
  if (rows.length >= MAX_ROWS) {
    flush().catch(failed)
  } else if (timer === null) {
    timer = setTimeout(() => flush().catch(failed), MAX_DELAY_MS)
  }
})
