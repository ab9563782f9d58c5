// Prints the figures at the end, writes them to test-results/figures.json, and fails if a test is skipped. Failed tests
// are listed last, each with its error, because often only the end of a long log is kept.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { FullResult, Reporter, TestCase, TestError, TestResult } from "@playwright/test/reporter";

import type { Figure } from "./figures";

export default class Figures implements Reporter {
  private readonly figures: Figure[] = [];
  private readonly skipped: string[] = [];
  private readonly failed: string[] = [];

  onTestEnd(test: TestCase, result: TestResult): void {
    const name = test.titlePath().slice(1).join(" › ");
    if (result.status === "skipped") this.skipped.push(name);
    else if (result.status !== test.expectedStatus) this.failed.push(`${name}\n${shortened(result.error)}`);
    for (const { type, description } of result.annotations) {
      if (type === "figure" && description) this.figures.push(JSON.parse(description));
    }
  }

  onEnd(result: FullResult): Promise<{ status: FullResult["status"] } | undefined> {
    if (this.figures.length > 0) {
      const width = Math.max(...this.figures.map(({ name }) => name.length));
      console.log("\nFigures");
      for (const { name, value, unit, limit } of this.figures) {
        const bound = limit === undefined ? "" : `  (at most ${limit} ${unit}${value > limit ? ": TOO MUCH" : ""})`;
        console.log(`  ${name.padEnd(width)}  ${value.toFixed(1).padStart(8)} ${unit}${bound}`);
      }
      const folder = join(__dirname, "../test-results");
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "figures.json"), `${JSON.stringify(this.figures, null, 2)}\n`);
    }
    if (this.failed.length > 0) console.log(`\nFailed\n  ${this.failed.join("\n  ")}`);
    if (this.skipped.length > 0) {
      console.log(`\nNot run, which counts as failed:\n  ${this.skipped.join("\n  ")}`);
      return Promise.resolve({ status: "failed" });
    }
    return Promise.resolve(result.status === "passed" ? undefined : { status: result.status });
  }

  printsToStdio(): boolean {
    return false;
  }
}

/** The first lines of an error, without colours, indented. */
function shortened(error: TestError | undefined): string {
  const plain = (error?.message ?? "no error was given").replace(/\u001b\[[0-9;]*m/g, "");
  const place = error?.location ? [`at ${error.location.file}:${error.location.line}`] : [];
  return [...plain.split("\n").filter((line) => line.trim() !== "").slice(0, 12), ...place]
    .map((line) => `      ${line}`)
    .join("\n");
}
