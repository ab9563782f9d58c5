// Small screens: one pane at a time, and nothing overflows the page.

import { fitsTheWidth } from "../helpers/chat";
import { REFUSED, expect, test } from "../helpers/test";

const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

test("a phone shows one pane at a time, with a way back", async ({ join }) => {
  const ana = await join("ana", phone);
  const bob = await join("bob");
  await bob.chat.talkTo("ana");
  await bob.chat.say("are you on the train?");

  await expect(ana.chat.threads).toBeVisible();
  await expect(ana.chat.composer).toBeHidden();
  await fitsTheWidth(ana.page);

  await ana.chat.thread("bob").tap();
  await expect(ana.page).toHaveURL(/\/t\/\d+/);
  await expect(ana.chat.composer).toBeVisible();
  await expect(ana.chat.composer).toBeInViewport({ ratio: 1 });
  await expect(ana.chat.threads).toBeHidden();
  await ana.chat.shows(["are you on the train?"]);
  await fitsTheWidth(ana.page);

  // On a touch keyboard Enter breaks the line.
  await ana.chat.composer.fill("yes");
  await ana.chat.composer.press("Enter");
  await expect(ana.chat.messages).toHaveCount(1);
  await ana.chat.composer.fill("yes!");
  await ana.chat.sendButton.tap();
  await bob.chat.shows(["are you on the train?", "yes!"]);

  await ana.chat.backLink.tap();
  await expect(ana.page).toHaveURL("/");
  await expect(ana.chat.threads).toBeVisible();
  await expect(ana.chat.composer).toBeHidden();
});

test("nothing stands out sideways on a screen of 320 pixels", async ({ join, browse, expectErrors }) => {
  expectErrors(REFUSED);
  const narrow = { viewport: { width: 320, height: 568 } };
  const stranger = await (await browse(narrow)).newPage();
  for (const path of ["/login", "/signup", "/no/such/place"]) {
    await stranger.goto(path);
    await fitsTheWidth(stranger);
  }
  const long = "Wolfeschlegelsteinhausenbergerdorff von Ehrenfels und zu Donaudampf";
  const ana = await join("ana", narrow);
  const bob = await join("wolfeschlegelsteinhausen", { display: long.slice(0, 64) });
  await ana.chat.showPeople();
  await fitsTheWidth(ana.page);
  await bob.chat.open(await ana.chat.talkTo(long.slice(0, 64)));
  await bob.chat.say("a".repeat(300));
  await bob.chat.say(`https://example.org/${"path/".repeat(40)}`);
  await expect(ana.chat.messages).toHaveCount(2);
  await fitsTheWidth(ana.page);
  await ana.page.goto("/");
  await expect(ana.chat.thread(long.slice(0, 64))).toBeVisible();
  await fitsTheWidth(ana.page);
});
