// Notifications of messages while the reader looks elsewhere.

import type { Page } from "@playwright/test";

import { isAccessible } from "../helpers/axe";
import { Chat } from "../helpers/chat";
import { act } from "../helpers/floating";
import { dialog, joinRoom, makeRoom, openAbout, panel } from "../helpers/rooms";
import { GONE, type Person, expect, test } from "../helpers/test";

interface Notice {
  title: string;
  body: string;
  tag: string;
}

/** The notifications that the browser shows of this site. */
const notices = (page: Page): Promise<Notice[]> =>
  page.evaluate(async () => {
    const worker = await navigator.serviceWorker.ready;
    const shown = await worker.getNotifications();
    return shown.map(({ title, body, tag }) => ({ title, body, tag }));
  });

/** The page loses the focus, or gets it back. */
async function look(page: Page, isHere: boolean): Promise<void> {
  await page.evaluate((is) => {
    Document.prototype.hasFocus = () => is;
    window.dispatchEvent(new Event(is ? "focus" : "blur"));
  }, isHere);
}

async function turnOn(who: Person): Promise<void> {
  await who.chat.you("Notifications");
  await dialog(who.page).getByLabel("Show notifications on this device").check();
  await isAccessible(who.page, "the settings of notifications");
  await who.page.keyboard.press("Escape");
}

test("a notification shows a message while nobody looks, and goes when it is read elsewhere", async ({ join }) => {
  const ana = await join("ana", { permissions: ["notifications"] });
  const bob = await join("bob", { display: "Bob Li" });
  await bob.chat.talkTo("ana");
  await ana.chat.open("/");
  await turnOn(ana);
  await bob.chat.send("while you look");
  await expect(ana.chat.thread("bob")).toContainText("while you look");
  expect(await notices(ana.page)).toEqual([]);

  await look(ana.page, false);
  await bob.chat.send("are you there?");
  await expect.poll(() => notices(ana.page)).toMatchObject([{ title: "Bob Li", body: "are you there?" }]);
  await bob.chat.send("hello?");
  // The browser replaces the first.
  await expect.poll(async () => (await notices(ana.page)).map((it) => it.body)).toEqual(["hello?"]);
  await expect(ana.page.locator("link[rel=icon]")).toHaveAttribute("href", "/favicon-unread.svg");

  const elsewhere = await ana.context.newPage();
  await elsewhere.goto(new URL(bob.page.url()).pathname);
  await expect.poll(() => notices(ana.page)).toEqual([]);
  await expect(ana.page.locator("link[rel=icon]")).toHaveAttribute("href", "/favicon.svg");
});

test("in a room only what concerns the reader is shown, without the text if they wish", async ({ join }) => {
  const ana = await join("ana", { permissions: ["notifications"] });
  const bob = await join("bob", { display: "Bob Li" });
  const path = await makeRoom(ana, "Kitchen");
  await joinRoom(bob, path);
  await ana.chat.open(path);
  await ana.chat.send("who cooks?");
  await ana.chat.open("/");
  await turnOn(ana);
  await ana.chat.you("Notifications");
  await dialog(ana.page).getByLabel("Show the text of messages").uncheck();
  await ana.page.keyboard.press("Escape");
  await look(ana.page, false);
  await bob.chat.send("not me");
  await expect(ana.chat.thread("Kitchen")).toContainText("not me");
  expect(await notices(ana.page)).toEqual([]);
  await act(bob, "who cooks?", "Reply");
  await bob.chat.send("perhaps");
  await expect.poll(() => notices(ana.page)).toMatchObject([{ title: "Bob Li (Kitchen)", body: "New message" }]);
  await look(ana.page, true);
  await ana.chat.open(path);
  await expect.poll(() => notices(ana.page)).toEqual([]);
  await ana.chat.open("/");
  await look(ana.page, false);
  await bob.chat.send("@ana, or you?");
  await expect.poll(() => notices(ana.page)).toMatchObject([{ title: "Bob Li (Kitchen)", body: "New message" }]);
});

test("what one is notified of is a choice for each chat, and a mute can end by itself", async ({ join }) => {
  const ana = await join("ana", { permissions: ["notifications"] });
  const bob = await join("bob", { display: "Bob Li" });
  const path = await makeRoom(ana, "Kitchen");
  await joinRoom(bob, path);
  await ana.chat.open("/");
  await turnOn(ana);
  const choose = async (item: string) => {
    await openAbout(ana, path);
    await panel(ana.page).getByRole("button", { name: "Notifications" }).click();
    await ana.page.getByRole("menu", { name: "Notifications" }).getByText(item, { exact: true }).click();
    await expect(ana.page.getByRole("menu")).toHaveCount(0);
  };
  await openAbout(ana, path);
  await panel(ana.page).getByRole("button", { name: "Notifications" }).click();
  const menu = ana.page.getByRole("menu", { name: "Notifications" });
  await expect(menu.getByRole("menuitemradio", { name: "Default: mentions" })).toHaveAttribute("aria-checked", "true");
  await isAccessible(ana.page, "the menu of what one is notified of");
  await ana.page.keyboard.press("Escape");

  const shown = async () => (await notices(ana.page)).map((it) => it.body);
  await choose("All");
  await expect(ana.page.getByText("You'll be notified of every message here")).toBeVisible();
  await look(ana.page, false);
  await bob.chat.send("anyone hungry?");
  await expect.poll(shown).toEqual(["anyone hungry?"]);

  await choose("Nothing");
  await look(ana.page, false);
  await bob.chat.send("@ana, you?");
  await expect(ana.chat.log).toContainText("@ana, you?");
  await expect.poll(shown).toEqual([]);

  await choose("Mentions");
  await look(ana.page, false);
  await bob.chat.send("soup or salad?");
  await bob.chat.send("@ana, or soup?");
  await expect.poll(shown).toEqual(["@ana, or soup?"]);

  await look(ana.page, true);
  await choose("Mute for 1 hour");
  await expect(ana.chat.thread("Kitchen")).toContainText("Muted");
  // Undoing the end of a mute mutes for the rest of the hour, as the end of this test sees.
  await panel(ana.page).getByRole("button", { name: "Unmute" }).click();
  await expect(ana.chat.thread("Kitchen")).not.toContainText("Muted");
  await ana.page.getByRole("button", { name: "Undo" }).click();
  await expect(ana.chat.thread("Kitchen")).toContainText("Muted");
  await expect(panel(ana.page).getByRole("button", { name: "Unmute" })).toBeVisible();
  await ana.chat.open("/");
  await bob.chat.send("it's ready");
  await expect(ana.chat.thread("Kitchen")).toContainText("1 unread");
  await expect(ana.page).not.toHaveTitle(/\(1\)/);
  await ana.page.clock.install();
  await ana.page.clock.fastForward("01:01:00");
  await bob.chat.send("eat!");
  await expect(ana.chat.thread("Kitchen")).not.toContainText("Muted");
});

test("notifications are offered at the third visit, and not again for a while", async ({ join }) => {
  const ana = await join("ana");
  const offer = ana.page.getByRole("region", { name: "Notifications" });
  const hour = 60 * 60 * 1000;
  const begun = Date.now();
  for (const visit of [2, 3]) {
    await expect(offer).toHaveCount(0);
    await ana.page.clock.setFixedTime(begun + visit * hour);
    await ana.chat.open("/");
  }
  await expect(offer).toBeVisible();
  await isAccessible(ana.page, "the offer of notifications");
  await offer.getByRole("button", { name: "Not now" }).click();
  await expect(offer).toHaveCount(0);
  await ana.chat.reload();
  await expect(offer).toHaveCount(0);

  await ana.page.clock.setFixedTime(begun + 31 * 24 * hour);
  await ana.chat.reload();
  await ana.context.grantPermissions(["notifications"]);
  await offer.getByRole("button", { name: "Turn on" }).click();
  await expect(offer).toHaveCount(0);
  await ana.chat.you("Notifications");
  await expect(dialog(ana.page).getByLabel("Show notifications on this device")).toBeChecked();
});

test("nothing is shown while another page of the same browser is looked at", async ({ join }) => {
  const ana = await join("ana", { permissions: ["notifications"] });
  const bob = await join("bob", { display: "Bob Li" });
  await bob.chat.talkTo("ana");
  await ana.chat.open("/");
  await turnOn(ana);
  const other = new Chat(await ana.context.newPage());
  await other.open("/rooms");
  await look(ana.page, false);
  await look(other.page, true);
  await bob.chat.send("you see the count");
  await expect(ana.chat.thread("bob")).toContainText("you see the count");
  expect(await notices(ana.page)).toEqual([]);

  // It closes without a word, as when it crashes: after a few seconds nobody looks.
  await other.page.close();
  await expect
    .poll(async () => {
      await bob.chat.send("and now?");
      return (await notices(ana.page)).length;
    })
    .toBeGreaterThan(0);
});

test("settings for all chats hold where nothing else is chosen, on every device, at once", async ({ join, browse, expectErrors }) => {
  expectErrors(/the server responded with a status of 422/);
  const ana = await join("ana", { permissions: ["notifications"] });
  const bob = await join("bob", { display: "Bob Li" });
  const path = await makeRoom(ana, "Kitchen");
  await joinRoom(bob, path);
  await ana.chat.open("/");
  await turnOn(ana);
  // The other device, where notifications are off.
  const second = await browse({ storageState: await ana.context.storageState() });
  const page = await second.newPage();
  const phone = { page, context: second, chat: new Chat(page) };
  await phone.chat.open("/");
  await phone.chat.you("Notifications");
  const settings = dialog(page);
  const saved = settings.getByText("Saved for all of your devices");
  const shown = async () => (await notices(ana.page)).map((it) => it.body);
  await settings.getByLabel("Keywords").fill(" soup,  on call , Soup");
  await settings.getByLabel("Keywords").press("Enter");
  await expect(saved).toBeVisible();
  await isAccessible(page, "the settings of all chats");

  await look(ana.page, false);
  await bob.chat.send("nothing for me");
  await bob.chat.send("the SOUP is ready");
  await expect.poll(shown).toEqual(["the SOUP is ready"]);
  await settings.getByLabel("Rooms").selectOption("All messages");
  await expect(saved).toBeVisible();
  await expect.poll(async () => {
    await bob.chat.send("everything now");
    return shown();
  }).toEqual(["everything now"]);

  await settings.getByRole("button", { name: "Pause for 1 hour" }).click();
  await expect(settings.getByText("Paused until")).toBeVisible();
  await bob.chat.send("not now");
  await expect(ana.chat.thread("Kitchen")).toContainText("not now");
  expect(await shown()).toEqual(["everything now"]);
  await settings.getByRole("button", { name: "Resume" }).click();
  await expect(settings.getByText("Paused until")).toHaveCount(0);

  await settings.getByLabel("Quiet hours").check();
  await expect(settings.getByLabel("From")).toHaveValue("22:00");
  await settings.getByLabel("From").fill("07:00");
  await expect(settings.getByText("Quiet hours can't end when they begin.")).toBeVisible();
  const [from, to] = await page.evaluate(() =>
    [-30, 60].map((minutes) => new Date(Date.now() + minutes * 60_000).toTimeString().slice(0, 5)),
  );
  await settings.getByLabel("From").fill(from ?? "");
  await expect(saved).toBeVisible();
  await settings.getByLabel("to", { exact: true }).fill(to ?? "");
  await expect(saved).toBeVisible();
  await page.reload();
  await phone.chat.you("Notifications");
  await expect(settings.getByLabel("From")).toHaveValue(from ?? "");
  await bob.chat.send("at night");
  await expect(ana.chat.thread("Kitchen")).toContainText("at night");
  expect(await shown()).toEqual(["everything now"]);
  await settings.getByLabel("Quiet hours").uncheck();
  await expect(settings.getByLabel("From")).toHaveCount(0);
  await expect.poll(async () => {
    await bob.chat.send("good morning");
    return shown();
  }).toEqual(["good morning"]);
});

test("a sound is off until it is turned on, and plays once for a message", async ({ join }) => {
  const ana = await join("ana", { permissions: ["notifications"] });
  const bob = await join("bob", { display: "Bob Li" });
  await ana.context.addInitScript(() => {
    const create = AudioContext.prototype.createOscillator;
    AudioContext.prototype.createOscillator = function () {
      const played = Number(localStorage.getItem("notes") ?? 0);
      localStorage.setItem("notes", String(played + 1));
      return create.call(this);
    };
  });
  const notes = () => ana.page.evaluate(() => Number(localStorage.getItem("notes")));
  await bob.chat.talkTo("ana");
  await bob.chat.send("before");
  await ana.chat.open("/");
  await turnOn(ana);
  const another = await ana.context.newPage();
  await another.goto("/");
  await new Chat(another).live();
  for (const page of [ana.page, another]) {
    await look(page, false);
  }
  await bob.chat.send("silent");
  await expect.poll(async () => (await notices(ana.page)).map((it) => it.body)).toEqual(["silent"]);
  expect(await notes()).toBe(0);
  await ana.chat.you("Notifications");
  await dialog(ana.page).getByLabel("Play a sound").check();
  // It is heard at once. A sound has two notes.
  await expect.poll(notes).toBe(2);
  await ana.page.keyboard.press("Escape");
  await look(ana.page, false);
  await bob.chat.send("aloud");
  await expect.poll(async () => (await notices(ana.page)).map((it) => it.body)).toEqual(["aloud"]);
  await expect.poll(notes).toBe(4);
});

test("settings that are changed faster than they are saved are all saved", async ({ join }) => {
  const ana = await join("ana");
  let release = () => {};
  const held = new Promise<void>((done) => (release = done));
  let saves = 0;
  await ana.page.route("**/api/set_notify_settings", async (route) => {
    saves += 1;
    await held;
    await route.continue();
  });
  await ana.chat.you("Notifications");
  const settings = dialog(ana.page);
  await settings.getByLabel("Direct chats and groups").selectOption("Nothing");
  await settings.getByLabel("Rooms").selectOption("All messages");
  await settings.getByLabel("Keywords").fill("soup");
  await settings.getByLabel("Keywords").press("Enter");
  await expect(settings.getByLabel("Direct chats and groups")).toHaveValue("nothing");
  expect(saves).toBe(1);
  release();
  await expect(settings.getByText("Saved for all of your devices")).toBeVisible();
  await ana.chat.reload();
  await ana.chat.you("Notifications");
  await expect(settings.getByLabel("Direct chats and groups")).toHaveValue("nothing");
  await expect(settings.getByLabel("Rooms")).toHaveValue("everything");
  await expect(settings.getByLabel("Keywords")).toHaveValue("soup");
});

test("what came while the connection was lost is shown when it is back, once", async ({ join, expectErrors }) => {
  expectErrors(...GONE);
  const ana = await join("ana", { permissions: ["notifications"] });
  const bob = await join("bob", { display: "Bob Li" });
  await bob.chat.talkTo("ana");
  await bob.chat.say("good morning");
  await ana.chat.open("/");
  await turnOn(ana);
  await look(ana.page, false);
  await ana.context.setOffline(true);
  await expect(ana.chat.banner).toContainText("You're offline");
  await bob.chat.say("one");
  await bob.chat.say("two");
  await ana.context.setOffline(false);
  await expect.poll(() => notices(ana.page)).toMatchObject([{ title: "Bob Li", body: "two" }]);
});

test("the first message of a chat that was opened before the page was loaded is shown", async ({ join }) => {
  const ana = await join("ana", { permissions: ["notifications"] });
  const bob = await join("bob", { display: "Bob Li" });
  await bob.chat.talkTo("ana");
  await ana.chat.open("/");
  await turnOn(ana);
  await look(ana.page, false);
  await bob.chat.send("the first");
  await expect.poll(() => notices(ana.page)).toMatchObject([{ title: "Bob Li", body: "the first" }]);
});

test("the settings list why one was notified of each message, or why not", async ({ join }) => {
  const ana = await join("ana", { permissions: ["notifications"] });
  const bob = await join("bob", { display: "Bob Li" });
  const path = await makeRoom(ana, "Kitchen");
  await joinRoom(bob, path);
  await bob.chat.send("good morning");
  await ana.chat.open("/");
  await turnOn(ana);
  await bob.chat.send("@ana seen");
  await expect(ana.chat.thread("Kitchen")).toContainText("@ana seen");
  await look(ana.page, false);
  await bob.chat.send("for all");
  await bob.chat.send("@ana for you");
  await expect.poll(() => notices(ana.page)).toMatchObject([{ body: "@ana for you" }]);
  await look(ana.page, true);
  await ana.chat.you("Notifications");
  const settings = dialog(ana.page);
  await settings.getByText("Why did I (not) get this?").click();
  const entries = settings.getByRole("listitem");
  await expect(entries).toHaveText([
    /Kitchen.*On this device: Notified: you were mentioned\./,
    /Kitchen.*On this device: Not notified: you chose mentions and replies, and it is neither\./,
    /Kitchen.*On this device: Not notified: you were looking at chapp\./,
  ]);
  await isAccessible(ana.page, "the list of decisions");
  await entries.first().getByRole("link").click();
  await expect(settings).toHaveCount(0);
  await expect(ana.chat.message("@ana for you")).toBeVisible();
  // The list belongs to the user.
  await ana.chat.logOut();
  await expect(ana.page).toHaveURL(/\/login/);
  const left = () => ana.page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes("decisions")));
  await expect.poll(() => left().catch(() => ["the page is loading"])).toEqual([]);
});
