// The site: who may sign up, accounts, invite links, the audit log.

import { act } from "../helpers/floating";
import { dialog, makeLink, makeRoom, manage, openPart } from "../helpers/rooms";
import { PASSWORD } from "../helpers/server";
import { REFUSED, expect, test } from "../helpers/test";

test("the first account is the site's admin, and nobody else sees the administration", async ({
  join,
  expectErrors,
}) => {
  expectErrors(REFUSED);
  const ana = await join("ana");
  const bob = await join("bob");
  await expect((await ana.chat.openYou()).getByRole("menuitem", { name: "Administration" })).toBeVisible();
  await expect((await bob.chat.openYou()).getByRole("menuitem", { name: "Administration" })).toHaveCount(0);
  expect((await bob.page.goto("/admin"))?.status()).toBe(404);
  await expect(bob.page.getByRole("heading", { name: "You can't see this chat" })).toBeVisible();
});

test("who may sign up is changed while running, and the sign-up page says so", async ({ join, browse, expectErrors }) => {
  expectErrors(REFUSED);
  const ana = await join("ana");
  const stranger = await (await browse()).newPage();
  await ana.chat.you(/^Administration/);
  await expect(ana.page.getByRole("radio", { name: "Everyone" })).toBeChecked();

  await ana.page.getByRole("radio", { name: "No one" }).check();
  await expect(ana.page.getByRole("main").getByText("Saved")).toBeVisible();
  await stranger.goto("/signup");
  await expect(stranger.getByRole("heading", { level: 1 })).toHaveText("Sign-up is closed");
  await expect(stranger.getByLabel("Username")).toHaveCount(0);

  await ana.page.getByRole("radio", { name: "Only people with an invite link" }).check();
  await expect(ana.page.getByRole("main").getByText("Saved")).toBeVisible();
  await stranger.goto("/signup");
  await expect(stranger.getByRole("heading", { level: 1 })).toHaveText("You need an invite link");

  await openPart(ana.page, "Invite links");
  const link = await makeLink(ana.page, "1");
  await stranger.goto(link);
  await expect(stranger.getByText("You're invited.")).toBeVisible();
  await stranger.getByLabel("Username").fill("newbie");
  await stranger.getByLabel("Password").fill(PASSWORD);
  await stranger.getByRole("button", { name: "Create account" }).click();
  await expect(stranger).toHaveURL("/");
  const late = await (await browse()).newPage();
  await late.goto(link);
  await expect(late.getByRole("heading", { level: 1 })).toHaveText("This link no longer works");
});

test("a suspended account is out at once and can't log in until it is restored", async ({ join, expectErrors }) => {
  expectErrors(REFUSED);
  const ana = await join("ana");
  const bob = await join("bob", { display: "Bob Li" });
  await ana.chat.you(/^Administration/);
  const own = ana.page.locator(".member", { hasText: "(you)" });
  await expect(own).toContainText("Site admin");
  await expect(own.getByRole("button"), "nothing that would lock the only site admin out").toHaveCount(0);
  await ana.page.getByLabel("Filter accounts").fill("bob");
  await manage(ana.page, "Bob Li", "Suspend");
  await expect(ana.page.locator(".member", { hasText: "Bob Li" })).toContainText("Suspended");
  await expect(bob.page.getByRole("dialog", { name: "You were logged out" })).toBeVisible();
  await bob.page.getByRole("link", { name: "Use another account" }).click();
  await expect(bob.page).toHaveURL(/\/login/);
  await bob.page.getByLabel("Username").fill("bob");
  await bob.page.getByLabel("Password").fill(PASSWORD);
  await bob.page.getByRole("button", { name: "Log in" }).click();
  await expect(bob.page.locator("#form-error")).toContainText("suspended");

  await manage(ana.page, "Bob Li", "Restore");
  await expect(ana.page.locator(".member", { hasText: "Bob Li" })).not.toContainText("Suspended");
  await bob.page.getByRole("button", { name: "Log in" }).click();
  await expect(bob.chat.foot).toBeVisible();
  await openPart(ana.page, "Audit log");
  await expect(ana.page.getByText("ana suspended Bob Li")).toBeVisible();
  await expect(ana.page.getByText("ana restored Bob Li")).toBeVisible();
});

test("a site admin keeps order in a room of others, and makes others admins", async ({ join, expectErrors }) => {
  expectErrors(REFUSED);
  const ana = await join("ana");
  const bob = await join("bob");
  const path = await makeRoom(bob, "Garden");
  await bob.chat.say("Buy cheap watches");
  await ana.chat.open(path);
  await ana.page.getByRole("button", { name: "Join room" }).click();
  await act(ana, "Buy cheap watches", "Delete…");
  await dialog(ana.page).getByRole("button", { name: "Delete", exact: true }).click();
  await expect(bob.page.locator(".message-deleted")).toBeVisible();

  await ana.chat.you(/^Administration/);
  await manage(ana.page, "bob", "Make site admin");
  await bob.chat.reload();
  await expect((await bob.chat.openYou()).getByRole("menuitem", { name: "Administration" })).toBeVisible();
  await manage(ana.page, "ana", "Remove as site admin");
  await ana.chat.reload();
  await expect((await ana.chat.openYou()).getByRole("menuitem", { name: "Administration" })).toHaveCount(0);
});
