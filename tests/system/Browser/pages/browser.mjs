// A page in the machine's Chromium; what a script returns is printed as JSON, with all that the page complained of.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const PROGRAMS = ["chromium-headless-shell", "chromium", "google-chrome"].map(name => `/usr/bin/${name}`);

export async function inBrowser(look) {
    const executablePath = process.env.COWORKING_BROWSER ?? PROGRAMS.find(existsSync);

    if (!executablePath) {
        throw new Error(`No browser: apt-get install chromium-headless-shell, or name one in COWORKING_BROWSER. Looked for ${PROGRAMS.join(", ")}`);
    }

    // Without its sandbox, which cannot be had as root; it opens nothing but our own pages.
    const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });

    try {
        const page = await browser.newPage();
        page.setDefaultTimeout(90_000);
        const complaints = [];
        page.on("pageerror", error => complaints.push(String(error)));
        page.on("console", message => message.type() === "error" && complaints.push(message.text()));
        const seen = await look(page);
        console.log(JSON.stringify({ ...seen, complaints }));
    } finally {
        await browser.close();
    }
}
