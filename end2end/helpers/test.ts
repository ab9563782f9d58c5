// Fixtures of every test: a server of its own, browsers that watch for errors, users.

import { type BrowserContext, type BrowserContextOptions, type Page, test as base, expect } from "@playwright/test";

import { Chat } from "./chat";
import { PASSWORD, Server } from "./server";

/** A user with an account, in a browser of their own. */
export interface Person {
  username: string;
  context: BrowserContext;
  page: Page;
  chat: Chat;
}

/** The browser's error when the server is gone; a test that stops the server expects it. */
export const GONE = [/WebSocket connection to .* failed/, /net::ERR_/];

/** The browser's error for a refused page or request. */
export const REFUSED = /the server responded with a status of 4\d\d/;

/** Every browser of a test is a private window for Chromium, which subscribes none of them to pushes, and says so. */
const NO_PUSHES = "Chrome currently does not support the Push API in incognito mode";

interface Fixtures {
  /** Data generated before the server starts: `test.use({ seed: { people: 40, messages: 2_000 } })`. */
  seed: { people: number; messages: number } | undefined;
  /** The name of the room that everyone joins at sign-up; empty: none. */
  lobby: string;
  /** Settings of the server, as variables. */
  settings: Record<string, string>;
  server: Server;
  /** A new browser (its own cookies) that watches for errors. */
  browse: (options?: BrowserContextOptions) => Promise<BrowserContext>;
  /** Signs up in a new browser; opens `/`. */
  join: (username: string, options?: BrowserContextOptions & { display?: string }) => Promise<Person>;
  /** Logs in to an existing account in a new browser; opens `/`. */
  enter: (username: string, options?: BrowserContextOptions) => Promise<Person>;
  /** Declares console errors that this test causes on purpose. */
  expectErrors: (...patterns: RegExp[]) => void;
}

export const test = base.extend<Fixtures>({
  seed: [undefined, { option: true }],
  lobby: ["", { option: true }],
  settings: [{}, { option: true }],

  server: async ({ seed, lobby, settings }, use, info) => {
    const server = await Server.prepare(lobby, settings);
    try {
      if (seed) server.seed(seed.people, seed.messages);
      await server.start();
      await use(server);
      expect(server.died, `the server ended by itself:\n${server.log}`).toBe(false);
      expect(server.log, "the server panicked").not.toContain("panicked at");
    } finally {
      if (info.status !== info.expectedStatus || info.errors.length > 0) {
        await info.attach("server.log", { body: server.log, contentType: "text/plain" });
      }
      await server.remove();
    }
  },

  baseURL: async ({ server }, use) => use(server.url),

  // The patterns of expected errors, shared by all browsers of the test.
  expectErrors: async ({}, use, info) => {
    const expected: RegExp[] = [];
    allowed.set(info.testId, expected);
    await use((...patterns) => void expected.push(...patterns));
    allowed.delete(info.testId);
  },

  browse: async ({ browser, server, expectErrors: _ }, use, info) => {
    const contexts: BrowserContext[] = [];
    const said: string[] = [];
    await use(async (options = {}) => {
      const context = await browser.newContext({ baseURL: server.url, ...options });
      contexts.push(context);
      watch(context, said);
      return context;
    });
    const expected = allowed.get(info.testId) ?? [];
    const unexpected = said.filter((line) => !expected.some((pattern) => pattern.test(line)));
    await Promise.all(contexts.map((context) => context.close()));
    expect(unexpected, "errors in the browser").toEqual([]);
  },

  context: async ({ browse }, use) => use(await browse()),

  page: async ({ context }, use) => use(await context.newPage()),

  join: async ({ browse, javaScriptEnabled }, use) => {
    await use(async (username, { display = "", ...options } = {}) => {
      const context = await browse(options);
      await post(context, "/api/sign_up", { username, display_name: display, password: PASSWORD });
      return person(username, context, javaScriptEnabled !== false);
    });
  },

  enter: async ({ browse, javaScriptEnabled }, use) => {
    await use(async (username, options = {}) => {
      const context = await browse(options);
      await post(context, "/api/log_in", { username, password: PASSWORD });
      return person(username, context, javaScriptEnabled !== false);
    });
  },
});

export { expect };

/** Ana and Bob, each with the chat of both open. */
export async function pair(join: (username: string) => Promise<Person>): Promise<{ ana: Person; bob: Person; path: string }> {
  const ana = await join("ana");
  const bob = await join("bob");
  const path = await ana.chat.talkTo("bob");
  await bob.chat.open(path);
  return { ana, bob, path };
}

const allowed = new Map<string, RegExp[]>();

/** Posts a form as the page does without JavaScript. */
async function post(context: BrowserContext, path: string, form: Record<string, string>): Promise<void> {
  const page = await context.request.get("/login");
  const response = await context.request.post(path, {
    form,
    headers: { Accept: "text/html", Origin: new URL(page.url()).origin },
    maxRedirects: 0,
  });
  const answer = `${response.status()} ${response.headers()["location"]}: ${await response.text()}`;
  expect([302, 303], answer).toContain(response.status());
  expect(response.headers()["location"], answer).toBe("/");
}

async function person(username: string, context: BrowserContext, scripted: boolean): Promise<Person> {
  const page = await context.newPage();
  const chat = new Chat(page);
  if (scripted) await chat.open();
  else await page.goto("/");
  return { username, context, page, chat };
}

function watch(context: BrowserContext, said: string[]): void {
  context.on("console", (message) => {
    const isError = message.type() === "error" && !message.text().startsWith(NO_PUSHES);
    if (isError) said.push(`${message.text()} (${message.location().url})`);
  });
  context.on("weberror", (error) => said.push(`uncaught: ${error.error().stack ?? error.error()}`));
  context.on("page", (page) => page.on("crash", () => said.push(`the page crashed: ${page.url()}`)));
}
