// Being told of messages while one looks elsewhere.

import type { Page } from "@playwright/test";

import { isAccessible } from "../helpers/axe";
import { act } from "../helpers/floating";
import { dialog, joinRoom, makeRoom } from "../helpers/rooms";
import { type Person, expect, test } from "../helpers/test";

interface Notice {
  title: string;
  body: string;
  tag: string;
  closed: boolean;
}

/** Keeps a list of the notifications that the page shows. They are shown all the same. */
async function listen(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const Real = Notification;
    const all: (Notice & { it: Notification })[] = [];
    class Kept extends Real {
      constructor(title: string, options?: NotificationOptions) {
        super(title, options);
        all.push({ title, body: options?.body ?? "", tag: options?.tag ?? "", closed: false, it: this });
      }
      override close(): void {
        for (const notice of all) if (notice.it === this) notice.closed = true;
        super.close();
      }
    }
    Object.assign(window, { Notification: Kept, notices: all });
  });
}

const notices = (page: Page): Promise<Notice[]> =>
  page.evaluate(() =>
    (window as unknown as { notices: Notice[] }).notices.map(({ title, body, tag, closed }) => ({ title, body, tag, closed })),
  );

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

test("a message is told of while nobody looks, and the notification goes when it is read elsewhere", async ({ join }) => {
  const ana = await join("ana", { permissions: ["notifications"] });
  const bob = await join("bob", { display: "Bob Li" });
  await listen(ana.page);
  await bob.chat.talkTo("ana");
  await ana.chat.open("/");
  await turnOn(ana);
  await bob.chat.send("while you look");
  await expect(ana.chat.thread("bob")).toContainText("while you look");
  expect(await notices(ana.page)).toEqual([]);

  await look(ana.page, false);
  await bob.chat.send("are you there?");
  await expect.poll(() => notices(ana.page)).toMatchObject([{ title: "Bob Li", body: "are you there?", closed: false }]);
  await bob.chat.send("hello?");
  await expect.poll(async () => (await notices(ana.page)).map((it) => it.body)).toEqual(["are you there?", "hello?"]);
  const [first, second] = await notices(ana.page);
  expect(first?.tag, "the browser replaces the first").toBe(second?.tag);

  const elsewhere = await ana.context.newPage();
  await elsewhere.goto(new URL(bob.page.url()).pathname);
  await expect.poll(async () => (await notices(ana.page)).at(-1)?.closed).toBe(true);
});

test("in a room only what concerns one is told, without the text if one wishes", async ({ join }) => {
  const ana = await join("ana", { permissions: ["notifications"] });
  const bob = await join("bob", { display: "Bob Li" });
  await listen(ana.page);
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
  await act(bob, "who cooks?", "Reply");
  await bob.chat.send("perhaps");
  await bob.chat.send("@ana, or you?");
  await expect
    .poll(() => notices(ana.page))
    .toMatchObject([
      { title: "Bob Li (Kitchen)", body: "New message" },
      { title: "Bob Li (Kitchen)", body: "New message" },
    ]);
});
