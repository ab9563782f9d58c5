// Groups: chats of several people without a name.

import { isAccessible } from "../helpers/axe";
import { fitsTheWidth } from "../helpers/chat";
import { panel } from "../helpers/rooms";
import { type Person, expect, test } from "../helpers/test";

/** Picks these people in the form for a new chat. */
async function pick({ page }: Person, ...names: string[]): Promise<void> {
  for (const name of names) {
    await page.getByLabel("Find people").fill(name);
    await page.getByRole("checkbox", { name: new RegExp(`^${name}`) }).check();
  }
}

test("a group is made of the people picked, and titled by the others for each of them", async ({ join }) => {
  const ana = await join("ana", { display: "Ana Ruiz" });
  const bob = await join("bob", { display: "Bob Li" });
  const cleo = await join("cleo", { display: "Cleo Park" });
  await ana.chat.reload();
  await ana.chat.startNew("New message");
  await expect(ana.page).toHaveURL("/new");
  await isAccessible(ana.page, "new message");
  await pick(ana, "Bob Li", "Cleo Park");
  await expect(ana.page.getByRole("list", { name: "Picked" }).getByRole("button")).toHaveText(["Bob Li", "Cleo Park"]);
  await isAccessible(ana.page, "new message, two picked");
  await ana.page.getByRole("button", { name: "Create group" }).click();
  await expect(ana.page.getByRole("heading", { level: 1, name: "Bob Li, Cleo Park" })).toBeVisible();
  await expect(ana.page.getByText("This is the start of your chat with")).toBeVisible();
  await isAccessible(ana.page, "a new group");
  await ana.chat.say("Shall we meet?");

  await expect(bob.chat.thread("Ana Ruiz, Cleo Park")).toContainText("Shall we meet?");
  await bob.chat.thread("Ana Ruiz, Cleo Park").click();
  await bob.chat.shows(["Shall we meet?"]);
  await bob.chat.say("Yes");
  await ana.chat.shows(["Shall we meet?", "Yes"]);

  // Who leaves is no longer in the title; the others see it at once.
  await cleo.chat.thread("Ana Ruiz, Bob Li").click();
  await cleo.page.getByRole("link", { name: "Details" }).click();
  await panel(cleo.page).getByRole("button", { name: "Leave" }).click();
  await cleo.page.getByRole("dialog").getByRole("button", { name: "Leave" }).click();
  await expect(ana.page.getByRole("heading", { level: 1, name: "Bob Li", exact: true })).toBeVisible();
  await expect(bob.chat.thread("Ana Ruiz").first()).not.toContainText("Cleo");

  // With a name it is a room like any other.
  await ana.page.getByRole("link", { name: "Details" }).click();
  await panel(ana.page).locator("summary", { hasText: "Name and topic" }).click();
  await expect(panel(ana.page).getByLabel("Name", { exact: true })).toHaveValue("");
  await expect(panel(ana.page).getByText("Who can join")).toHaveCount(0);
  await panel(ana.page).getByLabel("Name", { exact: true }).fill("Allotment");
  await panel(ana.page).getByRole("button", { name: "Save" }).first().click();
  await expect(bob.page.getByRole("heading", { level: 1, name: "Allotment" })).toBeVisible();
  await expect(panel(ana.page).getByText("Who can join")).toBeVisible();
});

test("with one person picked it is the direct chat, and with none the form says so", async ({ join, expectErrors }) => {
  expectErrors(/the server responded with a status of 4\d\d/);
  const bob = await join("bob");
  const ana = await join("ana");
  await ana.chat.open("/new");
  await ana.page.getByRole("button", { name: "Start chat" }).click();
  await expect(ana.page.getByRole("alert").filter({ hasText: "Pick at least one person." })).toBeVisible();
  await pick(ana, "bob");
  await ana.page.getByRole("button", { name: "Remove bob" }).click();
  await expect(ana.page.getByRole("checkbox", { name: /^bob/ })).not.toBeChecked();
  await pick(ana, "bob");
  await ana.page.getByRole("button", { name: "Start chat" }).click();
  await expect(ana.page.getByRole("heading", { level: 1, name: "bob" })).toBeVisible();
  await ana.chat.say("Hello");
  await expect(bob.chat.thread("ana")).toContainText("Hello");
});

test("a group has ten people at most, and its form fits a small screen", async ({ join }) => {
  for (let i = 0; i < 10; i++) await join(`person${i}`);
  const ana = await join("ana", { viewport: { width: 320, height: 640 } });
  await ana.chat.open("/new");
  const boxes = ana.page.getByRole("checkbox");
  await expect(boxes).toHaveCount(10);
  for (let i = 0; i < 9; i++) await boxes.nth(i).check();
  await expect(boxes.nth(9)).toBeDisabled();
  await expect(ana.page.getByText("A group has up to 10 people. For more, create a room.")).toBeVisible();
  await fitsTheWidth(ana.page);
  await expect(ana.page.getByRole("button", { name: "Create group" })).toBeInViewport({ ratio: 1 });
});

test.describe("without a script", () => {
  test.use({ javaScriptEnabled: false });

  test("a group can be made, read and written to", async ({ join }) => {
    await join("bob");
    await join("cleo");
    const ana = await join("ana");
    await ana.page.goto("/new");
    await ana.page.getByRole("checkbox", { name: /^bob/ }).check();
    await ana.page.getByRole("checkbox", { name: /^cleo/ }).check();
    await ana.page.locator(".new-chat-foot button").click();
    await expect(ana.page.getByRole("heading", { level: 1, name: "bob, cleo" })).toBeVisible();
    await ana.chat.composer.fill("Hello");
    await ana.chat.sendButton.click();
    await expect(ana.chat.messages).toHaveCount(1);
    await ana.page.goto("/new");
    await ana.page.locator(".new-chat-foot button").click();
    await expect(ana.page.getByText("Pick 1 to 9 people.")).toBeVisible();
  });
});
