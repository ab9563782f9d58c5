// Rooms: creation, directory, joining by click, key and link, moderation, and deletion.

import { Chat } from "../helpers/chat";
import { act, toast } from "../helpers/floating";
import { dialog, joinRoom, makeLink, makeRoom, manage, notices, openAbout, openPart, panel, tryKey } from "../helpers/rooms";
import { PASSWORD } from "../helpers/server";
import { REFUSED, expect, test } from "../helpers/test";

test("a public room is found as one types, joined with one click, and talked in", async ({ join }) => {
  const ana = await join("ana", { display: "Ana Ruiz" });
  const bob = await join("bob", { display: "Bob Li" });
  await makeRoom(ana, "Garden club", { topic: "Beans and roses" });
  await makeRoom(ana, "Chess");

  await bob.chat.startNew("Find rooms");
  await expect(bob.page).toHaveURL(/\/rooms$/);
  const list = bob.page.getByRole("list", { name: "Public rooms" });
  await expect(list.getByRole("listitem")).toHaveCount(2);
  await bob.page.getByLabel("Find a room").pressSequentially("gard");
  await expect(list.getByRole("listitem")).toHaveCount(1);
  await expect(list).toContainText("Beans and roses");
  await expect(list).toContainText("1 member");
  await bob.page.getByRole("button", { name: "Join Garden club" }).click();
  await expect(bob.page).toHaveURL(/\/t\/\d+$/);
  await expect(bob.page.getByRole("heading", { level: 1 })).toHaveText("Garden club");
  await bob.chat.say("Hello garden");

  await expect(ana.chat.thread("Garden club")).toContainText("Bob Li: Hello garden");
  await ana.chat.thread("Garden club").click();
  await expect(notices(ana.page).filter({ hasText: "Bob Li joined" })).toBeVisible();
  await expect(ana.chat.message("Hello garden")).toBeVisible();
  await expect(ana.page.locator(".thread-header")).toContainText("2 members");
});

test("a room of a name that is taken, or without one, is refused beside its field", async ({ join, expectErrors }) => {
  expectErrors(REFUSED);
  const ana = await join("ana");
  await makeRoom(ana, "Garden");
  await ana.chat.open("/rooms/new");
  await ana.page.getByLabel("Name", { exact: true }).fill("  GARDEN ");
  await ana.page.getByRole("button", { name: "Create room" }).click();
  await expect(ana.page.locator("#name-error")).toBeVisible();
  await expect(ana.page.getByLabel("Name", { exact: true })).toHaveValue("  GARDEN ");
  await ana.page.getByLabel("Name", { exact: true }).fill("Lawn");
  await ana.page.getByRole("radio", { name: /key or an invite link/ }).check();
  await ana.page.getByLabel("Key", { exact: true }).fill("abc");
  await ana.page.getByRole("button", { name: "Create room" }).click();
  await expect(ana.page.locator("#key-error")).toContainText("8");
});

test("a private room is joined by its exact name and key, and by nobody else", async ({ join, expectErrors }) => {
  expectErrors(REFUSED);
  const ana = await join("ana");
  const bob = await join("bob");
  const path = await makeRoom(ana, "Cellar", { key: "wine-and-cheese" });

  await bob.chat.open("/rooms");
  await expect(bob.page.getByText("No public rooms yet")).toBeVisible();
  await tryKey(bob.page, "Cellar", "beer-and-crisps");
  await expect(bob.page.locator("#key-error")).toContainText("No private room has this name and key");
  expect((await bob.page.goto(path))?.status()).toBe(404);
  await expect(bob.page.getByRole("heading", { name: "You can't see this chat" })).toBeVisible();

  await bob.chat.open("/rooms");
  await tryKey(bob.page, "cellar", "wine-and-cheese");
  await expect(bob.page).toHaveURL(path);
  await bob.chat.say("Found it");
  await ana.chat.open(path);
  await expect(ana.chat.message("Found it")).toBeVisible();
});

test("a key that is easy to guess is refused, and an offered one is used with a click", async ({ join, expectErrors }) => {
  expectErrors(REFUSED);
  const ana = await join("ana");
  const bob = await join("bob");
  await ana.chat.open("/rooms/new");
  await ana.page.getByLabel("Name", { exact: true }).fill("Cellar");
  await ana.page.getByRole("radio", { name: /key or an invite link/ }).check();
  const key = ana.page.getByLabel("Key", { exact: true });
  for (const weak of ["123456", "        ", "qwertyuiop", "cellarcellar"]) {
    await key.fill(weak);
    await ana.page.getByRole("button", { name: "Create room" }).click();
    await expect(ana.page.locator("#key-error")).toBeVisible();
    await expect(ana.page).toHaveURL("/rooms/new");
  }
  await ana.page.getByRole("button", { name: "Use and copy" }).click();
  await expect(ana.page.getByText("Copied")).toBeVisible();
  const offered = await ana.page.locator(".offered-key code").innerText();
  await expect(key).toHaveValue(offered);
  await ana.page.getByRole("button", { name: "Create room" }).click();
  await expect(ana.page).toHaveURL(/\/t\/\d+$/);
  const path = new URL(ana.page.url()).pathname;

  // Another room with the same name and another key changes nothing.
  await makeRoom(bob, "Cellar", { key: "wine-and-cheese" });
  await bob.chat.open("/rooms");
  await tryKey(bob.page, "Cellar", offered);
  await expect(bob.page).toHaveURL(path);
});

test("after five wrong keys one has to wait, also with the right one", async ({ join, expectErrors }) => {
  expectErrors(REFUSED);
  const ana = await join("ana");
  const bob = await join("bob");
  await makeRoom(ana, "Cellar", { key: "wine-and-cheese" });
  await bob.chat.open("/rooms");
  for (let i = 0; i < 5; i++) {
    const answered = bob.page.waitForResponse(/join_private_room/);
    await tryKey(bob.page, "Cellar", `wrong key ${i}`);
    await answered;
    await expect(bob.page.locator("#key-error")).toBeVisible();
  }
  await tryKey(bob.page, "Cellar", "wine-and-cheese");
  await expect(bob.page.getByRole("alert").filter({ hasText: "Too many attempts" })).toBeVisible();
  await expect(bob.page).toHaveURL(/\/rooms$/);
});

test("a ban closes the open room in every tab at once, and says why and until when", async ({ join, expectErrors }) => {
  expectErrors(REFUSED);
  const ana = await join("ana", { display: "Ana Ruiz" });
  const bob = await join("bob", { display: "Bob Li" });
  const path = await makeRoom(ana, "Garden");
  await joinRoom(bob, path);
  const tab = new Chat(await bob.context.newPage());
  await tab.open(path);
  await expect(tab.composer).toBeVisible();

  await openAbout(ana, path);
  await manage(ana.page, "Bob Li", "Ban", async () => {
    await dialog(ana.page).getByLabel("Duration").selectOption({ label: "1 day" });
    await dialog(ana.page).getByLabel("Reason (optional)").fill("Weeds everywhere");
  });
  for (const page of [bob.page, tab.page]) {
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("You're banned from Garden");
    await expect(page.getByRole("main")).toContainText("You can come back on");
    await expect(page.getByRole("main")).toContainText("Weeds everywhere");
    await expect(page.locator("#composer")).toHaveCount(0);
  }
  await expect(bob.chat.thread("Garden")).toHaveCount(0);
  await ana.chat.say("He is gone");
  await expect(notices(ana.page).filter({ hasText: "You banned Bob Li" })).toBeVisible();

  await bob.chat.open(path);
  await bob.page.getByRole("button", { name: "Join room" }).click();
  await expect(bob.page.locator(".form-error")).toContainText("banned from this room until");
  await expect(bob.page.getByText("He is gone")).toHaveCount(0);

  await openPart(ana.page, "Bans");
  await ana.page.getByRole("button", { name: "Unban Bob Li" }).click();
  await dialog(ana.page).getByRole("button", { name: "Unban", exact: true }).click();
  await expect(panel(ana.page)).toContainText("No one is banned");
  await bob.page.getByRole("button", { name: "Join room" }).click();
  await expect(bob.chat.composer).toBeVisible();
  await expect(notices(ana.page).filter({ hasText: "You unbanned Bob Li" })).toBeVisible();
});

test("whoever is removed is told so, and can come back", async ({ join, expectErrors }) => {
  expectErrors(REFUSED);
  const ana = await join("ana");
  const bob = await join("bob");
  const path = await makeRoom(ana, "Garden");
  await joinRoom(bob, path);
  const about = await openAbout(ana, path);
  await expect(about.getByRole("heading", { name: "2 members" })).toBeVisible();
  await manage(ana.page, "bob", "Remove");
  await expect(bob.page.getByRole("heading", { level: 1 })).toHaveText("You're no longer in Garden");
  await expect(about.getByRole("heading", { name: "1 member" })).toBeVisible();
  await expect(about.locator(".member")).toHaveCount(1);
  await joinRoom(bob, path);
  await expect(about.locator(".member")).toHaveCount(2);
  await bob.chat.say("Back again");
  await expect(ana.chat.message("Back again")).toBeVisible();
});

test("an invite link leads a newcomer into the room, is used up, and can be revoked", async ({
  join,
  browse,
  expectErrors,
}) => {
  expectErrors(REFUSED);
  const ana = await join("ana");
  const path = await makeRoom(ana, "Cellar", { key: "wine-and-cheese" });
  await openAbout(ana, path, "Invite links");
  const once = await makeLink(ana.page, "1");
  await ana.page.getByRole("button", { name: "Copy" }).click();
  await expect(ana.page.getByText("Copied")).toBeVisible();

  const newcomer = await (await browse()).newPage();
  await newcomer.goto(once);
  await expect(newcomer).toHaveURL(/\/signup\?next=/);
  await expect(newcomer.getByText("You're invited to Cellar")).toBeVisible();
  await newcomer.getByLabel("Username").fill("newbie");
  await newcomer.getByLabel("Password").fill(PASSWORD);
  await newcomer.getByRole("button", { name: "Create account" }).click();
  await expect(newcomer).toHaveURL(path);
  await expect(newcomer.getByRole("heading", { level: 1 })).toHaveText("Cellar");

  // Once used up, it still leads back those who joined by it, and nobody else.
  await newcomer.goto(once);
  await expect(newcomer).toHaveURL(path);
  const late = await (await browse()).newPage();
  await late.goto(once);
  await expect(late.getByRole("heading", { level: 1 })).toHaveText("This link no longer works");

  const bob = await join("bob");
  expect((await bob.page.goto(once))?.status()).toBe(404);
  await expect(bob.page.getByRole("heading", { level: 1 })).toHaveText("This link no longer works");

  const often = await makeLink(ana.page, "No limit");
  await bob.chat.open(often);
  await expect(bob.page.getByRole("heading", { level: 1 })).toHaveText("Cellar");
  await ana.page.getByRole("button", { name: "Revoke" }).click();
  await dialog(ana.page).getByRole("button", { name: "Revoke" }).click();
  await expect(panel(ana.page)).toContainText("No active invite links");
  await bob.page.getByRole("button", { name: "Join room" }).click();
  await expect(bob.page.locator(".form-error")).toContainText("no longer works");
});

test("who is here already joins by a link with one click", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  const path = await makeRoom(ana, "Cellar", { key: "wine-and-cheese" });
  await openAbout(ana, path, "Invite links");
  const link = await makeLink(ana.page, "5");
  await bob.chat.open(link);
  await expect(bob.page.getByText("1 member")).toBeVisible();
  await bob.page.getByRole("button", { name: "Join room" }).click();
  await expect(bob.page).toHaveURL(path);
  await expect(bob.chat.composer).toBeVisible();
  await bob.page.goto(link);
  await expect(bob.page).toHaveURL(path);
});

test("a room is deleted under open windows, once its name is typed", async ({ join, expectErrors }) => {
  expectErrors(REFUSED);
  const ana = await join("ana");
  const bob = await join("bob");
  const path = await makeRoom(ana, "Garden");
  await joinRoom(bob, path);
  await openAbout(ana, path);
  await ana.page.getByRole("button", { name: "Delete room…" }).click();
  await dialog(ana.page).getByLabel("Room name").fill("garden");
  await dialog(ana.page).getByRole("button", { name: "Delete room" }).click();
  await expect(dialog(ana.page).getByRole("alert")).toContainText("exactly as shown");
  await dialog(ana.page).getByLabel("Room name").fill("Garden");
  await dialog(ana.page).getByRole("button", { name: "Delete room" }).click();

  await expect(ana.page).toHaveURL("/");
  await expect(bob.page.getByRole("heading", { level: 1 })).toHaveText("Garden was deleted");
  await expect(bob.chat.thread("Garden")).toHaveCount(0);
  expect((await bob.page.goto(path))?.status()).toBe(404);
});

test("the only admin can't leave; others can, and come back", async ({ join, expectErrors }) => {
  expectErrors(REFUSED);
  const ana = await join("ana");
  const bob = await join("bob");
  const path = await makeRoom(ana, "Garden");
  await joinRoom(bob, path);
  await openAbout(ana, path);
  const own = ana.page.locator(".member", { hasText: "(you)" });
  await expect(own).toContainText("Admin");
  await expect(own.getByRole("button"), "nothing that the room forbids its only admin").toHaveCount(0);
  await expect(panel(ana.page)).toContainText("You're the only admin");
  await expect(panel(ana.page).getByRole("button", { name: "Leave" })).toHaveCount(0);

  await manage(ana.page, "bob", "Make admin");
  await expect(ana.page.locator(".member", { hasText: "bob" })).toContainText("Admin");
  await expect(own.getByRole("button")).toBeVisible();
  await panel(ana.page).getByRole("button", { name: "Leave" }).click();
  await expect(ana.page).toHaveURL("/");
  await expect(ana.chat.thread("Garden")).toHaveCount(0);
  await expect(notices(bob.page).filter({ hasText: "ana left" })).toBeVisible();
  // It is public, so that nothing needed to be asked.
  await toast(ana.page).getByRole("button", { name: "Undo" }).click();
  await expect(ana.page).toHaveURL(path);
  await expect(ana.chat.composer).toBeVisible();
});

test("name, topic and key change live for everyone, and the log tells", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  const path = await makeRoom(ana, "Garden");
  await joinRoom(bob, path);
  await openAbout(ana, path, "Name and topic");
  await ana.page.locator("#set-name").fill("Orchard");
  await ana.page.locator("form", { has: ana.page.locator("#set-name") }).getByRole("button").click();
  await ana.page.locator("#set-topic").fill("Apples and pears");
  await ana.page.locator("form", { has: ana.page.locator("#set-topic") }).getByRole("button").click();
  await openPart(ana.page, "Who can join");
  await ana.page.getByLabel("New key").fill("apple-pie-recipe");
  await ana.page.getByRole("button", { name: "Make private" }).click();

  await expect(bob.page.getByRole("heading", { level: 1 })).toHaveText("Orchard");
  await expect(bob.page.getByRole("banner").or(bob.page.locator(".thread-header"))).toContainText("Apples and pears");
  await expect(bob.page.locator(".thread-header")).toContainText("Private room");
  await expect(bob.chat.thread("Orchard")).toBeVisible();
  for (const words of ["renamed the room to Orchard", "set the topic: Apples and pears", "so the room is private"]) {
    await expect(notices(bob.page).filter({ hasText: words })).toBeVisible();
  }
  await ana.page.getByRole("button", { name: "Make public" }).click();
  await dialog(ana.page).getByRole("button", { name: "Make public" }).click();
  await expect(notices(bob.page).filter({ hasText: "made the room public" })).toBeVisible();

  await openPart(ana.page, "Audit log");
  await expect(panel(ana.page)).toContainText("ana renamed the room to Orchard");
});

test("an admin deletes a message for everyone", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  const path = await makeRoom(ana, "Garden");
  await joinRoom(bob, path);
  await bob.chat.say("Buy cheap watches");
  await ana.chat.open(path);
  await act(ana, "Buy cheap watches", "Delete…");
  await dialog(ana.page).getByRole("button", { name: "Delete", exact: true }).click();
  for (const { page, chat } of [ana, bob]) {
    await expect(page.locator(".message-deleted")).toHaveText("Message deleted");
    await expect(chat.message("Buy cheap watches")).toHaveCount(0);
    await expect(chat.thread("Garden")).toContainText("Message deleted");
  }
  await bob.chat.reload();
  await expect(bob.page.locator(".message-deleted")).toBeVisible();
  await expect(bob.page.getByText("Buy cheap watches")).toHaveCount(0);
});

test("a muted room is quiet, in every tab", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  const path = await makeRoom(ana, "Garden");
  await joinRoom(bob, path);
  const tab = new Chat(await bob.context.newPage());
  await tab.open("/");
  await openAbout(bob, path);
  await panel(bob.page).getByRole("button", { name: "Mute" }).click();
  await expect(panel(bob.page).getByRole("button", { name: "Unmute" })).toBeVisible();
  await expect(tab.thread("Garden")).toContainText("Muted");
  await bob.chat.open("/");
  await ana.chat.open(path);
  await ana.chat.say("psst");
  await expect(tab.thread("Garden")).toContainText("1 unread");
  await expect(tab.page).not.toHaveTitle(/\(1\)/);
});

test.describe("with a lobby", () => {
  test.use({ lobby: "Lobby" });

  test("on a fresh installation two people who sign up can talk at once", async ({ browse }) => {
    const pages = [];
    for (const name of ["ana", "bob"]) {
      const page = await (await browse()).newPage();
      await page.goto("/");
      await expect(page).toHaveURL(name === "ana" ? /\/signup/ : /\/login/);
      if (name === "bob") await page.getByRole("link", { name: "Sign up" }).click();
      else await expect(page.getByText("Create the first account")).toBeVisible();
      await page.getByLabel("Username").fill(name);
      await page.getByLabel("Password").fill(PASSWORD);
      await page.getByRole("button", { name: "Create account" }).click();
      await expect(page).toHaveURL("/");
      await new Chat(page).thread("Lobby").click();
      pages.push(page);
    }
    const [ana, bob] = pages.map((page) => new Chat(page));
    await ana!.say("Anybody here?");
    await expect(bob!.message("Anybody here?")).toBeVisible();
    await bob!.say("Me!");
    await expect(ana!.message("Me!")).toBeVisible();
    await expect(notices(ana!.page).filter({ hasText: "bob joined" })).toBeVisible();
  });
});
