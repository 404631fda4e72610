// Says outbox rows on RabbitMQ, in windows, and deletes them once they are confirmed.
'use strict'

const amqp = require('amqplib')

const WINDOW = 1000
const POLL_MS = 50
const EXCHANGE = 'bench.bookings'

async function start (pool, address) {
  const connection = await amqp.connect(address)
  const channel = await connection.createConfirmChannel()
  await channel.assertExchange(EXCHANGE, 'fanout', { durable: true })
  await channel.assertQueue(EXCHANGE, { durable: true, arguments: { 'x-queue-type': 'quorum' } })
  await channel.bindQueue(EXCHANGE, EXCHANGE, '')

  async function dispatch () {
    const { rows } = await pool.query({ name: 'waiting', text: `select id, message_id, type, body from outbox_messages order by id limit ${WINDOW}` })
    if (rows.length > 0) {
      for (const row of rows) {
        channel.publish(EXCHANGE, '', Buffer.from(row.body), { persistent: true, messageId: row.message_id, type: row.type, contentType: 'application/json' })
      }
      await channel.waitForConfirms()
      await pool.query({ name: 'sent', text: 'delete from outbox_messages where id = any($1)', values: [rows.map((row) => row.id)] })
    }
    return rows.length
  }

  const failed = (error) => {
    console.error(error)
    process.exit(1)
  }
  const again = () => dispatch().then((count) => (count === WINDOW ? setImmediate(again) : setTimeout(again, POLL_MS))).catch(failed)
  again()
}

module.exports = { start }
