// Accessibility checks with axe-core, injected into the unchanged page: its security policy is not relaxed.

import { type Page, expect } from "@playwright/test";
import axe from "axe-core";

/** Asserts that axe-core finds no violation in the current page. */
export async function isAccessible(page: Page, screen: string): Promise<void> {
  // While a colour is animated, its contrast can't be measured.
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
