// "Mark unread from here": per user, in every tab, until the chat is opened again.

import { type Person, expect, test } from "../helpers/test";

const unread = (who: Person, name: string) => who.chat.thread(name).getByText(/^\d+ unread$/);

async function markUnread(who: Person, text: string): Promise<void> {
  const message = who.chat.message(text);
  await message.locator(".message-text").hover();
  await message.getByRole("button", { name: "More", exact: true }).click();
  await who.page.getByRole("menuitem", { name: "Mark unread from here" }).click();
}

test("messages are marked unread from one on, everywhere and for oneself alone, until the chat is opened again", async ({
  join,
}) => {
  const ana = await join("ana");
  const bob = await join("bob");
  const path = await ana.chat.talkTo("bob");
  await bob.chat.open(path);
  for (const text of ["one", "two", "three"]) await ana.chat.say(text);
  await bob.chat.shows(["one", "two", "three"]);
  await expect(ana.chat.messages.last()).toContainText("Read");
  const second = await bob.context.newPage();
  await second.goto("/");

  await markUnread(bob, "two");
  await expect(unread(bob, "ana")).toHaveText("2 unread");
  await expect(second.getByText("2 unread"), "in the other tab, at once").toBeAttached();
  await expect(bob.chat.unreadDivider).toBeVisible();
  // What is on the screen stays unread, also when another message comes.
  await ana.chat.say("four");
  await bob.chat.shows(["one", "two", "three", "four"]);
  await expect(unread(bob, "ana")).toHaveText("3 unread");
  await second.reload();
  await expect(second.getByText("3 unread"), "after a reload").toBeAttached();

  await bob.chat.open("/");
  await expect(unread(bob, "ana")).toHaveText("3 unread");
  await bob.chat.thread("ana").click();
  await expect(bob.chat.unreadDivider).toBeVisible();
  await expect(unread(bob, "ana")).toHaveCount(0);
  await expect(second.getByText(/\d unread/)).toHaveCount(0);
  await ana.chat.reload();
  await expect(ana.chat.message("three")).toBeVisible();
});

test("marking unread is undone by the toast, as far as it had been read", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  const path = await ana.chat.talkTo("bob");
  await bob.chat.open(path);
  for (const text of ["one", "two"]) await ana.chat.say(text);
  await bob.chat.shows(["one", "two"]);
  await expect(unread(bob, "ana")).toHaveCount(0);
  await markUnread(bob, "one");
  await expect(unread(bob, "ana")).toHaveText("2 unread");
  await bob.page.locator(".toast").getByRole("button", { name: "Undo" }).click();
  await expect(unread(bob, "ana")).toHaveCount(0);
  await expect(bob.chat.unreadDivider).toHaveCount(0);
  const second = await bob.context.newPage();
  await second.goto("/");
  await expect(second.getByText(/\d unread/)).toHaveCount(0);
});
