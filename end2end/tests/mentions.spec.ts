// Mentions: completed in the composer, highlighted in the message, counted until read.

import { isAccessible } from "../helpers/axe";
import { fitsTheWidth } from "../helpers/chat";
import { joinRoom, makeRoom, openAbout } from "../helpers/rooms";
import { type Person, expect, test } from "../helpers/test";

const list = (who: Person) => who.page.getByRole("listbox", { name: "Suggestions" });
const offers = (who: Person) => list(who).getByRole("option");
const call = (who: Person, thread: string) => who.chat.thread(thread).getByText("You were mentioned");

async function inRoom(join: (name: string) => Promise<Person>) {
  const ana = await join("ana");
  const bob = await join("bob");
  const path = await makeRoom(ana, "Garden club");
  await joinRoom(bob, path);
  return { ana, bob, path };
}

test("a mention is completed by keys, marked for both, and counted until it is read", async ({ join }) => {
  const { ana, bob } = await inRoom(join);
  await join("boris");
  await bob.chat.open("/");
  const second = await bob.context.newPage();
  await second.goto("/");
  await ana.chat.composer.pressSequentially("hello @bo");
  await expect(offers(ana)).toHaveCount(2);
  await expect(offers(ana).first(), "who is in the room comes first").toContainText("@bob");
  const first = await offers(ana).first().getAttribute("id");
  await expect(ana.chat.composer).toHaveAttribute("aria-activedescendant", first!);
  await isAccessible(ana.page, "the list of suggestions");
  await ana.chat.composer.press("ArrowDown");
  await expect(offers(ana).last()).toHaveAttribute("aria-selected", "true");
  await ana.chat.composer.press("ArrowDown");
  await ana.chat.composer.press("Enter");
  await expect(ana.chat.composer).toHaveValue("hello @bob ");
  await expect(list(ana)).toBeHidden();
  await ana.chat.composer.press("Enter");
  const mention = ana.chat.messages.last().locator(".mention");
  await expect(mention).toHaveText("@bob");
  await expect(mention).not.toHaveClass(/mine/);

  await expect(call(bob, "Garden club")).toBeAttached();
  await expect(second.getByText("You were mentioned")).toBeAttached();
  await bob.chat.reload();
  await expect(call(bob, "Garden club")).toBeAttached();
  await isAccessible(bob.page, "a thread that calls one");
  await bob.chat.thread("Garden club").click();
  await expect(bob.chat.messages.last().locator(".mention.mine")).toHaveText("@bob");
  await expect(call(bob, "Garden club")).toHaveCount(0);
  await expect(second.getByText("You were mentioned")).toHaveCount(0);
});

test("a word that is no mention calls nobody, and an edit that is one does", async ({ join }) => {
  const { ana, bob } = await inRoom(join);
  await bob.chat.open("/");
  await ana.chat.say("nobody: bob@example.org and @nobody");
  await expect(bob.chat.thread("Garden club").getByText("1 unread")).toBeAttached();
  await expect(call(bob, "Garden club")).toHaveCount(0);
  await ana.chat.composer.press("ArrowUp");
  await ana.chat.composer.fill("so @bob");
  await ana.chat.composer.press("Enter");
  await expect(call(bob, "Garden club")).toBeAttached();
});

test("an admin calls the room, also those who have muted it; another member does not", async ({ join }) => {
  const { ana, bob, path } = await inRoom(join);
  const about = await openAbout(bob, path);
  await about.getByRole("button", { name: "Mute" }).click();
  await expect(about.getByRole("button", { name: "Unmute" })).toBeVisible();
  await bob.chat.open(path);
  await bob.chat.composer.pressSequentially("@ro");
  await expect(offers(bob).filter({ hasText: "@room" })).toHaveCount(0);
  await bob.chat.composer.fill("");
  await bob.chat.say("@room soup");
  await bob.chat.open("/");
  await expect(ana.chat.message("@room soup").locator(".mention")).toHaveCount(0);
  await ana.chat.composer.pressSequentially("@ro");
  await offers(ana).filter({ hasText: "@room" }).click();
  await expect(ana.chat.composer).toBeFocused();
  await ana.chat.composer.press("Enter");
  await expect(ana.chat.messages.last().locator(".mention.mine")).toHaveText("@room");
  await expect(call(bob, "Garden club")).toBeAttached();
});

test("the list is left by Escape, and the message is sent as it stands", async ({ join }) => {
  const { ana } = await inRoom(join);
  await ana.chat.composer.pressSequentially("@bo");
  await expect(list(ana)).toBeVisible();
  await ana.chat.composer.press("Escape");
  await expect(list(ana)).toBeHidden();
  await ana.chat.composer.pressSequentially("x");
  await expect(list(ana)).toBeHidden();
  await ana.chat.composer.press("Enter");
  await expect(ana.chat.message("@box")).toBeVisible();
});

test("an emoji is completed by its short code, and taken when it is written in full", async ({ join }) => {
  const { ana } = await inRoom(join);
  await ana.chat.composer.pressSequentially("so :smil");
  await expect(offers(ana).first()).toContainText(":smile:");
  await ana.chat.composer.press("Tab");
  await expect(ana.chat.composer).toHaveValue("so 😄 ");
  await ana.chat.composer.pressSequentially("and :tada:");
  await expect(ana.chat.composer).toHaveValue("so 😄 and 🎉 ");
  await ana.chat.composer.press("ControlOrMeta+z");
  await expect(ana.chat.composer).toHaveValue("so 😄 and :tada:");
});

test("keys mark what is chosen, and it can be undone", async ({ join }) => {
  const { ana } = await inRoom(join);
  const { composer } = ana.chat;
  const choose = (from: number, to: number) =>
    composer.evaluate((it: HTMLTextAreaElement, [from, to]) => it.setSelectionRange(from, to), [from, to] as const);
  await composer.pressSequentially("one two");
  await choose(0, 3);
  await composer.press("ControlOrMeta+b");
  await expect(composer).toHaveValue("**one** two");
  await choose(8, 11);
  await composer.press("ControlOrMeta+i");
  await expect(composer).toHaveValue("**one** *two*");
  await composer.press("ControlOrMeta+z");
  await expect(composer).toHaveValue("**one** two");
  await choose(8, 11);
  await composer.press("ControlOrMeta+k");
  await composer.pressSequentially("example.org");
  await expect(composer).toHaveValue("**one** [two](https://example.org)");
  await composer.press("Enter");
  const text = ana.chat.messages.last().locator(".message-text");
  await expect(text.locator("strong")).toHaveText("one");
  await expect(text.getByRole("link", { name: "two" })).toHaveAttribute("href", "https://example.org");
});

test("the list fits a phone", async ({ join }) => {
  const { ana } = await inRoom(join);
  await ana.page.setViewportSize({ width: 320, height: 600 });
  await ana.chat.composer.pressSequentially("@");
  await expect(offers(ana).first()).toBeVisible();
  await fitsTheWidth(ana.page);
});

test("a name is completed beside letters that need no spaces, and a quoted one is not marked", async ({ join }) => {
  const { ana, bob, path } = await inRoom(join);
  await bob.chat.open("/");
  await ana.chat.composer.pressSequentially("请＠bo");
  await expect(offers(ana)).toHaveCount(1);
  await ana.chat.composer.press("Tab");
  await expect(ana.chat.composer).toHaveValue("请@bob ");
  await ana.chat.send("请@bob看");
  await expect(ana.chat.messages.last().locator(".mention")).toHaveText("@bob");
  await expect(call(bob, "Garden club")).toBeAttached();
  await bob.chat.open(path);
  await expect(call(bob, "Garden club")).toHaveCount(0);
  await bob.chat.open("/");
  await ana.chat.send("> @bob\nno");
  await expect(ana.chat.messages.last().locator("blockquote")).toHaveText("@bob");
  await expect(ana.chat.messages.last().locator(".mention")).toHaveCount(0);
  await ana.chat.composer.pressSequentially("很好:tad");
  await expect(offers(ana).first()).toContainText("tada");
});
