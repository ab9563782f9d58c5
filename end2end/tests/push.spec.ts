// The worker: what it does with pushes, which Chromium hands it as if a push service had sent them. (What the server sends,
// and to whom, is tested in tests/server/push.rs.)

import type { CDPSession, Page } from "@playwright/test";

import { isAccessible } from "../helpers/axe";
import { dialog } from "../helpers/rooms";
import { type Person, expect, pair, test } from "../helpers/test";

const PERMITTED = { permissions: ["notifications"] };

async function turnOn(who: Person): Promise<void> {
  await who.chat.you("Notifications");
  await dialog(who.page).getByLabel("Show notifications on this device").check();
}

/** Hands a push to the worker of a page's site. */
async function pushes(page: Page): Promise<(thread: number, seq: number, body: string) => Promise<void>> {
  const session: CDPSession = await page.context().newCDPSession(page);
  const found = new Promise<string>((resolve) => {
    session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const registration = registrations.find((it) => !it.isDeleted);
      if (registration) resolve(registration.registrationId);
    });
  });
  await session.send("ServiceWorker.enable");
  const registrationId = await found;
  const { origin } = new URL(page.url());
  return async (thread, seq, body) => {
    const path = `/t/${thread}/m/${seq}`;
    const notification = { title: "Bob Li", body, tag: `t${thread}`, icon: "/icon-192.png", navigate: path, data: { path, thread, seq } };
    const data = JSON.stringify({ web_push: 8030, notification });
    // The worker shows nothing while a page has the focus, and learns later than the page that it has lost it.
    const [worker] = page.context().serviceWorkers();
    const hasFocused = () =>
      worker?.evaluate(async () => {
        const { clients } = globalThis as unknown as { clients: { matchAll(options: object): Promise<{ focused: boolean }[]> } };
        const pages = await clients.matchAll({ type: "window", includeUncontrolled: true });
        return pages.some((it) => it.focused);
      });
    await expect.poll(hasFocused, "a page has the focus, as the worker sees it").toBe(false);
    await session.send("ServiceWorker.deliverPushMessage", { origin, registrationId, data });
  };
}

const shown = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const worker = await navigator.serviceWorker.ready;
    return (await worker.getNotifications()).map((it) => it.body);
  });

/** Another page gets the focus. (Playwright pretends that every page has it.) */
async function lookAway(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setFocusEmulationEnabled", { enabled: false });
  const other = await page.context().newPage();
  await other.bringToFront();
  await expect.poll(() => page.evaluate(() => document.hasFocus())).toBe(false);
}

/** Turns notifications on and looks away. Returns what hands pushes to the worker. */
async function away(who: Person): Promise<Awaited<ReturnType<typeof pushes>>> {
  await who.chat.open("/");
  await turnOn(who);
  await who.page.keyboard.press("Escape");
  const push = await pushes(who.page);
  await lookAway(who.page);
  return push;
}

test("a push shows its message, the next one replaces it, and reading it on any device closes it", async ({ join }) => {
  const ana = await join("ana", PERMITTED);
  const bob = await join("bob", { display: "Bob Li" });
  const path = await bob.chat.talkTo("ana");
  const thread = Number(path.split("/").at(-1));
  await bob.chat.say("one");
  await bob.chat.say("two");
  const push = await away(ana);
  await push(thread, 1, "one");
  await expect.poll(() => shown(ana.page)).toEqual(["one"]);
  await push(thread, 2, "two");
  await expect.poll(() => shown(ana.page)).toEqual(["two"]);
  // The same again, as when it was shown by a page or a push comes twice.
  await push(thread, 2, "two again");
  await push(thread, 1, "late");
  await push(thread + 1, 1, "elsewhere");
  await expect.poll(async () => (await shown(ana.page)).sort()).toEqual(["elsewhere", "two"]);
  await (await ana.context.newPage()).goto(path);
  await expect.poll(() => shown(ana.page)).toEqual(["elsewhere"]);
});

/** Clicks on the notification that is shown, or on one of its actions; with a text where the system lets one type it. */
async function click(page: Page, action: string, reply?: string): Promise<void> {
  const [worker] = page.context().serviceWorkers();
  await worker?.evaluate(
    async ({ action, reply }) => {
      const scope = globalThis as unknown as {
        registration: { getNotifications: () => Promise<Notification[]> };
        dispatchEvent: (event: Event) => boolean;
        NotificationEvent: new (kind: string, init: object) => Event;
      };
      const [notification] = await scope.registration.getNotifications();
      scope.dispatchEvent(new scope.NotificationEvent("notificationclick", { notification, action, reply }));
    },
    { action, reply },
  );
}

test("a notification offers to mark its message as read, and to answer it where a text can be typed", async ({ join }) => {
  const { ana, bob, path } = await pair((name) => join(name, PERMITTED));
  await bob.chat.say("soup?");
  await bob.chat.say("or bread?");
  const thread = Number(path.split("/").at(-1));
  const push = await away(ana);
  await push(thread, 2, "or bread?");
  await expect.poll(() => shown(ana.page)).toEqual(["or bread?"]);
  const offered = await ana.page.evaluate(async () => {
    const worker = await navigator.serviceWorker.ready;
    const [notification] = await worker.getNotifications();
    const { actions } = notification as unknown as { actions: { action: string; title: string }[] };
    return actions.map(({ title }) => title);
  });
  expect(offered.at(-1)).toBe("Mark as read");
  await click(ana.page, "read");
  await expect.poll(() => shown(ana.page)).toEqual([]);
  await expect(ana.chat.thread("bob").locator(".badge")).toHaveCount(0);
  await expect(bob.chat.message("or bread?").locator(".receipt")).toHaveText("Read");

  await bob.chat.say("then bread");
  await push(thread, 3, "then bread");
  await expect.poll(() => shown(ana.page)).toEqual(["then bread"]);
  await click(ana.page, "reply", "yes, please");
  await expect(bob.chat.message("yes, please")).toHaveCount(1);
  await expect(bob.chat.message("yes, please")).toContainText("then bread");
});

test("a click on a notification opens its message in the page that is there", async ({ join }) => {
  const { ana, bob, path } = await pair((name) => join(name, PERMITTED));
  await bob.chat.say("here");
  const thread = Number(path.split("/").at(-1));
  const push = await away(ana);
  await push(thread, 1, "here");
  await expect.poll(() => shown(ana.page)).toEqual(["here"]);
  await click(ana.page, "");
  await expect(ana.page).toHaveURL(`${path}/m/1`);
  await expect(ana.chat.message("here")).toBeVisible();
  await expect.poll(() => shown(ana.page)).toEqual([]);
});

test("the settings say that a browser without a push service is notified only while a page is open", async ({ join }) => {
  const ana = await join("ana", PERMITTED);
  await turnOn(ana);
  // A private window: Chromium refuses to subscribe.
  await expect(dialog(ana.page)).toContainText("You aren't notified: your browser can't reach its push service.");
  await expect(dialog(ana.page).getByRole("button", { name: "Send a test notification" })).toBeDisabled();
  await isAccessible(ana.page, "the state of notifications");
});

test.describe("where the site sends no pushes", () => {
  test.use({ settings: { CHAPP_PUSH__ENABLED: "false" } });

  test("the settings say so", async ({ join }) => {
    const ana = await join("ana", PERMITTED);
    await turnOn(ana);
    await expect(dialog(ana.page)).toContainText("this site doesn't send notifications to closed browsers");
  });
});

test("the app can be installed: its manifest has icons that exist, and shortcuts to pages that exist", async ({ page }) => {
  const read = async (path: string) => {
    const answer = await page.request.get(path);
    expect(answer.status(), path).toBe(200);
    return answer;
  };
  const manifest = (await (await read("/manifest.webmanifest")).json()) as {
    icons: { src: string; sizes: string; type: string; purpose?: string }[];
    shortcuts: { name: string; url: string }[];
  };
  for (const icon of manifest.icons) {
    const answer = await read(icon.src);
    expect(answer.headers()["content-type"]).toContain(icon.type);
    if (icon.type !== "image/png") continue;
    const image = await answer.body();
    expect(`${image.readUInt32BE(16)}x${image.readUInt32BE(20)}`, icon.src).toBe(icon.sizes);
  }
  expect(manifest.icons.map((it) => it.purpose)).toContain("maskable");
  const worker = await read("/sw.js");
  expect(worker.headers()["content-type"]).toContain("javascript");
  for (const { url } of manifest.shortcuts) await read(url);
});
