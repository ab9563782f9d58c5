// Keys: the areas of the window, single keys on a message, Ctrl F, and the way from a mention badge to the mention.

import { joinRoom, makeRoom } from "../helpers/rooms";
import { type Person, expect, test } from "../helpers/test";

const inArea = (who: Person) =>
  who.page.evaluate(() => {
    const areas = [".threads", ".thread-header", ".log", ".composer", "section.panel"];
    return areas.find((area) => document.querySelector(area)?.contains(document.activeElement));
  });

test("F6 goes round the areas, and arrows go through the list of chats", async ({ join }) => {
  const ana = await join("ana");
  await join("bob");
  await join("cem");
  await ana.chat.talkTo("cem");
  await ana.chat.say("to cem");
  await ana.chat.talkTo("bob");
  await ana.chat.say("to bob");
  await ana.chat.composer.focus();
  for (const area of [".threads", ".thread-header", ".log", ".composer"]) {
    await ana.page.keyboard.press("F6");
    expect(await inArea(ana)).toBe(area);
  }
  for (const area of [".log", ".thread-header", ".threads"]) {
    await ana.page.keyboard.press("Shift+F6");
    expect(await inArea(ana)).toBe(area);
  }
  // The list begins at the open chat.
  await expect(ana.chat.thread("bob")).toBeFocused();
  await ana.page.keyboard.press("ArrowDown");
  await expect(ana.chat.thread("cem")).toBeFocused();
  await ana.page.keyboard.press("Enter");
  await expect(ana.page.getByRole("heading", { level: 1, name: "cem" })).toBeVisible();
});

test("the lists of chats and people are one stop each for Tab", async ({ join }) => {
  const ana = await join("ana");
  for (const name of ["bob", "cem", "dan"]) {
    await join(name);
    await ana.chat.reload();
    await ana.chat.talkTo(name);
    await ana.chat.say(`to ${name}`);
  }
  const inList = (list: string) =>
    ana.page.evaluate((list) => document.activeElement?.closest(`${list} .rows`) !== null, list);
  await ana.chat.thread("dan").focus();
  await ana.page.keyboard.press("Tab");
  expect(await inList(".threads"), "Tab leaves the list").toBe(false);
  await ana.page.keyboard.press("Shift+Tab");
  expect(await inList(".threads")).toBe(true);
  await ana.page.keyboard.press("Shift+Tab");
  expect(await inList(".threads"), "and so does Shift Tab").toBe(false);
  await ana.chat.showPeople();
  await ana.chat.person("bob").focus();
  await ana.page.keyboard.press("ArrowDown");
  await expect(ana.chat.person("cem"), "arrows go through it").toBeFocused();
  await ana.page.keyboard.press("Tab");
  expect(await inList(".people")).toBe(false);
});

test("single keys act on the focused message, never in a field, and can be turned off", async ({ join }) => {
  const ana = await join("ana");
  await join("bob");
  await ana.chat.talkTo("bob");
  await ana.chat.say("first");
  await ana.chat.say("second");
  const page = ana.page;
  await ana.chat.composer.press("Shift+ArrowUp");
  await expect(ana.chat.messages.last()).toBeFocused();
  await page.keyboard.press("e");
  await expect(ana.chat.composer).toHaveValue("second");
  await ana.chat.composer.press("e");
  await expect(ana.chat.composer, "in a field it is a letter").toHaveValue("seconde");
  await ana.chat.composer.press("Escape");
  await ana.chat.composer.press("Shift+ArrowUp");
  await page.keyboard.press("r");
  await expect(page.locator(".composer")).toContainText("second");
  await ana.chat.composer.press("Escape");
  await ana.chat.composer.press("Shift+ArrowUp");
  await page.keyboard.press("Delete");
  await expect(page.getByRole("dialog", { name: "Delete this message?" })).toBeVisible();
  await page.keyboard.press("Escape");

  await page.locator("h1").click();
  await page.keyboard.press("?");
  await page.getByLabel("Single keys act on a message").uncheck();
  await page.keyboard.press("Escape");
  await ana.chat.composer.focus();
  await ana.chat.composer.press("Shift+ArrowUp");
  await page.keyboard.press("e");
  await expect(ana.chat.composer).toHaveValue("");
});

test("Ctrl F searches the open chat, and the second press is the browser's", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  const path = await makeRoom(ana, "Garden club");
  await joinRoom(bob, path);
  await ana.chat.say("tulips here");
  await ana.chat.talkTo("bob");
  await ana.chat.say("tulips there");
  await ana.chat.thread("Garden club").click();
  await expect(ana.page.getByRole("heading", { level: 1, name: "Garden club" })).toBeVisible();
  await ana.page.keyboard.press("Control+f");
  const field = ana.page.getByRole("searchbox", { name: "Search messages" });
  await expect(field).toBeFocused();
  await field.pressSequentially("tulips");
  const results = ana.page.getByRole("region", { name: "Messages" });
  await expect(results).toContainText("tulips here");
  await expect(results).not.toContainText("tulips there");
  const isTheBrowsers = await field.evaluate((it) =>
    it.dispatchEvent(new KeyboardEvent("keydown", { key: "f", code: "KeyF", ctrlKey: true, bubbles: true, cancelable: true })),
  );
  expect(isTheBrowsers, "the second press is not prevented").toBe(true);
});

test("a click on the mention badge of a chat leads to the first unread mention", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  const path = await makeRoom(ana, "Garden club");
  await joinRoom(bob, path);
  await bob.chat.open("/");
  for (let number = 0; number < 30; number += 1) await ana.chat.say(`before ${number}`);
  await ana.chat.say("look here, @bob");
  for (let number = 0; number < 30; number += 1) await ana.chat.say(`after ${number}`);
  await bob.chat.thread("Garden club").getByTitle("Go to the mention").click();
  await expect(bob.page).toHaveURL(new RegExp(`${path}/m/\\d+$`));
  await expect(bob.chat.message("look here, @bob")).toBeInViewport();
});

test("a key on a message waits for the code that it needs, and Ctrl K right after Escape opens again", async ({ join }) => {
  const ana = await join("ana");
  await join("bob");
  await ana.chat.talkTo("bob");
  await ana.chat.say("hello");
  const { page } = ana;
  let arrived = (): void => undefined;
  const mayArrive = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  await page.route("**/split_later*", async (route) => {
    await mayArrive;
    await route.continue();
  });
  await ana.chat.reload();
  await ana.chat.composer.press("Shift+ArrowUp");
  await expect(ana.chat.messages.last()).toBeFocused();
  await page.keyboard.press("e");
  await expect(ana.chat.messages.last(), "nothing is lost while it waits").toBeFocused();
  arrived();
  await expect(ana.chat.composer).toHaveValue("hello");
  await ana.chat.composer.press("Escape");

  await page.keyboard.press("Control+k");
  await expect(page.getByRole("combobox")).toBeFocused();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("combobox")).toBeFocused();
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("dialog")).toBeHidden();
});
