// Receipts, and hiding them.

import { isAccessible } from "../helpers/axe";
import { act } from "../helpers/floating";
import { makeRoom } from "../helpers/rooms";
import { expect, test } from "../helpers/test";

test("one's last message is sent, then delivered, then read", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  const path = await ana.chat.talkTo("bob");
  await bob.page.goto("about:blank");
  await expect(ana.page.locator(".row-state").first()).toHaveText("offline");
  await ana.chat.say("Are you there?");
  const mark = ana.page.locator(".receipt");
  await expect(mark).toHaveText("Sent");
  await bob.chat.open("/rooms");
  await expect(mark).toHaveText("Delivered");
  await ana.chat.reload();
  await expect(mark).toHaveText("Delivered");
  await bob.chat.open(path);
  await expect(mark).toHaveText("Read");
  await ana.chat.reload();
  await expect(mark).toHaveText("Read");
  await ana.chat.say("Good.");
  await expect(mark).toHaveCount(1);
  await expect(ana.chat.message("Good.").locator(".receipt")).toHaveText("Read");
  await isAccessible(ana.page, "a thread with a receipt");
});

test("in a room the last message says how many have read it, a click lists them, and nothing moves", async ({ join }) => {
  const ana = await join("ana", { display: "Ana Ruiz" });
  const path = await makeRoom(ana, "Kitchen");
  await ana.chat.say("Soup!");
  const edge = () => ana.chat.message("Soup!").evaluate((message) => message.getBoundingClientRect().bottom);
  const before = await edge();
  const others = [];
  for (const name of ["bob", "dan", "eve", "flo"]) {
    const other = await join(name);
    others.push(other);
    await other.chat.open(path);
    await other.page.getByRole("button", { name: "Join room" }).click();
    await other.chat.shows(["Soup!"]);
  }
  const readers = ana.page.locator(".readers");
  await expect(readers).toHaveText("Read by 4");
  // Only the notices below it came.
  expect(await edge()).toBe(before);
  await isAccessible(ana.page, "a room with readers");
  await readers.click();
  const list = ana.page.getByRole("dialog", { name: "Read by" });
  await expect(list.getByRole("listitem")).toContainText(["bob", "dan", "eve", "flo"]);
  await isAccessible(ana.page, "the readers of a message");
  await ana.page.keyboard.press("Escape");
  await expect(readers).toBeFocused();

  // The other messages tell it in their menu.
  await others[3]!.page.goto("about:blank");
  await ana.chat.say("More?");
  await expect(readers).toHaveText("Read by 3");
  await act(ana, "Soup!", "Read by…");
  await expect(list.getByRole("listitem")).toHaveCount(4);
});

test("who hides what they have read and that they are online is not seen, and does not see it", async ({
  join,
  enter,
}) => {
  const ana = await join("ana");
  const bob = await join("bob");
  const bobs = await enter("bob");
  const path = await ana.chat.talkTo("bob");
  for (const { chat } of [bob, bobs]) await chat.open(path);
  await expect(ana.page.locator(".row-state").first()).toHaveText("online");
  await bob.chat.you("Privacy");
  const panel = bob.page.getByRole("dialog", { name: "Privacy" });
  const [read, online] = [panel.getByLabel("Share read receipts and typing"), panel.getByLabel("Share when I'm online")];
  await read.click();
  await expect(read).not.toBeChecked();
  await online.click();
  await expect(online).not.toBeChecked();
  await isAccessible(bob.page, "the privacy panel");
  await bobs.chat.you("Privacy");
  await expect(bobs.page.getByLabel("Share read receipts and typing")).not.toBeChecked();
  await bob.page.keyboard.press("Escape");
  await expect(ana.page.locator(".row-state").first()).toHaveText("offline");
  await ana.chat.say("Hidden?");
  await bob.chat.shows(["Hidden?"]);
  await bob.chat.composer.pressSequentially("no");
  await bob.chat.composer.press("Enter");
  await ana.chat.shows(["Hidden?", "no"]);
  await expect(ana.page.locator(".receipt")).toHaveCount(0);
  await expect(bob.page.locator(".receipt")).toHaveText("Sent");
  // Once shared again, it is visible at once.
  await bob.chat.you("Privacy");
  await online.click();
  await expect(ana.page.locator(".row-state").first()).toHaveText("online");
  await expect(bob.page.locator(".receipt")).toHaveText("Delivered");
});

test("a box of the privacy panel shows what holds, also when a change could not be made", async ({
  join,
  expectErrors,
}) => {
  expectErrors(/ERR_FAILED/);
  const ana = await join("ana");
  await ana.chat.you("Privacy");
  const panel = ana.page.getByRole("dialog", { name: "Privacy" });
  const online = panel.getByLabel("Share when I'm online");
  await ana.page.route("**/api/set_privacy", (route) => route.abort());
  await online.click();
  await expect(panel.getByRole("alert")).toBeVisible();
  await expect(online).toBeChecked();
  await ana.page.unroute("**/api/set_privacy");
  await online.click();
  await expect(online).not.toBeChecked();
  await expect(panel.getByRole("alert")).toHaveCount(0);
});
