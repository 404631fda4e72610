// A web frontend of another origin: lists, books and hears of it, all through the gateway. frontend.mjs GATEWAY ADMIN-KEY SPACE BOOKING
import { createServer } from "node:http";
import { inBrowser } from "./browser.mjs";

const [gateway, key, space, booking] = process.argv.slice(2);
const site = createServer((_, response) => response.setHeader("content-type", "text/html").end("<!doctype html><title>Frontend</title>"));
await new Promise(resolve => site.listen(0, "127.0.0.1", resolve));

try {
    await inBrowser(async page => {
        await page.goto(`http://localhost:${site.address().port}/`);
        return page.evaluate(visit, { gateway, key, space, booking });
    });
} finally {
    site.close();
}

// Runs in the page.
async function visit({ gateway, key, space, booking }) {
    const ask = (method, path, body, headers) => fetch(gateway + path, {
        method,
        headers: { "x-api-key": key, ...(body && { "content-type": "application/json" }), ...headers },
        body,
    });

    const stream = new EventSource(`${gateway}/api/v1/iot/stream?key=${encodeURIComponent(key)}&spaceId=${space}&events=twin_update`);
    const opened = new Promise((resolve, reject) => {
        stream.onopen = resolve;
        stream.onerror = () => reject(new Error("the stream was refused"));
    });
    const told = new Promise(resolve => stream.addEventListener("twin_update", event => resolve(JSON.parse(event.data))));
    await opened;

    const health = await ask("GET", "/health");
    const made = await ask("POST", "/api/v1/bookings", booking, { "idempotency-key": crypto.randomUUID() });
    const id = (await made.json()).id;
    const moved = await ask("PATCH", `/api/v1/bookings/${id}`, JSON.stringify({ attendees: 2 }), { "if-match": made.headers.get("etag") });
    const refused = await ask("POST", "/api/v1/bookings", booking);
    const wished = await ask("PATCH", `/api/v1/iot/spaces/${space}/desired`, JSON.stringify({ samplingIntervalSec: 17 }));
    const event = await told;
    stream.close();
    return {
        origin: location.origin,
        health: health.status,
        made: made.status,
        moved: moved.status,
        refused: refused.status,
        code: (await refused.json()).code,
        wished: wished.status,
        event: event.payload.samplingIntervalSec,
        seen: ["etag", "location", "x-request-id"].filter(name => made.headers.get(name)),
    };
}
