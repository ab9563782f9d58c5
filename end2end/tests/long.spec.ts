// A thread of 100,000 messages, scrolled up from the end and down from the middle.

import type { Page } from "@playwright/test";

import { figure, percentile } from "../helpers/figures";
import { expect, test } from "../helpers/test";

interface Ride {
  /** Milliseconds between frames. */
  frames: number[];
  /** The maximum number of elements in the page. */
  nodes: number;
  /** Messages scrolled through. */
  passed: number;
}

/** Scrolls like a turning wheel, `by` pixels per frame, for this many milliseconds. */
function ride(page: Page, by: number, ms: number): Promise<Ride> {
  return page.evaluate(
    async ({ by, ms }) => {
      const frame = () => new Promise<number>(requestAnimationFrame);
      const log = document.querySelector("[role=log]");
      if (!log) throw new Error("no messages");
      const inView = () => {
        const { top } = log.getBoundingClientRect();
        const all = [...log.querySelectorAll<HTMLElement>("article.message[data-seq]")];
        return Number(all.find((it) => it.getBoundingClientRect().bottom > top)?.dataset.seq);
      };
      const from = inView();
      const frames: number[] = [];
      let nodes = 0;
      let before = await frame();
      for (const end = before + ms; before < end; ) {
        log.scrollTop += by;
        const now = await frame();
        frames.push(now - before);
        before = now;
        nodes = Math.max(nodes, document.getElementsByTagName("*").length);
      }
      return { frames, nodes, passed: Math.abs(inView() - from) };
    },
    { by, ms },
  );
}

test.describe("with 100,000 messages", () => {
  test.use({ seed: { people: 2, messages: 100_000 } });

  test("one scrolls through them smoothly, however many they are", async ({ enter }) => {
    test.setTimeout(120_000);
    const ana = await enter("ana");
    await ana.chat.threads.getByRole("link").first().click();
    await expect(ana.chat.messages.last()).toBeInViewport();
    const up = await ride(ana.page, -60, 10_000);
    await ana.chat.open(`${new URL(ana.page.url()).pathname}/m/50000`);
    await expect(ana.page.locator('[data-seq="50000"]')).toBeInViewport();
    const down = await ride(ana.page, 60, 10_000);

    const frames = [...up.frames, ...down.frames];
    const long = frames.filter((ms) => ms > 50);
    expect(Math.min(up.passed, down.passed), "messages gone through").toBeGreaterThan(200);
    figure("100,000 messages: gone through in 20 s", up.passed + down.passed, "");
    figure("100,000 messages: 95 % of frames while scrolling", percentile(frames, 0.95), "ms", 50);
    figure("100,000 messages: frames over 50 ms", (long.length / frames.length) * 100, "%");
    figure("100,000 messages: longest frame while scrolling", Math.max(...frames), "ms");
    figure("100,000 messages: elements in the page", Math.max(up.nodes, down.nodes), "", 5_000);
  });
});
