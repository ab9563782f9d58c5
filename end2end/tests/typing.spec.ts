// The typing indicator.

import type { Page } from "@playwright/test";

import { makeRoom } from "../helpers/rooms";
import { expect, test } from "../helpers/test";

/** The frames of a type that a page sends from now on. */
function said(page: Page, type: string): { count: number } {
  const said = { count: 0 };
  page.on("websocket", (socket) =>
    socket.on("framesent", ({ payload }) => {
      if (JSON.parse(payload.toString()).type === type) said.count++;
    }),
  );
  return said;
}

test("who types is named to the other, until their message comes, and nothing moves", async ({ join }) => {
  const ana = await join("ana", { display: "Ana Ruiz" });
  const bob = await join("bob");
  const path = await ana.chat.talkTo("bob");
  await bob.chat.open(path);
  await ana.chat.say("one");
  await bob.chat.shows(["one"]);
  const before = await bob.chat.composer.boundingBox();

  await ana.chat.composer.pressSequentially("Hello");
  await expect(bob.page.locator(".typing")).toHaveText("Ana Ruiz is typing…");
  expect(await bob.chat.composer.boundingBox()).toEqual(before);
  await expect(ana.page.locator(".typing")).toHaveText("");

  await ana.chat.composer.press("Enter");
  await bob.chat.shows(["one", "Hello"]);
  await expect(bob.page.locator(".typing")).toHaveText("");
});

test("who stops typing is named no more after five seconds", async ({ join }) => {
  const ana = await join("ana", { display: "Ana Ruiz" });
  const bob = await join("bob");
  await bob.chat.open(await ana.chat.talkTo("bob"));
  // Once a message arrives, the page is connected. A typing hint sent before that is lost.
  await ana.chat.say("one");
  await bob.chat.shows(["one"]);
  await ana.chat.composer.pressSequentially("Hello");
  const line = bob.page.locator(".typing");
  await expect(line).toHaveText("Ana Ruiz is typing…");
  const begun = Date.now();
  await expect(line).toHaveText("", { timeout: 8_000 });
  expect(Date.now() - begun).toBeLessThan(6_000);
});

test("a draft that is restored, a field that is emptied and an edit are no typing", async ({ join }) => {
  const ana = await join("ana");
  await join("bob");
  await ana.chat.talkTo("bob");
  await ana.chat.say("first");
  await ana.chat.composer.pressSequentially("a draft");
  const typing = said(ana.page, "typing");
  await ana.chat.reload();
  await expect(ana.chat.composer).toHaveValue("a draft");
  await ana.chat.composer.fill("");
  await ana.chat.composer.press("ArrowUp");
  await expect(ana.chat.composer).toHaveValue("first");
  await ana.chat.composer.pressSequentially(" and changed");
  expect(typing.count).toBe(0);
  await ana.chat.composer.press("Escape");
  await ana.chat.composer.pressSequentially("now a new one, with many keys");
  await expect.poll(() => typing.count).toBe(1);
});

test("of two who type both are named, of three none, and only in that room", async ({ join }) => {
  const [ana, bob, eve, dan] = [await join("ana"), await join("bob"), await join("eve"), await join("dan")];
  const path = await makeRoom(ana, "Kitchen");
  for (const { chat, page } of [bob, eve, dan]) {
    await chat.open(path);
    await page.getByRole("button", { name: "Join room" }).click();
    await expect(chat.composer).toBeVisible();
  }
  const line = ana.page.locator(".typing");
  await bob.chat.composer.pressSequentially("I");
  await expect(line).toHaveText("bob is typing…");
  await eve.chat.composer.pressSequentially("So");
  await expect(line).toHaveText("bob and eve are typing…");
  await dan.chat.composer.pressSequentially("Me");
  await expect(line).toHaveText("Several people are typing…");
});
