// A session that ends while its page is open.

import { isAccessible } from "../helpers/axe";
import { PASSWORD } from "../helpers/server";
import { REFUSED, expect, test } from "../helpers/test";

test("who is logged out elsewhere logs in where they are, and nothing that was typed is lost", async ({
  join,
  enter,
  expectErrors,
}) => {
  expectErrors(REFUSED, /WebSocket connection to .* failed/);
  const ana = await join("ana");
  await join("bob");
  await ana.chat.reload();
  const path = await ana.chat.talkTo("bob");
  await ana.chat.say("sent before");
  await ana.chat.type("half a sente");

  const elsewhere = await enter("ana");
  await elsewhere.page.goto("/settings/security");
  await elsewhere.page.getByRole("button", { name: "Log out all others" }).click();
  const confirm = elsewhere.page.getByRole("dialog").getByRole("button", { name: /^Log out/ });
  if (await confirm.isVisible()) await confirm.click();

  const dialog = ana.page.getByRole("dialog", { name: "You were logged out" });
  await expect(dialog).toContainText("Your drafts and unsent messages are kept in this browser.");
  await expect(dialog).toHaveCount(1);
  const password = dialog.getByLabel("Password", { exact: true });
  await expect(password).toBeFocused();
  await isAccessible(ana.page, "logged out");
  await expect(ana.page).toHaveURL(path);
  await password.fill("not-the-password");
  await password.press("Enter");
  await expect(dialog.getByRole("alert")).toContainText("Wrong username or password");
  await password.fill(PASSWORD);
  await password.press("Enter");
  await expect(dialog).toHaveCount(0);
  await expect(ana.page).toHaveURL(path);
  await ana.chat.live();
  await expect(ana.chat.composer).toHaveValue("half a sente");
  await ana.chat.shows(["sent before"]);
  await ana.chat.say("half a sentence");
});

test("Escape leaves for the log-in page, which leads back", async ({ join, enter, expectErrors }) => {
  expectErrors(REFUSED, /WebSocket connection to .* failed/);
  const ana = await join("ana");
  await ana.chat.open("/rooms");
  const elsewhere = await enter("ana");
  await elsewhere.page.goto("/settings/security");
  await elsewhere.page.locator(".session", { hasNotText: "This one" }).getByRole("button", { name: /^Log out / }).click();
  await expect(ana.page.getByRole("dialog", { name: "You were logged out" })).toBeVisible();
  await ana.page.keyboard.press("Escape");
  await expect(ana.page).toHaveURL("/login?next=/rooms");
});
