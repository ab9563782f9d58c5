// Actions on messages: edit, delete, reply, link, react.

import type { Locator } from "@playwright/test";

import { isAccessible } from "../helpers/axe";
import { act, menu } from "../helpers/floating";
import { Proxy } from "../helpers/proxy";
import { dialog, joinRoom, makeRoom } from "../helpers/rooms";
import { GONE, type Person, expect, test } from "../helpers/test";

const sheet = (who: Person): Locator => who.page.locator("dialog.sheet");
const picker = (who: Person): Locator => who.page.getByRole("dialog", { name: "Choose an emoji" });

/** Adds an emoji, found by search, to a message. */
async function react(who: Person, text: string, looked: string, emoji: string): Promise<void> {
  await act(who, text, "Add a reaction");
  await picker(who).getByLabel("Search emoji").fill(looked);
  await picker(who).locator(`[data-emoji="${emoji}"]`).first().click();
  await expect(picker(who)).toHaveCount(0);
}

const reaction = (who: Person, text: string, emoji: string): Locator =>
  who.chat.message(text).locator(".reaction", { hasText: emoji });

test("a message is edited by the arrow, everybody sees it, and what it said before can be read", async ({
  join,
}) => {
  const ana = await join("ana", { display: "Ana Ruiz" });
  const bob = await join("bob");
  const path = await ana.chat.talkTo("bob");
  await bob.chat.open(path);
  await ana.chat.say("see you at threee");
  await bob.chat.shows(["see you at threee"]);

  await ana.chat.composer.press("ArrowUp");
  await expect(ana.chat.composer).toHaveValue("see you at threee");
  await ana.chat.composer.press("Escape");
  await expect(ana.chat.composer).toHaveValue("");
  await ana.chat.composer.press("ArrowUp");
  await ana.chat.send("see you at three");
  for (const { chat } of [ana, bob]) await chat.shows(["see you at three"]);
  await expect(ana.chat.composer).toHaveValue("");
  await expect(bob.chat.thread("Ana Ruiz")).toContainText("see you at three");

  await bob.chat.message("see you at three").getByRole("button", { name: /^edited/ }).click();
  await expect(sheet(bob).getByRole("listitem")).toHaveText([/see you at three$/, /see you at threee$/]);
  await isAccessible(bob.page, "the versions");
  await bob.page.keyboard.press("Escape");
  await expect(sheet(bob)).toBeHidden();
  // A user who opens the thread later sees the same.
  await bob.chat.reload();
  await bob.chat.shows(["see you at three"]);
  await expect(bob.chat.message("see you at three").getByRole("button", { name: /^edited/ })).toBeVisible();
});

test("a draft is there again when an edit is done", async ({ join }) => {
  const ana = await join("ana");
  await join("bob");
  await ana.chat.talkTo("bob");
  await ana.chat.say("one");
  await ana.chat.type("half a thought");
  await act(ana, "one", "Edit");
  await expect(ana.chat.composer).toHaveValue("one");
  await ana.chat.send("uno");
  await ana.chat.shows(["uno"]);
  await expect(ana.chat.composer).toHaveValue("half a thought");
});

test("one deletes one's own message, and nobody else's in a direct thread", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  await bob.chat.open(await ana.chat.talkTo("bob"));
  await ana.chat.say("too much");
  await bob.chat.say("fine");
  await bob.chat.message("too much").hover();
  const buttons = bob.chat.message("too much").getByRole("group", { name: "Message actions" });
  await buttons.getByRole("button", { name: "More" }).click();
  await expect(menu(bob.page)).toBeVisible();
  for (const all of [buttons.getByRole("button"), menu(bob.page).getByRole("menuitem")]) {
    await expect(all.filter({ hasText: /Edit|Delete/ })).toHaveCount(0);
  }
  await expect(buttons.getByRole("button", { name: /Edit|Delete/ })).toHaveCount(0);
  await bob.page.keyboard.press("Escape");

  await act(ana, "too much", "Delete…");
  await dialog(ana.page).getByRole("button", { name: "Delete" }).click();
  for (const { chat, page } of [ana, bob]) {
    await chat.shows(["fine"]);
    await expect(page.locator(".message-deleted")).toHaveText("Message deleted");
  }
});

test("an answer quotes what it answers, leads there, and follows what becomes of it", async ({ join }) => {
  const ana = await join("ana", { display: "Ana Ruiz" });
  const bob = await join("bob");
  const path = await ana.chat.talkTo("bob");
  await bob.chat.open(path);
  await ana.chat.say("Tea or coffee?");
  for (let n = 0; n < 40; n++) await ana.chat.send(`and ${n}`);
  await ana.chat.allSent();
  await bob.chat.log.evaluate((log) => log.scrollTo(0, 0));
  await act(bob, "Tea or coffee?", "Reply");
  await expect(bob.page.getByText("Replying to Ana Ruiz")).toBeVisible();
  await bob.chat.say("Tea");
  const quote = ana.chat.message("Tea").locator(".quote");
  await expect(quote).toContainText("Ana Ruiz");
  await expect(quote).toContainText("Tea or coffee?");

  await expect(ana.chat.message("Tea or coffee?")).not.toBeInViewport();
  await quote.click();
  await expect(ana.page).toHaveURL(/\/t\/\d+\/m\/1$/);
  await expect(ana.chat.message("Tea or coffee?")).toBeInViewport();
  await expect(ana.chat.message("Tea or coffee?")).toBeFocused();
  // Again, from another page.
  await ana.chat.pill.click();
  await expect(ana.chat.message("Tea or coffee?")).not.toBeInViewport();
  await quote.click();
  await expect(ana.chat.message("Tea or coffee?")).toBeInViewport();

  await act(ana, "Tea or coffee?", "Edit");
  await ana.chat.send("Tea or cocoa?");
  for (const { chat } of [ana, bob]) {
    await expect(chat.message("Tea").locator(".quote")).toContainText("Tea or cocoa?");
  }
  await act(ana, "Tea or cocoa?", "Delete…");
  await dialog(ana.page).getByRole("button", { name: "Delete" }).click();
  for (const { chat } of [ana, bob]) {
    await expect(chat.message("Tea").locator(".quote")).toContainText("Message deleted");
  }
});

test.describe("in a long thread", () => {
  test.use({ seed: { people: 3, messages: 600 } });

  test("the address of a message opens the thread around it, also after logging in", async ({ enter }) => {
    const ana = await enter("ana");
    await ana.chat.threads.getByRole("link").first().click();
    await expect(ana.chat.messages.last()).toBeVisible();
    const thread = new URL(ana.page.url()).pathname;
    for (const open of [
      () => ana.chat.open(`${thread}/m/40`),
      () => ana.page.evaluate((path) => history.pushState(null, "", path), `${thread}/m/80`).then(() => ana.page.reload()),
    ]) {
      await open();
      const seq = new URL(ana.page.url()).pathname.split("/").pop();
      const message = ana.page.locator(`article[data-seq="${seq}"]`);
      await expect(message).toBeInViewport();
      await expect(message).toBeFocused();
    }
    // A link to a message that doesn't exist still opens the thread.
    await ana.chat.open(`${thread}/m/999999`);
    await expect(ana.chat.messages.last()).toBeVisible();
  });
});

test("reactions come live, say who gave them, and are taken back", async ({ join }) => {
  const ana = await join("ana", { display: "Ana Ruiz" });
  const bob = await join("bob", { display: "Bo Li" });
  const cleo = await join("cleo");
  const path = await makeRoom(ana, "Kitchen");
  await joinRoom(bob, path);
  await joinRoom(cleo, path);
  await ana.chat.say("Soup is ready");
  await react(bob, "Soup is ready", "tada", "🎉");
  await react(ana, "Soup is ready", "tada", "🎉");
  await react(cleo, "Soup is ready", "thumbs up", "👍");
  for (const who of [ana, bob, cleo]) {
    await expect(reaction(who, "Soup is ready", "🎉")).toContainText("2");
    await expect(reaction(who, "Soup is ready", "👍")).toContainText("1");
  }
  await expect(reaction(ana, "Soup is ready", "🎉")).toHaveAccessibleName("🎉 2: You, Bo Li");
  await expect(reaction(cleo, "Soup is ready", "🎉")).toHaveAccessibleName("🎉 2: Bo Li, Ana Ruiz");
  await expect(reaction(ana, "Soup is ready", "🎉")).toHaveAttribute("aria-pressed", "true");
  await isAccessible(ana.page, "a message with reactions");

  await reaction(ana, "Soup is ready", "🎉").click();
  await reaction(cleo, "Soup is ready", "👍").click();
  for (const who of [ana, bob, cleo]) {
    await expect(reaction(who, "Soup is ready", "🎉")).toContainText("1");
    await expect(reaction(who, "Soup is ready", "👍")).toHaveCount(0);
  }
});

test("an emoji is chosen with the keyboard alone, in a skin tone, and is offered first the next time", async ({
  join,
}) => {
  const ana = await join("ana");
  await join("bob");
  await ana.chat.talkTo("bob");
  await ana.chat.say("first");
  await ana.chat.say("second");
  await ana.chat.log.focus();
  await ana.page.keyboard.press("ArrowUp");
  await expect(ana.chat.message("second")).toBeFocused();
  await ana.page.keyboard.press("ArrowUp");
  await expect(ana.chat.message("first")).toBeFocused();
  await expect(ana.chat.message("first").getByRole("group", { name: "Message actions" })).toBeVisible();
  // Past the three reactions that are used most.
  for (let n = 0; n < 4; n++) await ana.page.keyboard.press("Tab");
  await ana.page.keyboard.press("Enter");
  await expect(picker(ana).getByLabel("Search emoji")).toBeFocused();
  await picker(ana).getByRole("button", { name: "Dark skin tone", exact: true }).click();
  await isAccessible(ana.page, "the choice of emoji");
  await picker(ana).getByLabel("Search emoji").fill("waving hand");
  await ana.page.keyboard.press("ArrowDown");
  await ana.page.keyboard.press("Enter");
  await expect(reaction(ana, "first", "👋🏿")).toBeVisible();
  await expect(picker(ana)).toHaveCount(0);
  // Focus is back where it was.
  const actions = ana.chat.message("first").getByRole("group", { name: "Message actions" });
  await expect(actions.getByRole("button", { name: "Add a reaction" })).toBeFocused();

  await act(ana, "second", "Add a reaction");
  await expect(picker(ana).locator("[data-emoji]").first()).toHaveAttribute("data-emoji", "👋🏿");
  await ana.page.keyboard.press("Escape");
  await expect(picker(ana)).toHaveCount(0);
});

test("what was done while one was away is there after the reconnect", async ({ join, server, expectErrors }) => {
  expectErrors(...GONE);
  const proxy = await Proxy.to(server.port);
  try {
    const ana = await join("ana");
    const bob = await join("bob", { baseURL: proxy.url });
    await bob.chat.open(await ana.chat.talkTo("bob"));
    await ana.chat.say("draft");
    await ana.chat.say("keep");
    await bob.chat.shows(["draft", "keep"]);
    proxy.cut();
    await act(ana, "draft", "Edit");
    await ana.chat.send("final");
    await ana.chat.shows(["final", "keep"]);
    await react(ana, "keep", "tada", "🎉");
    await expect(bob.chat.banner).toBeVisible();
    await bob.chat.shows(["draft", "keep"]);
    proxy.mend();
    await bob.chat.shows(["final", "keep"], 30_000);
    await expect(reaction(bob, "keep", "🎉")).toContainText("1");
  } finally {
    proxy.close();
  }
});

test("on a phone a tap on a message shows what can be done with it, in reach of a finger", async ({ join }) => {
  const ana = await join("ana", { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  const bob = await join("bob");
  await bob.chat.talkTo("ana");
  await bob.chat.say("first");
  await bob.chat.say("second");
  await ana.chat.thread("bob").tap();
  await ana.chat.message("second").tap();
  // One button, at the end of the message that was tapped.
  const buttons = ana.chat.message("second").locator(".message-actions button");
  await expect(buttons).toHaveCount(1);
  await expect(buttons).toBeInViewport({ ratio: 1 });
  const box = (await buttons.boundingBox())!;
  expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(44);
  await buttons.tap();
  const opened = ana.page.getByRole("dialog", { name: "Message" });
  await opened.getByRole("button", { name: "Add a reaction" }).tap();
  await expect(picker(ana).getByLabel("Search emoji")).toBeInViewport();
  await picker(ana).locator('[data-emoji="🎉"]').first().tap();
  await expect(reaction(ana, "second", "🎉")).toBeVisible();
  await expect(ana.page.getByRole("dialog")).toHaveCount(0);
});

test("the bar of a message is out of the way while one scrolls, and never offers to delete", async ({ join }) => {
  const ana = await join("ana");
  await join("bob");
  await ana.chat.talkTo("bob");
  for (let n = 0; n < 40; n++) await ana.chat.send(`line ${n}`);
  await ana.chat.allSent();
  const bar = ana.page.getByRole("group", { name: "Message actions" });
  await ana.chat.message("line 35").hover();
  await expect(bar).toBeVisible();
  await expect(bar.getByRole("button", { name: /Delete/ })).toHaveCount(0);
  expect((await bar.boundingBox())!.height).toBe(32);
  await ana.chat.log.evaluate((log) => log.scrollBy(0, -100));
  await expect(bar).toHaveCount(0);
  await ana.chat.message("line 30").hover();
  await expect(bar).toBeVisible();
});

test("a reaction that one gives often is one click away", async ({ join }) => {
  const ana = await join("ana");
  await join("bob");
  await ana.chat.talkTo("bob");
  await ana.chat.say("first");
  await ana.chat.say("second");
  await react(ana, "first", "tada", "🎉");
  await act(ana, "second", "React with 🎉");
  await expect(reaction(ana, "second", "🎉")).toBeVisible();
  await act(ana, "second", "React with 🎉");
  await expect(reaction(ana, "second", "🎉")).toHaveCount(0);
});

test("a name, an avatar or a mention opens the card of the person, and leads to their chat", async ({ join }) => {
  const ana = await join("ana", { display: "Ana Ruiz" });
  const bob = await join("bob", { display: "Bo Li" });
  const path = await makeRoom(ana, "Kitchen");
  await joinRoom(bob, path);
  await bob.chat.send("Ask @ana about the soup");
  // Others see the name by which they know the person.
  const mention = ana.page.locator(".mention");
  await expect(mention).toHaveText("@Ana Ruiz");
  await expect(mention).toHaveClass(/mine/);
  await mention.click();
  const card = ana.page.getByRole("dialog", { name: "Profile of Ana Ruiz" });
  await expect(card).toContainText("@ana");
  await expect(card.getByRole("button", { name: "Message" })).toHaveCount(0);
  await isAccessible(ana.page, "a profile card");
  await ana.page.keyboard.press("Escape");
  await expect(card).toHaveCount(0);

  const other = ana.page.getByRole("dialog", { name: "Profile of Bo Li" });
  await ana.page.locator("article .avatar").first().click();
  await expect(other).toContainText("@bob · online");
  await expect(other.getByRole("link", { name: "Kitchen" })).toHaveAttribute("href", path);
  await ana.chat.composer.click();
  await expect(other).toHaveCount(0);
  await ana.page.locator(".message-author", { hasText: "Bo Li" }).click();
  await other.getByRole("button", { name: "Message" }).click();
  await expect(ana.page.getByRole("heading", { level: 1, name: "Bo Li" })).toBeVisible();
});
