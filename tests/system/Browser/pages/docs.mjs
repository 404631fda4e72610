// A person at /docs: pastes a key and lists locations, then logs in by a form of the page and asks who that is. docs.mjs GATEWAY KEY EMAIL PASSWORD
import { inBrowser } from "./browser.mjs";

const [gateway, key, email, password] = process.argv.slice(2);

await inBrowser(async page => {
    await page.goto(`${gateway}/docs`);
    await page.locator(".opblock-tag-section").first().waitFor();

    // Every group opened, every operation of the document is there and can be opened.
    for (const closed = page.locator('.opblock-tag[data-is-open="false"]'); await closed.count() > 0;) {
        await closed.first().click();
    }

    const shown = await page.locator(".opblock").count();

    await authorizeBy("x-api-key", key);
    const byKey = await execute("GET", "/api/v1/locations");

    await logout("x-api-key");
    const refused = await execute("GET", "/api/v1/locations");

    const login = await execute("POST", "/api/v1/auth/login", JSON.stringify({ email, password }));
    await authorizeBy("bearer", JSON.parse(login.body).accessToken);
    const byToken = await execute("GET", "/api/v1/auth/me");
    return { shown, byKey: byKey.status, refused: refused.status, login: login.status, byToken: byToken.status, who: JSON.parse(byToken.body).email };

    function scheme(name) {
        return page.locator(".auth-container").filter({ hasText: new RegExp(name, "i") });
    }

    async function authorizeBy(name, secret) {
        await page.locator(".auth-wrapper .authorize").first().click();
        await scheme(name).locator("input").fill(secret);
        await scheme(name).locator("button.authorize").click();
        await page.locator(".btn-done").first().click();
    }

    async function logout(name) {
        await page.locator(".auth-wrapper .authorize").first().click();
        await scheme(name).getByRole("button", { name: "Remove authorization" }).click();
        await page.locator(".btn-done").first().click();
    }

    async function execute(method, path, body) {
        const operation = page.locator(`.opblock-${method.toLowerCase()}`).filter({ has: page.locator(`.opblock-summary-path[data-path="${path}"]`) });
        await operation.scrollIntoViewIfNeeded();

        if (!(await operation.getAttribute("class")).includes("is-open")) {
            await operation.locator(".opblock-summary-control").click();
        }

        const tryOut = operation.locator(".try-out__btn:not(.cancel)");

        if (await tryOut.count() > 0) {
            await tryOut.click();
        }

        if (body) {
            await operation.locator("textarea.body-param__text").fill(body);
        }

        const answered = page.waitForResponse(answer => answer.request().method() === method && new URL(answer.url()).pathname === path);
        await operation.locator("button.execute").click();
        const answer = await answered;
        await operation.locator(".live-responses-table .response-col_status").filter({ hasText: String(answer.status()) }).first().waitFor();
        return { status: answer.status(), body: await answer.text() };
    }
});
