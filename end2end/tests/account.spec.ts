// Password and sessions, with and without JavaScript.

import { isAccessible } from "../helpers/axe";
import { PASSWORD } from "../helpers/server";
import { expect, test } from "../helpers/test";

const NEW_PASSWORD = "another good passphrase";

test("a new password logs one out everywhere else, and is the one to log in with", async ({ join, enter, browse }) => {
  const here = await join("ana");
  const elsewhere = await enter("ana");
  await elsewhere.chat.live();
  await here.chat.you("Profile and settings");
  await here.page.getByRole("link", { name: "Password and sessions" }).click();
  await expect(here.page).toHaveURL("/settings/security");
  await expect(here.page.getByRole("heading", { level: 1 })).toHaveText("Password and sessions");
  await here.page.getByLabel("Current password", { exact: true }).fill(PASSWORD);
  await here.page.getByLabel("New password", { exact: true }).fill(NEW_PASSWORD);
  await here.page.getByRole("button", { name: "Change password" }).click();
  await expect(here.page.getByText("Password changed.")).toBeVisible();
  await expect(here.page.getByLabel("New password", { exact: true })).toHaveValue("");
  await expect(elsewhere.page.getByRole("dialog", { name: "You were logged out" })).toBeVisible();
  const fresh = await (await browse()).newPage();
  await fresh.goto("/login");
  await fresh.getByLabel("Username").fill("ana");
  await fresh.getByLabel("Password").fill(NEW_PASSWORD);
  await fresh.getByRole("button", { name: "Log in" }).click();
  await expect(fresh).toHaveURL("/");
});

test("a wrong current password and a weak new one are said beside their fields", async ({ join, expectErrors }) => {
  expectErrors(/the server responded with a status of 4\d\d/);
  const { page } = await join("ana");
  await page.goto("/settings/security");
  const change = async (current: string, next: string) => {
    await page.getByLabel("Current password", { exact: true }).fill(current);
    await page.getByLabel("New password", { exact: true }).fill(next);
    await page.getByRole("button", { name: "Change password" }).click();
  };
  await change("wrong", NEW_PASSWORD);
  await expect(page.locator("#current-error")).toHaveText("That isn't your current password");
  await change(PASSWORD, "password1");
  await expect(page.locator("#new-error")).toBeVisible();
});

test("one sees where one is logged in and logs one of them out", async ({ join, enter }) => {
  const here = await join("ana");
  const elsewhere = await enter("ana");
  await elsewhere.chat.live();
  await here.page.goto("/settings/security");
  const sessions = here.page.locator(".session");
  await expect(sessions).toHaveCount(2);
  await expect(sessions.filter({ hasText: "This one" })).toHaveCount(1);
  await sessions.filter({ hasNotText: "This one" }).getByRole("button", { name: /^Log out / }).click();
  await expect(sessions).toHaveCount(1);
  await expect(elsewhere.page.getByRole("dialog", { name: "You were logged out" })).toBeVisible();
  await expect(here.page.getByRole("button", { name: "Log out all others" })).toHaveCount(0);
});

test("a new display name is seen everywhere at once, also beside earlier messages", async ({ join, expectErrors }) => {
  expectErrors(/the server responded with a status of 422/);
  const ana = await join("ana");
  const bob = await join("bob");
  await ana.chat.talkTo("bob");
  await ana.chat.send("before");
  await bob.chat.thread("ana").click();
  await expect(bob.chat.message("before").locator(".message-author")).toContainText("ana");
  await ana.chat.you("Profile and settings");
  const name = ana.page.getByLabel("Display name", { exact: true });
  await expect(name).toHaveValue("ana");
  await name.fill("x".repeat(65));
  await ana.page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(ana.page.locator("#display_name-error")).toContainText("64 characters");
  await name.fill("Ana Ruiz");
  await ana.page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(ana.page.locator("#main").getByText("Saved", { exact: true })).toBeVisible();
  await expect(ana.page.locator(".you-name")).toHaveText("Ana Ruiz");
  await expect(ana.chat.foot).toContainText("Ana Ruiz");
  await isAccessible(ana.page, "the page about oneself");
  await expect(bob.chat.message("before").locator(".message-author")).toContainText("Ana Ruiz");
  await expect(bob.page.getByRole("heading", { level: 1 })).toContainText("Ana Ruiz");
  await expect(bob.chat.thread("Ana Ruiz")).toBeVisible();
  await expect(bob.page).toHaveTitle(/Ana Ruiz/);
  await bob.chat.reload();
  await expect(bob.chat.message("before").locator(".message-author")).toContainText("Ana Ruiz");
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("the display name is changed by a form, and what is wrong with one stands beside it", async ({ join, expectErrors }) => {
    expectErrors(/the server responded with a status of 4\d\d/);
    const { page } = await join("ana", { javaScriptEnabled: false });
    await page.goto("/settings");
    await page.getByLabel("Display name", { exact: true }).fill("Ana Ruiz");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page).toHaveURL(/\/settings/);
    await expect(page.locator(".you-name")).toHaveText("Ana Ruiz");
    await page.getByLabel("Display name", { exact: true }).fill("x".repeat(65));
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.locator("#display_name-error")).toContainText("64 characters");
    await expect(page.locator(".you-name")).toHaveText("Ana Ruiz");
  });

  test("the password is changed and a session ended by plain forms", async ({ join, enter }) => {
    const here = await join("ana", { javaScriptEnabled: false });
    await enter("ana", { javaScriptEnabled: false });
    await here.page.goto("/settings/security");
    await expect(here.page.locator(".session")).toHaveCount(2);
    await here.page.getByRole("button", { name: "Log out all others" }).click();
    await expect(here.page.locator(".session")).toHaveCount(1);
    await here.page.getByLabel("Current password").fill(PASSWORD);
    await here.page.getByLabel("New password").fill(NEW_PASSWORD);
    await here.page.getByRole("button", { name: "Change password" }).click();
    await expect(here.page.getByText("Password changed.")).toBeVisible();
  });
});
