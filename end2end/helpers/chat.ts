// The page as a user knows it. Everything that the tests assume about its structure is here.

import { type Locator, type Page, expect } from "@playwright/test";

export const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

export class Chat {
  constructor(readonly page: Page) {}

  get threads(): Locator {
    return this.page.getByRole("navigation", { name: "Threads" });
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
    return this.page.locator("details.people");
  }

  get filter(): Locator {
    return this.page.getByLabel("Filter people");
  }

  get logOutButton(): Locator {
    return this.page.getByRole("button", { name: "Log out" });
  }

  get backLink(): Locator {
    return this.page.getByRole("link", { name: "Back to threads" });
  }

  get themeButton(): Locator {
    return this.page.getByRole("button", { name: /^Theme: (system|light|dark)$/ });
  }

  get everyone(): Locator {
    return this.page.getByRole("button", { name: / · (online|offline)$/ });
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

  person(name: string, state = "(online|offline)"): Locator {
    return this.page.getByRole("button", { name: new RegExp(`^${escaped(name)} @\\S+ · ${state}$`) });
  }

  async showPeople(): Promise<void> {
    if (!(await this.people.evaluate((details: HTMLDetailsElement) => details.open))) {
      await this.people.locator("summary").click();
    }
  }

  /** Opens the thread with a user from the list of people; returns its path. */
  async talkTo(name: string): Promise<string> {
    await this.showPeople();
    await this.person(name).click();
    // Until then, another thread may be open.
    await expect(this.page.getByRole("heading", { level: 1, name, exact: true })).toBeVisible();
    await expect(this.page).toHaveURL(/\/t\/\d+/);
    await expect(this.composer).toBeVisible();
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
  const [content, window] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  expect(content, "the page scrolls sideways").toBeLessThanOrEqual(window);
}
