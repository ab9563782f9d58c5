// Small screens: one pane at a time, and nothing overflows the page.

import { fitsTheWidth } from "../helpers/chat";
import { isAccessible } from "../helpers/axe";
import { makeRoom } from "../helpers/rooms";
import { REFUSED, expect, test } from "../helpers/test";

const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

test("a phone shows one pane at a time, with a way back", async ({ join }) => {
  const ana = await join("ana", phone);
  const bob = await join("bob");
  await bob.chat.talkTo("ana");
  await bob.chat.say("are you on the train?");

  await expect(ana.chat.threads).toBeVisible();
  await expect(ana.chat.composer).toBeHidden();
  await fitsTheWidth(ana.page);

  for (const filter of ["All", "Unread", "Rooms"]) await expect(ana.page.getByRole("radio", { name: filter })).toBeInViewport();
  await expect(ana.chat.bar.getByRole("link", { name: "Chats" })).toHaveText(/1 unread/);

  await ana.chat.thread("bob").tap();
  await expect(ana.page).toHaveURL(/\/t\/\d+/);
  await expect(ana.chat.composer).toBeVisible();
  await expect(ana.chat.composer).toBeInViewport({ ratio: 1 });
  await expect(ana.chat.threads).toBeHidden();
  await expect(ana.chat.bar).toBeHidden();
  await ana.chat.shows(["are you on the train?"]);
  await fitsTheWidth(ana.page);

  // On a touch keyboard Enter breaks the line.
  await ana.chat.composer.fill("yes");
  await ana.chat.composer.press("Enter");
  await expect(ana.chat.messages).toHaveCount(1);
  await ana.chat.composer.fill("yes!");
  await ana.chat.sendButton.tap();
  await bob.chat.shows(["are you on the train?", "yes!"]);

  await ana.chat.backLink.tap();
  await expect(ana.page).toHaveURL("/");
  await expect(ana.chat.threads).toBeVisible();
  await expect(ana.chat.composer).toBeHidden();
});

test("nothing stands out sideways on a screen of 320 pixels", async ({ join, browse, expectErrors }) => {
  expectErrors(REFUSED);
  const narrow = { viewport: { width: 320, height: 568 } };
  const stranger = await (await browse(narrow)).newPage();
  for (const path of ["/login", "/signup", "/no/such/place"]) {
    await stranger.goto(path);
    await fitsTheWidth(stranger);
  }
  const long = "Wolfeschlegelsteinhausenbergerdorff von Ehrenfels und zu Donaudampf";
  const ana = await join("ana", narrow);
  const bob = await join("wolfeschlegelsteinhausen", { display: long.slice(0, 64) });
  await ana.chat.showPeople();
  await fitsTheWidth(ana.page);
  await bob.chat.open(await ana.chat.talkTo(long.slice(0, 64)));
  await bob.chat.say("a".repeat(300));
  await bob.chat.say(`https://example.org/${"path/".repeat(40)}`);
  await expect(ana.chat.messages).toHaveCount(2);
  await fitsTheWidth(ana.page);
  await ana.page.goto("/");
  await expect(ana.chat.thread(long.slice(0, 64))).toBeVisible();
  await fitsTheWidth(ana.page);
});

test("the bar leads to chats, people, saved messages and oneself, and makes room for the keyboard", async ({ join }) => {
  const ana = await join("ana", { ...phone, display: "Ana Ruiz" });
  const bob = await join("bob", { display: "Bo Li" });
  const { page, chat } = ana;
  const go = (name: string) => chat.bar.getByRole("link", { name }).tap();
  await go("People");
  await expect(page).toHaveURL("/people");
  await expect(chat.person("Bo Li")).toBeVisible();
  await expect(chat.threads).toBeHidden();
  await isAccessible(page, "people on a phone");
  await fitsTheWidth(page);
  await chat.filter.tap();
  await expect(chat.bar).toBeHidden();
  await chat.filter.blur();
  await expect(chat.bar).toBeVisible();
  await go("Saved");
  await expect(page).toHaveURL("/saved");
  await expect(chat.bar.getByRole("link", { name: "Saved" })).toHaveAttribute("aria-current", "page");
  await go("You");
  await expect(page).toHaveURL("/settings");
  await expect(page.getByRole("main").getByText("@ana")).toBeVisible();
  await isAccessible(page, "the page about the user");
  await fitsTheWidth(page);
  await page.getByRole("radio", { name: "Dark" }).check();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.getByRole("button", { name: "Privacy" }).tap();
  await expect(page.getByRole("dialog", { name: "Privacy" })).toBeVisible();
  await page.keyboard.press("Escape");
  await go("Chats");
  await expect(page).toHaveURL("/");
  await expect(chat.threads).toBeVisible();
  await page.goto("/settings");
  await chat.live();
  await page.getByRole("button", { name: "Log out" }).tap();
  await expect(page).toHaveURL(/\/login/);
  await bob.context.close();
});

test("the header leaves a name 208 pixels, and the whole title leads to the details", async ({ join }) => {
  const ana = await join("ana", phone);
  const long = "Wolfeschlegelsteinhausenbergerdorff von Ehrenfels und zu Donau";
  await join("wolfe", { display: long });
  await join("bob");
  await ana.chat.talkTo(long);
  const { page, chat } = ana;
  const width = () => page.getByRole("heading", { level: 1 }).evaluate((name) => name.getBoundingClientRect().width);
  expect(await width()).toBeGreaterThanOrEqual(208);
  const { lines, shown } = await chat.composer.evaluate((field: HTMLTextAreaElement) => ({
    lines: field.getBoundingClientRect().height / parseFloat(getComputedStyle(field).lineHeight),
    shown: field.placeholder.length,
  }));
  expect(shown, "the hint names the other").toBeGreaterThan(long.length);
  expect(lines, "the hint stays on one line").toBeLessThan(2);
  await page.getByRole("heading", { level: 1 }).tap();
  await expect(page).toHaveURL(/\/about$/);
  const details = page.getByRole("region", { name: "Details" });
  await expect(details).toContainText("@wolfe");
  await isAccessible(page, "the details of a direct chat on a phone");
  await fitsTheWidth(page);
  await page.getByRole("link", { name: "Back to messages" }).tap();
  await page.locator(".thread-header").getByRole("button", { name: "More" }).tap();
  const menu = page.getByRole("menu", { name: "More" });
  await expect(menu.getByRole("menuitem")).toHaveText(["Search here", "Add to favourites", "Mute", "Details", "Block", "Report…"]);
  await menu.getByRole("menuitem", { name: "Search here" }).tap();
  await expect(page.getByRole("searchbox", { name: "Search messages" })).toHaveValue(/^in:@wolfe/);

  const path = await makeRoom(ana, "Garden club of the whole valley and beyond");
  await chat.open(path);
  expect(await width()).toBeGreaterThanOrEqual(208);
  await expect(page.locator(".thread-header")).toContainText("1 member");
});
