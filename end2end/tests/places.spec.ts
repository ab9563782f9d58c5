// Every page has a URL; the theme of the page.

import { REFUSED, expect, test } from "../helpers/test";

test("back, forward and reload lead where they should", async ({ join }) => {
  const ana = await join("ana");
  await join("bob");
  await join("cy3");
  const withBo = await ana.chat.talkTo("bob");
  await ana.chat.say("to bob");
  const withCy = await ana.chat.talkTo("cy3");
  await ana.chat.say("to cy");
  expect(withCy).not.toBe(withBo);
  await expect(ana.chat.thread("cy3")).toHaveAttribute("aria-current", "page");

  await ana.page.goBack();
  await expect(ana.page).toHaveURL(withBo);
  await ana.chat.shows(["to bob"]);
  await expect(ana.chat.thread("bob")).toHaveAttribute("aria-current", "page");
  await expect(ana.chat.thread("cy3")).not.toHaveAttribute("aria-current", "page");
  await ana.page.goForward();
  await expect(ana.page).toHaveURL(withCy);
  await ana.chat.shows(["to cy"]);
  await ana.chat.reload();
  await expect(ana.page).toHaveURL(withCy);
  await ana.chat.shows(["to cy"]);
});

test("clicking a person again opens the same thread", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  const path = await ana.chat.talkTo("bob");
  await ana.page.goto("/");
  await ana.chat.live();
  expect(await ana.chat.talkTo("bob")).toBe(path);
  expect(await bob.chat.talkTo("ana")).toBe(path);
});

test("a link to a thread opens for its members, and for nobody else", async ({ join, expectErrors }) => {
  expectErrors(REFUSED);
  const ana = await join("ana");
  const bob = await join("bob");
  const eve = await join("eve");
  const path = await ana.chat.talkTo("bob");
  await ana.chat.say("between us");

  await bob.page.goto(path);
  await bob.chat.shows(["between us"]);
  const answer = await eve.page.goto(path);
  expect(answer?.status()).toBe(404);
  const missing = await eve.page.goto("/t/999999");
  expect(missing?.status()).toBe(404);
  await expect(eve.page.getByText("between us")).toHaveCount(0);
  // A missing page and a forbidden one look the same.
  const forbidden = await eve.context.request.get(path);
  expect(forbidden.status()).toBe(404);
  expect(await forbidden.text()).not.toContain("between us");
});

test("an address that leads nowhere says so", async ({ page, join, expectErrors }) => {
  expectErrors(REFUSED);
  const answer = await page.goto("/no/such/place");
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  const ana = await join("ana");
  expect((await ana.page.goto("/no/such/place"))?.status()).toBe(404);
});

test("light and dark follow the system, and a switch overrules it for good", async ({ join }) => {
  const ana = await join("ana");
  const background = () =>
    ana.page.evaluate(() => {
      const { backgroundColor } = getComputedStyle(document.body);
      const [r = 0, g = 0, b = 0] = (backgroundColor.match(/[\d.]+/g) ?? []).map(Number);
      // Colours may range from 0 to 1 or from 0 to 255.
      return (r + g + b) / 3 > (backgroundColor.startsWith("rgb") ? 128 : 0.5) ? "light" : "dark";
    });
  const isLook = (look: string) => expect.poll(background).toBe(look);
  const choose = async (theme: string) => {
    await ana.chat.you(theme);
    await expect(ana.page.getByRole("menu")).toBeHidden();
  };

  await ana.page.emulateMedia({ colorScheme: "dark" });
  await isLook("dark");
  await ana.page.emulateMedia({ colorScheme: "light" });
  await isLook("light");
  await choose("Dark");
  await isLook("dark");
  await ana.chat.reload();
  await isLook("dark");
  await choose("Light");
  await ana.page.emulateMedia({ colorScheme: "dark" });
  await isLook("light");
  await choose("Auto");
  await isLook("dark");
});
