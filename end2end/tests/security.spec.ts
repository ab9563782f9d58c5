// Headers, cookies and caching.

import { escaped } from "../helpers/chat";
import { PASSWORD } from "../helpers/server";
import { expect, test } from "../helpers/test";

test("the page has a strict content policy with a new nonce each time", async ({ request }) => {
  const nonces = new Set<string>();
  for (let i = 0; i < 2; i++) {
    const answer = await request.get("/login");
    const policy = answer.headers()["content-security-policy"] ?? "";
    const scripts = /script-src ([^;]*)/.exec(policy)?.[1] ?? "";
    const nonce = /'nonce-([^']+)'/.exec(scripts)?.[1];
    expect(nonce, policy).toBeTruthy();
    nonces.add(nonce!);
    expect(scripts).toContain("'wasm-unsafe-eval'");
    expect(scripts).not.toContain("'unsafe-inline'");
    expect(scripts).not.toContain("'unsafe-eval'");
    expect(scripts).not.toContain("*");
    expect(policy).toMatch(/frame-ancestors 'none'/);
    expect(policy).toMatch(/base-uri '(none|self)'/);
    expect(policy).toMatch(/object-src 'none'|default-src 'none'/);
    // Every script of the page has it. Data blocks are not executed.
    const page = await answer.text();
    for (const [script] of page.matchAll(/<script\b[^>]*>/g)) {
      if (script.includes('type="application/json"')) continue;
      expect(script).toMatch(new RegExp(`nonce="?${escaped(nonce!)}`));
    }
    expect(answer.headers()["x-content-type-options"]).toBe("nosniff");
    expect(answer.headers()["referrer-policy"]).toMatch(/no-referrer|same-origin/);
  }
  expect(nonces.size).toBe(2);
});

test("the session cookie can't be read by scripts, and pages are not kept by caches", async ({ join }) => {
  const ana = await join("ana");
  const cookies = await ana.context.cookies();
  const secrets = cookies.filter(({ name }) => name !== "chapp_people" && !/theme/.test(name));
  // The session cookie, and the device cookie.
  expect(secrets.map(({ name }) => name).sort()).toEqual(["chapp", "chapp_device"]);
  for (const cookie of secrets) {
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Lax", path: "/" });
    expect(cookie.expires, "it outlives the browser").toBeGreaterThan(Date.now() / 1_000 + 24 * 3_600);
    expect(await ana.page.evaluate(() => document.cookie)).not.toContain(cookie.value);
  }
  const page = await ana.context.request.get("/");
  expect(page.headers()["cache-control"]).toMatch(/no-store|no-cache|private/);
});

test("built files are sent compressed, under hashed names, to be kept for ever", async ({ request }) => {
  const page = await (await request.get("/login")).text();
  const files = [...new Set(page.match(/\/pkg\/[\w.-]+\.(?:js|wasm|css)/g))];
  expect(files.length).toBeGreaterThanOrEqual(3);
  for (const file of files) {
    expect(file, "the name has a hash").toMatch(/\/pkg\/chapp\.[\w-]{10,}\.(js|wasm|css)$/);
    for (const coding of ["br", "gzip"]) {
      const answer = await request.get(file, { headers: { "Accept-Encoding": coding } });
      expect(answer.status()).toBe(200);
      expect(answer.headers()["content-encoding"], file).toBe(coding);
      expect(answer.headers()["cache-control"]).toMatch(/max-age=31536000.*immutable|immutable.*max-age=31536000/);
      expect(answer.headers()["vary"]?.toLowerCase()).toContain("accept-encoding");
    }
  }
});

test("requests from other sites change nothing", async ({ join, server, playwright }) => {
  const ana = await join("ana");
  const refused = await ana.context.request.post("/api/log_out", {
    form: {},
    headers: { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" },
    maxRedirects: 0,
  });
  expect(refused.status()).toBe(403);
  await ana.chat.reload();
  await expect(ana.chat.foot).toBeVisible();

  const stranger = await playwright.request.newContext({ baseURL: server.url });
  const login = await stranger.post("/api/log_in", {
    form: { username: "ana", password: PASSWORD },
    headers: { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" },
    maxRedirects: 0,
  });
  expect(login.status()).toBe(403);
  await stranger.dispose();
});

test("a name that looks like HTML stays text in the title, and the page comes alive", async ({ join, page }) => {
  const ana = await join("ana");
  const name = "</title><meta http-equiv=refresh content=0;url=/login><b>";
  await ana.page.goto("/rooms/new");
  await ana.page.getByLabel("Name", { exact: true }).fill(name);
  await ana.page.getByRole("button", { name: "Create room" }).click();
  await expect(ana.page).toHaveURL(/\/t\/\d+$/);
  await ana.page.reload();
  await expect(ana.page.locator("html")).toHaveAttribute("data-hydrated", "true");
  await expect(ana.page).toHaveTitle(`${name} – chapp`);
  await expect(ana.page).toHaveURL(/\/t\/\d+$/);
  // Following a link to it reveals only that there is a page.
  await page.goto(new URL(ana.page.url()).pathname);
  await expect(page).toHaveURL(/\/login/);
});

test("a page of another site can lead here, and do nothing else", async ({ join, server, expectErrors }) => {
  expectErrors(/./);
  const ana = await join("ana");
  const { hostname, port } = new URL(server.url);
  // Another name of the same machine counts as another site.
  const other = `http://${hostname === "localhost" ? "127.0.0.1" : "localhost"}:${port}`;
  await ana.page.route(`${other}/**`, (route) =>
    route.fulfill({
      contentType: "text/html",
      body: `<a href="${server.url}/rooms">rooms</a><a href="${server.url}/api/boot">call</a>`,
    }),
  );
  await ana.page.goto(`${other}/evil`);
  const call = await Promise.all([
    ana.page.waitForResponse(`${server.url}/api/boot`),
    ana.page.getByRole("link", { name: "call" }).click(),
  ]);
  expect(call[0].status()).toBe(403);
  await ana.page.goto(`${other}/evil`);
  await ana.page.getByRole("link", { name: "rooms" }).click();
  await expect(ana.page).toHaveURL(`${server.url}/rooms`);
  await expect(ana.page.getByRole("heading", { level: 1 })).toBeVisible();
});

test("every kind of answer has a policy and keeps other sites out", async ({ request }) => {
  for (const path of ["/login", "/api/site", "/favicon.svg", "/no/such/place", "/api/none", "/healthz", "/"]) {
    const answer = await request.get(path, { maxRedirects: 0 });
    const headers = answer.headers();
    expect(headers["content-security-policy"], path).toMatch(/^default-src 'none'/);
    expect(headers["cross-origin-resource-policy"], path).toBe("same-origin");
    expect(headers["cross-origin-opener-policy"], path).toBe("same-origin");
    expect(headers["permissions-policy"], path).toContain("camera=()");
  }
});

test("health and readiness can be asked for", async ({ request }) => {
  expect((await request.get("/healthz")).status()).toBe(200);
  expect((await request.get("/readyz")).status()).toBe(200);
});
