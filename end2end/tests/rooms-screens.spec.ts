// The screens of rooms and of the administration: axe-core on each, light and dark; their width on small screens; and a
// room with thousands of members.

import { isAccessible } from "../helpers/axe";
import { fitsTheWidth } from "../helpers/chat";
import { figure, percentile } from "../helpers/figures";
import { act, choose } from "../helpers/floating";
import { dialog, joinRoom, makeLink, makeRoom, openAbout, openPart, panel } from "../helpers/rooms";
import { REFUSED, expect, test } from "../helpers/test";

for (const colorScheme of ["light", "dark"] as const) {
  test(`no screen of a room has a violation (${colorScheme})`, async ({ join, expectErrors }) => {
    expectErrors(REFUSED);
    const ana = await join("ana", { display: "Ana Ruiz", colorScheme });
    const bob = await join("bob", { display: "Bob Li", colorScheme });
    await ana.chat.open("/rooms");
    await isAccessible(ana.page, "rooms, none");
    await ana.chat.open("/rooms/new");
    await ana.page.getByRole("radio", { name: /key or an invite link/ }).check();
    await isAccessible(ana.page, "new room");
    await makeRoom(ana, "Cellar", { key: "wine-and-cheese" });
    const path = await makeRoom(ana, "Garden", { topic: "Beans and roses" });
    await bob.chat.open("/rooms");
    await isAccessible(bob.page, "rooms");
    await bob.chat.open(path);
    await isAccessible(bob.page, "the card of a room");
    await joinRoom(bob, path);
    await bob.chat.say("Hello");
    await bob.chat.say("Goodbye");

    await openAbout(ana, path);
    await expect(ana.page.locator(".member")).toHaveCount(2);
    await isAccessible(ana.page, "about a room");
    for (const part of ["Name and topic", "Who can join", "Invite links", "Bans", "Audit log"]) {
      await openPart(ana.page, part);
    }
    await makeLink(ana.page, "5");
    await expect(ana.page.getByRole("button", { name: "Revoke" })).toBeVisible();
    await isAccessible(ana.page, "about a room, all parts open");
    await ana.page.getByRole("button", { name: "Manage Bob Li" }).click();
    await isAccessible(ana.page, "what to do with a member");
    await choose(ana.page, "Ban…");
    await isAccessible(ana.page, "a ban");
    await dialog(ana.page).getByRole("button", { name: "Ban", exact: true }).click();
    await expect(bob.page.getByRole("heading", { name: "You're banned from Garden" })).toBeVisible();
    await isAccessible(bob.page, "banned");
    await act(ana, "Hello", "Delete…");
    await isAccessible(ana.page, "deleting a message");
    await dialog(ana.page).getByRole("button", { name: "Delete", exact: true }).click();
    await expect(ana.page.locator(".message-deleted")).toBeVisible();
    await isAccessible(ana.page, "a room with a deleted message");

    await ana.chat.open("/admin");
    await expect(ana.page.locator(".member")).toHaveCount(2);
    await openPart(ana.page, "Audit log");
    await isAccessible(ana.page, "administration");
    await bob.chat.open("/join/nothing-like-a-token");
    await isAccessible(bob.page, "a link that does not work");
  });
}

test("every screen fits 320 pixels", async ({ join, expectErrors }) => {
  expectErrors(REFUSED);
  const ana = await join("ana", { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true });
  const name = "A room with quite a long name, as people give them: Donaudampfschifffahrtsgesellschaft";
  const path = await makeRoom(ana, name.slice(0, 80), { topic: "x".repeat(200) });
  await fitsTheWidth(ana.page);
  await openAbout(ana, path);
  for (const part of ["Name and topic", "Who can join", "Invite links", "Bans", "Audit log"]) {
    await openPart(ana.page, part);
  }
  await makeLink(ana.page, "5");
  await fitsTheWidth(ana.page);
  await ana.page.getByRole("link", { name: "Back to messages" }).click();
  await expect(ana.chat.composer).toBeVisible();
  for (const path of ["/", "/rooms", "/rooms/new", "/admin"]) {
    await ana.chat.open(path);
    await fitsTheWidth(ana.page);
  }
});

test("a room is made, opened, handed over and left with the keyboard alone", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  const { page, chat } = ana;
  await chat.open("/rooms/new");
  await page.getByLabel("Name", { exact: true }).focus();
  await page.keyboard.type("Garden");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/t\/\d+$/);
  await joinRoom(bob, new URL(page.url()).pathname);
  await page.getByRole("link", { name: "Details" }).focus();
  await page.keyboard.press("Enter");
  await expect(panel(page)).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(panel(page).getByRole("link", { name: "Close" })).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(panel(page).getByRole("button", { name: "Mute" })).toBeFocused();

  // The server lets the only admin of a room neither go nor give up the role: somebody else must be one first.
  await expect(panel(page).getByText("You're the only admin. To leave, make someone else an admin first.")).toBeVisible();
  await expect(panel(page).getByRole("button", { name: "Leave" })).toHaveCount(0);
  const manageBob = page.getByRole("button", { name: "Manage bob" });
  for (let presses = 0; presses < 6 && !(await manageBob.evaluate((it) => it === document.activeElement)); presses++) {
    await page.keyboard.press("Tab");
  }
  await expect(manageBob).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.type("make");
  await expect(page.getByRole("menuitem", { name: "Make admin" })).toBeFocused();
  await page.keyboard.press("Enter");
  const leave = panel(page).getByRole("button", { name: "Leave" });
  await expect(leave).toBeVisible();
  await panel(page).getByRole("button", { name: "Add to favourites" }).focus();
  await page.keyboard.press("Tab");
  await expect(leave).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL("/");
  await expect(page.locator(".toast")).toContainText("You left");
  await expect(chat.thread("Garden")).toHaveCount(0);
});

test.describe("with 5,000 members", () => {
  test.use({ seed: { people: 5_000, messages: 10 }, lobby: "Lobby" });

  test("the list of members scrolls smoothly to its end, with few rows in the page", async ({ enter }) => {
    const ana = await enter("ana");
    let pages = 0;
    ana.page.on("request", (request) => {
      if (request.url().includes("/api/history")) pages += 1;
    });
    await ana.chat.thread("Lobby").click();
    await expect(ana.page).toHaveURL(/\/t\/\d+$/);
    // Thousands of joins are a few lines, with both ends of the loaded range in view: it must not be loaded repeatedly.
    const more = async () => {
      const before = pages;
      await ana.page.waitForTimeout(1_000);
      return pages - before;
    };
    await expect.poll(more, { timeout: 30_000 }).toBe(0);
    const path = new URL(ana.page.url()).pathname;
    const answered = await ana.page.request.get(path);
    const begun = performance.now();
    expect((await ana.page.request.get(path)).status()).toBe(200);
    figure("5,000 members: the server's time for the page", performance.now() - begun, "ms", 200);
    expect(answered.status()).toBe(200);

    await openAbout(ana, path);
    await expect(panel(ana.page).getByRole("heading", { name: "5000 members" })).toBeVisible();
    await expect(ana.page.locator(".member").first()).toBeVisible();
    const { frames, most, reached } = await ana.page.evaluate(async () => {
      const frame = () => new Promise<number>(requestAnimationFrame);
      const scroller = document.querySelector(".members .people-scroller");
      if (!scroller) throw new Error("no list of members");
      const frames: number[] = [];
      let most = 0;
      let before = await frame();
      for (let still = 0, top = -1; still < 60 && frames.length < 3_000; ) {
        scroller.scrollTop += 600;
        const now = await frame();
        frames.push(now - before);
        before = now;
        most = Math.max(most, scroller.querySelectorAll(".member").length);
        still = scroller.scrollTop === top ? still + 1 : 0;
        top = scroller.scrollTop;
      }
      return { frames, most, reached: scroller.scrollHeight / 52 };
    });
    expect(reached, "the list is as long as 5,000 members").toBeGreaterThan(4_990);
    expect(most, "rows in the page").toBeLessThan(300);
    figure("5,000 members: 95 % of frames while scrolling", percentile(frames, 0.95), "ms", 50);
    figure("5,000 members: longest frame while scrolling", Math.max(...frames), "ms");
    await ana.page.getByLabel("Filter members").fill("noah bennett");
    await expect(ana.page.locator(".member", { hasText: "Noah Bennett" }).first()).toBeVisible();
  });
});
