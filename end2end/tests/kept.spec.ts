// Pinned and saved messages, and navigation in a long thread.

import type { Locator } from "@playwright/test";

import { isAccessible } from "../helpers/axe";
import { act, menu } from "../helpers/floating";
import { joinRoom, makeRoom } from "../helpers/rooms";
import { type Person, expect, test } from "../helpers/test";

async function actions(who: Person, text: string): Promise<Locator> {
  const message = who.chat.message(text);
  await message.locator(".message-text").hover();
  return message.getByRole("group", { name: "Message actions" });
}

const sheet = (who: Person): Locator => who.page.locator("dialog.sheet");
const excerpts = (who: Person): Locator => who.page.locator(".excerpt-text");

test("a pinned message is found by both, leads to where it stands, and is unpinned live", async ({ join }) => {
  const ana = await join("ana", { display: "Ana Ruiz" });
  const bob = await join("bob");
  await bob.chat.open(await ana.chat.talkTo("bob"));
  await ana.chat.say("the door code is 4711");
  for (let i = 0; i < 30; i++) await ana.chat.send(`message ${i}`);
  await ana.chat.allSent();
  await expect(bob.page.getByRole("button", { name: /pinned message/ })).toBeHidden();

  await act(ana, "the door code is 4711", "Pin");
  for (const { page, chat } of [ana, bob]) {
    await expect(page.getByRole("button", { name: "1 pinned message" })).toBeVisible();
    await expect(chat.message("the door code is 4711").getByText("Pinned by Ana Ruiz")).toBeAttached();
  }
  await act(bob, "message 29", "Pin");

  await bob.page.getByRole("button", { name: "2 pinned messages" }).click();
  await expect(excerpts(bob)).toHaveText(["message 29", "the door code is 4711"]);
  await isAccessible(bob.page, "the pinned messages");
  await sheet(bob).getByRole("link", { name: /door code/ }).click();
  await expect(sheet(bob)).toBeHidden();
  await expect(bob.chat.message("the door code is 4711")).toBeInViewport();

  await bob.page.getByRole("button", { name: "2 pinned messages" }).click();
  await sheet(bob).getByRole("button", { name: "Unpin" }).first().click();
  await expect(excerpts(bob)).toHaveText(["the door code is 4711"]);
  await expect(ana.page.getByRole("button", { name: "1 pinned message" })).toBeVisible();
  await act(ana, "the door code is 4711", "Unpin");
  await expect(excerpts(bob)).toHaveCount(0);
  await expect(sheet(bob)).toContainText("No pinned messages");
});

test("in a room its admins pin, and members see it", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  const path = await makeRoom(ana, "Kitchen");
  await joinRoom(bob, path);
  await bob.chat.say("soup at noon");
  await (await actions(bob, "soup at noon")).getByRole("button", { name: "More" }).click();
  await expect(menu(bob.page).getByRole("menuitem", { name: "Save" })).toBeVisible();
  await expect(menu(bob.page).getByRole("menuitem", { name: "Pin" })).toHaveCount(0);
  await bob.page.keyboard.press("Escape");
  await act(ana, "soup at noon", "Pin");
  await bob.page.getByRole("button", { name: "1 pinned message" }).click();
  await expect(excerpts(bob)).toHaveText(["soup at noon"]);
  await expect(sheet(bob).getByRole("button", { name: "Unpin" })).toHaveCount(0);
});

test("what one saves is found in every tab, and by nobody else", async ({ join, enter }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  await bob.chat.open(await ana.chat.talkTo("bob"));
  await ana.chat.you(/^Saved messages/);
  await expect(ana.page.getByText("Nothing saved yet.")).toBeVisible();
  await isAccessible(ana.page, "nothing is saved");
  await ana.page.goBack();

  await bob.chat.say("call the plumber");
  await bob.chat.say("and thank her");
  const again = await enter("ana");
  await again.chat.open(new URL(ana.page.url()).pathname);
  await act(ana, "call the plumber", "Save");
  for (const { chat } of [ana, again]) {
    await expect(chat.message("call the plumber").getByText("Saved", { exact: true })).toBeVisible();
  }
  await expect(bob.chat.message("call the plumber").getByText("Saved", { exact: true })).toHaveCount(0);

  await again.chat.you("Saved messages (1)");
  await expect(excerpts(again)).toHaveText(["call the plumber"]);
  await isAccessible(again.page, "the saved messages");
  await act(ana, "and thank her", "Save");
  await expect(excerpts(again)).toHaveText(["and thank her", "call the plumber"]);
  await again.page.getByRole("button", { name: "Remove" }).first().click();
  await expect(excerpts(again)).toHaveText(["call the plumber"]);
  await expect(ana.chat.message("and thank her").getByText("Saved", { exact: true })).toHaveCount(0);
  await again.page.getByRole("link", { name: /plumber/ }).click();
  await expect(again.chat.message("call the plumber")).toBeInViewport();
  await again.chat.open("/saved");
  await expect(excerpts(again)).toHaveText(["call the plumber"]);
});

test.describe("in a long thread", () => {
  test.use({ seed: { people: 2, messages: 1_000 } });

  test("a day leads to any other, Home to the beginning and End to the end", async ({ enter }) => {
    const ana = await enter("ana");
    await ana.chat.threads.getByRole("link").first().click();
    await expect(ana.chat.messages.last()).toBeInViewport();
    const last = await ana.chat.messages.last().getAttribute("data-seq");
    await ana.chat.log.focus();
    await ana.page.keyboard.press("Home");
    await expect(ana.page.getByText("This is the start of your chat with")).toBeInViewport();
    await ana.page.keyboard.press("End");
    await expect(ana.page.locator(`[data-seq="${last}"]`)).toBeInViewport();

    await ana.page.locator(".day button").last().click();
    await isAccessible(ana.page, "the choice of a day");
    await sheet(ana).getByRole("button", { name: "Start of the chat" }).click();
    await expect(ana.page.locator('[data-seq="1"]')).toBeInViewport();
    await ana.chat.log.focus();
    await ana.page.keyboard.press("End");
    await expect(ana.page.locator(`[data-seq="${last}"]`)).toBeInViewport();

    // All messages are newer, so the first one is the first since that date.
    await ana.page.locator(".day button").last().click();
    await sheet(ana).getByLabel("Another date").fill("2020-02-29");
    await sheet(ana).getByRole("button", { name: "Go" }).click();
    await expect(sheet(ana)).toBeHidden();
    await expect(ana.page.locator('.message.pointed-at[data-seq="1"]')).toBeInViewport();
  });
});
