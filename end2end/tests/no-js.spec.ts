// Without JavaScript, as before WebAssembly has loaded: forms work, and pages can be read.

import { Chat } from "../helpers/chat";
import { PASSWORD } from "../helpers/server";
import { expect, test } from "../helpers/test";

test("one can sign up, talk, read the thread, log out and log in", async ({ page, join }) => {
  const bob = await join("bob");
  const chat = new Chat(page);
  await page.goto("/");
  await expect(page).toHaveURL(/\/login/);
  await page.getByRole("link", { name: "Sign up" }).click();
  await page.getByLabel("Username").fill("ana");
  await page.getByLabel("Display name (optional)").fill("Ana Ruiz");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page).toHaveURL("/");

  await chat.showPeople();
  await chat.person("bob").click();
  await expect(page).toHaveURL(/\/t\/\d+/);
  await chat.composer.fill("first line\nsecond line");
  await chat.sendButton.click();
  await expect(page).toHaveURL(/\/t\/\d+/);
  await chat.composer.fill("and a second message");
  await chat.sendButton.click();
  await expect(chat.messages).toHaveCount(2);
  await expect(chat.messages.first()).toContainText("first line");
  await expect(chat.messages.last()).toContainText("and a second message");

  await bob.page.goto("/");
  await expect(bob.chat.thread("Ana Ruiz")).toContainText("2 unread");
  await bob.chat.thread("Ana Ruiz").click();
  await expect(bob.chat.messages).toHaveCount(2);
  await expect(bob.chat.messages.first().locator(".message-author")).toContainText("Ana Ruiz");
  await expect(bob.chat.messages.first().locator("time")).toBeVisible();

  // The foot leads to the page with the same content as its menu.
  await chat.foot.click();
  await expect(page).toHaveURL("/settings?");
  await page.getByRole("button", { name: "Log out" }).click();
  await expect(page).toHaveURL(/\/login/);
  await page.getByLabel("Username").fill("ana");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page).toHaveURL("/");
  await chat.showChats();
  await expect(chat.thread("bob")).toContainText("and a second message");
});

test("errors stand beside their fields", async ({ page, join, expectErrors }) => {
  expectErrors(/the server responded with a status of 4\d\d/);
  await join("maria");
  const signUp = async (username: string, password: string) => {
    await page.goto("/signup");
    await page.getByLabel("Username").fill(username);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Create account" }).click();
  };
  await signUp("ana", "password1");
  await expect(page.locator("#password-error")).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Create an account");
  await signUp("maria", PASSWORD);
  await expect(page.locator("#username-error")).toBeVisible();

  await page.goto("/login");
  await page.getByLabel("Username").fill("maria");
  await page.getByLabel("Password").fill("not-the-password");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.locator("#form-error")).toBeVisible();
  await expect(page).not.toHaveURL(/not-the-password/);
});

test("all fields that are wrong say so at once, and what was typed comes back, but no password", async ({ page, join }) => {
  await join("maria");
  await page.goto("/signup");
  await page.getByLabel("Username").fill("maria");
  await page.getByLabel("Password").fill("short");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.locator("#username-error")).toContainText("taken");
  await expect(page.locator("#password-error")).toContainText("8 to 256 characters");
  await expect(page.getByLabel("Username")).toHaveValue("maria");
  await expect(page.getByLabel("Password")).toHaveValue("");
});

test("who comes by a link logs in and lands where it led", async ({ page, join }) => {
  // The page shows who is online when it is loaded.
  await join("bob");
  const ana = await join("ana");
  const { chat } = ana;
  await chat.showPeople();
  await chat.person("bob").click();
  const { pathname } = new URL(ana.page.url());

  await page.goto(pathname);
  await page.getByLabel("Username").fill("bob");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page).toHaveURL(pathname);
});

test("one can make a room, find it, join it and talk in it", async ({ join, expectErrors }) => {
  expectErrors(/the server responded with a status of 4\d\d/);
  const ana = await join("ana");
  const bob = await join("bob");
  await ana.chat.newButton.click();
  await ana.page.getByRole("link", { name: "New room" }).click();
  await ana.page.getByLabel("Name", { exact: true }).fill("Garden");
  await ana.page.getByRole("button", { name: "Create room" }).click();
  await expect(ana.page).toHaveURL(/\/t\/\d+$/);
  await expect(ana.page.getByRole("heading", { level: 1 })).toHaveText("Garden");
  await ana.page.goto("/rooms/new");
  await ana.page.getByLabel("Name", { exact: true }).fill("garden");
  await ana.page.getByRole("button", { name: "Create room" }).click();
  await expect(ana.page.locator("#name-error")).toBeVisible();

  await bob.chat.newButton.click();
  await bob.page.getByLabel("Find a room").fill("gard");
  await bob.page.getByLabel("Find a room").press("Enter");
  await expect(bob.page).toHaveURL(/\/rooms\?q=gard/);
  await bob.page.getByRole("button", { name: "Join Garden" }).click();
  await expect(bob.page).toHaveURL(/\/t\/\d+$/);
  await bob.chat.composer.fill("Hello");
  await bob.chat.sendButton.click();
  await expect(bob.chat.messages).toHaveCount(1);
});

test("one can join a private room, and a wrong key is told beside its field", async ({ join, expectErrors }) => {
  expectErrors(/the server responded with a status of 4\d\d/);
  const ana = await join("ana");
  const bob = await join("bob");
  await ana.page.goto("/rooms/new");
  await ana.page.getByLabel("Name", { exact: true }).fill("Cellar");
  await expect(ana.page.locator(".offered-key code")).toHaveText(/^([0-9a-z]{4}-){4}[0-9a-z]{4}$/);
  await ana.page.getByLabel("Key", { exact: true }).fill("wine-and-cheese");
  await ana.page.getByRole("button", { name: "Create room" }).click();
  await expect(ana.page).toHaveURL(/\/t\/\d+$/);
  for (const key of ["beer-and-crisps", "wine-and-cheese"]) {
    await bob.page.goto("/rooms");
    await bob.page.getByLabel("Room name").fill("Cellar");
    await bob.page.getByLabel("Key", { exact: true }).fill(key);
    await bob.page.getByRole("button", { name: "Join", exact: true }).click();
    if (key === "wine-and-cheese") await expect(bob.page).toHaveURL(/\/t\/\d+$/);
    else await expect(bob.page.locator("#key-error")).toBeVisible();
    await expect(bob.page).not.toHaveURL(new RegExp(key));
  }
});

test("the choice between chats and people, and the filters, work before any script", async ({ join }) => {
  await join("bob");
  const { page, chat } = await join("ana");
  await expect(chat.threads).toBeVisible();
  await expect(chat.people).toBeHidden();
  await chat.showPeople();
  await expect(chat.person("bob")).toBeVisible();
  await expect(chat.threads).toBeHidden();

  await page.goto("/rooms/new");
  await page.getByLabel("Name", { exact: true }).fill("Garden");
  await page.getByRole("button", { name: /room$/ }).last().click();
  await chat.showPeople();
  await chat.person("bob").click();
  await expect(page).toHaveURL(/\/t\/\d+/);
  await chat.showChats();
  await expect(chat.threads.getByRole("link")).toHaveCount(2);
  await page.getByRole("button", { name: "Filter chats" }).click();
  await page.getByRole("radio", { name: "Rooms" }).check();
  await expect(chat.threads.getByRole("link")).toHaveText([/Garden/]);
});

test("the cookie of the choice decides what the server shows", async ({ join }) => {
  const ana = await join("ana");
  await ana.context.addCookies([{ name: "chapp_people", value: "open", url: ana.page.url() }]);
  await ana.page.goto("/");
  await expect(ana.chat.people).toBeVisible();
  await ana.context.addCookies([{ name: "chapp_people", value: "closed", url: ana.page.url() }]);
  await ana.page.goto("/");
  await expect(ana.chat.threads).toBeVisible();
});

test("on a phone the bar's links work before any script", async ({ join }) => {
  const ana = await join("ana", { viewport: { width: 360, height: 780 }, hasTouch: true, isMobile: true });
  for (const [name, path] of [["People", "/people"], ["Saved", "/saved"], ["You", "/settings"], ["Chats", "/"]] as const) {
    await ana.chat.bar.getByRole("link", { name }).click();
    await expect(ana.page).toHaveURL(path);
    await expect(ana.chat.bar.getByRole("link", { name })).toHaveAttribute("aria-current", "page");
  }
});
