// Reads a calendar from standard input and prints what ical.js made of it as one JSON object; ends with 1 where it cannot.
import ICAL from 'ical.js';
import { readFileSync } from 'node:fs';

const root = new ICAL.Component(ICAL.parse(readFileSync(0, 'utf8')));

const events = root.getAllSubcomponents('vevent').map((component) => {
  const event = new ICAL.Event(component);
  return {
    uid: event.uid,
    sequence: event.sequence,
    stamp: component.getFirstPropertyValue('dtstamp').toUnixTime(),
    start: event.startDate.toUnixTime(),
    end: event.endDate.toUnixTime(),
    zone: event.startDate.zone.tzid,
    wall: event.startDate.toString(),
    status: component.getFirstPropertyValue('status'),
    summary: event.summary,
    location: event.location,
    description: event.description,
    organizer: event.organizer,
    organizerName: component.getFirstProperty('organizer')?.getParameter('cn') ?? null,
    attendees: event.attendees.map((attendee) => attendee.getFirstValue()),
    alarms: component.getAllSubcomponents('valarm').map((alarm) => alarm.getFirstPropertyValue('trigger').toSeconds()),
  };
});

console.log(JSON.stringify({
  version: root.getFirstPropertyValue('version'),
  method: root.getFirstPropertyValue('method'),
  name: root.getFirstPropertyValue('name'),
  zones: root.getAllSubcomponents('vtimezone').map((zone) => zone.getFirstPropertyValue('tzid')),
  events,
}));
