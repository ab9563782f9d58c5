// The page as a user knows it. Everything that the tests assume about its structure is here.

import { type Locator, type Page, expect } from "@playwright/test";

export const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

export class Chat {
  constructor(readonly page: Page) {}

  get threads(): Locator {
    return this.page.getByRole("navigation", { name: "Chats" });
  }

  get log(): Locator {
    return this.page.getByRole("log", { name: "Messages" });
  }

  get messages(): Locator {
    return this.page.locator("article.message");
  }

  get composer(): Locator {
    return this.page.getByRole("textbox", { name: "Message", exact: true });
  }

  get sendButton(): Locator {
    return this.page.getByRole("button", { name: "Send", exact: true });
  }

  get banner(): Locator {
    return this.page.locator("[role=status].banner");
  }

  get pill(): Locator {
    return this.page.getByRole("button", { name: /new message|jump to latest/i });
  }

  get unreadDivider(): Locator {
    return this.page.locator(".unread-divider");
  }

  get people(): Locator {
    return this.page.getByRole("region", { name: "People" });
  }

  /** The bar at the bottom of a small screen. */
  get bar(): Locator {
    return this.page.getByRole("navigation", { name: "Places" });
  }

  get filter(): Locator {
    return this.page.getByLabel("Filter people");
  }

  /** The button with the user's own name, at the foot of the sidebar. */
  get foot(): Locator {
    return this.page.locator(".own-row").getByRole("button");
  }

  get newButton(): Locator {
    return this.page.getByRole("button", { name: "New", exact: true });
  }

  get backLink(): Locator {
    return this.page.getByRole("link", { name: "Back to chats" });
  }

  /** All rows of the list of people. */
  get everyone(): Locator {
    return this.people.getByRole("button", { name: / @\S+( · online)?$/ });
  }

  /** Opens an address and waits until the page is live. */
  async open(path = "/"): Promise<void> {
    await this.page.goto(path);
    await this.live();
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.live();
  }

  async live(): Promise<void> {
    await this.page.locator("html[data-hydrated]").waitFor({ state: "attached" });
  }

  thread(name: string): Locator {
    return this.threads.getByRole("link").filter({ hasText: name });
  }

  person(name: string, state: "online" | "offline" | "any" = "any"): Locator {
    const end = { online: " · online", offline: "", any: "( · online)?" }[state];
    return this.people.getByRole("button", { name: new RegExp(`^${escaped(name)} @\\S+${end}$`) });
  }

  /** Shows the list of people: by the choice in the sidebar, on a small screen by the bar. */
  async showPeople(): Promise<void> {
    await this.show("People", this.people);
  }

  async showChats(): Promise<void> {
    await this.show("Chats", this.threads);
  }

  private async show(name: string, list: Locator): Promise<void> {
    const choice = this.page.locator(".list-choice").getByRole("radio", { name: new RegExp(`^${name}`) });
    if (await choice.isVisible()) await choice.check();
    else await this.bar.getByRole("link", { name }).click();
    await expect(list).toBeVisible();
  }

  /** Opens the user's own menu. */
  async openYou(): Promise<Locator> {
    // Before that, it leads to a page.
    await this.live();
    const menu = this.page.getByRole("menu", { name: "You" });
    if (!(await menu.isVisible())) await this.foot.click();
    await expect(menu).toBeVisible();
    return menu;
  }

  /** Chooses an item of the user's own menu. */
  async you(item: string | RegExp): Promise<void> {
    await (await this.openYou()).getByRole(/^(Auto|Light|Dark)$/.test(String(item)) ? "menuitemradio" : "menuitem", { name: item }).click();
  }

  /** Chooses an item of the menu of all that is new. */
  async startNew(item: string): Promise<void> {
    await this.live();
    await this.newButton.click();
    await this.page.getByRole("menu", { name: "New" }).getByRole("menuitem", { name: item }).click();
  }

  async logOut(): Promise<void> {
    await this.you("Log out");
  }

  /** Opens the thread with a user from the list of people; returns its path. */
  async talkTo(name: string): Promise<string> {
    await this.showPeople();
    await this.person(name).click();
    // Until then, another thread may be open.
    await expect(this.page.getByRole("heading", { level: 1, name, exact: true })).toBeVisible();
    await expect(this.page).toHaveURL(/\/t\/\d+/);
    await expect(this.composer).toBeVisible();
    // The list of chats is back, where there is room for it.
    if (await this.foot.isVisible()) await this.showChats();
    return new URL(this.page.url()).pathname;
  }

  async type(text: string): Promise<void> {
    await this.composer.fill(text);
  }

  /** Types and sends, without waiting. */
  async send(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** Types and sends, and waits until it is sent. */
  async say(text: string): Promise<void> {
    await this.send(text);
    await expect(this.message(text)).toHaveAttribute("data-state", "sent");
  }

  /** The message with exactly this text. */
  message(text: string): Locator {
    return this.messages.filter({
      has: this.page.locator(".message-text", { hasText: new RegExp(`^\\s*${escaped(text)}\\s*$`) }),
    });
  }

  /** The texts of all messages in the page, top to bottom. */
  async texts(): Promise<string[]> {
    return this.page.locator("article.message .message-text").evaluateAll((all) =>
      all.map((text) => (text as HTMLElement).innerText.trim()),
    );
  }

  /** Waits until the page shows exactly these messages, in this order. */
  async shows(texts: string[], timeout = 15_000): Promise<void> {
    await expect.poll(() => this.texts(), { timeout }).toEqual(texts);
  }

  /** Waits until no message is being sent or has failed. */
  async allSent(timeout = 30_000): Promise<void> {
    await expect(this.page.locator("article.message:not([data-state=sent])")).toHaveCount(0, { timeout });
  }
}

/** Asserts that nothing overflows the page horizontally. */
export async function fitsTheWidth(page: Page): Promise<void> {
  const wide = await page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll(".log, .pane-scroll, .panel, .threads")]
      .filter((it) => it.scrollWidth > it.clientWidth)
      .map((it) => `${it.tagName}.${it.className}`),
  );
  expect(wide, "what scrolls sideways").toEqual([]);
}
