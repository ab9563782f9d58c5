// Several tabs of one user, and what a closed tab leaves behind: no text is lost.

import type { Page } from "@playwright/test";

import { Chat } from "../helpers/chat";
import { act } from "../helpers/floating";
import { joinRoom, makeRoom, manage, openAbout } from "../helpers/rooms";
import { GONE, type Person, expect, test } from "../helpers/test";

const BACK = 30_000;

/** Opens another tab of the same user at an address. */
async function tab({ context }: Person, path: string): Promise<Chat> {
  const chat = new Chat(await context.newPage());
  await chat.open(path);
  return chat;
}

/** Ana has the thread with Bob open in two tabs, and Bob is viewing it. */
async function twoTabs(join: (name: string) => Promise<Person>) {
  const ana = await join("ana");
  const bob = await join("bob");
  const path = await ana.chat.talkTo("bob");
  await bob.chat.open(path);
  return { ana, bob, path, second: await tab(ana, path) };
}

test("what three tabs write without a server is sent once by the one that stays", async ({
  join,
  server,
  expectErrors,
}) => {
  expectErrors(...GONE);
  const { ana, bob, path, second } = await twoTabs(join);
  const third = await tab(ana, path);
  await server.kill();
  await ana.chat.send("one");
  await second.send("two");
  await third.send("three");
  await ana.chat.send("four");
  // Each tab shows the others' unsent messages, and will send them.
  const all = ["one", "two", "three", "four"];
  for (const chat of [ana.chat, second, third]) await chat.shows(all);
  await ana.page.close();
  await third.page.close({ runBeforeUnload: false });
  await server.start();
  await bob.chat.shows(all, BACK);
  await second.allSent();
  await second.reload();
  await second.shows(all);
});

test("what was written without a server is sent at the next start when all tabs were closed", async ({
  join,
  server,
  expectErrors,
}) => {
  expectErrors(...GONE);
  const { ana, bob, second } = await twoTabs(join);
  await server.kill();
  await ana.chat.send("one");
  await second.send("two");
  await ana.chat.shows(["one", "two"]);
  await ana.page.close();
  await second.page.close();
  await server.start();
  await tab(ana, "/");
  await bob.chat.shows(["one", "two"], BACK);
});

test("two tabs keep a draft each, and a draft of a closed tab waits for the next one", async ({ join }) => {
  await join("bob");
  const ana = await join("ana");
  const path = await ana.chat.talkTo("bob");
  const second = await tab(ana, path);
  await ana.chat.type("from the first tab");
  await second.type("from the second tab");
  await ana.chat.reload();
  await expect(ana.chat.composer).toHaveValue("from the first tab");
  await second.reload();
  await expect(second.composer).toHaveValue("from the second tab");
  await second.page.close();
  await ana.chat.composer.press("Enter");
  await expect(ana.chat.message("from the first tab")).toHaveAttribute("data-state", "sent");
  const third = await tab(ana, path);
  await expect(third.composer).toHaveValue("from the second tab");
  await third.composer.press("Enter");
  await expect(third.message("from the second tab")).toHaveAttribute("data-state", "sent");
  await third.reload();
  await expect(third.composer).toHaveValue("");
});

const about = (page: Page) => page.locator(".composer-about");

test("a draft keeps what it answers, and an edit that isn't saved yet is there after a reload", async ({ join }) => {
  await join("bob");
  await join("cleo");
  const ana = await join("ana");
  const { chat, page } = ana;
  const elsewhere = await chat.talkTo("cleo");
  const path = await chat.talkTo("bob");
  await chat.say("first");
  await chat.say("second");

  await act(ana, "first", "Reply");
  await chat.type("an answer");
  await chat.reload();
  await expect(chat.composer).toHaveValue("an answer");
  await expect(about(page)).toContainText("first");

  // The reply waits while a message is edited.
  await act(ana, "second", "Edit");
  await expect(chat.composer).toHaveValue("second");
  await chat.type("second, mended");
  await chat.open(elsewhere);
  await expect(chat.composer).toHaveValue("");
  await chat.open(path);
  await expect(about(page)).toContainText("Editing");
  await expect(chat.composer).toHaveValue("second, mended");
  await chat.composer.press("Enter");
  await expect(chat.message("second, mended")).toBeVisible();
  await expect(chat.composer).toHaveValue("an answer");
  await expect(about(page)).toContainText("first");
  await chat.composer.press("Enter");
  await expect(chat.message("an answer").locator(".quote")).toContainText("first");
  await chat.reload();
  await expect(chat.composer).toHaveValue("");
  await expect(about(page)).toHaveCount(0);
});

test("words for a room that was deleted, or that one is banned from, can be copied and discarded", async ({
  join,
}) => {
  const ana = await join("ana");
  const bob = await join("bob");
  const path = await makeRoom(ana, "Garden");
  await joinRoom(bob, path);
  await bob.chat.type("a long thought");
  await openAbout(ana, path, "Members");
  await manage(ana.page, "bob", "Ban");
  const { page } = bob;
  await expect(page.getByRole("heading", { level: 1 })).toContainText("banned");
  const kept = page.locator(".unsent");
  await expect(kept).toContainText("a long thought");
  // After a reload the page shows the same.
  await page.reload();
  await expect(kept).toContainText("a long thought");
  await kept.getByRole("button", { name: "Discard" }).click();
  await expect(kept).toHaveCount(0);
  await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
  await expect(kept).toContainText("a long thought");
  await kept.getByRole("button", { name: "Discard" }).click();
  await expect(kept).toHaveCount(0);
  await page.reload();
  await bob.chat.live();
  await expect(kept).toHaveCount(0);
});
