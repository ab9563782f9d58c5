// Signing up, logging in, staying logged in, logging out.

import type { Page } from "@playwright/test";

import { Chat, escaped } from "../helpers/chat";
import { PASSWORD } from "../helpers/server";
import { REFUSED, expect, test } from "../helpers/test";

async function signUp(page: Page, username: string, display = "", password = PASSWORD) {
  await page.goto("/signup");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Create an account");
  await fillSignUp(page, username, display, password);
}

async function fillSignUp(page: Page, username: string, display: string, password: string) {
  await page.getByLabel("Username").fill(username);
  await page.getByLabel("Display name (optional)").fill(display);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Create account" }).click();
}

async function logIn(page: Page, username: string, password = PASSWORD, path = "/login") {
  await page.goto(path);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Log in");
  await page.getByLabel("Username").fill(username);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
}

/** The error next to a form field: announced, and associated with the field. */
async function fieldError(page: Page, field: "username" | "display_name" | "password") {
  const error = page.locator(`#${field}-error`);
  await expect(error).toBeVisible();
  await expect(error).toHaveAttribute("role", "alert");
  const input = page.locator(`[name=${field}]`);
  await expect(input).toHaveAttribute("aria-invalid", "true");
  await expect(input).toHaveAttribute("aria-describedby", new RegExp(`\\b${field}-error\\b`));
  const [above, below] = [await input.boundingBox(), await error.boundingBox()];
  expect(Math.abs((below?.y ?? 0) - (above?.y ?? 1_000)), "the error is beside its field").toBeLessThan(120);
  return (await error.innerText()).trim();
}

test("signing up logs in; logging out and in again works", async ({ page }) => {
  const chat = new Chat(page);
  await signUp(page, "ana", "Ana Ruiz");
  await expect(page).toHaveURL("/");
  await chat.live();
  await chat.reload();
  await expect(chat.foot).toBeVisible();

  await chat.logOut();
  await expect(page).toHaveURL(/\/login/);
  await page.goto("/");
  await expect(page).toHaveURL(/\/login/);

  await logIn(page, "ANA");
  await expect(page).toHaveURL("/");
  await expect(chat.foot).toBeVisible();
});

test("log-in and sign-up lead to one another", async ({ join, page }) => {
  await join("ana");
  await page.goto("/login");
  await page.getByRole("link", { name: "Sign up" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Create an account");
  await page.getByRole("link", { name: "Log in" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Log in");
});

test("on an empty installation the log-in leads to the sign-up, whose account is the admin", async ({ page }) => {
  await page.goto("/login?next=/rooms");
  await expect(page).toHaveURL("/signup?next=/rooms");
  await expect(page.getByText("It will be the site admin")).toBeVisible();
  await page.getByLabel("Username").fill("ana");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page).toHaveURL("/rooms");
  await expect((await new Chat(page).openYou()).getByRole("menuitem", { name: "Administration" })).toBeVisible();
});

test("a wrong password and an unknown user name are answered with the same words", async ({
  join,
  page,
  expectErrors,
}) => {
  expectErrors(REFUSED);
  await join("ana");
  const error = page.locator("#form-error");

  await logIn(page, "ana", "not-the-password-of-ana");
  await expect(error).toBeVisible();
  await expect(error).toHaveAttribute("role", "alert");
  const wrongPassword = await error.innerText();

  await logIn(page, "nobody", "not-the-password-of-ana");
  await expect(error).toBeVisible();
  expect(await error.innerText()).toBe(wrongPassword);
  await expect(page).toHaveURL(/\/login/);
});

test("a weak password is refused beside its field, with the reason", async ({ page, expectErrors }) => {
  expectErrors(REFUSED);
  await page.goto("/signup");
  // A form sent before hydration comes back empty except for its error (no-js.spec.ts).
  await page.locator("html[data-hydrated]").waitFor({ state: "attached" });
  await fillSignUp(page, "ana", "", "password1");
  expect(await fieldError(page, "password")).not.toBe("");
  await expect(page).toHaveURL(/\/signup/);
  await expect(page.getByLabel("Username")).toHaveValue("ana");

  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page).toHaveURL("/");
});

for (const [kind, name] of [
  ["a taken name", "maria"],
  ["a taken name in capitals", "MARIA"],
  ["a name that looks like a taken one", "m\u0430ria"],
  ["too short a name", "ab"],
  ["a name with a space", "ma ria"],
] as const) {
  test(`${kind} is refused beside its field`, async ({ join, page, expectErrors }) => {
    expectErrors(REFUSED);
    await join("maria");
    await signUp(page, name);
    expect(await fieldError(page, "username")).not.toBe("");
    await expect(page).toHaveURL(/\/signup/);
  });
}

test("all fields that are wrong say so at once, the first has the focus, and what was typed stays", async ({
  join,
  page,
  expectErrors,
}) => {
  expectErrors(/status of 422/);
  await join("maria");
  await page.goto("/signup");
  await page.locator("html[data-hydrated]").waitFor({ state: "attached" });
  await page.getByLabel("Username").fill("maria");
  await page.getByLabel("Password").fill("short");
  await page.getByRole("button", { name: "Create account" }).click();
  expect(await fieldError(page, "username")).toBe("That username is taken, or too close to one that is.");
  expect(await fieldError(page, "password")).toBe("Use at least 8 characters");
  await expect(page.getByLabel("Username")).toBeFocused();
  await expect(page.getByLabel("Username")).toHaveValue("maria");
});

test("one stays logged in when browser and server have been started again", async ({ join, browse, server }) => {
  const ana = await join("ana");
  const storageState = await ana.context.storageState();
  await ana.context.close();
  await server.restart();

  const context = await browse({ storageState });
  const chat = new Chat(await context.newPage());
  await chat.open();
  await expect(chat.foot).toBeVisible();
});

test("logging out in one tab ends the other tab too, and no other browser", async ({ join, enter, expectErrors }) => {
  expectErrors(REFUSED);
  const ana = await join("ana");
  const elsewhere = await enter("ana");
  const tab = new Chat(await ana.context.newPage());
  await tab.open();

  await ana.chat.logOut();
  await expect(ana.page).toHaveURL(/\/login/);
  await expect(tab.page.getByRole("dialog", { name: "You were logged out" })).toBeVisible();

  await elsewhere.chat.reload();
  await expect(elsewhere.chat.foot).toBeVisible();
});

test("who comes by a link logs in and lands where it led", async ({ join, page }) => {
  const ana = await join("ana");
  await join("bob");
  const path = await ana.chat.talkTo("bob");

  await page.goto(path);
  await expect(page).toHaveURL(new RegExp(`/login\\?next=${escaped(encodeURIComponent(path))}|/login\\?next=${path}`));
  await page.getByLabel("Username").fill("bob");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page).toHaveURL(path);
});

for (const evil of ["https://example.com/", "//example.com/", "/\\example.com/", "javascript:alert(1)"]) {
  test(`logging in does not lead away to ${evil}`, async ({ join, page, server }) => {
    await join("ana");
    await logIn(page, "ana", PASSWORD, `/login?next=${encodeURIComponent(evil)}`);
    await expect(new Chat(page).foot).toBeVisible();
    expect(new URL(page.url()).origin).toBe(server.url);
  });
}
