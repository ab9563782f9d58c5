// Connections and servers that come and go: nothing is lost, nothing arrives twice.

import { Proxy } from "../helpers/proxy";
import { GONE, expect, pair, test } from "../helpers/test";

/** A browser may wait some seconds before it reconnects. */
const BACK = 30_000;

test("after a kill between sends, what was typed meanwhile is sent, and all is there once", async ({
  join,
  server,
  expectErrors,
}) => {
  expectErrors(...GONE);
  const { ana, bob } = await pair(join);
  for (const text of ["one", "two", "three"]) await ana.chat.say(text);
  await bob.chat.shows(["one", "two", "three"]);
  await expect(ana.chat.banner).toBeHidden();
  const sidebar = await ana.page.locator(".sidebar").boundingBox();
  const online = await ana.page
    .locator(".thread-header .dot.online")
    .evaluate((dot) => getComputedStyle(dot).backgroundColor);

  await server.kill();
  for (const { chat } of [ana, bob]) {
    await expect(chat.banner).toBeVisible();
    await expect(chat.banner).toContainText("Reconnecting…");
  }
  await ana.chat.send("four, into the dark");
  await ana.chat.send("five, into the dark");
  await expect(ana.chat.message("five, into the dark")).toHaveAttribute("data-state", "sending");
  // Presence is unknown now, and nothing was pushed by the pill.
  expect(await ana.page.locator(".sidebar").boundingBox()).toEqual(sidebar);
  const dot = ana.page.locator(".thread-header .dot.online");
  await expect(dot).not.toHaveCSS("background-color", online);
  await expect(ana.chat.banner).toContainText("You're offline. 2 messages are waiting.", { timeout: 20_000 });
  await server.start();
  await ana.chat.banner.getByRole("button", { name: "Try now" }).click();
  await expect(ana.chat.banner).toContainText("Back online. 2 messages sent.", { timeout: BACK });

  const all = ["one", "two", "three", "four, into the dark", "five, into the dark"];
  for (const { chat } of [ana, bob]) {
    await chat.shows(all, BACK);
    await expect(chat.banner).toBeHidden();
    await chat.allSent();
  }
  await bob.chat.say("six");
  await ana.chat.shows([...all, "six"]);
  for (const { chat } of [ana, bob]) {
    await chat.reload();
    await chat.shows([...all, "six"]);
  }
});

test("after kills in the middle of sends, both have the same messages, each once", async ({
  join,
  server,
  expectErrors,
}) => {
  test.setTimeout(120_000);
  expectErrors(...GONE);
  const { ana, bob } = await pair(join);
  const COUNT = 60;
  let sending = true;
  const kills = (async () => {
    for (let i = 0; i < 3 && sending; i++) {
      await ana.page.waitForTimeout(300 + 170 * i);
      await server.kill();
      await server.start();
    }
  })();
  const sends = [ana, bob].map(async ({ chat, username }) => {
    for (let i = 0; i < COUNT; i++) await chat.send(`${username} ${i}`);
  });
  await Promise.all(sends);
  sending = false;
  await kills;

  for (const { chat } of [ana, bob]) {
    await expect(chat.messages).toHaveCount(2 * COUNT, { timeout: BACK });
    await chat.allSent();
  }
  const order = await ana.chat.texts();
  expect(new Set(order).size).toBe(2 * COUNT);
  await bob.chat.shows(order);
  for (const { username } of [ana, bob]) {
    expect(order.filter((text) => text.startsWith(username))).toEqual(
      Array.from({ length: COUNT }, (_, i) => `${username} ${i}`),
    );
  }
  for (const { chat } of [ana, bob]) {
    await chat.reload();
    await expect(chat.messages.first()).toBeVisible();
  }
});

test("a browser that was offline gets what it missed, and sends what was typed", async ({ join, expectErrors }) => {
  expectErrors(...GONE);
  const { ana, bob } = await pair(join);
  await ana.chat.say("before");
  await bob.context.setOffline(true);
  await ana.chat.say("missed 1");
  await ana.chat.say("missed 2");
  await bob.chat.send("typed offline");
  // The browser says so: nobody waits for a timeout.
  await expect(bob.chat.banner).toContainText("You're offline. 1 message is waiting.", { timeout: 1_000 });
  await bob.context.setOffline(false);
  for (const { chat } of [ana, bob]) {
    await expect(chat.message("typed offline")).toHaveAttribute("data-state", "sent", { timeout: BACK });
  }
  const order = await ana.chat.texts();
  expect([...order].sort()).toEqual(["before", "missed 1", "missed 2", "typed offline"]);
  await bob.chat.shows(order);
});

test("a long absence is caught up with completely", async ({ join, server, expectErrors }) => {
  expectErrors(...GONE);
  const proxy = await Proxy.to(server.port);
  try {
    const ana = await join("ana");
    const bob = await join("bob", { baseURL: proxy.url });
    const path = await ana.chat.talkTo("bob");
    await bob.chat.open(path);
    await ana.chat.say("before");
    await bob.chat.shows(["before"]);

    proxy.cut();
    await expect(bob.chat.banner).toBeVisible();
    const all = ["before"];
    // More than fits in one `ready`.
    for (let i = 0; i < 130; i++) {
      await ana.chat.send(`missed ${i}`);
      all.push(`missed ${i}`);
    }
    await ana.chat.allSent();
    proxy.mend();
    await bob.chat.shows(all, BACK);
    await expect(bob.chat.banner).toBeHidden();
  } finally {
    proxy.close();
  }
});

test("a half-open connection is noticed on waking up", async ({ join, server, expectErrors }) => {
  expectErrors(...GONE);
  const proxy = await Proxy.to(server.port);
  try {
    const ana = await join("ana");
    const bob = await join("bob", { baseURL: proxy.url });
    await bob.chat.open(await ana.chat.talkTo("bob"));
    await ana.chat.say("before");
    await bob.chat.shows(["before"]);

    proxy.halfOpen();
    await ana.chat.say("unheard");
    await bob.chat.send("typed into the void");
    await bob.page.evaluate(() => window.dispatchEvent(new Event("online")));
    await bob.chat.shows(["before", "unheard", "typed into the void"], BACK);
    await ana.chat.shows(["before", "unheard", "typed into the void"]);
    await bob.chat.allSent();
  } finally {
    proxy.close();
  }
});

test("a message that was on its way when the page was closed is sent at the next visit", async ({
  join,
  server,
  expectErrors,
}) => {
  expectErrors(...GONE);
  const { ana, bob, path } = await pair(join);
  await ana.chat.say("before");
  await server.kill();
  await ana.chat.send("don't forget me");
  await ana.page.close();
  await server.start();

  const page = await ana.context.newPage();
  await page.goto(path);
  await bob.chat.shows(["before", "don't forget me"], BACK);
});

test("an operator's restart is hardly noticed", async ({ join, server, expectErrors }) => {
  expectErrors(...GONE);
  const { ana, bob } = await pair(join);
  await ana.chat.say("before");
  await server.restart();
  await ana.chat.send("after");
  for (const { chat } of [ana, bob]) await chat.shows(["before", "after"], BACK);
  await ana.chat.allSent();
});

test("a tab whose connection was closed for newer ones waits until it is used", async ({ join }) => {
  const { ana, bob, path } = await pair(join);
  let connections = 0;
  let close = () => {};
  await ana.page.routeWebSocket(/\/ws$/, (socket) => {
    connections += 1;
    socket.connectToServer();
    close = () => void socket.close({ code: 4011 });
  });
  await ana.chat.open(path);
  await bob.chat.say("one");
  await ana.chat.shows(["one"]);
  const before = connections;
  close();
  await expect(ana.chat.banner).toContainText("this site is open in too many tabs");
  await bob.chat.say("two");
  // Longer than the backoff after a lost connection.
  await ana.page.waitForTimeout(2_000);
  expect(connections).toBe(before);
  await ana.chat.banner.getByRole("button", { name: "Resume" }).click();
  await ana.chat.shows(["one", "two"], BACK);
  await expect(ana.chat.banner).toBeHidden();
});

test("a server that stops says so at once, and the pill goes when it is back", async ({ join, server, expectErrors }) => {
  expectErrors(...GONE);
  const { ana } = await pair(join);
  await server.stop();
  await expect(ana.chat.banner).toContainText("The server is restarting. Reconnecting…");
  await server.start();
  await expect(ana.chat.banner).toBeHidden({ timeout: BACK });
  await ana.chat.say("after the restart");
});

test.describe("on a full disk", () => {
  const settings: Record<string, string> = {};
  test.use({ settings });

  test("the pill says why a message waits, and it is sent once there is space", async ({ join, server, expectErrors }) => {
    expectErrors(...GONE);
    const { ana, bob } = await pair(join);
    settings.CHAPP_STORE__MIN_FREE_PERCENT = "100";
    await server.restart();
    await expect(ana.chat.banner).toBeHidden({ timeout: BACK });
    await ana.chat.send("no room for this");
    await expect(ana.chat.banner).toContainText("The server's disk is almost full.", { timeout: BACK });
    await expect(ana.chat.message("no room for this")).toHaveAttribute("data-state", "sending");
    delete settings.CHAPP_STORE__MIN_FREE_PERCENT;
    await server.restart();
    await expect(ana.chat.message("no room for this")).toHaveAttribute("data-state", "sent", { timeout: BACK });
    await expect(ana.chat.banner).toBeHidden({ timeout: BACK });
    await bob.chat.shows(["no room for this"], BACK);
  });
});
