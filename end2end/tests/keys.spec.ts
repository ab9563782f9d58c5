// The quick switcher, the list of shortcuts, and the shortcuts themselves.

import type { Page } from "@playwright/test";

import { makeRoom } from "../helpers/rooms";
import { expect, test } from "../helpers/test";

const switcher = (page: Page) => page.getByRole("combobox", { name: "Go to a person, a room or a command" });
const options = (page: Page) => page.getByRole("option");
const chosen = (page: Page) => page.getByRole("option", { selected: true });

test("a few letters lead to a person, a room and a command", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob", { display: "Bo Li" });
  const { page } = ana;
  const room = await makeRoom(ana, "Garden club");

  await page.keyboard.press("Control+k");
  await expect(switcher(page)).toBeFocused();
  await page.keyboard.type("bo l");
  await expect(chosen(page)).toContainText("Bo Li");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Bo Li" })).toBeVisible();
  await expect(page.getByRole("dialog")).toBeHidden();

  await page.keyboard.press("Control+k");
  await page.keyboard.type("gdn");
  await expect(chosen(page)).toContainText("Garden club");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(room);

  await page.keyboard.press("Control+k");
  await page.keyboard.type("new r");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL("/rooms/new");

  await page.keyboard.press("Control+k");
  await page.keyboard.type("zzz");
  await expect(options(page)).toHaveText([/Search messages for “zzz”/]);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL("/search?q=zzz");
  await expect(page.getByRole("searchbox", { name: "Search messages" })).toHaveValue("zzz");
  await bob.context.close();
});

test("what is unread is offered first, and the arrows go round", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  const cy = await join("cy3");
  await bob.chat.talkTo("ana");
  await bob.chat.say("read me");
  await expect(ana.chat.thread("bob")).toContainText("1 unread");
  await ana.chat.talkTo("cy3");
  await ana.chat.say("latest");
  const { page } = ana;
  await page.keyboard.press("Control+k");
  await expect(chosen(page)).toContainText("bob");
  await expect(options(page).nth(1)).toContainText("cy3");
  await page.keyboard.press("ArrowUp");
  await expect(chosen(page)).toContainText("Search messages");
  await page.keyboard.press("ArrowDown");
  await expect(chosen(page)).toContainText("bob");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(ana.chat.composer).toBeFocused();
  await cy.context.close();
});

test("the list of keys opens with ?, but not while one is writing", async ({ join }) => {
  const ana = await join("ana");
  await join("bob");
  const { page, chat } = ana;
  await page.keyboard.press("?");
  const list = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(list).toBeVisible();
  await expect(list).toContainText("Search messages");
  await page.keyboard.press("Escape");
  await expect(list).toBeHidden();
  await chat.talkTo("bob");
  await chat.composer.pressSequentially("really?");
  await expect(chat.composer).toHaveValue("really?");
  await expect(list).toBeHidden();
});

test("keys lead to the search and through the threads", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  await join("cy3");
  const first = await ana.chat.talkTo("bob");
  await ana.chat.say("one");
  const second = await ana.chat.talkTo("cy3");
  await ana.chat.say("two");
  const { page } = ana;
  // The latest one is first.
  await page.keyboard.press("Alt+ArrowDown");
  await expect(page).toHaveURL(first);
  await page.keyboard.press("Alt+ArrowDown");
  await expect(page).toHaveURL(second);
  await page.keyboard.press("Alt+Shift+ArrowDown");
  await expect(page).toHaveURL(second);
  await bob.chat.open(first);
  await bob.chat.say("three");
  await expect(ana.chat.thread("bob")).toContainText("1 unread");
  await page.keyboard.press("Alt+Shift+ArrowUp");
  await expect(page).toHaveURL(first);
  await page.keyboard.press("Control+Shift+f");
  await expect(page).toHaveURL("/search");
  await expect(page.getByRole("searchbox", { name: "Search messages" })).toBeFocused();
});
