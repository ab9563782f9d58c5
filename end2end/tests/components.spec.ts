// The four components that everything else uses: menu, popover, toast and sheet, each in a place where the app has it.

import type { CDPSession, Locator, Page } from "@playwright/test";

import { isAccessible } from "../helpers/axe";
import { act, menu, toast } from "../helpers/floating";
import { joinRoom, makeRoom, openAbout, panel } from "../helpers/rooms";
import { type Person, expect, test } from "../helpers/test";

const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

const items = (page: Page): Locator => menu(page).getByRole("menuitem");

/** Two members of a room, and its details open for its admin, who is the first. */
async function inRoom(join: (name: string) => Promise<Person>): Promise<[Person, Locator]> {
  const ana = await join("ana");
  const path = await makeRoom(ana, "Garden");
  await joinRoom(await join("bob"), path);
  await openAbout(ana, path);
  return [ana, ana.page.getByRole("button", { name: "Manage bob" })];
}

test("a menu is used with the keyboard alone, and gives the focus back", async ({ join }) => {
  const [{ page }, button] = await inRoom(join);
  await expect(button).toHaveAttribute("aria-haspopup", "menu");
  await button.focus();
  await page.keyboard.press("Enter");
  const labels = ["Block", "Report…", "Make admin", "Remove…", "Ban…"];
  await expect(items(page)).toHaveText(labels);
  await expect(button).toHaveAttribute("aria-expanded", "true");
  await expect(items(page).first()).toBeFocused();
  await isAccessible(page, "a menu");

  const focused = async (key: string, label: string) => {
    await page.keyboard.press(key);
    await expect(items(page).filter({ hasText: label })).toBeFocused();
  };
  await focused("ArrowDown", "Report…");
  await focused("ArrowUp", "Block");
  await focused("ArrowUp", "Ban…");
  await focused("ArrowDown", "Block");
  await focused("End", "Ban…");
  await focused("Home", "Block");
  // The first letters lead to an item.
  await page.keyboard.type("rem");
  await expect(items(page).filter({ hasText: "Remove…" })).toBeFocused();

  await page.keyboard.press("Escape");
  await expect(menu(page)).toHaveCount(0);
  await expect(button).toBeFocused();
  await expect(button).toHaveAttribute("aria-expanded", "false");
  // The room's details are still open: Escape closed the menu only.
  await expect(panel(page)).toBeVisible();

  await page.keyboard.press("Enter");
  await expect(items(page).first()).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(menu(page)).toHaveCount(0);
  await expect(panel(page).locator(":focus")).toHaveCount(1);
  await expect(button).not.toBeFocused();
});

test("a menu opens at its button, within the window, and closes by a click on either", async ({ join }) => {
  const [{ page }, button] = await inRoom(join);
  for (const size of [
    { width: 1280, height: 800 },
    { width: 768, height: 560 },
    { width: 360, height: 780 },
  ]) {
    await page.setViewportSize(size);
    await button.click();
    await expect(items(page).first()).toBeVisible();
    const at = (await button.boundingBox())!;
    // It moves a little while it appears.
    const distance = async () => {
      const box = (await menu(page).boundingBox())!;
      return Math.min(Math.abs(box.y - (at.y + at.height)), Math.abs(box.y + box.height - at.y));
    };
    await expect.poll(distance, "it is at its button").toBeLessThanOrEqual(6);
    const box = (await menu(page).boundingBox())!;
    expect(Math.min(box.x, box.y)).toBeGreaterThanOrEqual(8);
    expect(box.x + box.width).toBeLessThanOrEqual(size.width - 8);
    expect(box.y + box.height).toBeLessThanOrEqual(size.height - 8);
    expect(box.width).toBeLessThanOrEqual(320);
    await button.click();
    await expect(menu(page)).toHaveCount(0);
  }
  await button.click();
  await expect(menu(page)).toBeVisible();
  await panel(page).getByRole("heading", { level: 2 }).click();
  await expect(menu(page)).toHaveCount(0);
});

test("a menu at the lower edge opens upwards", async ({ join }) => {
  const ana = await join("ana");
  await join("bob");
  await ana.chat.talkTo("bob");
  for (let n = 0; n < 30; n++) await ana.chat.send(`line ${n}`);
  await ana.chat.allSent();
  const last = ana.chat.message("line 29");
  await last.hover();
  const more = last.getByRole("button", { name: "More" });
  await more.click();
  await expect(menu(ana.page)).toBeVisible();
  const [at, box] = [(await more.boundingBox())!, (await menu(ana.page).boundingBox())!];
  expect(box.y + box.height).toBeLessThanOrEqual(at.y);
  // What destroys comes last, after a line.
  await expect(items(ana.page).last()).toHaveAccessibleName("Delete…");
  await expect(menu(ana.page).getByRole("group").last().getByRole("menuitem")).toHaveCount(1);
});

test("the popover of emoji dims nothing, and a reaction takes two clicks", async ({ join }) => {
  const ana = await join("ana");
  await join("bob");
  await ana.chat.talkTo("bob");
  await ana.chat.say("Soup is ready");
  await act(ana, "Soup is ready", "Add a reaction");
  const popover = ana.page.getByRole("dialog", { name: "Choose an emoji" });
  await expect(popover.getByLabel("Search emoji")).toBeFocused();
  await isAccessible(ana.page, "the popover of emoji");
  // It is not modal: the rest of the page can be used, which closes it.
  await ana.chat.composer.click();
  await expect(popover).toHaveCount(0);
  await expect(ana.chat.composer).toBeFocused();

  await act(ana, "Soup is ready", "Add a reaction");
  await ana.page.keyboard.press("Escape");
  await expect(popover).toHaveCount(0);
  const bar = ana.chat.message("Soup is ready").getByRole("group", { name: "Message actions" });
  await expect(bar.getByRole("button", { name: "Add a reaction" })).toBeFocused();

  await bar.getByRole("button", { name: "Add a reaction" }).click();
  await popover.locator('[data-emoji="🎉"]').first().click();
  await expect(ana.chat.message("Soup is ready").locator(".reaction", { hasText: "🎉" })).toBeVisible();
  await expect(popover).toHaveCount(0);
});

test("a toast says what was done, and Undo takes it back", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  await bob.chat.open(await ana.chat.talkTo("bob"));
  await ana.chat.say("the door code is 4711");
  const pins = (who: Person) => who.page.getByRole("button", { name: "1 pinned message" });
  await act(ana, "the door code is 4711", "Pin");
  await expect(toast(ana.page)).toContainText("Message pinned");
  await expect(ana.page.getByRole("status").filter({ hasText: "Message pinned" })).toBeVisible();
  await expect(pins(bob)).toBeVisible();
  await toast(ana.page).hover();
  await isAccessible(ana.page, "a toast");
  await toast(ana.page).getByRole("button", { name: "Undo" }).click();
  await expect(pins(bob)).toHaveCount(0);
  await expect(toast(ana.page)).toHaveCount(0);

  // With the keyboard, while no field has the focus.
  await act(ana, "the door code is 4711", "Save");
  await expect(toast(ana.page)).toContainText("Message saved");
  await ana.chat.composer.focus();
  await ana.page.keyboard.press("Control+z");
  await expect(toast(ana.page)).toContainText("Message saved");
  await ana.chat.message("the door code is 4711").focus();
  await ana.page.keyboard.press("Control+z");
  await expect(toast(ana.page)).toHaveCount(0);
  await expect(ana.chat.message("the door code is 4711")).not.toContainText("Saved");
});

test("the newest toast replaces the one before; it goes by itself, but not from under the pointer", async ({ join }) => {
  const ana = await join("ana");
  await join("bob");
  await ana.chat.talkTo("bob");
  await ana.chat.say("one");
  await act(ana, "one", "Pin");
  await expect(toast(ana.page)).toContainText("Message pinned");
  await act(ana, "one", "Save");
  await expect(toast(ana.page)).toHaveText(/Message saved/);
  // Its time is that of an animation.
  const time = () =>
    toast(ana.page).evaluate((toast) => {
      const animation = toast.getAnimations().at(-1)!;
      return [animation.playState, animation.effect!.getComputedTiming().duration];
    });
  await ana.chat.composer.hover();
  await expect.poll(time).toEqual(["running", 10_000]);
  await toast(ana.page).hover();
  await expect.poll(time).toEqual(["paused", 10_000]);
  await ana.chat.composer.hover();
  await toast(ana.page).getByRole("button", { name: "Undo" }).focus();
  await expect.poll(time).toEqual(["paused", 10_000]);
  await ana.chat.composer.focus();
  await expect.poll(time).toEqual(["running", 10_000]);
  await act(ana, "one", "Copy link");
  await expect(toast(ana.page)).toContainText("Link copied");
  await expect.poll(time).toEqual(["running", 6_000]);
  await toast(ana.page).evaluate((toast) => toast.getAnimations().forEach((animation) => animation.finish()));
  await expect(toast(ana.page)).toHaveCount(0);
});

test("an error is an alert that stays until it is dismissed, and offers to try again", async ({ join, expectErrors }) => {
  expectErrors(/Failed to load resource/);
  const ana = await join("ana");
  await join("bob");
  await ana.chat.talkTo("bob");
  await ana.chat.say("one");
  await ana.page.route("**/api/pin", (route) => route.abort());
  await act(ana, "one", "Pin");
  const alert = ana.page.getByRole("alert").filter({ has: toast(ana.page) });
  await expect(alert).toBeVisible();
  await ana.page.unroute("**/api/pin");
  await alert.getByRole("button", { name: "Try again" }).click();
  await expect(toast(ana.page)).toContainText("Message pinned");
});

/** A finger, which Playwright's touchscreen can only tap with. */
async function finger(page: Page): Promise<CDPSession> {
  return page.context().newCDPSession(page);
}

test("on a phone a long press opens a sheet with reactions and words, and back closes it", async ({ join }) => {
  const ana = await join("ana", phone);
  const bob = await join("bob");
  await bob.chat.talkTo("ana");
  await bob.chat.say("first");
  await ana.chat.thread("bob").tap();
  const sheet = ana.page.getByRole("dialog", { name: "Message" });
  const message = ana.chat.message("first");
  const box = (await message.boundingBox())!;
  const touch = await finger(ana.page);
  const press = async () => {
    const touchPoints = [{ x: box.x + 80, y: box.y + box.height - 8 }];
    await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints });
    await expect(sheet).toBeVisible();
    await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  };
  await press();
  const reactions = sheet.getByRole("group", { name: "Reactions" }).getByRole("button");
  await expect(reactions).toHaveCount(7);
  for (const control of [...(await reactions.all()), ...(await sheet.getByRole("menuitem").all())]) {
    const size = (await control.boundingBox())!;
    expect(Math.min(size.width, size.height)).toBeGreaterThanOrEqual(44);
    await expect(control).toBeInViewport({ ratio: 1 });
  }
  const words = ["Reply", "Copy text", "Copy link", "Save", "Pin", "Mark unread from here", "Profile", "Block", "Report…"];
  await expect(sheet.locator(".menu-label")).toHaveText(words);
  await isAccessible(ana.page, "the sheet of a message");
  const address = ana.page.url();
  await ana.page.goBack();
  await expect(sheet).toHaveCount(0);
  await expect(ana.page).toHaveURL(address);
  await expect(ana.chat.composer).toBeVisible();

  // A tap beside it closes it too; then back leaves the chat, as before.
  await press();
  await ana.page.touchscreen.tap(180, 40);
  await expect(sheet).toHaveCount(0);
  await press();
  await ana.page.keyboard.press("Escape");
  await expect(sheet).toHaveCount(0);

  await press();
  await reactions.first().tap();
  await expect(message.locator(".reaction[aria-pressed=true]")).toBeVisible();
  await expect(sheet).toHaveCount(0);
  await ana.page.goBack();
  await expect(ana.page).toHaveURL("/");
});
