// History: after a reload, a restart, from another browser, and far up.

import type { Page } from "@playwright/test";

import { Chat } from "../helpers/chat";
import { expect, test } from "../helpers/test";

test("everything is there after a reload, a restart of the server, and from elsewhere", async ({
  join,
  enter,
  server,
}) => {
  const ana = await join("ana");
  const bob = await join("bob");
  const path = await ana.chat.talkTo("bob");
  await bob.chat.open(path);
  const said: string[] = [];
  for (let i = 0; i < 12; i++) {
    const text = `message ${i}`;
    await (i % 3 ? ana : bob).chat.say(text);
    said.push(text);
  }
  await ana.chat.reload();
  await ana.chat.shows(said);

  await ana.context.close();
  await bob.context.close();
  const { ms, code } = await server.stop();
  expect(code, "a stop by SIGTERM is a success").toBe(0);
  expect(ms, "it stops in seconds").toBeLessThan(5_000);
  await server.start();

  const elsewhere = await enter("ana");
  await expect(elsewhere.chat.thread("bob")).toContainText("message 11");
  await elsewhere.chat.thread("bob").click();
  await elsewhere.chat.shows(said);
  expect(new URL(elsewhere.page.url()).pathname).toBe(path);
});

test("a thread opens at the first unread message", async ({ join, enter }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  const path = await ana.chat.talkTo("bob");
  await bob.chat.open(path);
  for (let i = 0; i < 5; i++) await ana.chat.say(`read ${i}`);
  await bob.chat.shows(Array.from({ length: 5 }, (_, i) => `read ${i}`));
  // Read marks are sent at most every half second.
  await bob.page.waitForTimeout(1_500);
  await bob.context.close();
  for (let i = 0; i < 60; i++) await ana.chat.send(`unread ${i}`);
  await ana.chat.allSent();

  const again = await enter("bob");
  await again.chat.open(path);
  await expect(again.chat.unreadDivider).toBeInViewport();
  await expect(again.chat.message("unread 0")).toBeInViewport();
  await expect(again.chat.message("unread 59")).not.toBeInViewport();
  const next = await again.chat.unreadDivider.evaluate((divider) => {
    const all = [...document.querySelectorAll("article.message")];
    const after = all.find((m) => divider.compareDocumentPosition(m) & Node.DOCUMENT_POSITION_FOLLOWING);
    return (after?.querySelector(".message-text") as HTMLElement | null)?.innerText.trim();
  });
  expect(next, "the divider stands before the first unread one").toBe("unread 0");
});

test("new messages follow at the end, and do not pull away who reads above", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  await bob.chat.open(await ana.chat.talkTo("bob"));
  for (let i = 0; i < 40; i++) await ana.chat.send(`message ${i}`);
  await expect(bob.chat.message("message 39")).toBeInViewport();

  await bob.chat.message("message 5").scrollIntoViewIfNeeded();
  await bob.page.waitForTimeout(300);
  const before = await bob.chat.message("message 5").boundingBox();
  await ana.chat.say("news");
  await expect(bob.chat.pill).toBeVisible();
  expect((await bob.chat.message("message 5").boundingBox())?.y).toBeCloseTo(before?.y ?? -1, 0);

  await bob.chat.pill.click();
  await expect(bob.chat.message("news")).toBeInViewport();
  await ana.chat.say("more news");
  await expect(bob.chat.message("more news")).toBeInViewport();
});

test.describe("a long thread", () => {
  const MESSAGES = 420;
  test.use({ seed: { people: 2, messages: MESSAGES } });

  test("older pages load without the view jumping, up to the very first message", async ({ enter }) => {
    const ana = await enter("ana");
    const { page, chat } = ana;
    await chat.threads.getByRole("link").first().click();
    await expect(chat.messages.first()).toBeVisible();
    await toTheEnd(chat);
    const seen = new Set(await seqs(page));
    let worst = 0;
    let pages = 0;
    for (let turn = 0; turn < 60; turn++) {
      // At the very top the browser's own scroll anchoring does nothing; slightly below, it may.
      const moved = await scrollUp(page, turn % 2 ? 0 : 60);
      expect(await chat.messages.count(), "the page lets go of what is far away").toBeLessThanOrEqual(350);
      if (!moved) break;
      pages += 1;
      worst = Math.max(worst, moved.jump);
      for (const seq of await seqs(page)) seen.add(seq);
    }
    expect(pages, "older pages that were loaded").toBeGreaterThanOrEqual(3);
    expect(worst, "pixels that a message moved while a page was put above it").toBeLessThanOrEqual(2);

    const all = [...seen].sort((a, b) => a - b);
    expect(all.length, "every message was shown").toBe(MESSAGES);
    expect(all.at(-1)! - all[0]!, "without a hole").toBe(MESSAGES - 1);

    // And back to the end, with the button or by scrolling.
    await toTheEnd(chat);
    expect(await lastSeq(page)).toBe(all.at(-1));
  });
});

const seqs = (page: Page): Promise<number[]> =>
  page.locator("article.message[data-seq]").evaluateAll((all) => all.map((m) => Number((m as HTMLElement).dataset.seq)));

const lastSeq = async (page: Page): Promise<number> => Math.max(...(await seqs(page)));

/** Goes to the end of the thread and waits until nothing more loads. */
async function toTheEnd(chat: Chat): Promise<void> {
  for (let quiet = 0, before = -1; quiet < 3; ) {
    if (await chat.pill.isVisible()) await chat.pill.click({ timeout: 1_000 }).catch(() => {});
    else await chat.messages.last().scrollIntoViewIfNeeded();
    await chat.page.waitForTimeout(200);
    const now = await lastSeq(chat.page);
    quiet = now === before ? quiet + 1 : 0;
    before = now;
  }
}

/**
 * Scrolls to `top` pixels below the upper end and watches the first visible message, frame by frame, while the older page
 * is inserted above it. Returns by how many pixels it moved; `undefined` when no older page came.
 */
function scrollUp(page: Page, top: number): Promise<{ jump: number } | undefined> {
  return page.evaluate(async (top) => {
    const frame = () => new Promise(requestAnimationFrame);
    const messages = () => [...document.querySelectorAll<HTMLElement>("article.message[data-seq]")];
    const firstSeq = () => Number(messages()[0]?.dataset.seq);
    let scroller: HTMLElement | null = messages()[0] ?? null;
    while (scroller && !(scroller.scrollHeight > scroller.clientHeight && /auto|scroll/.test(getComputedStyle(scroller).overflowY))) {
      scroller = scroller.parentElement;
    }
    if (!scroller) throw new Error("nothing scrolls");
    const before = firstSeq();
    scroller.scrollTop = top;
    const edge = scroller.getBoundingClientRect().top;
    const anchor = messages().find((m) => m.getBoundingClientRect().bottom > edge + 80);
    if (!anchor) throw new Error("no message is in view");
    // The lower edge: when its group continues above, the first message loses its header.
    const at = anchor.getBoundingClientRect().bottom;
    let jump = 0;
    // Until the page has loaded and settled, or for a second if there is none.
    let settle = 0;
    for (let began = performance.now(); performance.now() - began < 1_000 && settle < 15; ) {
      await frame();
      jump = Math.max(jump, Math.abs(anchor.getBoundingClientRect().bottom - at));
      if (firstSeq() !== before) settle += 1;
    }
    return firstSeq() === before ? undefined : { jump };
  }, top);
}
