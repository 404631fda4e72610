// Books a space as a program would that knows nothing of the platform but its document.
// usage: node out/book.js GATEWAY KEY LOCATION_ID; prints the booking that it read back.
import createClient from 'openapi-fetch'
import type { components, paths } from './api.js'

declare const process: { argv: string[]; stdout: { write(text: string): void } }

type Booking = components['schemas']['Booking']

const [, , baseUrl, key, locationId] = process.argv

if (baseUrl === undefined || key === undefined || locationId === undefined) {
  throw new Error('usage: book.js GATEWAY KEY LOCATION_ID')
}

const client = createClient<paths>({ baseUrl, headers: { 'x-api-key': key } })

const spaces = await client.GET('/api/v1/spaces', { params: { query: { locationId, pageSize: 1 } } })
const space = spaces.data?.data[0]

if (space === undefined) {
  throw new Error(`No space: ${spaces.error?.message}`)
}

const from = new Date(Date.now() + 7 * 24 * 60 * 60 * 1000)
from.setUTCMinutes(0, 0, 0)
const to = new Date(from.getTime() + 8 * 60 * 60 * 1000)

const free = await client.GET('/api/v1/spaces/{id}/availability', {
  params: { path: { id: space.id }, query: { from: from.toISOString(), to: to.toISOString(), minutes: 60 } },
})
const slot = free.data?.slots[0]

if (slot === undefined) {
  throw new Error(`Nothing is free: ${free.error?.message}`)
}

// The day as the people at the place call it, which may be another than that of UTC.
const location = await client.GET('/api/v1/locations/{id}', { params: { path: { id: locationId } } })
const day = new Intl.DateTimeFormat('en-CA', { timeZone: location.data?.timezone ?? 'UTC', dateStyle: 'short' }).format(new Date(slot.startTime))

const wish: components['schemas']['BookingDetails'] = {
  spaceId: space.id,
  clientEmail: `typescript-${crypto.randomUUID()}@example.com`,
  bookingDate: day,
  startTime: slot.startTime,
  endTime: slot.endTime,
}
// Which of both a 201 is: a booking. A 200 would be the judgement of a dry run.
const placed = await client.POST('/api/v1/bookings', { params: { header: { 'Idempotency-Key': crypto.randomUUID() } }, body: wish })

if (placed.response.status !== 201 || placed.data === undefined) {
  throw new Error(`Not booked: ${placed.error?.code} ${placed.error?.message}`)
}

const booking = placed.data as Booking
const again = await client.POST('/api/v1/bookings', { body: { ...wish, clientEmail: 'somebody-else@example.com' } })

// The codes of the refusals are types: another word here does not compile.
if (again.response.status !== 409 || again.error?.code !== 'booking.slot_taken') {
  throw new Error(`Booked twice: ${again.response.status}`)
}

const read = await client.GET('/api/v1/bookings/{id}', { params: { path: { id: booking.id } } })
process.stdout.write(JSON.stringify(read.data) + '\n')
