// Screenshots of every screen for docs/screens, with generated data. Not a test: `make screens`.

import { join as joined, resolve } from "node:path";

import type { Page } from "@playwright/test";

import { attach, bytes, png, tray } from "./helpers/files";
import { act, choose } from "./helpers/floating";
import { dialog, joinRoom, makeLink, makeRoom, openAbout, openPart } from "./helpers/rooms";
import { expect, test } from "./helpers/test";

const FOLDER = resolve(__dirname, "../docs/screens");

const SIZES = [
  { width: 360, height: 740 },
  { width: 768, height: 1024 },
  { width: 1440, height: 900 },
];

/** What Ana (first) and Élodie say in the screenshots. */
const TALK: [who: 0 | 1, text: string][] = [
  [1, "Morning Ana! Did the posters come out of the printer?"],
  [0, "They did. All forty, and the blue is finally blue."],
  [0, "I'll bring them to the library at half past three."],
  [1, "Perfect."],
  [1, "The room is booked from four. I put the plan here, have a look when you have a minute:\nhttps://example.org/evening/plan"],
  [0, "Looks good. Two things: we need a second table for the cake, and who opens the door?"],
  [1, "I do. And Noah has a table, I'll ask him."],
  [0, "Then that's everything, I think. See you there!"],
];

/** What Ana says to others: not every machine has glyphs for the emoji of the generated messages. */
const PREVIEWS: [name: string, text: string][] = [
  ["נועה לוי", "Good night, see you on Monday."],
  ["Lucía García", "Sunday is fine. I'll bring the projector."],
  ["Emma Carter", "It's on the second floor, next to the lift."],
];

/** Takes screenshots with this name. */
const into = (suffix: string) => async (page: Page, name: string) => {
  await page.waitForTimeout(300);
  const path = joined(FOLDER, `${name}-${suffix}.png`);
  await page.screenshot({ path, animations: "disabled", caret: "hide" });
};

test.use({ seed: { people: 40, messages: 2_000 } });

for (const colorScheme of ["light", "dark"] as const) {
  for (const viewport of SIZES) {
    test(`${viewport.width} ${colorScheme}`, async ({ enter, browse, expectErrors }) => {
      expectErrors(/the server responded with a status of 4\d\d/);
      const look = { viewport, colorScheme, deviceScaleFactor: 1 };
      const shoot = into(`${viewport.width}-${colorScheme}`);

      const stranger = await (await browse(look)).newPage();
      await stranger.goto("/login");
      await shoot(stranger, "login");
      await stranger.goto("/signup");
      await stranger.getByLabel("Username").fill("ana");
      await stranger.getByLabel("Password").fill("password1");
      await stranger.getByRole("button", { name: "Create account" }).click();
      await expect(stranger.getByRole("alert").first()).toBeVisible();
      await shoot(stranger, "signup-errors");
      await stranger.goto("/no/such/place");
      await shoot(stranger, "not-found");

      const desk = { viewport: { width: 1280, height: 800 } };
      const elodie = await enter("elodie.dubois", desk);
      const path = await elodie.chat.talkTo("Ana María Ruiz");
      const before = await enter("ana", desk);
      for (const [name, text] of PREVIEWS) {
        await before.chat.thread(name).click();
        await expect(before.page.getByRole("heading", { level: 1, name })).toBeVisible();
        await before.chat.say(text);
      }
      await before.context.close();
      const ana = await enter("ana", look);
      await ana.chat.open(path);
      for (const [who, text] of TALK) await [ana, elodie][who]!.chat.say(text);
      await expect(ana.chat.messages.last()).toBeInViewport();
      await shoot(ana.page, "thread");
      await elodie.context.close();

      await ana.chat.open("/");
      await shoot(ana.page, "home");
      await ana.chat.showPeople();
      await ana.chat.filter.fill("an");
      await shoot(ana.page, "people");
    });
  }
}

/** The messages in the room of the screenshots. */
const ROOM_TALK: [who: 0 | 1 | 2, text: string][] = [
  [1, "Hi all! First meeting is on Tuesday at six, in the old greenhouse."],
  [2, "I'll bring seeds: tomatoes, beans, and far too many courgettes."],
  [0, "Wonderful. I have gloves for everyone."],
  [2, "Cheap watches!!! www.example.com"],
  [1, "Could somebody bring a kettle?"],
  [0, "I will."],
];

for (const colorScheme of ["light", "dark"] as const) {
  for (const viewport of SIZES) {
    test(`rooms ${viewport.width} ${colorScheme}`, async ({ enter, browse, join, expectErrors }) => {
      expectErrors(/the server responded with a status of 4\d\d/);
      const look = { viewport, colorScheme, deviceScaleFactor: 1 };
      const shoot = into(`${viewport.width}-${colorScheme}`);
      const ana = await enter("ana", look);
      const emma = await enter("emma.carter");
      const bob = await join("bob", { display: "Bob Li" });
      await makeRoom(emma, "Board", { topic: "Chair, treasurer, secretary", key: "seven-green-doors" });
      await makeRoom(emma, "Chess on Fridays", { topic: "Blitz at eight, longer games after" });
      const path = await makeRoom(ana, "Garden club", { topic: "What grows, what does not, and who waters when" });
      await ana.chat.open("/rooms/new");
      await ana.page.getByRole("radio", { name: /key or an invite link/ }).check();
      await ana.page.getByLabel("Name", { exact: true }).fill("Committee");
      await shoot(ana.page, "new-room");
      await emma.chat.open(path);
      await joinRoom(emma, path);
      await joinRoom(bob, path);
      await ana.chat.open("/rooms");
      await shoot(ana.page, "rooms");
      await ana.chat.open(path);
      for (const [who, text] of ROOM_TALK) await [ana, emma, bob][who]!.chat.say(text);
      await expect(ana.chat.messages).toHaveCount(ROOM_TALK.length);
      await act(ana, "Cheap watches!!! www.example.com", "Delete…");
      await shoot(ana.page, "dialog");
      await dialog(ana.page).getByRole("button", { name: "Delete", exact: true }).click();
      await expect(ana.page.locator(".message-deleted")).toBeVisible();
      await shoot(ana.page, "room");
      await openAbout(ana, path);
      await expect(ana.page.locator(".member")).toHaveCount(3);
      await shoot(ana.page, "about");
      await openPart(ana.page, "Invite links");
      await makeLink(ana.page, "5");
      await openPart(ana.page, "Audit log");
      await expect(ana.page.getByText("deleted a message")).toBeVisible();
      await ana.page.locator(".new-link").scrollIntoViewIfNeeded();
      await shoot(ana.page, "about-admin");
      await ana.page.getByRole("button", { name: "Manage Bob Li" }).click();
      await shoot(ana.page, "choice");
      await choose(ana.page, "Ban…");
      await dialog(ana.page).getByLabel("Duration").selectOption({ label: "7 days" });
      await dialog(ana.page).getByLabel("Reason (optional)").fill("Advertising");
      await shoot(ana.page, "ban");
      await dialog(ana.page).getByRole("button", { name: "Ban", exact: true }).click();
      const banned = bob.page.getByRole("heading", { name: "You're banned" });
      await expect(banned).toBeVisible();
      await bob.page.setViewportSize(viewport);
      await bob.page.emulateMedia({ colorScheme });
      await shoot(bob.page, "banned");
      await bob.chat.open(path);
      await shoot(bob.page, "room-card");
      await ana.chat.open("/");
      await shoot(ana.page, "home-rooms");
      await ana.chat.open("/admin");
      await expect(ana.page.locator(".member").first()).toBeVisible();
      await shoot(ana.page, "admin");
      const stranger = await (await browse(look)).newPage();
      await stranger.goto("/join/nothing-like-a-token");
      await shoot(stranger, "invite-invalid");
    });
  }
}

/** The messages that show formatting, replies and reactions. */
const MARKED_TALK: [who: 0 | 1, text: string][] = [
  [1, "Who waters the seedlings this week?"],
  [0, "I can on **Tuesday** and *Friday*. @emma.carter could you take the weekend?"],
  [1, "Yes! For the timer we still need:\n\n- two batteries\n- the small key\n- somebody who reads the [manual](https://example.org/timer)"],
  [0, "This turns it on:\n\n```sh\ntimer --on 06:30 --for 12m\n```"],
  [1, "> at half past six\n\nThat is `06:30`, ~~not 18:30~~. Lovely."],
];

for (const colorScheme of ["light", "dark"] as const) {
  for (const viewport of SIZES) {
    test(`messages ${viewport.width} ${colorScheme}`, async ({ enter }) => {
      const look = { viewport, colorScheme, deviceScaleFactor: 1 };
      const shoot = into(`${viewport.width}-${colorScheme}`);
      const ana = await enter("ana", look);
      const emma = await enter("emma.carter");
      const path = await makeRoom(ana, "Greenhouse", { topic: "Who waters when" });
      await emma.chat.open(path);
      await joinRoom(emma, path);
      for (const [who, text] of MARKED_TALK) {
        const { chat } = [ana, emma][who]!;
        await chat.send(text);
        await chat.allSent();
      }
      const does = async (text: string, name: string) => {
        const message = ana.chat.messages.filter({ hasText: text });
        await message.locator(".message-text").hover();
        const button = message.getByRole("button", { name, exact: true });
        await message.getByRole("button", { name: "More" }).waitFor();
        if (await button.count()) return button.click();
        await message.getByRole("button", { name: "More" }).click();
        await choose(ana.page, name);
      };
      await does("Who waters", "Pin");
      await does("This turns it on", "Save");
      await does("For the timer", "Add a reaction");
      const picker = ana.page.getByRole("dialog", { name: "Choose an emoji" });
      await picker.getByLabel("Search emoji").fill("thumbs up");
      await expect(picker.locator("[data-emoji]").first()).toBeVisible();
      await shoot(ana.page, "emoji");
      await picker.locator("[data-emoji]").first().click();
      await expect(ana.page.locator(".reaction").first()).toBeVisible();
      await does("That is", "Reply");
      await ana.chat.send("See you there!");
      await ana.chat.allSent();
      await ana.page.mouse.move(2, 2);
      await shoot(ana.page, "messages");
      if (viewport.width < 720) {
        await ana.page.locator(".thread-header").getByRole("button", { name: "More" }).click();
        await choose(ana.page, "1 pinned message");
      } else {
        await ana.page.getByRole("button", { name: "1 pinned message" }).click();
      }
      await expect(ana.page.locator(".excerpt-text")).toBeVisible();
      await shoot(ana.page, "pins");
      await ana.page.keyboard.press("Escape");
      await ana.page.locator(".day button").last().click();
      await expect(ana.page.getByLabel("Another date")).toBeVisible();
      await shoot(ana.page, "day");
      await ana.page.keyboard.press("Escape");
      await ana.chat.composer.pressSequentially("@em");
      await expect(ana.page.getByRole("option").first()).toBeVisible();
      await shoot(ana.page, "mention");
      await ana.chat.composer.fill("");
      await ana.page.keyboard.press("Control+k");
      await ana.page.keyboard.type("e");
      await expect(ana.page.getByRole("option").first()).toBeVisible();
      await shoot(ana.page, "switcher");
      await ana.page.keyboard.press("Escape");
      await ana.chat.open("/search?q=timer");
      await expect(ana.page.locator("mark").first()).toBeVisible();
      await shoot(ana.page, "search");
      await ana.page.getByRole("heading", { level: 1 }).click();
      await ana.page.keyboard.press("?");
      await expect(ana.page.getByRole("dialog")).toBeVisible();
      await shoot(ana.page, "keys");
      await ana.page.keyboard.press("Escape");
      if (viewport.width < 720) {
        await ana.chat.open("/settings");
        await ana.page.getByRole("button", { name: "Privacy" }).click();
      } else {
        await ana.chat.open("/");
        await ana.chat.you("Privacy");
      }
      await expect(ana.page.getByLabel("Share when I'm online")).toBeVisible();
      await shoot(ana.page, "privacy");
      await ana.chat.open("/saved");
      await expect(ana.page.locator(".excerpt-text")).toBeVisible();
      await shoot(ana.page, "saved");
    });
  }
}

/** A name as long as they may be. */
const LONG_NAME = "Maximiliane von Hohenstein-Württemberg geborene Freifrau zu Sal";

for (const colorScheme of ["light", "dark"] as const) {
  for (const viewport of SIZES) {
    test(`menus ${viewport.width} ${colorScheme}`, async ({ enter, join, server, expectErrors }) => {
      expectErrors(/the server responded with a status of 4\d\d/, /WebSocket connection to .* failed/, /net::ERR_/);
      const look = { viewport, colorScheme, deviceScaleFactor: 1 };
      const shoot = into(`${viewport.width}-${colorScheme}`);
      const isPhone = viewport.width < 720;
      const max = await join("maximiliane", { display: LONG_NAME });
      const ana = await enter("ana", look);
      const { page, chat } = ana;

      await chat.open("/new");
      for (const name of ["Emma Carter", "Lucía García", LONG_NAME]) {
        await page.getByLabel("Find people").fill(name);
        await page.getByRole("checkbox", { name: new RegExp(`^${name}`) }).check();
      }
      await page.getByLabel("Find people").fill("");
      await shoot(page, "new-chat");
      await page.getByRole("button", { name: "Create group" }).click();
      await expect(page.getByText("This is the start of your chat with")).toBeVisible();
      const path = new URL(page.url()).pathname;
      await max.chat.open(path);
      await max.chat.say("Shall we meet at the station, or right there?");
      await chat.say("Right there. It's five minutes from the tram stop, and the rain should be over by six.");
      await max.chat.say("Perfect, see you.");
      await expect(chat.message("Perfect, see you.")).toBeVisible();
      await shoot(page, "group");
      // The actions cover the end of a name that is as long as the line.
      await page.getByText(LONG_NAME).last().click({ position: { x: 8, y: 8 } });
      await expect(page.getByRole("dialog", { name: /^Profile of/ })).toBeVisible();
      await shoot(page, "profile");
      await page.keyboard.press("Escape");
      await chat.message("Perfect, see you.").locator(".message-text").hover();
      await chat.message("Perfect, see you.").getByRole("button", { name: "More" }).click();
      await expect(page.getByRole("menu", { name: "Message" })).toBeVisible();
      await shoot(page, "message-menu");
      await page.keyboard.press("Escape");
      if (isPhone) {
        await page.locator(".thread-header").getByRole("button", { name: "More" }).click();
        await expect(page.getByRole("menu", { name: "More" })).toBeVisible();
        await shoot(page, "chat-menu");
        await page.keyboard.press("Escape");
        await chat.open("/settings");
      } else {
        await chat.openYou();
      }
      await shoot(page, "you");
      if (!isPhone) await page.keyboard.press("Escape");
      await chat.open("/");
      if (isPhone) await chat.open("/people");
      else await chat.showPeople();
      await shoot(page, "everyone");

      await chat.open(path);
      await server.kill();
      await chat.send("Typed on the train");
      await expect(page.getByText("Reconnecting…")).toBeVisible();
      await shoot(page, "reconnecting");
      await server.start();
      await expect(chat.message("Typed on the train")).toHaveAttribute("data-state", "sent", { timeout: 60_000 });
      const elsewhere = await enter("ana");
      await elsewhere.page.goto("/settings/security");
      await elsewhere.page.getByRole("button", { name: "Log out all others" }).click();
      const confirm = elsewhere.page.getByRole("dialog").getByRole("button", { name: /^Log out/ });
      if (await confirm.isVisible()) await confirm.click();
      await expect(page.getByRole("dialog", { name: "You were logged out" })).toBeVisible();
      await shoot(page, "logged-out");
    });
  }
}

for (const colorScheme of ["light", "dark"] as const) {
  for (const viewport of SIZES) {
    test(`files ${viewport.width} ${colorScheme}`, async ({ enter }) => {
      const look = { viewport, colorScheme, deviceScaleFactor: 1 };
      const shoot = into(`${viewport.width}-${colorScheme}`);
      const ana = await enter("ana", look);
      const emma = await enter("emma.carter");
      const path = await makeRoom(ana, "Allotment", { topic: "Beds, tools, harvest" });
      await emma.chat.open(path);
      await joinRoom(emma, path);
      await attach(emma.page, png("bed-1.png", 800, 600, [86, 125, 70]), png("bed-2.png", 600, 800, [143, 113, 66]));
      await attach(emma.page, png("gate.png", 900, 500, [96, 130, 158]));
      await emma.chat.say("The three beds after the rain");
      await attach(emma.page, bytes("watering-plan.xlsx", 48_200));
      await emma.chat.say("And the plan for August");
      await attach(ana.page, png("tomatoes.png", 1_200, 900, [178, 60, 48]));
      await ana.chat.say("First tomatoes!");
      await expect(ana.page.locator(".picture img[srcset]")).toHaveCount(4);
      await shoot(ana.page, "files");
      await attach(ana.page, png("shed.png", 640, 480, [120, 104, 92]), bytes("key-list.docx", 9_000));
      await expect(tray(ana.page)).toHaveCount(2);
      await expect(tray(ana.page).getByRole("progressbar")).toHaveCount(0);
      await ana.chat.composer.fill("For the shed:");
      await shoot(ana.page, "attaching");
      await ana.chat.composer.press("Enter");
      await ana.chat.allSent();
      await ana.page.locator(".message a.picture").first().click();
      await expect(ana.page.getByRole("dialog", { name: "Pictures" }).locator("img").first()).toBeVisible();
      await shoot(ana.page, "viewer");
      await ana.page.keyboard.press("Escape");
      await openAbout(ana, path);
      await openPart(ana.page, "Files");
      await expect(ana.page.locator(".panel a.picture, .panel img").first()).toBeVisible();
      await shoot(ana.page, "about-files");
      await ana.chat.open(path);
      await ana.page.getByRole("button", { name: "Record a voice message" }).click();
      await expect(ana.page.getByRole("timer")).toHaveText("0:01");
      await shoot(ana.page, "recording");
    });
  }
}
