import { defineConfig } from "@playwright/test";

const root = process.getuid?.() === 0;

export default defineConfig({
  outputDir: "test-results/artifacts",
  // The figures (times, memory) are valid only when nothing else runs.
  workers: Number(process.env.CHAPP_E2E_WORKERS ?? 1),
  fullyParallel: false,
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [["list"], ["./helpers/reporter.ts"]],
  use: {
    screenshot: "only-on-failure",
    trace: process.env.CHAPP_TRACE ? "retain-on-failure" : "off",
    // Shorter than the test's timeout, so that the failing expectation is named.
    actionTimeout: 10_000,
    navigationTimeout: 15_000,
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    timezoneId: "Europe/Madrid",
    launchOptions: {
      executablePath: process.env.CHAPP_CHROMIUM || undefined,
      args: [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--disable-quic",
        // A microphone that beeps, allowed without a question.
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        ...(root ? ["--no-sandbox"] : []),
      ],
    },
  },
  projects: [
    { name: "chat", testDir: "tests", testIgnore: "**/no-js.spec.ts" },
    { name: "no-js", testDir: "tests", testMatch: "**/no-js.spec.ts", use: { javaScriptEnabled: false } },
    // Scores and screenshots, not tests: `make lighthouse`, `make screens`.
    ...(process.env.CHAPP_LIGHTHOUSE ? [{ name: "lighthouse", testDir: ".", testMatch: "lighthouse.spec.ts" }] : []),
    ...(process.env.CHAPP_SCREENS ? [{ name: "screens", testDir: ".", testMatch: "screens.spec.ts" }] : []),
  ],
});
