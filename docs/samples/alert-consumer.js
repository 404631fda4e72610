// Prints every alert that opens, one line of JSON each:  AMQP_URL=amqp://user:password@host:5672/vhost node alert-consumer.js
'use strict';
const amqp = require('amqplib');

const exchange = 'coworking:alert-opened';
const queue = process.env.QUEUE ?? 'observer.alert-printer';

async function main() {
  const connection = await amqp.connect(process.env.AMQP_URL);
  const channel = await connection.createChannel();
  await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await channel.bindQueue(queue, exchange, '');
  await channel.prefetch(50);
  await channel.consume(queue, (delivery) => {
    if (delivery === null) throw new Error(`The queue ${queue} was deleted`);
    console.log(JSON.stringify(JSON.parse(delivery.content.toString('utf8')).message));
    channel.ack(delivery); // after the work, never before it
  });
  console.error(`Waiting for alerts in ${queue}`);
}

main().catch((error) => { console.error(error.message); process.exit(1); });
