// Notes: a chat with oneself.

import { isAccessible } from "../helpers/axe";
import { REFUSED, expect, test } from "../helpers/test";

test("notes are found in the switcher, have no receipts, and are never unread", async ({ join, expectErrors }) => {
  const ana = await join("ana", { display: "Ana Ruiz" });
  const page = ana.page;
  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox");
  await field.fill("notes");
  await expect(page.getByRole("option").first()).toContainText("Ana Ruiz (you)");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Ana Ruiz (you)" })).toBeVisible();
  await expect(page.getByText("These are your notes. Only you can see them.")).toBeVisible();
  await isAccessible(page, "the notes");

  const second = await ana.context.newPage();
  await second.goto("/");
  await ana.chat.say("milk and bread");
  await expect(ana.chat.messages.last()).not.toContainText(/Read|Delivered/);
  await expect(second.getByRole("link", { name: /Ana Ruiz \(you\)/ })).toContainText("milk and bread");
  await expect(second.getByText(/\d unread/)).toHaveCount(0);
  const path = new URL(page.url()).pathname;
  await ana.chat.open("/");
  await ana.chat.thread("Ana Ruiz (you)").click();
  await ana.chat.shows(["milk and bread"]);

  // There is one of them, and it is found again. Nobody else sees it.
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill("ruiz");
  await expect(page.getByRole("option").filter({ hasText: "(you)" })).toHaveCount(1);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`${path}$`));
  expectErrors(REFUSED);
  const bob = await join("bob");
  await bob.page.goto(path);
  await expect(bob.page.getByText("milk and bread")).toHaveCount(0);
});
