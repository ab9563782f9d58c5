// Room rules: who can post, slow mode, and who can invite.

import { dialog, joinRoom, makeRoom, notices, openAbout, openPart, panel } from "../helpers/rooms";
import { expect, test } from "../helpers/test";

test("where only admins post, members see it at once, in place of the composer", async ({ join }) => {
  const ana = await join("ana", { display: "Ana Ruiz" });
  const bob = await join("bob");
  const path = await makeRoom(ana, "News");
  await joinRoom(bob, path);
  await ana.chat.say("Read this");
  await expect(bob.chat.message("Read this")).toBeVisible();

  await openAbout(ana, path, "What members can do");
  await panel(ana.page).getByLabel("Who can post").selectOption({ label: "Only admins" });
  await panel(ana.page).locator("form", { hasText: "Who can post" }).getByRole("button", { name: "Save" }).click();

  await expect(bob.page.getByText("Only admins can post here.")).toBeVisible();
  await expect(bob.chat.composer).toBeHidden();
  await expect(notices(bob.page).filter({ hasText: "Ana Ruiz let only admins post" })).toBeVisible();
  await expect(ana.chat.composer).toBeVisible();
  // A reloaded page shows the same.
  await bob.chat.reload();
  await expect(bob.page.getByText("Only admins can post here.")).toBeVisible();

  await panel(ana.page).getByLabel("Who can post").selectOption({ label: "Admins, and everyone can reply" });
  await panel(ana.page).locator("form", { hasText: "Who can post" }).getByRole("button", { name: "Save" }).click();
  await expect(bob.page.getByText("but you can reply.")).toBeVisible();
  await bob.chat.message("Read this").hover();
  await bob.page.getByRole("button", { name: "Reply" }).click();
  await expect(bob.chat.composer).toBeVisible();
  await bob.chat.say("Thanks");
  await expect(ana.chat.message("Thanks")).toBeVisible();
});

test("in slow mode a member sees how long it takes, and what is sent too early goes out by itself, in order", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  const path = await makeRoom(ana, "Slow");
  await joinRoom(bob, path);
  await openAbout(ana, path, "What members can do");
  await panel(ana.page).getByLabel("Slow mode").selectOption({ label: "5 seconds" });
  await panel(ana.page).locator("form", { hasText: "Slow mode" }).getByRole("button", { name: "Save" }).click();
  await expect(notices(bob.page).filter({ hasText: "turned slow mode on: 5 seconds between messages" })).toBeVisible();

  await bob.chat.send("one");
  await bob.chat.send("two");
  await expect(bob.page.getByText("Slow mode. You can send again in")).toBeVisible();
  await ana.chat.open(path);
  await expect(ana.chat.message("two")).toBeVisible({ timeout: 20_000 });
  await ana.chat.shows(["one", "two"]);
  // Admins don't wait.
  await ana.chat.say("three");
  await ana.chat.say("four");
  await expect(bob.chat.message("four")).toBeVisible();
});

test("members make links to a room when its admins let them, and see only their own", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  const path = await makeRoom(ana, "Garden");
  await joinRoom(bob, path);
  await openAbout(bob, path);
  await expect(panel(bob.page).getByText("Invite links")).toBeHidden();

  await openAbout(ana, path, "What members can do");
  await panel(ana.page).getByLabel("Who can create invite links").selectOption({ label: "Every member" });
  await panel(ana.page).locator("form", { hasText: "invite links" }).getByRole("button", { name: "Save" }).click();
  await openPart(bob.page, "Invite links");
  await expect(panel(bob.page).getByText("No active invite links")).toBeVisible();
  await bob.page.getByRole("button", { name: "Create link" }).click();
  await expect(bob.page.getByLabel(/Copy it now/)).toHaveValue(/\/join\//);
  await expect(panel(bob.page).getByRole("button", { name: "Revoke" })).toHaveCount(1);
  await expect(dialog(bob.page)).toBeHidden();
});
