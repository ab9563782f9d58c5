// Files: attached in every way, uploaded over lost connections and reloads, seen by the others.

import { createHash } from "node:crypto";

import { isAccessible } from "../helpers/axe";
import { fitsTheWidth } from "../helpers/chat";
import { attach, bytes, hand, png, tray } from "../helpers/files";
import { Proxy } from "../helpers/proxy";
import { GONE, expect, pair, test } from "../helpers/test";

const hash = (content: Buffer) => createHash("sha256").update(content.toString("latin1"), "latin1").digest("hex");

test("pictures and a file are attached by button, drop and paste, and sent with a text", async ({ join }) => {
  const { ana, bob } = await pair(join);
  await attach(ana.page, png("a.png", 300, 200));
  await hand(ana.page.locator(".log"), "drop", png("b.png", 200, 300, [160, 60, 78]));
  await hand(ana.chat.composer, "paste", bytes("plan.bin", 70_000));
  await expect(tray(ana.page)).toHaveCount(3);
  await expect(tray(ana.page).getByRole("progressbar")).toHaveCount(0);
  await ana.chat.send("look");
  await expect(tray(ana.page)).toHaveCount(0);
  for (const { chat } of [ana, bob]) {
    const message = chat.message("look");
    await expect(message).toHaveAttribute("data-state", "sent");
    await expect(message.locator(".picture img[srcset]")).toHaveCount(2);
    await expect(message.locator(".file-card")).toContainText("plan.bin");
    await expect(message.locator(".file-card")).toContainText("BIN · 70 KB");
  }
  const download = bob.page.waitForEvent("download");
  await bob.chat.message("look").locator(".file-card").click();
  const path = await (await download).path();
  const { readFileSync } = await import("node:fs");
  expect(hash(readFileSync(path))).toBe(hash(bytes("plan.bin", 70_000).buffer));
});

test("a picture is sent without a text, with its description, and the list of chats says so", async ({ join }) => {
  const { ana, bob } = await pair(join);
  await attach(ana.page, png("a.png", 300, 200));
  await ana.page.getByRole("button", { name: "Alt text of a.png" }).click();
  await ana.page.getByLabel("Description of a.png").fill("A green field");
  await ana.page.keyboard.press("Enter");
  await expect(ana.chat.composer).toBeFocused();
  await ana.chat.sendButton.click();
  await expect(bob.page.getByRole("img", { name: "A green field" })).toBeVisible();
  await expect(bob.chat.thread("ana")).toContainText("Photo");
  await bob.chat.reload();
  await expect(bob.page.getByRole("img", { name: "A green field" })).toBeVisible();
});

test("what is sent right after files were chosen, before the uploader is loaded, has them", async ({ join }) => {
  const { ana, bob } = await pair(join);
  // Nothing has loaded the code for files so far; it is held back until Send was pressed.
  let release = () => {};
  const held = new Promise<void>((done) => (release = done));
  await ana.page.route(/chunk.*\.wasm|split.*\.wasm|later.*\.wasm/, async (route) => {
    await held;
    await route.continue();
  });
  await attach(ana.page, png("a.png", 300, 200));
  await ana.chat.send("with a picture");
  await expect(ana.chat.composer).toHaveValue("with a picture");
  // What follows belongs to the next messages.
  await ana.chat.composer.pressSequentially(" and more");
  await attach(ana.page, png("b.png", 200, 300), png("c.png", 200, 300));
  await ana.chat.composer.press("Enter");
  await ana.chat.composer.pressSequentially(" later");
  release();
  await expect(bob.chat.message("with a picture").locator("a.picture")).toHaveCount(1);
  await expect(bob.chat.message("and more").locator("a.picture")).toHaveCount(2);
  await expect(ana.chat.composer).toHaveValue("later");
  await expect(tray(ana.page)).toHaveCount(0);
});

test.describe("with a small limit", () => {
  test.use({ settings: { CHAPP_FILES__MAX_SIZE_MB: "1", CHAPP_FILES__MAX_PER_MESSAGE: "2" } });

  test("what is too large or too much is refused before it is uploaded, and the others stay", async ({ join }) => {
    const { ana } = await pair(join);
    const uploads: string[] = [];
    ana.page.on("request", (request) => {
      if (request.method() === "POST" && request.url().endsWith("/uploads")) uploads.push(request.url());
    });
    await attach(ana.page, bytes("big.bin", 1_200_000), bytes("small.bin", 1_000));
    await expect(ana.page.getByRole("alert").filter({ hasText: "big.bin is 1.2 MB. Files can be up to 1 MB." })).toBeVisible();
    await expect(tray(ana.page)).toHaveCount(1);
    await attach(ana.page, bytes("b.bin", 10), bytes("c.bin", 10));
    await expect(ana.page.getByRole("alert").filter({ hasText: "up to 2 files" })).toBeVisible();
    await expect(tray(ana.page)).toHaveCount(2);
    await expect(tray(ana.page).getByRole("progressbar")).toHaveCount(0);
    expect(uploads).toHaveLength(2);
    await ana.page.getByRole("button", { name: "Remove b.bin" }).click();
    await expect(tray(ana.page)).toHaveCount(1);
    await expect(ana.chat.composer).toBeFocused();
  });
});

test("an upload goes on by itself over a cut line, other messages are sent meanwhile, and it arrives whole", async ({
  browse,
  join,
  server,
  expectErrors,
}) => {
  expectErrors(...GONE);
  const { ana, bob, path } = await pair(join);
  const proxy = await Proxy.to(server.port);
  const far = await browse({ baseURL: proxy.url, storageState: await ana.context.storageState() });
  const page = await far.newPage();
  const { Chat } = await import("../helpers/chat");
  const chat = new Chat(page);
  await chat.open(path);
  const file = bytes("big.bin", 20_000_000);
  const session = await far.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: 4_000_000,
  });
  await attach(page, file);
  await chat.send("with a file");
  await expect(page.getByText("Sending when uploaded")).toBeVisible();
  await expect(page.getByRole("progressbar", { name: "Uploading big.bin" })).toContainText(/[1-9]\d?%/);
  proxy.cut();
  await expect(page.getByRole("progressbar", { name: "Uploading big.bin" })).toContainText("Paused");
  proxy.mend();
  await chat.say("meanwhile");
  await expect(chat.message("with a file")).toHaveAttribute("data-state", "sent", { timeout: 60_000 });
  await bob.chat.shows(["meanwhile", "with a file"], 30_000);
  const link = await bob.chat.message("with a file").locator(".file-card").getAttribute("href");
  const answer = await bob.context.request.get(link ?? "");
  expect(hash(await answer.body())).toBe(hash(file.buffer));
  proxy.close();
});

test("an upload survives a reload: what was sent is sent, and what was in the tray is there", async ({ join }) => {
  const { ana, bob } = await pair(join);
  const session = await ana.context.newCDPSession(ana.page);
  await session.send("Network.enable");
  const slow = (uploadThroughput: number) =>
    session.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput });
  await slow(500_000);
  const file = bytes("big.bin", 6_000_000);
  await attach(ana.page, file);
  await ana.chat.send("before the reload");
  await attach(ana.page, png("later.png", 30, 20));
  await expect(tray(ana.page)).toHaveCount(1);
  await expect(ana.page.getByRole("progressbar", { name: "Uploading big.bin" })).toContainText(/[1-9]\d?%/);
  await ana.chat.reload();
  await slow(-1);
  await expect(tray(ana.page)).toHaveCount(1);
  await expect(ana.chat.message("before the reload")).toHaveAttribute("data-state", "sent", { timeout: 60_000 });
  const link = await bob.chat.message("before the reload").locator(".file-card").getAttribute("href");
  const answer = await bob.context.request.get(link ?? "");
  expect(hash(await answer.body())).toBe(hash(file.buffer));
  await ana.chat.sendButton.click();
  await expect(bob.page.getByRole("img", { name: "later.png" })).toBeVisible();
});

test("files whose uploads the server no longer has are uploaded again, and the message is sent once", async ({ join }) => {
  const { ana, bob } = await pair(join);
  const file = bytes("plan.bin", 300_000);
  const forgetUploads = async () => {
    const answer = await ana.context.request.get("/uploads");
    for (const upload of await answer.json()) {
      const gone = await ana.context.request.delete(`/uploads/${upload.file.id}`, { headers: { "Tus-Resumable": "1.0.0" } });
      expect(gone.status()).toBe(204);
    }
    return (await answer.json()).length;
  };
  await attach(ana.page, file);
  await attach(ana.page, png("a.png", 30, 20));
  await expect(tray(ana.page)).toHaveCount(2);
  await expect(tray(ana.page).getByRole("progressbar")).toHaveCount(0);
  // They expire while the text is being written, also over a reload.
  expect(await forgetUploads()).toBe(2);
  await ana.chat.reload();
  await expect(tray(ana.page)).toHaveCount(2);
  await ana.chat.send("written for two days");
  for (const { chat, context } of [ana, bob]) {
    const message = chat.message("written for two days");
    await expect(message).toHaveCount(1);
    await expect(message).toHaveAttribute("data-state", "sent");
    const link = await message.locator(".file-card").getAttribute("href");
    const answer = await context.request.get(link ?? "");
    expect(hash(await answer.body())).toBe(hash(file.buffer));
    await expect(message.getByRole("img", { name: "a.png" })).toBeVisible();
  }
  await expect(tray(ana.page)).toHaveCount(0);
  // Nothing of them is kept in the browser.
  const kept = () => ana.page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("chapp.files.")));
  await expect.poll(kept).toEqual([]);
});

test("the viewer is used by keyboard, and gives the focus back", async ({ join }) => {
  const { ana } = await pair(join);
  await attach(ana.page, png("a.png", 300, 200), png("b.png", 200, 300, [160, 60, 78]));
  await ana.chat.sendButton.click();
  const thumbs = ana.page.locator(".message a.picture");
  await expect(thumbs).toHaveCount(2);
  await thumbs.first().focus();
  await ana.page.keyboard.press("Enter");
  const viewer = ana.page.getByRole("dialog", { name: "Pictures" });
  await expect(viewer).toContainText("1 of 2");
  await expect(viewer).toContainText("a.png");
  await ana.page.keyboard.press("ArrowRight");
  await expect(viewer).toContainText("2 of 2");
  await ana.page.keyboard.press("ArrowRight");
  await expect(viewer).toContainText("2 of 2");
  const picture = viewer.getByRole("img", { name: "b.png" });
  const before = (await picture.boundingBox())?.width ?? 0;
  await ana.page.keyboard.press("+");
  await expect.poll(async () => (await picture.boundingBox())?.width ?? 0).toBeGreaterThan(before);
  // An arrow moves what is enlarged, and leads on otherwise.
  for (const _ of [1, 2, 3, 4]) await ana.page.keyboard.press("+");
  await isAccessible(ana.page, "the viewer");
  const stage = viewer.getByRole("group", { name: "Picture" });
  await ana.page.keyboard.press("ArrowDown");
  await expect.poll(() => stage.evaluate((it) => it.scrollTop)).toBeGreaterThan(0);
  await ana.page.keyboard.press("ArrowLeft");
  await expect(viewer).toContainText("2 of 2");
  await ana.page.keyboard.press("0");
  await ana.page.keyboard.press("ArrowLeft");
  await expect(viewer).toContainText("1 of 2");
  await ana.page.keyboard.press("Escape");
  await expect(viewer).toBeHidden();
  await expect(thumbs.first()).toBeFocused();
});

test("a deleted message shows none of its files", async ({ join }) => {
  const { ana, bob } = await pair(join);
  await attach(ana.page, png("a.png", 300, 200));
  await ana.chat.send("oops");
  const message = bob.chat.message("oops");
  await expect(message.locator(".picture")).toHaveCount(1);
  await ana.chat.message("oops").hover();
  await ana.page.getByRole("button", { name: "More", exact: true }).click();
  await ana.page.getByRole("menuitem", { name: "Delete…" }).click();
  await ana.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(bob.chat.messages.filter({ hasText: "Message deleted" })).toHaveCount(1);
  await expect(bob.page.locator(".picture")).toHaveCount(0);
});

test("nothing jumps when pictures load", async ({ join }) => {
  const { ana, bob, path } = await pair(join);
  await attach(ana.page, png("a.png", 1_200, 800));
  await ana.chat.send("above");
  await expect(bob.chat.message("above")).toBeVisible();
  // Held back until the page has been measured.
  let release = () => {};
  const held = new Promise<void>((done) => (release = done));
  await bob.page.route("**/files/**", async (route) => {
    await held;
    await route.continue();
  });
  await bob.chat.open(path);
  const picture = bob.page.locator("a.picture");
  await expect(picture).toBeVisible();
  const before = await picture.boundingBox();
  release();
  await expect
    .poll(() => picture.locator("img[srcset]").evaluate((img) => (img as HTMLImageElement).naturalWidth))
    .toBeGreaterThan(0);
  expect(await picture.boundingBox()).toEqual(before);
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`the tray and the files of messages are accessible in ${colorScheme}, and fit a phone`, async ({ join }) => {
    const { ana } = await pair((name) => join(name, { colorScheme, viewport: { width: 360, height: 780 } }));
    const pictures = [1, 2, 3, 4, 5].map((at) => png(`${at}.png`, 200, 150));
    await attach(ana.page, ...pictures, bytes(`${"long ".repeat(20)}name.bin`, 5_000));
    await expect(tray(ana.page)).toHaveCount(6);
    await isAccessible(ana.page, "the tray");
    await fitsTheWidth(ana.page);
    await ana.chat.sendButton.click();
    await expect(ana.page.locator(".more-pictures")).toHaveText("+1");
    await isAccessible(ana.page, "the files of a message");
    await fitsTheWidth(ana.page);
  });
}

test("a voice message is recorded, heard before it is sent, and played by the other", async ({ join }) => {
  const { ana, bob } = await pair(join);
  const record = ana.page.getByRole("button", { name: "Record a voice message" });
  const row = ana.page.getByRole("group", { name: "Recording a voice message" });
  await record.click();
  await expect(row.getByRole("timer")).toHaveText("0:01");
  await isAccessible(ana.page, "recording a voice message");
  await row.getByRole("button", { name: "Cancel" }).click();
  await expect(row).toHaveCount(0);
  await expect(tray(ana.page)).toHaveCount(0);

  await record.click();
  await expect(row.getByRole("timer")).toHaveText("0:02");
  await row.getByRole("button", { name: "Stop" }).click();
  await expect(tray(ana.page)).toHaveCount(1);
  await tray(ana.page).getByRole("button", { name: "Play" }).click();
  await expect(tray(ana.page).getByRole("button", { name: "Pause" })).toBeVisible();
  await ana.chat.sendButton.click();
  const heard = bob.page.getByRole("group", { name: /^Voice message/ });
  await expect(heard.locator("rect")).not.toHaveCount(0);
  await heard.getByRole("button", { name: "Speed 1×" }).click();
  await heard.getByRole("button", { name: "Play" }).click();
  await expect(heard.getByRole("button", { name: "Pause" })).toBeVisible();
  await expect(heard.getByRole("slider", { name: "Position" })).not.toHaveValue("0");
  await expect(heard.getByRole("button", { name: "Play" }), "it ends").toBeVisible();
  await expect(bob.chat.thread("ana")).toContainText("Voice message");
});

test("a voice message is recorded for as long as the button is held", async ({ join }) => {
  const { ana } = await pair(join);
  const record = ana.page.getByRole("button", { name: "Record a voice message" });
  const row = ana.page.getByRole("group", { name: "Recording a voice message" });
  await record.hover();
  await ana.page.mouse.down();
  await expect(row.getByRole("timer")).toHaveText("0:01");
  await ana.page.mouse.up();
  await expect(row).toHaveCount(0);
  await expect(tray(ana.page)).toHaveCount(1);
  await expect(tray(ana.page).getByRole("button", { name: "Play" })).toBeVisible();

  // Not held: what is clicked later doesn't end it.
  await tray(ana.page).getByRole("button", { name: /^Remove/ }).click();
  await record.focus();
  await ana.page.keyboard.press("Enter");
  await expect(row.getByRole("timer")).toHaveText("0:01");
  await row.getByRole("button", { name: "Cancel" }).click();
  await expect(row).toHaveCount(0);
  await expect(tray(ana.page)).toHaveCount(0);
});
