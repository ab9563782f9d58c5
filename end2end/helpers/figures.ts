// Figures that the suite reports and checks against limits.

import { expect, test } from "@playwright/test";

export interface Figure {
  name: string;
  value: number;
  unit: string;
  /** The maximum; absent: only reported. */
  limit?: number;
}

/** Reports a figure, and fails the test if it exceeds its limit. */
export function figure(name: string, value: number, unit: string, limit?: number): void {
  const rounded = Math.round(value * 10) / 10;
  const described: Figure = { name, value: rounded, unit, limit };
  test.info().annotations.push({ type: "figure", description: JSON.stringify(described) });
  if (limit !== undefined) expect.soft(rounded, name).toBeLessThanOrEqual(limit);
}

/** The quantile `part` of the values. */
export function percentile(values: number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}
