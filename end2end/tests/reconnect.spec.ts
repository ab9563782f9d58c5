// Connections and servers that come and go: nothing is lost, nothing comes twice.

import { Proxy } from "../helpers/proxy";
import { GONE, type Person, expect, test } from "../helpers/test";

/** A browser may wait for some seconds before it tries again. */
const BACK = 30_000;

async function pair(join: (name: string) => Promise<Person>) {
  const ana = await join("ana");
  const bo = await join("bo");
  const path = await ana.chat.talkTo("bo");
  await bo.chat.open(path);
  return { ana, bo, path };
}

test("after a kill between sends, what was typed meanwhile is sent, and all is there once", async ({
  join,
  server,
  expectErrors,
}) => {
  expectErrors(...GONE);
  const { ana, bo } = await pair(join);
  for (const text of ["one", "two", "three"]) await ana.chat.say(text);
  await bo.chat.shows(["one", "two", "three"]);
  await expect(ana.chat.banner).toBeHidden();

  await server.kill();
  for (const { chat } of [ana, bo]) {
    await expect(chat.banner).toBeVisible();
    await expect(chat.banner).toContainText("Reconnecting…");
  }
  await ana.chat.send("four, into the dark");
  await ana.chat.send("five, into the dark");
  await expect(ana.chat.message("five, into the dark")).toHaveAttribute("data-state", "sending");
  await server.start();

  const all = ["one", "two", "three", "four, into the dark", "five, into the dark"];
  for (const { chat } of [ana, bo]) {
    await chat.shows(all, BACK);
    await expect(chat.banner).toBeHidden();
    await chat.allSent();
  }
  await bo.chat.say("six");
  await ana.chat.shows([...all, "six"]);
  for (const { chat } of [ana, bo]) {
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
  const { ana, bo } = await pair(join);
  const COUNT = 60;
  let sending = true;
  const kills = (async () => {
    for (let i = 0; i < 3 && sending; i++) {
      await ana.page.waitForTimeout(300 + 170 * i);
      await server.kill();
      await server.start();
    }
  })();
  const sends = [ana, bo].map(async ({ chat, username }) => {
    for (let i = 0; i < COUNT; i++) await chat.send(`${username} ${i}`);
  });
  await Promise.all(sends);
  sending = false;
  await kills;

  for (const { chat } of [ana, bo]) {
    await expect(chat.messages).toHaveCount(2 * COUNT, { timeout: BACK });
    await chat.allSent();
  }
  const order = await ana.chat.texts();
  expect(new Set(order).size).toBe(2 * COUNT);
  await bo.chat.shows(order);
  for (const { username } of [ana, bo]) {
    expect(order.filter((text) => text.startsWith(username))).toEqual(
      Array.from({ length: COUNT }, (_, i) => `${username} ${i}`),
    );
  }
  for (const { chat } of [ana, bo]) {
    await chat.reload();
    await expect(chat.messages.first()).toBeVisible();
  }
});

test("a browser that was offline gets what it missed, and sends what was typed", async ({ join, expectErrors }) => {
  expectErrors(...GONE);
  const { ana, bo } = await pair(join);
  await ana.chat.say("before");
  await bo.context.setOffline(true);
  await ana.chat.say("missed 1");
  await ana.chat.say("missed 2");
  await bo.chat.send("typed offline");
  await bo.page.waitForTimeout(1_000);
  await bo.context.setOffline(false);
  for (const { chat } of [ana, bo]) {
    await expect(chat.message("typed offline")).toHaveAttribute("data-state", "sent", { timeout: BACK });
  }
  const order = await ana.chat.texts();
  expect([...order].sort()).toEqual(["before", "missed 1", "missed 2", "typed offline"]);
  await bo.chat.shows(order);
});

test("a long absence is caught up with completely", async ({ join, server, expectErrors }) => {
  expectErrors(...GONE);
  const proxy = await Proxy.to(server.port);
  try {
    const ana = await join("ana");
    const bo = await join("bo", { baseURL: proxy.url });
    const path = await ana.chat.talkTo("bo");
    await bo.chat.open(path);
    await ana.chat.say("before");
    await bo.chat.shows(["before"]);

    proxy.cut();
    await expect(bo.chat.banner).toBeVisible();
    const all = ["before"];
    // More than one `ready` carries.
    for (let i = 0; i < 130; i++) {
      await ana.chat.send(`missed ${i}`);
      all.push(`missed ${i}`);
    }
    await ana.chat.allSent();
    proxy.mend();
    await bo.chat.shows(all, BACK);
    await expect(bo.chat.banner).toBeHidden();
  } finally {
    proxy.close();
  }
});

test("a half-open connection is noticed on waking up", async ({ join, server, expectErrors }) => {
  expectErrors(...GONE);
  const proxy = await Proxy.to(server.port);
  try {
    const ana = await join("ana");
    const bo = await join("bo", { baseURL: proxy.url });
    await bo.chat.open(await ana.chat.talkTo("bo"));
    await ana.chat.say("before");
    await bo.chat.shows(["before"]);

    proxy.halfOpen();
    await ana.chat.say("unheard");
    await bo.chat.send("typed into the void");
    await bo.page.evaluate(() => window.dispatchEvent(new Event("online")));
    await bo.chat.shows(["before", "unheard", "typed into the void"], BACK);
    await ana.chat.shows(["before", "unheard", "typed into the void"]);
    await bo.chat.allSent();
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
  const { ana, bo, path } = await pair(join);
  await ana.chat.say("before");
  await server.kill();
  await ana.chat.send("don't forget me");
  await ana.page.close();
  await server.start();

  const page = await ana.context.newPage();
  await page.goto(path);
  await bo.chat.shows(["before", "don't forget me"], BACK);
});

test("an operator's restart is hardly noticed", async ({ join, server, expectErrors }) => {
  expectErrors(...GONE);
  const { ana, bo } = await pair(join);
  await ana.chat.say("before");
  await server.restart();
  await ana.chat.send("after");
  for (const { chat } of [ana, bo]) await chat.shows(["before", "after"], BACK);
  await ana.chat.allSent();
});
