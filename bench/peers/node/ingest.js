// usage: node ingest.js BROKER_PORT MESSAGES; where PostgreSQL is, PGHOST and its like say.
// Says "ready" once it is subscribed and "done" once so many messages are committed, then waits to be ended.
const mqtt = require('mqtt');
const { Pool } = require('pg');

const [port, messages] = process.argv.slice(2).map(Number);
const MAX_ROWS = 1000;
const MAX_DELAY_MS = 100;

// One text for every size of a batch, so that it is parsed and planned once for each connection.
const INSERT = {
  name: 'insert',
  text: `insert into readings (space_id, at, temp_c, humidity_pct, co2_ppm, occupancy, power_w)
    select * from unnest($1::uuid[], $2::timestamptz[], $3::float8[], $4::float8[], $5::float8[], $6::float8[], $7::float8[])`,
};

const INSERT_COLUMNS = [0, 1, 2, 3, 4, 5, 6];

const pool = new Pool({ max: 4 });
let rows = [];
let stored = 0;
let timer = null;

async function flush() {
  clearTimeout(timer);
  timer = null;
  const batch = rows;
  rows = [];
  await pool.query({ ...INSERT, values: INSERT_COLUMNS.map((column) => batch.map((row) => row[column])) });
  stored += batch.length;
  if (stored >= messages) {
    console.log('done');
  }
}

function failed(error) {
  console.error(error);
  process.exit(1);
}

const client = mqtt.connect({ host: '127.0.0.1', port, protocolVersion: 5, clientId: 'node-peer', properties: { receiveMaximum: 65535 } });
client.on('error', failed);
client.on('connect', () => client.subscribe('sites/+/offices/+/telemetry', { qos: 1 }, (error) => (error ? failed(error) : console.log('ready'))));
client.on('message', (topic, payload) => {
  const reading = JSON.parse(payload);
  rows.push([topic.split('/')[3], reading.ts, reading.temp_c, reading.humidity_pct, reading.co2_ppm, reading.occupancy, reading.power_w]);
  if (rows.length >= MAX_ROWS) {
    flush().catch(failed);
  } else if (timer === null) {
    timer = setTimeout(() => flush().catch(failed), MAX_DELAY_MS);
  }
});
