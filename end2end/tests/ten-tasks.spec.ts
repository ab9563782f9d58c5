// Ten tasks of every day with keys alone, and with how few. Typed words count as one press.

import { makeRoom } from "../helpers/rooms";
import { type Person, expect, test } from "../helpers/test";

/** The keys to press: a name of a key, or `"words` to type. */
type Keys = string[];

async function press({ page }: Person, keys: Keys): Promise<void> {
  for (const key of keys) {
    // What the key before has opened takes the focus when it is drawn.
    await page.evaluate(async () => {
      for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
    });
    if (key.startsWith('"')) await page.keyboard.type(key.slice(1));
    else await page.keyboard.press(key);
  }
}

test("ten tasks need as few keys as they may", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob", { display: "Bo Li" });
  await makeRoom(ana, "Garden club");
  await ana.chat.open("/");
  const { page, chat } = ana;
  // Warm: what is loaded later is there.
  await press(ana, ["Control+k"]);
  await expect(page.getByRole("combobox")).toBeFocused();
  await press(ana, ["Escape"]);

  const task = async (name: string, most: number, keys: Keys, reached: () => Promise<void>) => {
    await test.step(`${name}: ${keys.length}`, async () => {
      expect(keys.length, name).toBeLessThanOrEqual(most);
      await press(ana, keys);
      await reached();
    });
  };
  const composer = () => expect(chat.composer).toBeFocused();

  await page.keyboard.press("Control+k");
  await expect(page.getByRole("combobox")).toBeFocused();
  await task("a new chat (with Ctrl K)", 2, ['"bo li', "Enter"], async () => {
    await expect(page.getByRole("heading", { level: 1, name: "Bo Li" })).toBeVisible();
    await composer();
  });
  await task("a message", 2, ['"hello there', "Enter"], async () => {
    await expect(chat.message("hello there")).toHaveAttribute("data-state", "sent");
  });
  await task("editing one's last message", 3, ["ArrowUp", '"!', "Enter"], async () => {
    await expect(chat.message("hello there!")).toBeVisible();
    await composer();
  });
  await task("a reply", 2, ["Shift+ArrowUp", "r"], async () => {
    await expect(page.locator(".composer")).toContainText("hello there!");
    await composer();
  });
  await press(ana, ["Escape"]);
  await task("saving for later", 2, ["Shift+ArrowUp", "s"], async () => {
    await expect(page.locator(".toast")).toContainText("Message saved");
  });
  await task("taking that back", 1, ["Control+z"], async () => {
    await expect(page.locator(".toast", { hasText: "Message saved" })).toHaveCount(0);
  });
  await chat.composer.focus();
  await task("pinning", 2, ["Shift+ArrowUp", "p"], async () => {
    await expect(page.locator(".toast")).toContainText("Message pinned");
  });
  await chat.composer.focus();
  await task("another chat", 1, ["Alt+ArrowDown"], async () => {
    await expect(page.getByRole("heading", { level: 1, name: "Garden club" })).toBeVisible();
  });
  await bob.chat.thread("ana").click();
  await bob.chat.say("an answer");
  await expect(chat.thread("Bo Li")).toContainText("1 unread");
  await task("the next unread chat", 1, ["Alt+Shift+ArrowDown"], async () => {
    await expect(chat.message("an answer")).toBeVisible();
  });
  const answered = page.waitForResponse(/api\/search\?.*answer/);
  await task("searching this chat", 2, ["Control+f", '"answer'], async () => {
    await expect(page).toHaveURL(/\/search/);
    await expect(page.getByRole("searchbox", { name: "Search messages" })).toHaveValue(/answer/);
    await answered;
  });
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("combobox")).toBeFocused();
  await task("logging out (with Ctrl K)", 2, ['"log out', "Enter"], async () => {
    await expect(page).toHaveURL(/\/login/);
  });
});
