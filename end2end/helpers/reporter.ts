// Prints the figures at the end, keeps them in test-results/figures.json, and lets no test be skipped.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { FullResult, Reporter, TestCase, TestResult } from "@playwright/test/reporter";

import type { Figure } from "./figures";

export default class Figures implements Reporter {
  private readonly figures: Figure[] = [];
  private readonly skipped: string[] = [];

  onTestEnd(test: TestCase, result: TestResult): void {
    if (result.status === "skipped") this.skipped.push(test.titlePath().slice(1).join(" › "));
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
