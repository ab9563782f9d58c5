// Rooms as a user knows them: creating, joining, moderating.

import { type Locator, type Page, expect } from "@playwright/test";

import { escaped } from "./chat";
import { menu } from "./floating";
import type { Person } from "./test";

/** Creates a room with the form; returns its path. */
export async function makeRoom({ page, chat }: Person, name: string, { topic = "", key = "" } = {}): Promise<string> {
  await chat.open("/rooms/new");
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Topic (optional)").fill(topic);
  if (key) {
    await page.getByRole("radio", { name: /key or an invite link/ }).check();
    await page.getByLabel("Key", { exact: true }).fill(key);
  }
  await page.getByRole("button", { name: "Create room" }).click();
  await expect(page).toHaveURL(/\/t\/\d+$/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
  return new URL(page.url()).pathname;
}

/** Joins a public room by its link. */
export async function joinRoom({ page, chat }: Person, path: string): Promise<void> {
  await chat.open(path);
  await page.getByRole("button", { name: "Join room" }).click();
  await expect(chat.composer).toBeVisible();
}

/** Fills in and sends the form for private rooms. */
export async function tryKey(page: Page, name: string, key: string): Promise<void> {
  await page.getByLabel("Room name").fill(name);
  await page.getByLabel("Key", { exact: true }).fill(key);
  await page.getByRole("button", { name: "Join", exact: true }).click();
}

/** The panel with the details of the open room. */
export const panel = (page: Page): Locator => page.getByRole("region", { name: /^About this (room|group)$/ });

/** The confirmation dialog. */
export const dialog = (page: Page): Locator => page.getByRole("dialog");

/** Opens the panel of a room, and a section of it. */
export async function openAbout({ page, chat }: Person, path: string, part?: string): Promise<Locator> {
  await chat.open(`${path}/about`);
  await expect(panel(page)).toBeVisible();
  if (part) await openPart(page, part);
  return panel(page);
}

/** Opens a section of a pane. */
export async function openPart(page: Page, part: string): Promise<void> {
  await page.locator("summary", { hasText: part }).click();
}

/** Chooses an action on a member, and confirms it if it asks. */
export async function manage(page: Page, name: string, act: string, fill?: () => Promise<void>): Promise<void> {
  await page.getByRole("button", { name: `Manage ${name}` }).click();
  const item = menu(page).getByRole("menuitem", { name: new RegExp(`^${act}…?$`) });
  const asks = (await item.innerText()).trim().endsWith("…");
  await item.click();
  if (!asks) return expect(menu(page)).toHaveCount(0);
  await expect(dialog(page).getByRole("heading")).toContainText(new RegExp(`${escaped(name)}|yourself`));
  await fill?.();
  await dialog(page).getByRole("button", { name: act, exact: true }).click();
  await expect(dialog(page)).toBeHidden();
}

/** Creates an invite link in the open section; returns its path. */
export async function makeLink(page: Page, uses: string): Promise<string> {
  await page.getByLabel("Number of uses").selectOption({ label: uses });
  await page.getByRole("button", { name: "Create link" }).click();
  const link = page.getByLabel(/Copy it now/);
  await expect(link).toHaveValue(/\/join\/[\w-]{20,}$/);
  return new URL(await link.inputValue()).pathname;
}

/** The notices between the messages. */
export const notices = (page: Page): Locator => page.locator(".notice-line");
