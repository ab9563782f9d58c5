// What floats over the page, and the actions on a message.

import { type Locator, type Page, expect } from "@playwright/test";

import type { Person } from "./test";

/** The open menu. */
export const menu = (page: Page): Locator => page.getByRole("menu");

/** The toast. */
export const toast = (page: Page): Locator => page.locator(".toast");

/** Chooses an item of the open menu. */
export async function choose(page: Page, item: string): Promise<void> {
  await menu(page).getByRole("menuitem", { name: item, exact: true }).click();
  await expect(menu(page)).toHaveCount(0);
}

/** Does something with a message: by a button of its bar, or by its menu if the bar has none. */
export async function act({ page, chat }: Person, text: string, name: string): Promise<void> {
  const message = chat.message(text);
  // While it is being sent there is nothing to do with it, and the mouse would have to move again.
  await expect(message).toHaveAttribute("data-state", "sent");
  await message.locator(".message-text").hover();
  const bar = message.getByRole("group", { name: "Message actions" });
  await expect(bar).toBeVisible();
  const button = bar.getByRole("button", { name, exact: true });
  if (await button.count()) return button.click();
  await bar.getByRole("button", { name: "More" }).click();
  await choose(page, name);
}
