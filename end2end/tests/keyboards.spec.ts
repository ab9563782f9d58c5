// Keyboards: shortcuts in every layout and on Apple systems, Ctrl+Enter, and input methods.

import type { Locator, Page } from "@playwright/test";

import { expect, test } from "../helpers/test";

type Key = Partial<Pick<KeyboardEventInit, "key" | "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">>;

/** A key as another layout sends it: Playwright only presses those of a US keyboard. */
const press = (field: Locator, key: Key) => field.dispatchEvent("keydown", { bubbles: true, cancelable: true, ...key });

const switcher = (page: Page) => page.getByRole("combobox", { name: "Go to a person, a room or a command" });

const LAYOUTS: [string, Key][] = [
  ["Cyrillic", { key: "л", code: "KeyK" }],
  ["Greek", { key: "κ", code: "KeyK" }],
  ["Hebrew", { key: "ל", code: "KeyK" }],
  // The letter is on another key than on a US keyboard.
  ["Dvorak", { key: "k", code: "KeyV" }],
];

for (const [layout, key] of LAYOUTS) {
  test(`Ctrl K opens the switcher on a ${layout} keyboard`, async ({ join }) => {
    const { page, chat } = await join("ana");
    await press(page.locator("body"), { ...key, ctrlKey: true });
    await expect(switcher(page)).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(switcher(page)).toBeHidden();
    await chat.live();
  });
}

test("in a layout without Latin letters, marks are set by the place of the key", async ({ join }) => {
  const ana = await join("ana");
  await join("bob");
  await ana.chat.talkTo("bob");
  await ana.chat.type("привет");
  await ana.chat.composer.selectText();
  await press(ana.chat.composer, { key: "и", code: "KeyB", ctrlKey: true });
  await expect(ana.chat.composer).toHaveValue("**привет**");
});

test("on Apple's systems shortcuts take ⌘, and Ctrl stays the system's", async ({ join }) => {
  await join("bob");
  const ana = await join("ana");
  await ana.context.addInitScript(() => Object.defineProperty(navigator, "platform", { get: () => "MacIntel" }));
  await ana.chat.open(await ana.chat.talkTo("bob"));
  const { chat, page } = ana;
  await chat.type("text");
  await chat.composer.selectText();
  for (const [key, code] of [["b", "KeyB"], ["e", "KeyE"], ["k", "KeyK"], ["i", "KeyI"]] as const) {
    const untouched = await chat.composer.evaluate(
      (field, init) => field.dispatchEvent(new KeyboardEvent("keydown", init)),
      { key, code, ctrlKey: true, bubbles: true, cancelable: true },
    );
    expect(untouched, `Ctrl ${key} is left to the system`).toBe(true);
  }
  await expect(chat.composer).toHaveValue("text");
  await expect(switcher(page)).toBeHidden();
  await press(chat.composer, { key: "b", code: "KeyB", metaKey: true });
  await expect(chat.composer).toHaveValue("**text**");
  await chat.composer.press("End");
  await press(page.locator("body"), { key: "k", code: "KeyK", metaKey: true });
  await expect(switcher(page)).toBeFocused();
});

test("Ctrl Enter sends, from a phone's composer too, and submits other forms with a text", async ({ join }) => {
  await join("bob");
  const ana = await join("ana", { hasTouch: true, isMobile: true, viewport: { width: 360, height: 780 } });
  await ana.chat.talkTo("bob");
  await ana.chat.type("from a tablet with a keyboard");
  await ana.chat.composer.press("Enter");
  await expect(ana.chat.messages).toHaveCount(0);
  await ana.chat.type("from a tablet with a keyboard");
  await ana.chat.composer.press("Control+Enter");
  await expect(ana.chat.message("from a tablet with a keyboard")).toHaveAttribute("data-state", "sent");
  await expect(ana.chat.composer).toHaveValue("");
});

// The last Enter of an input method: Chromium and Firefox report that it is composing, Safari only its key code.
const OF_AN_INPUT_METHOD = [
  { key: "Enter", code: "Enter", isComposing: true, keyCode: 229 },
  { key: "Enter", code: "Enter", isComposing: false, keyCode: 229 },
];

test("the Enter of an input method only ends its composition, wherever one writes", async ({ join }) => {
  await join("bob");
  const ana = await join("ana");
  const { chat, page } = ana;
  const path = await chat.talkTo("bob");
  await chat.say("hello");

  await chat.type("にほんご");
  for (const key of OF_AN_INPUT_METHOD) await chat.composer.dispatchEvent("keydown", { bubbles: true, ...key });
  await expect(chat.composer).toHaveValue("にほんご");
  await chat.type(":smi");
  await expect(page.getByRole("listbox")).toBeVisible();
  for (const key of OF_AN_INPUT_METHOD) await chat.composer.dispatchEvent("keydown", { bubbles: true, ...key });
  await expect(chat.composer).toHaveValue(":smi");
  await chat.type("");

  await page.keyboard.press("Control+k");
  await switcher(page).fill("bob");
  for (const key of OF_AN_INPUT_METHOD) await switcher(page).dispatchEvent("keydown", { bubbles: true, ...key });
  await expect(switcher(page)).toBeVisible();
  await page.keyboard.press("Escape");

  await chat.message("hello").locator(".message-text").hover();
  const actions = chat.message("hello").getByRole("group", { name: "Message actions" });
  await actions.getByRole("button", { name: "Add a reaction", exact: true }).click();
  const search = page.getByLabel("Search emoji");
  await search.fill("smile");
  for (const key of OF_AN_INPUT_METHOD) await search.dispatchEvent("keydown", { bubbles: true, ...key });
  await expect(search).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(path);
  expect(await chat.texts()).toEqual(["hello"]);
  await expect(page.locator(".reaction")).toHaveCount(0);
});
