// The message list holds its position, whatever changes the height of a message, and badges count what their list
// contains.

import type { Page } from "@playwright/test";

import { expect, test, type Person } from "../helpers/test";

const LINES = Array.from({ length: 40 }, (_, i) => `line ${i}`).join("\n");

/** Performs an action by a request of its own, as from another tab. */
async function act({ context, page }: Person, path: string, form: Record<string, string>): Promise<void> {
  const answer = await context.request.post(path, { form, headers: { Origin: new URL(page.url()).origin } });
  expect(answer.ok(), `${path}: ${answer.status()} ${await answer.text()}`).toBe(true);
}

/** Two people with a thread of 40 messages, the first of which is very long; returns the thread's number. */
async function talk(ana: Person, bob: Person): Promise<string> {
  const path = await ana.chat.talkTo("bob");
  await ana.chat.send(LINES);
  for (let i = 1; i < 40; i++) await ana.chat.send(`message ${i} ${"with some more words ".repeat(i % 5)}`.trim());
  await ana.chat.allSent();
  await bob.chat.open(path);
  await bob.chat.log.press("End");
  await expect(bob.page.locator("article[data-seq='40']")).toBeInViewport();
  return path.split("/")[2]!;
}

/** Waits until the page has rendered. */
const drawn = (page: Page) =>
  page.evaluate(async () => {
    for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
  });

/** Scrolls to this message, so that it is the first one in view. */
async function readAt(page: Page, seq: number): Promise<void> {
  await page.evaluate((seq) => {
    const log = document.querySelector("[role=log]")!;
    const message = log.querySelector(`article[data-seq="${seq}"]`)!;
    log.scrollTop += message.getBoundingClientRect().top - log.getBoundingClientRect().top + 4;
  }, seq);
  await drawn(page);
}

/** The lower edge of a message on the screen. */
const edge = (page: Page, seq: number) =>
  page.locator(`article[data-seq='${seq}']`).evaluate((message) => message.getBoundingClientRect().bottom);

/** The number of pixels below the view. */
const below = (page: Page) =>
  page.evaluate(() => {
    const log = document.querySelector("[role=log]")!;
    return log.scrollHeight - log.clientHeight - log.scrollTop;
  });

/** Adds style rules in the only way that the page's policy permits. */
async function style(page: Page, rules: string): Promise<void> {
  await page.evaluate((rules) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(rules);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  }, rules);
  await drawn(page);
}

/** Changes of the height of message 5, or of many; each waits until it is visible. */
function changes(ana: Person, bob: Person, thread: string): [string, () => Promise<void>][] {
  const { page } = bob;
  const message = page.locator("article[data-seq='5']");
  const of = { thread, seq: "5" };
  const size = page.viewportSize()!;
  return [
    [
      "a reaction",
      async () => {
        await act(ana, "/api/react", { ...of, emoji: "🎉", on: "true" });
        await expect(message.locator(".reaction").first()).toBeAttached();
      },
    ],
    [
      "a pinned line",
      async () => {
        await act(ana, "/api/pin", { ...of, on: "true" });
        await expect(message.locator(".kept")).toBeAttached();
      },
    ],
    [
      "a saved mark",
      async () => {
        await act(bob, "/api/save", { thread, seq: "6", on: "true" });
        await expect(page.locator("article[data-seq='6'] .kept")).toBeAttached();
      },
    ],
    [
      "an edit",
      async () => {
        await act(ana, "/api/edit_message", { ...of, text: "one\ntwo\nthree\n\n- four\n- five" });
        await expect(message.locator(".message-text")).toContainText("five");
      },
    ],
    [
      "a long message that is unfolded",
      async () => {
        const unfold = page.locator("article[data-seq='1'] .unfold");
        await unfold.evaluate((button: HTMLElement) => button.click());
        await expect(unfold).toHaveText("Show less");
      },
    ],
    [
      "a long message that is folded again",
      async () => {
        const unfold = page.locator("article[data-seq='1'] .unfold");
        await unfold.evaluate((button: HTMLElement) => button.click());
        await expect(unfold).toHaveText("Show more");
      },
    ],
    [
      "a reaction taken back",
      async () => {
        await act(ana, "/api/react", { ...of, emoji: "🎉", on: "false" });
        await expect(message.locator(".reaction")).toHaveCount(0);
      },
    ],
    [
      "a message deleted",
      async () => {
        await act(ana, "/api/delete_message", of);
        await expect(page.locator("article[data-seq='5'] .message-deleted")).toBeAttached();
      },
    ],
    ["a font with higher lines", () => style(page, ".message-text { line-height: 2.1 !important }")],
    ["names that wrap", () => style(page, ".message-author { display: block; padding-block: 1rem }")],
    [
      "a narrower window",
      async () => {
        await page.setViewportSize({ ...size, width: Math.round(size.width * 0.8) });
        await drawn(page);
      },
    ],
    [
      "the window as it was",
      async () => {
        await page.setViewportSize(size);
        await drawn(page);
      },
    ],
    [
      "a composer that grows",
      async () => {
        await bob.chat.composer.fill("one\ntwo\nthree\nfour\nfive");
        await drawn(page);
      },
    ],
  ];
}

for (const [device, viewport] of [
  ["a wide window", { width: 1280, height: 800 }],
  ["a phone", { width: 360, height: 640 }],
] as const) {
  test.describe(`on ${device}`, () => {
    test("what one reads in the middle stays where it is, whatever changes above it", async ({ join }) => {
      test.setTimeout(120_000);
      const ana = await join("ana");
      const bob = await join("bob", { viewport });
      const thread = await talk(ana, bob);
      // Far from the end, and below all changes.
      await readAt(bob.page, 10);
      expect(await below(bob.page)).toBeGreaterThan(200);
      for (const [what, change] of changes(ana, bob, thread)) {
        const before = await edge(bob.page, 10);
        await change();
        await drawn(bob.page);
        expect.soft(Math.abs((await edge(bob.page, 10)) - before), `pixels moved by ${what}`).toBeLessThanOrEqual(1.5);
      }
      // After all of it, the user can still scroll.
      await readAt(bob.page, 8);
      const at = await edge(bob.page, 8);
      await style(bob.page, ".message-text { line-height: 1.3 !important }");
      expect(Math.abs((await edge(bob.page, 8)) - at)).toBeLessThanOrEqual(1.5);
    });

    test("the end stays in view, whatever changes above it", async ({ join }) => {
      test.setTimeout(120_000);
      const ana = await join("ana");
      const bob = await join("bob", { viewport });
      const thread = await talk(ana, bob);
      await expect.poll(() => below(bob.page)).toBeLessThanOrEqual(2);
      for (const [what, change] of changes(ana, bob, thread)) {
        await change();
        await drawn(bob.page);
        expect.soft(await below(bob.page), `pixels below the view after ${what}`).toBeLessThanOrEqual(2);
      }
      await act(ana, "/api/react", { thread, seq: "40", emoji: "🎉", on: "true" });
      await expect(bob.page.locator("article[data-seq='40'] .reaction").first()).toBeInViewport();
      await act(bob, "/api/save", { thread, seq: "40", on: "true" });
      await expect(bob.page.locator("article[data-seq='40'] .kept")).toBeAttached();
      await drawn(bob.page);
      expect(await below(bob.page)).toBeLessThanOrEqual(2);
    });
  });
}

/** Starts to add up the layout shifts of a page (https://wicg.github.io/layout-instability), also soon after input. */
async function measureShifts(page: Page): Promise<void> {
  await page.evaluate(() => {
    const shifts: string[] = [];
    Object.assign(window, { shifts });
    type Shift = PerformanceEntry & { value: number; sources: { node: Node | null }[] };
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as Shift[]) {
        const nodes = entry.sources.map(({ node }) => (node instanceof Element ? node.className || node.tagName : node?.nodeName));
        shifts.push(`${entry.value.toFixed(4)}: ${nodes.join(", ")}`);
      }
    }).observe({ type: "layout-shift" });
  });
}

/** The shifts since the last call, except that of one element alone whose own text changes. */
async function shifts(page: Page, changed = "none"): Promise<string[]> {
  await drawn(page);
  const all = await page.evaluate(() => (window as unknown as { shifts: string[] }).shifts.splice(0));
  return all.filter((shift) => !shift.match(`: ${changed}[^,]*$`));
}

for (const [device, viewport] of [
  ["a wide window", { width: 1280, height: 800 }],
  ["a phone", { width: 360, height: 640 }],
] as const) {
  test(`nothing shifts when the pill, receipts, typing or reactions arrive, on ${device}`, async ({ join }) => {
    const ana = await join("ana");
    const bob = await join("bob", { viewport });
    const thread = await talk(ana, bob);
    const { page } = bob;
    await measureShifts(page);

    await readAt(page, 10);
    expect(await shifts(page), "scrolling").toEqual([]);
    for (const [seq, what] of [
      ["5", "above"],
      ["35", "below"],
    ] as const) {
      await act(ana, "/api/react", { thread, seq, emoji: "🎉", on: "true" });
      await expect(page.locator(`article[data-seq='${seq}'] .reaction`).first()).toBeAttached();
      expect.soft(await shifts(page), `a reaction ${what}`).toEqual([]);
    }
    await ana.chat.composer.pressSequentially("so");
    await expect(page.getByText("ana is typing")).toBeVisible();
    expect.soft(await shifts(page), "typing").toEqual([]);
    await ana.chat.composer.fill("");
    await ana.chat.send("new");
    await expect(page.getByRole("button", { name: /new message/ })).toBeVisible();
    expect.soft(await shifts(page, "pill"), "the pill").toEqual([]);

    await ana.page.goto("about:blank");
    await expect(page.locator(".row-state").first()).toHaveText("offline");
    await bob.chat.send("seen?");
    const receipt = page.locator(".receipt");
    await expect(receipt).toHaveText("Sent");
    await shifts(page);
    for (const [place, mark] of [
      ["/rooms", "Delivered"],
      [`/t/${thread}`, "Read"],
    ] as const) {
      await ana.chat.open(place);
      await expect(receipt).toHaveText(mark);
      expect.soft(await shifts(page, "receipt"), mark).toEqual([]);
    }
  });
}

test("a badge never counts messages that were deleted before they were read, nor does the divider begin there", async ({
  join,
}) => {
  const ana = await join("ana");
  const bob = await join("bob");
  const path = await ana.chat.talkTo("bob");
  const thread = path.split("/")[2]!;
  for (let i = 1; i <= 4; i++) await ana.chat.say(`message ${i}`);
  const badge = bob.chat.thread("ana").locator(".badge .sr-only");
  await expect(badge).toHaveText("4 unread");
  await act(ana, "/api/delete_message", { thread, seq: "1" });
  await act(ana, "/api/delete_message", { thread, seq: "3" });
  await expect(badge, "live").toHaveText("2 unread");
  await bob.chat.reload();
  await expect(badge, "from the server").toHaveText("2 unread");
  await expect(bob.page).toHaveTitle(/^\(2\)/);
  await bob.chat.thread("ana").click();
  await expect(bob.chat.message("message 2")).toBeVisible();
  const next = await bob.chat.unreadDivider.evaluate((divider) => divider.nextElementSibling?.textContent);
  expect(next).toContain("message 2");

  await bob.chat.open();
  await expect(badge).toHaveCount(0);
  await ana.chat.say("message 5");
  await expect(badge).toHaveText("1 unread");
  await act(ana, "/api/delete_message", { thread, seq: await seqOf(ana, "message 5") });
  await expect(badge).toHaveCount(0);
});

async function seqOf(person: Person, text: string): Promise<string> {
  return (await person.chat.message(text).getAttribute("data-seq"))!;
}
