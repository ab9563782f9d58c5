// Pictures of every screen for docs/screens, from invented data. Not a test: `make screens`.

import { join as joined, resolve } from "node:path";

import type { Page } from "@playwright/test";

import { expect, test } from "./helpers/test";

const FOLDER = resolve(__dirname, "../docs/screens");

const SIZES = [
  { width: 360, height: 740 },
  { width: 768, height: 1024 },
  { width: 1440, height: 900 },
];

/** What Ana (first) and Élodie say in the pictures. */
const TALK: [who: 0 | 1, text: string][] = [
  [1, "Morning Ana! Did the posters come out of the printer?"],
  [0, "They did. All forty, and the blue is finally blue."],
  [0, "I'll bring them to the library at half past three."],
  [1, "Perfect."],
  [1, "The room is booked from four. I put the plan here, have a look when you have a minute:\nhttps://example.org/evening/plan"],
  [0, "Looks good. Two things:\n- we need a second table for the cake\n- who opens the door?"],
  [1, "I do. And Noah has a table, I'll ask him."],
  [0, "Then that's everything, I think. See you there!"],
];

/** What Ana has said to others: not every machine has glyphs for the emoji that they have ended on. */
const PREVIEWS: [name: string, text: string][] = [
  ["נועה לוי", "Good night, see you on Monday."],
  ["Lucía García", "Sunday is fine. I'll bring the projector."],
  ["Emma Carter", "It's on the second floor, next to the lift."],
];

test.use({ seed: { people: 40, messages: 2_000 } });

for (const colorScheme of ["light", "dark"] as const) {
  for (const viewport of SIZES) {
    test(`${viewport.width} ${colorScheme}`, async ({ enter, browse, expectErrors }) => {
      expectErrors(/the server responded with a status of 4\d\d/);
      const look = { viewport, colorScheme, deviceScaleFactor: 1 };
      const shoot = async (page: Page, name: string) => {
        await page.waitForTimeout(300);
        const path = joined(FOLDER, `${name}-${viewport.width}-${colorScheme}.png`);
        await page.screenshot({ path, animations: "disabled", caret: "hide" });
      };

      const stranger = await (await browse(look)).newPage();
      await stranger.goto("/login");
      await shoot(stranger, "login");
      await stranger.goto("/signup");
      await stranger.getByLabel("User name").fill("ana");
      await stranger.getByLabel("Password").fill("password1");
      await stranger.getByRole("button", { name: "Create account" }).click();
      await expect(stranger.getByRole("alert").first()).toBeVisible();
      await shoot(stranger, "signup-errors");
      await stranger.goto("/no/such/place");
      await shoot(stranger, "not-found");

      const desk = { viewport: { width: 1280, height: 800 } };
      const elodie = await enter("elodie.dubois", desk);
      const path = await elodie.chat.talkTo("Ana María Ruiz");
      const before = await enter("ana", desk);
      for (const [name, text] of PREVIEWS) {
        await before.chat.thread(name).click();
        await expect(before.page.getByRole("heading", { level: 1, name })).toBeVisible();
        await before.chat.say(text);
      }
      await before.context.close();
      const ana = await enter("ana", look);
      await ana.chat.open(path);
      for (const [who, text] of TALK) await [ana, elodie][who]!.chat.say(text);
      await expect(ana.chat.messages.last()).toBeInViewport();
      await shoot(ana.page, "thread");
      await elodie.context.close();

      await ana.chat.open("/");
      await shoot(ana.page, "home");
      await ana.chat.showPeople();
      await ana.chat.filter.fill("an");
      await shoot(ana.page, "people");
    });
  }
}
