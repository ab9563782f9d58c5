// Rarely used views are not part of the first load; they are fetched when first opened.

import { type Page } from "@playwright/test";

import { Chat } from "../helpers/chat";
import { act } from "../helpers/floating";
import { dialog, makeRoom, panel } from "../helpers/rooms";
import { GONE, expect, test } from "../helpers/test";

const PART = /\/pkg\/split_[^/]+\.wasm$/;

/** The lazily loaded files that this page fetches from now on. */
function parts(page: Page): string[] {
  const fetched: string[] = [];
  page.on("request", (request) => {
    if (PART.test(request.url())) fetched.push(request.url());
  });
  return fetched;
}

test("the parts are fetched when the first of them is opened, and once", async ({ join, server }) => {
  const ana = await join("ana");
  const path = await makeRoom(ana, "Garden club");
  const page = await ana.context.newPage();
  const fetched = parts(page);
  for (const first of ["/", path]) {
    await page.goto(server.url + first, { waitUntil: "networkidle" });
    await page.locator("html[data-hydrated]").waitFor({ state: "attached" });
    expect(fetched, `the first load of ${first}`).toEqual([]);
  }
  await page.getByRole("link", { name: "Details" }).click();
  await expect(panel(page)).toBeVisible();
  await new Chat(page).startNew("Find rooms");
  await expect(page.getByRole("heading", { name: "Rooms", level: 1 })).toBeVisible();
  expect(fetched).toHaveLength(1);
});

test("a page that is opened at one of the parts names it in its head, and comes to life", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  const path = await makeRoom(ana, "Garden club");
  for (const at of ["/rooms", "/rooms/new", "/admin", `${path}/about`]) {
    const html = await (await ana.context.request.get(at)).text();
    expect(html, at).toMatch(/<link (?=[^>]*rel="preload")[^>]*href="\/pkg\/split_/);
    await ana.chat.open(at);
  }
  // A room that the user is not a member of.
  await bob.chat.open(path);
  await expect(bob.page.getByRole("button", { name: "Join room" })).toBeVisible();
});

test("a dialog asks also where nothing has been fetched yet", async ({ join }) => {
  const ana = await join("ana");
  const path = await makeRoom(ana, "Garden club");
  await ana.chat.open(path);
  await ana.chat.send("away with it");
  await act(ana, "away with it", "Delete…");
  await expect(dialog(ana.page).getByRole("button", { name: "Cancel" })).toBeFocused();
  await dialog(ana.page).getByRole("button", { name: "Delete", exact: true }).click();
  await expect(ana.page.locator(".message-deleted")).toBeVisible();
});

test("what can't be fetched can be tried again, and nothing else breaks", async ({ join, expectErrors }) => {
  expectErrors(...GONE, /Failed to fetch/);
  const ana = await join("ana");
  await ana.chat.open(await makeRoom(ana, "Garden club"));
  await ana.page.route(PART, (route) => route.abort());
  await ana.page.getByRole("link", { name: "Details" }).click();
  await expect(ana.page.getByRole("alert").filter({ hasText: "Couldn't load" })).toBeVisible();
  await ana.page.unroute(PART);
  await ana.page.getByRole("button", { name: "Try again" }).click();
  await expect(panel(ana.page)).toBeVisible();
});

test("a pane that can't load keeps its name and the way back", async ({ join, expectErrors }) => {
  expectErrors(...GONE, /Failed to fetch/);
  const ana = await join("ana", { viewport: { width: 360, height: 780 } });
  await ana.page.route(PART, (route) => route.abort());
  await ana.chat.bar.getByRole("link", { name: "Saved" }).click();
  await expect(ana.page.getByRole("alert").filter({ hasText: "Couldn't load" })).toBeVisible();
  await expect(ana.page.getByRole("heading", { level: 1, name: "Saved messages" })).toBeVisible();
  await ana.chat.backLink.click();
  await expect(ana.page).toHaveURL("/");
  await ana.page.unroute(PART);
  await ana.chat.bar.getByRole("link", { name: "Saved" }).click();
  await expect(ana.page.getByRole("heading", { level: 1, name: "Saved messages" })).toBeVisible();
});
