// Blocking people, and reporting to the admins.

import { act, toast } from "../helpers/floating";
import { dialog, joinRoom, makeRoom, openAbout, openPart, panel } from "../helpers/rooms";
import { REFUSED, expect, test } from "../helpers/test";

test("whom one blocks is folded in rooms, in all tabs, and can't write until it is taken back", async ({ join, expectErrors }) => {
  expectErrors(REFUSED);
  const ana = await join("ana", { display: "Ana Ruiz" });
  const bob = await join("bob", { display: "Bob Li" });
  const path = await makeRoom(ana, "Garden");
  await joinRoom(bob, path);
  await bob.chat.say("Something loud");
  await expect(ana.chat.message("Something loud")).toBeVisible();
  const other = await ana.page.context().newPage();
  await other.goto(path);
  await expect(other.locator("article").getByText("Something loud")).toBeVisible();

  await act(ana, "Something loud", "Block");
  await expect(toast(ana.page)).toContainText("Bob Li is not told.");
  for (const page of [ana.page, other]) {
    await expect(page.locator("article.message").getByText("Blocked message")).toBeVisible();
    await expect(page.locator("article.message").getByText("Something loud")).toHaveCount(0);
  }
  await expect(ana.chat.thread("Garden")).toContainText("Bob Li: Blocked message");
  await other.getByRole("button", { name: "Show" }).click();
  await expect(other.locator("article.message").getByText("Something loud")).toBeVisible();

  // Bob only learns that it isn't possible.
  await bob.chat.showPeople();
  await bob.chat.person("Ana Ruiz").click();
  await expect(bob.page.getByText("You can't message this person.")).toBeVisible();

  await ana.chat.you("Privacy");
  await ana.page.getByRole("button", { name: "Unblock Bob Li" }).click();
  await expect(ana.page.locator("article.message").getByText("Something loud")).toBeVisible();
  await bob.chat.talkTo("Ana Ruiz");
  await bob.chat.say("There you are");
});

test("in a direct thread with somebody one blocks there is a way back instead of the composer", async ({ join, expectErrors }) => {
  expectErrors(REFUSED);
  const ana = await join("ana", { display: "Ana Ruiz" });
  const bob = await join("bob", { display: "Bob Li" });
  await ana.chat.talkTo("Bob Li");
  await ana.chat.say("Hello");
  await bob.chat.thread("Ana Ruiz").click();
  await ana.page.getByRole("link", { name: "Details" }).click();
  await ana.page.getByRole("button", { name: "Block", exact: true }).click();
  await expect(ana.page.getByText("You blocked this person.")).toBeVisible();
  await expect(ana.chat.composer).toBeHidden();
  await bob.chat.send("Are you there?");
  await expect(bob.page.getByText("Not sent. You can't message this person.")).toBeVisible();
  await ana.page.locator(".composer-held").getByRole("button", { name: "Unblock" }).click();
  await expect(ana.chat.composer).toBeVisible();
  await bob.page.getByRole("button", { name: "Try again" }).click();
  await expect(ana.chat.message("Are you there?")).toBeVisible();
});

test("a reported message comes before the room's admins as it was, and they say what was done", async ({ join }) => {
  const ana = await join("ana", { display: "Ana Ruiz" });
  const bob = await join("bob", { display: "Bob Li" });
  const eve = await join("eve", { display: "Eve" });
  const path = await makeRoom(bob, "Garden");
  await joinRoom(ana, path);
  await joinRoom(eve, path);
  await eve.chat.say("Buy my watches");
  await act(ana, "Buy my watches", "Report…");
  await expect(dialog(ana.page)).toContainText("Buy my watches");
  await dialog(ana.page).getByLabel("Spam").check();
  await dialog(ana.page).getByLabel("Details (optional)").fill("The third time");
  await dialog(ana.page).getByRole("button", { name: "Send report" }).click();
  await expect(dialog(ana.page)).toContainText("Only they can see it.");
  await dialog(ana.page).getByRole("button", { name: "Close" }).click();

  await openAbout(bob, path, "Reports");
  const part = panel(bob.page).locator("details", { hasText: "Reports" });
  await expect(part.locator("summary")).toContainText("1 open report");
  const report = panel(bob.page).locator(".report");
  await expect(report).toContainText("A message by Eve in Garden");
  await expect(report).toContainText("Buy my watches");
  await expect(report).toContainText("Spam: The third time");
  await expect(report).toContainText("Reported by Ana Ruiz");
  await report.getByRole("button", { name: "Delete message" }).click();
  await dialog(bob.page).getByRole("button", { name: "Delete message", exact: true }).click();
  await expect(report).toContainText("Message deleted by Bob Li");
  await expect(part.getByRole("status").filter({ hasText: "Message deleted by" })).toBeVisible();
  await expect(report).toBeFocused();
  await expect(part.locator("summary")).not.toContainText("open report");
  await expect(report).toContainText("Buy my watches");
  await expect(eve.page.locator(".message-deleted")).toBeVisible();

  // The site admin, who has the first account, sees it too.
  await ana.chat.you(/^Administration/);
  await openPart(ana.page, "Reports");
  await expect(ana.page.locator(".report")).toContainText("Message deleted by Bob Li");
});

test("a report is dismissed at once, and the toast opens it again", async ({ join }) => {
  const ana = await join("ana", { display: "Ana Ruiz" });
  const bob = await join("bob", { display: "Bob Li" });
  const path = await makeRoom(bob, "Garden");
  await joinRoom(ana, path);
  await bob.chat.open(path);
  await bob.chat.say("Look at this");
  await act(ana, "Look at this", "Report…");
  await dialog(ana.page).getByLabel("Spam").check();
  await dialog(ana.page).getByRole("button", { name: "Send report" }).click();
  await dialog(ana.page).getByRole("button", { name: "Close" }).click();
  await ana.chat.you(/^Administration/);
  await openPart(ana.page, "Reports");
  const report = ana.page.locator(".report");
  await report.getByRole("button", { name: "Dismiss" }).click();
  await expect(report).toContainText("Dismissed by Ana Ruiz");
  await expect(toast(ana.page)).toContainText("Report dismissed");
  await toast(ana.page).getByRole("button", { name: "Undo" }).click();
  await expect(report).not.toContainText("Dismissed");
  await expect(report.getByRole("button", { name: "Dismiss" })).toBeVisible();
});
