// User-perceived characters: the browser's `Intl.Segmenter` divides a text as the server's tables do.

import { readFileSync } from "node:fs";
import { join as path } from "node:path";

import { expect, test } from "../helpers/test";

const EXAMPLES = path(__dirname, "../../src/model/graphemes/examples.json");
const FAMILY = "👨‍👩‍👧‍👦";

test("the browser divides the examples as the server does", async ({ page }) => {
  const examples: string[][] = JSON.parse(readFileSync(EXAMPLES, "utf8"));
  const divided = await page.evaluate(
    (texts) => texts.map((text) => [...new Intl.Segmenter().segment(text)].map((it) => it.segment)),
    examples.map((example) => example.join("")),
  );
  expect(divided).toEqual(examples);
});

test("six emoji of many code points are large, a seventh makes them text, and a name keeps its accents", async ({
  join,
}) => {
  const ana = await join("ana");
  await join("bob", { display: `${FAMILY} E\u0301lodie` });
  await ana.chat.talkTo(`${FAMILY} E\u0301lodie`);
  const sign = ana.page.getByRole("main").locator(".avatar").first();
  await expect(sign).toHaveText(`${FAMILY}E\u0301`);
  await ana.chat.say(`${FAMILY} 🇩🇪🇫🇷👍🏽1️⃣❤️`);
  await expect(ana.chat.messages.last().locator(".message-text")).toHaveClass(/large/);
  await ana.chat.say(`${FAMILY} 🇩🇪🇫🇷👍🏽1️⃣❤️🏴󠁧󠁢󠁥󠁮󠁧󠁿`);
  await expect(ana.chat.messages.last().locator(".message-text")).not.toHaveClass(/large/);
});
