// Message search: as you type, over all of the user's own threads and nothing else.

import type { Page } from "@playwright/test";

import { isAccessible } from "../helpers/axe";
import { fitsTheWidth } from "../helpers/chat";
import { joinRoom, makeRoom } from "../helpers/rooms";
import { GONE, REFUSED, expect, test } from "../helpers/test";

const field = (page: Page) => page.getByRole("searchbox", { name: "Search messages" });
const hits = (page: Page) => page.getByRole("list", { name: "Search results" }).getByRole("link");
const count = (page: Page) => page.locator(".search-count");

/** Repeats the search until it finds the message: the index lags a little. */
async function finds(page: Page, text: string, number: number): Promise<void> {
  await expect(async () => {
    await field(page).fill("");
    await field(page).fill(text);
    await expect(hits(page)).toHaveCount(number, { timeout: 2_000 });
  }).toPass();
}

test("what was said is found as one types, opened in its place, and left again", async ({ join }) => {
  const ana = await join("ana", { display: "Ana Ruiz" });
  const bob = await join("bob", { display: "Bo Li" });
  await bob.chat.talkTo("Ana Ruiz");
  await bob.chat.say("Crème brûlée for two");
  for (let i = 0; i < 3; i++) await bob.chat.say(`nothing ${i}`);
  await bob.chat.say("明日は東京へ行きます");

  await ana.page.getByRole("link", { name: "Search or go to…" }).click();
  await ana.page.getByRole("option", { name: "Search messages" }).click();
  await expect(field(ana.page)).toBeFocused();
  await finds(ana.page, "creme br", 1);
  await expect(hits(ana.page)).toContainText("Crème brûlée for two");
  await expect(hits(ana.page)).toContainText("Bo Li");
  await expect(ana.page.locator("mark")).toHaveText(["Crème", "brûlée"]);
  await expect(count(ana.page)).toHaveText("1 message");
  await expect(ana.page).toHaveURL(/\/search\?q=creme%20br$/);
  await finds(ana.page, "東京", 1);
  await expect(ana.page.locator("mark")).toHaveText(["東京"]);

  await finds(ana.page, "nothing", 3);
  await field(ana.page).press("ArrowDown");
  await expect(hits(ana.page).first()).toBeFocused();
  await ana.page.keyboard.press("ArrowDown");
  await ana.page.keyboard.press("ArrowUp");
  await ana.page.keyboard.press("ArrowUp");
  await expect(field(ana.page)).toBeFocused();
  await finds(ana.page, "brulee", 1);
  await ana.page.keyboard.press("ArrowDown");
  await ana.page.keyboard.press("Enter");
  await expect(ana.page).toHaveURL(/\/t\/\d+\/m\/\d+$/);
  await expect(ana.chat.message("Crème brûlée for two")).toBeInViewport();

  await ana.page.goBack();
  await expect(field(ana.page)).toHaveValue("brulee");
  await expect(hits(ana.page)).toHaveCount(1);
});

test("a search can be shared, narrowed down, and only finds one's own", async ({ join, expectErrors }) => {
  expectErrors(REFUSED);
  const ana = await join("ana");
  const bob = await join("bob");
  const eve = await join("eve");
  const room = await makeRoom(ana, "Tea club");
  await ana.chat.say("the kettle is on");
  await joinRoom(bob, room);
  await bob.chat.say("a kettle: https://example.org/");
  await bob.chat.talkTo("ana");
  await bob.chat.say("our own kettle");

  await ana.chat.open("/search?q=kettle");
  await finds(ana.page, "kettle", 3);
  for (const [text, number] of [
    ["kettle from:bob", 2],
    ["kettle from:me", 1],
    ["kettle in:tea-club", 2],
    ["kettle in:bob", 1],
    ["has:link", 1],
    ['"own kettle"', 1],
    ["kettle after:2020-01-01", 3],
    ["kettle before:2020-01-01", 0],
  ] as const) {
    await field(ana.page).fill(text);
    await expect(hits(ana.page), text).toHaveCount(number);
    await expect(ana.page.locator("[aria-busy=true]")).toHaveCount(0);
  }
  await expect(count(ana.page)).toHaveText("No messages found");

  await field(ana.page).fill("kettle before:noon");
  await expect(ana.page.getByRole("alert").filter({ hasText: "as in before:2026-02-28" })).toBeVisible();
  await expect(field(ana.page)).toHaveAttribute("aria-invalid", "true");
  await field(ana.page).fill("kettle from:nobody");
  await expect(ana.page.getByRole("alert").filter({ hasText: "No one is called nobody" })).toBeVisible();

  await eve.chat.open("/search?q=kettle");
  await expect(count(eve.page)).toHaveText("No messages found");
});

test("the hints are put into the field, and a broken search can be tried again", async ({ join, expectErrors }) => {
  expectErrors(REFUSED, ...GONE);
  const ana = await join("ana");
  await join("bob");
  await ana.chat.talkTo("bob");
  await ana.chat.say("soup");
  await ana.chat.open("/search");
  await finds(ana.page, "soup", 1);
  await ana.page.getByRole("button", { name: /^Add from:/ }).click();
  await expect(field(ana.page)).toHaveValue("soup from:");
  await expect(field(ana.page)).toBeFocused();
  await expect(ana.page.getByRole("alert").filter({ hasText: "as in from:ana" })).toBeVisible();

  await ana.page.route("**/api/search*", (route) => route.abort());
  await field(ana.page).fill("sou");
  const again = ana.page.getByRole("button", { name: "Try again" });
  await expect(again).toBeVisible();
  await ana.page.unroute("**/api/search*");
  await again.click();
  await expect(hits(ana.page)).toHaveCount(1);
});

test("an answer that comes too late is not shown", async ({ join }) => {
  const ana = await join("ana");
  await join("bob");
  await ana.chat.talkTo("bob");
  await ana.chat.say("first");
  await ana.chat.say("second");
  await ana.chat.open("/search");
  await finds(ana.page, "second", 1);
  let answer = () => {};
  const held = new Promise<void>((resolve) => (answer = resolve));
  const asked = new Promise<void>((resolve) => {
    void ana.page.route("**/api/search?q=first*", async (route) => {
      resolve();
      await held;
      await route.continue();
    });
  });
  await field(ana.page).fill("first");
  await asked;
  await field(ana.page).fill("second");
  await expect(hits(ana.page)).toContainText("second");
  const late = ana.page.waitForResponse(/q=first/);
  answer();
  await late;
  await expect(hits(ana.page)).toContainText("second");
  await expect(hits(ana.page)).toHaveCount(1);
});

test.describe("many messages", () => {
  test.use({ seed: { people: 4, messages: 300 } });

  test("more are shown when asked for, on a phone too", async ({ enter }) => {
    const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
    const demo = await enter("ana", phone);
    await demo.chat.open("/search");
    await fitsTheWidth(demo.page);
    await finds(demo.page, "the", 20);
    await demo.page.getByRole("button", { name: "Show older messages" }).tap();
    await expect(hits(demo.page)).not.toHaveCount(20);
    await fitsTheWidth(demo.page);
    await hits(demo.page).first().tap();
    await expect(demo.page).toHaveURL(/\/m\/\d+$/);
    await expect(demo.chat.composer).toBeVisible();
  });
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test("the search and what opens over the window have no violation", async ({ join, expectErrors }) => {
      expectErrors(REFUSED);
      const ana = await join("ana", { display: "Ana Ruiz" });
      const bob = await join("bob", { display: "Bo Li" });
      await bob.chat.talkTo("Ana Ruiz");
      await bob.chat.say("tea for two");
      const { page } = ana;
      await ana.chat.open("/search");
      await isAccessible(page, "search, nothing typed");
      await finds(page, "tea", 1);
      await isAccessible(page, "search with hits");
      await field(page).fill("from:");
      await expect(page.getByRole("alert").filter({ hasText: "as in" })).toBeVisible();
      await isAccessible(page, "search with an error");
      await page.keyboard.press("Control+k");
      await expect(page.getByRole("combobox")).toBeFocused();
      await isAccessible(page, "the quick switcher");
      await page.keyboard.press("Escape");
      await page.getByRole("heading", { level: 1 }).click();
      await page.locator("main").focus();
      await page.keyboard.press("?");
      await expect(page.getByRole("heading", { name: "Keyboard shortcuts" })).toBeVisible();
      await isAccessible(page, "the list of keys");
    });
  });
}

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("the search is a form, and its answer a page", async ({ join }) => {
    const ana = await join("ana");
    await ana.page.goto("/search?q=tea");
    await expect(field(ana.page)).toHaveValue("tea");
    await expect(count(ana.page)).toHaveText("No messages found");
  });
});
