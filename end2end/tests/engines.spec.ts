// People use different browsers side by side: someone in Firefox or WebKit talks with someone in Chromium.

import { ENGINES, type Engine } from "../helpers/engines";
import { GONE, type Person, expect, test } from "../helpers/test";
import { PASSWORD, type Server } from "../helpers/server";
import { makeRoom } from "../helpers/rooms";

/** A browser may wait some seconds before it reconnects. */
const BACK = 30_000;

/** A user in a browser other than Chromium. */
class Guest {
  constructor(
    readonly browser: Engine,
    readonly server: Server,
  ) {}

  async open(path: string): Promise<void> {
    await this.browser.open(this.server.url + path);
    await this.shows("document.documentElement.hasAttribute('data-hydrated')");
  }

  /** Waits until the expression is true in the page. */
  async shows(expression: string, timeout = 15_000): Promise<void> {
    const all = () => this.browser.evaluate<boolean>(`Boolean(${expression})`).catch(() => false);
    await expect.poll(all, { message: expression, timeout }).toBe(true);
  }

  async signUp(username: string): Promise<void> {
    await this.open("/signup");
    await this.fill("input[name=username]", username);
    await this.fill("input[name=password]", PASSWORD);
    await this.browser.press("Enter");
    await this.shows("location.pathname === '/' && document.documentElement.hasAttribute('data-hydrated')");
  }

  async fill(selector: string, text: string): Promise<void> {
    await this.shows(`document.querySelector(${JSON.stringify(selector)})`);
    await this.browser.click(selector);
    await this.browser.type(text);
  }

  /** Types a message and presses Enter, without waiting. */
  async send(text: string): Promise<void> {
    await this.fill("#composer", text);
    await this.browser.press("Enter");
  }

  texts(): Promise<string[]> {
    const all = "document.querySelectorAll('article.message .message-text')";
    return this.browser.evaluate(`[...${all}].map((text) => text.innerText.trim())`);
  }

  async reads(texts: string[], timeout = 15_000): Promise<void> {
    await expect.poll(() => this.texts(), { timeout }).toEqual(texts);
  }

  async allSent(): Promise<void> {
    await this.shows("!document.querySelector('article.message:not([data-state=sent])')", BACK);
  }

  /** Dispatches a keydown as another layout or an input method would. Returns whether the page left it to the browser. */
  key(selector: string, init: Record<string, unknown>): Promise<boolean> {
    const event = `new KeyboardEvent("keydown", ${JSON.stringify({ bubbles: true, cancelable: true, ...init })})`;
    return this.browser.evaluate(`document.querySelector(${JSON.stringify(selector)}).dispatchEvent(${event})`);
  }
}

for (const [name, launch] of Object.entries(ENGINES)) {
  test.describe(`with ${name}`, () => {
    let browser: Engine;
    let guest: Guest;

    test.beforeEach(async ({ server }) => {
      browser = await launch();
      guest = new Guest(browser, server);
    });
    test.afterEach(() => browser?.close());

    async function pair(join: (name: string) => Promise<Person>): Promise<{ ana: Person; path: string }> {
      const ana = await join("ana");
      await guest.signUp("gil");
      const path = await ana.chat.talkTo("gil");
      await guest.open(path);
      return { ana, path };
    }

    test(`in ${name}, someone signs up and talks with someone in Chromium, both live`, async ({ join }) => {
      const { ana } = await pair(join);
      await ana.chat.say("hello from here");
      await guest.reads(["hello from here"]);
      await guest.send("hello from there");
      await ana.chat.shows(["hello from here", "hello from there"]);
      await guest.allSent();
      await guest.reads(["hello from here", "hello from there"]);
    });

    test(`in ${name}, what was written without a server is sent once when it is back`, async ({
      join,
      server,
      expectErrors,
    }) => {
      expectErrors(...GONE);
      const { ana } = await pair(join);
      await guest.send("one");
      await ana.chat.shows(["one"]);
      await server.kill();
      await guest.shows("document.querySelector('[role=status].banner')?.innerText.includes('Reconnecting')", BACK);
      await guest.send("two");
      await guest.send("three");
      await server.start();
      await ana.chat.shows(["one", "two", "three"], BACK);
      await guest.allSent();
      await guest.reads(["one", "two", "three"]);
      await browser.evaluate("location.reload()");
      await guest.reads(["one", "two", "three"], BACK);
    });

    test(`in ${name}, history goes back to the first message as one scrolls up`, async ({ join }) => {
      test.setTimeout(120_000);
      const { ana, path } = await pair(join);
      const COUNT = 140;
      for (let i = 1; i <= COUNT; i += 1) await ana.chat.send(`line ${i}`);
      await ana.chat.allSent();
      await guest.open(path);
      await guest.shows("document.querySelector('article.message')");
      await expect
        .poll(
          async () => {
            await browser.evaluate("document.querySelector('[role=log]').scrollTo(0, 0)");
            return (await guest.texts())[0];
          },
          { timeout: BACK },
        )
        .toBe("line 1");
    });

    test(`in ${name}, someone joins a room and is heard in it`, async ({ join }) => {
      const ana = await join("ana");
      const path = await makeRoom(ana, "Workshop");
      await guest.signUp("gil");
      await guest.open(path);
      await guest.shows("[...document.querySelectorAll('button')].some((it) => it.innerText === 'Join room')");
      await browser.evaluate(
        "[...document.querySelectorAll('button')].find((it) => it.innerText === 'Join room').click()",
      );
      await guest.shows("document.querySelector('#composer')");
      await guest.send("I am in");
      await expect(ana.chat.message("I am in")).toBeVisible();
    });

    test(`in ${name}, on a phone's width nothing stands out of the page`, async ({ join }) => {
      await pair(join);
      await browser.resize(400, 780);
      await guest.send(`${"long".repeat(60)} https://example.org/${"path/".repeat(30)}`);
      await guest.allSent();
      await guest.shows("document.documentElement.scrollWidth <= document.documentElement.clientWidth");
      await guest.shows("document.querySelector('#composer').getBoundingClientRect().bottom <= innerHeight");
    });

    test(`in ${name}, keys of other layouts and of input methods are understood`, async ({ join }) => {
      const { ana } = await pair(join);
      await guest.fill("#composer", "にほんご");
      for (const isComposing of [true, false]) {
        await guest.key("#composer", { key: "Enter", code: "Enter", isComposing, keyCode: 229 });
      }
      await guest.shows("document.querySelector('#composer').value === 'にほんご'");
      await browser.press("Control", "Enter");
      await ana.chat.shows(["にほんご"]);
      await guest.key("body", { key: "л", code: "KeyK", ctrlKey: true });
      await guest.shows("document.activeElement?.getAttribute('role') === 'combobox'");
    });

    test(`in ${name}, a paste of several lines is one message`, async ({ join }) => {
      const { ana } = await pair(join);
      await guest.fill("#composer", "first");
      await browser.press("Shift", "Enter");
      await browser.type("second");
      await browser.press("Control", "a");
      await browser.press("Control", "c");
      await browser.press("Backspace");
      await guest.shows("document.querySelector('#composer').value === ''");
      await browser.press("Control", "v");
      await guest.shows("document.querySelector('#composer').value === 'first\\nsecond'");
      await browser.press("Enter");
      await ana.chat.shows(["first\nsecond"]);
    });
  });
}
