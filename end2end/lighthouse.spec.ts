// Runs Lighthouse and writes docs/LIGHTHOUSE.md. Not part of the suite, since its scores need an otherwise idle machine:
// `make lighthouse`.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joined, resolve } from "node:path";

import { chromium } from "@playwright/test";

import { PASSWORD, freePort } from "./helpers/server";
import { expect, test } from "./helpers/test";

const PAGES = [
  { name: "The log-in page", path: () => "/login", least: 95 },
  { name: "A thread with 200 messages", path: (thread: string) => thread, least: 90 },
] as const;
const CATEGORIES = ["performance", "accessibility", "best-practices"] as const;
/** The number of runs per page, of which the median counts, as Lighthouse recommends. */
const RUNS = 3;

test.use({ seed: { people: 2, messages: 200 } });

test("Lighthouse is content with the log-in page and with a thread", async ({ server, enter }) => {
  test.setTimeout(600_000);
  const ana = await enter("ana");
  await ana.chat.threads.getByRole("link").first().click();
  await expect(ana.chat.messages.last()).toBeVisible();
  const thread = new URL(ana.page.url()).pathname;

  // Lighthouse opens a tab of its own, in the browser listening on this port.
  const port = await freePort();
  const profile = mkdtempSync(joined(tmpdir(), "chapp-lighthouse-"));
  const { executablePath, args = [] } = test.info().project.use.launchOptions ?? {};
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: [...args, `--remote-debugging-port=${port}`],
  });
  const { default: lighthouse, desktopConfig } = await import("lighthouse");
  const lines: string[] = [];
  const missed: string[] = [];
  let version = "";
  for (const page of PAGES) {
    if (page.path("") !== "/login") {
      await browser.request.post(`${server.url}/api/log_in`, {
        form: { username: "ana", password: PASSWORD },
        headers: { Accept: "application/json", Origin: server.url },
      });
    }
    for (const device of ["phone", "desktop"] as const) {
      const scores: number[][] = [];
      for (let run = 0; run < RUNS; run++) {
        const result = await lighthouse(
          server.url + page.path(thread),
          { port, disableStorageReset: true, onlyCategories: [...CATEGORIES], logLevel: "error" },
          device === "desktop" ? desktopConfig : undefined,
        );
        const report = result!.lhr;
        version = report.lighthouseVersion;
        expect(report.finalDisplayedUrl, "the page that was meant").toBe(server.url + page.path(thread));
        scores.push(CATEGORIES.map((id) => Math.round((report.categories[id]!.score ?? 0) * 100)));
        if (process.env.CHAPP_LIGHTHOUSE_REPORTS) {
          const name = `${page.path("") === "/login" ? "login" : "thread"}-${device}-${run}.json`;
          writeFileSync(joined(process.env.CHAPP_LIGHTHOUSE_REPORTS, name), JSON.stringify(report, null, 1));
        }
      }
      const middle = CATEGORIES.map((_, i) => scores.map((run) => run[i]!).sort((a, b) => a - b)[RUNS >> 1]!);
      lines.push(`| ${page.name} | ${device} | ${middle.join(" | ")} | ${page.least} |`);
      middle.forEach((score, i) => {
        if (score < page.least) missed.push(`${page.name}, ${device}: ${CATEGORIES[i]} ${score} of ${page.least}`);
      });
    }
  }
  await browser.close();
  rmSync(profile, { recursive: true, force: true });

  const text = [
    "# Lighthouse",
    "",
    `Written by \`make lighthouse\`: Lighthouse ${version}, of ${RUNS} runs the one in the middle, on a phone as`,
    "Lighthouse has it (a slow processor and a slow 4G network, simulated) and on a desktop.",
    "",
    "| Page | Device | Performance | Accessibility | Best practices | at least |",
    "|---|---|---|---|---|---|",
    ...lines,
    "",
  ];
  writeFileSync(resolve(__dirname, "../docs/LIGHTHOUSE.md"), text.join("\n"));
  console.log(lines.join("\n"));
  expect(missed, "scores below what is asked for").toEqual([]);
});
