// Accessibility by axe-core, put into the page as it is: nothing of the page's own rules is loosened for it.

import { type Page, expect } from "@playwright/test";
import axe from "axe-core";

/** axe-core finds no violation in what the page shows now. */
export async function isAccessible(page: Page, screen: string): Promise<void> {
  // A colour that is still changing has no contrast of its own yet.
  await page.waitForFunction(() =>
    document.getAnimations().every(
      ({ playState, effect }) =>
        playState !== "running" || effect?.getComputedTiming().iterations === Number.POSITIVE_INFINITY,
    ),
  );
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import("axe-core") };
    const results = await axe.run();
    return results.violations.map(({ id, help, nodes }) => ({
      id,
      help,
      nodes: nodes.map(({ target, failureSummary }) => `${target.join(" ")}: ${failureSummary}`),
    }));
  });
  expect(violations, `axe-core on ${screen}`).toEqual([]);
}
