// Days follow the reader's time zone, across clock changes, and however the page was opened.

import { execFileSync } from "node:child_process";
import { join } from "node:path";

import type { Page } from "@playwright/test";

import type { Server } from "../helpers/server";
import { expect, test } from "../helpers/test";

/** The label of a divider, the moments of the messages below it, and the label each of them should stand under. */
async function days(page: Page): Promise<{ label: string; expected: string[] }[]> {
  return page.locator(".log-content").evaluate((log) => {
    const of = (date: Date) =>
      date.toLocaleDateString(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
    const now = new Date();
    const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
    const shown = (date: Date) =>
      date.getFullYear() === now.getFullYear()
        ? date.toLocaleDateString(undefined, { weekday: "long", day: "numeric", month: "long" })
        : date.toLocaleDateString(undefined, { day: "numeric", month: "long", year: "numeric" });
    const named = (date: Date) =>
      of(date) === of(now) ? "Today" : of(date) === of(yesterday) ? "Yesterday" : shown(date);
    const found: { label: string; expected: string[] }[] = [];
    for (const row of log.querySelectorAll(".day, article.message")) {
      if (row.matches(".day")) found.push({ label: (row.textContent ?? "").trim(), expected: [] });
      else found.at(-1)?.expected.push(named(new Date(row.querySelector("time")!.dateTime)));
    }
    return found;
  });
}

/** Spaces messages three hours apart, so that every zone has some on both sides of each midnight. */
async function spread(server: Server): Promise<void> {
  await server.stop();
  const later = "(SELECT MAX(seq) FROM events later WHERE later.thread_id = events.thread_id) - seq";
  execFileSync("sqlite3", [join(server.dir, "chapp.db"), `UPDATE events SET at = at - (${later}) * 3 * 3600000`]);
  await server.start();
}

async function areRight(page: Page): Promise<void> {
  await expect(page.locator("article.message").first()).toBeVisible();
  await expect(async () => {
    const all = await days(page);
    expect(all.length).toBeGreaterThan(3);
    for (const { label, expected } of all) {
      expect(expected.length, `below ${label}`).toBeGreaterThan(0);
      expect(new Set(expected)).toEqual(new Set([label]));
    }
    expect(new Set(all.map((day) => day.label)).size, "each day once").toBe(all.length);
  }).toPass();
}

for (const timezoneId of ["America/Los_Angeles", "Asia/Tokyo", "Europe/Berlin"]) {
  test.describe(timezoneId, () => {
    test.use({ seed: { people: 2, messages: 400 } });

    test("each message stands below its own day, by a click and by the address", async ({ enter, server }) => {
      await spread(server);
      const { page, chat } = await enter("ana", { timezoneId });
      await chat.threads.getByRole("link").first().click();
      await areRight(page);
      await chat.reload();
      await areRight(page);
    });

    test("a search by day and a jump go by the days that are shown", async ({ enter }) => {
      const { page, chat } = await enter("ana", { timezoneId });
      await chat.threads.getByRole("link").first().click();
      await expect(chat.messages.first()).toBeVisible();
      // The local day of the first loaded message, and the number of its messages that are loaded.
      const day = await chat.messages.nth(3).locator("time").first().evaluate((time: HTMLTimeElement) => {
        const at = new Date(time.dateTime);
        const written = (days: number) => {
          const date = new Date(at.getFullYear(), at.getMonth(), at.getDate() + days);
          const two = (number: number) => `${number}`.padStart(2, "0");
          return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
        };
        return { on: written(0), next: written(1) };
      });
      const q = `after:${day.on} before:${day.next}`;
      const found = async () => {
        const hits = page.getByRole("list", { name: "Search results" });
        await expect(hits.getByRole("link").first()).toBeVisible();
        await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
        return hits.locator("time").evaluateAll((all) =>
          all.map((time) => new Date((time as HTMLTimeElement).dateTime).toLocaleDateString("sv")),
        );
      };
      // By its address: the server renders it first, with UTC days.
      await expect(async () => {
        await chat.open(`/search?q=${encodeURIComponent(q)}`);
        expect(new Set(await found())).toEqual(new Set([day.on]));
      }).toPass();
      // And when typed.
      await page.getByRole("searchbox", { name: "Search messages" }).fill("");
      await page.getByRole("searchbox", { name: "Search messages" }).fill(q);
      await expect(async () => expect(new Set(await found())).toEqual(new Set([day.on]))).toPass();

      await page.goBack();
      await chat.live();
      await chat.open("/");
      await chat.threads.getByRole("link").first().click();
      // The lowest one: on the way to the first, older messages would be loaded, and move it from under the pointer.
      await page.locator(".day button").last().click();
      await page.getByLabel("Another date").fill(day.on);
      await page.getByRole("button", { name: "Go", exact: true }).click();
      await expect(page).toHaveURL(/\/m\/\d+$/);
      const seq = page.url().split("/").pop()!;
      const time = page.locator(`article.message[data-seq="${seq}"] time`).first();
      await expect(time).toBeAttached();
      const local = await time.evaluate((it: HTMLTimeElement) => new Date(it.dateTime).toLocaleDateString("sv"));
      expect(local).toBe(day.on);
    });
  });
}

test("a day in winter begins an hour from one in summer", async ({ join }) => {
  const ana = await join("ana", { timezoneId: "Europe/Berlin" });
  const asked: URL[] = [];
  ana.page.on("request", (request) => {
    if (request.url().includes("/api/search")) asked.push(new URL(request.url()));
  });
  await ana.chat.open("/search");
  await ana.page.getByRole("searchbox", { name: "Search messages" }).fill("after:2025-07-01 before:2025-11-01 x");
  await expect.poll(() => asked.at(-1)?.searchParams.get("since")).toBe(`${Date.UTC(2025, 5, 30, 22)}`);
  expect(asked.at(-1)?.searchParams.get("until")).toBe(`${Date.UTC(2025, 9, 31, 23)}`);
});

test("a room that is renamed has its new name in the directory", async ({ join }) => {
  const ana = await join("ana");
  const { page, chat } = ana;
  const post = (path: string, form: Record<string, string>) =>
    ana.context.request.post(path, {
      form,
      headers: { Accept: "application/json", Origin: new URL(page.url()).origin },
    });
  const made = await post("/api/make_room", { name: "Kitchen", topic: "" });
  const thread = /\d+/.exec(made.headers()["location"] ?? (await made.text()))![0];
  await chat.open("/rooms");
  await expect(page.locator(".room-item-name")).toHaveText(["Kitchen"]);
  expect((await post("/api/rename_room", { thread, name: "Café Kitchen" })).ok()).toBe(true);
  await page.getByRole("searchbox", { name: "Find a room" }).fill("cafe kit");
  await expect(page.locator(".room-item-name")).toHaveText(["Café Kitchen"]);
  await page.getByRole("searchbox", { name: "Find a room" }).fill("");
  await expect(page.locator(".room-item-name")).toHaveText(["Café Kitchen"]);
});
