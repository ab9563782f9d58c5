// axe-core on each screen, light and dark; and keyboard-only use.

import { isAccessible } from "../helpers/axe";
import { REFUSED, expect, test } from "../helpers/test";

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test("the pages before the log-in have no violation", async ({ join, page, expectErrors }) => {
      expectErrors(REFUSED);
      await page.goto("/signup");
      await isAccessible(page, "the first sign-up");
      await join("first");
      await page.goto("/login");
      await isAccessible(page, "log-in");
      await page.goto("/signup");
      await isAccessible(page, "sign-up");
      await page.getByLabel("Username").fill("a b");
      await page.getByLabel("Password").fill("password1");
      await page.getByRole("button", { name: "Create account" }).click();
      await expect(page.getByRole("alert").first()).toBeVisible();
      await isAccessible(page, "sign-up with errors");
      await page.goto("/no/such/place");
      await isAccessible(page, "not found");
    });

    test("the chat has no violation", async ({ join, enter, server, expectErrors }) => {
      expectErrors(REFUSED, /WebSocket connection to .* failed/, /net::ERR_/);
      const ana = await join("ana", { display: "Ana Ruiz" });
      await isAccessible(ana.page, "home, empty");
      const bob = await join("bob", { display: "Bo Li" });
      await join("cy3", { display: "Cyan Smith" });
      await ana.chat.showPeople();
      await expect(ana.chat.everyone).toHaveCount(3);
      await isAccessible(ana.page, "home with people");

      const path = await ana.chat.talkTo("Bo Li");
      await isAccessible(ana.page, "a thread without messages");
      await ana.chat.say("Hello, see https://example.org/");
      await ana.chat.say("Are you there?");
      await expect(bob.chat.thread("Ana Ruiz")).toContainText("2 unread");
      await isAccessible(bob.page, "home with unread messages");
      await bob.chat.open(path);
      await expect(bob.chat.unreadDivider).toBeVisible();
      await bob.chat.say("Yes");
      await isAccessible(bob.page, "a thread");

      const phone = await enter("ana", { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
      await isAccessible(phone.page, "home on a phone");
      await phone.chat.open(path);
      await isAccessible(phone.page, "a thread on a phone");

      await server.kill();
      await ana.chat.send("into the dark");
      await expect(ana.chat.banner).toBeVisible();
      await isAccessible(ana.page, "a thread while reconnecting");
    });

    test("the page for a thread that is not there has no violation", async ({ join, expectErrors }) => {
      expectErrors(REFUSED);
      const ana = await join("ana");
      await ana.page.goto("/t/999999");
      await isAccessible(ana.page, "no such thread");
    });
  });
}

test("a person is found, a thread opened and a message sent with the keyboard alone", async ({ join }) => {
  const ana = await join("ana");
  await join("bob");
  const { page, chat } = ana;
  /** Presses Tab until an element with this name has focus. */
  const tabTo = async (name: RegExp) => {
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press("Tab");
      const label = await page.evaluate(() => {
        const element = document.activeElement as HTMLElement | null;
        const labelled = element as HTMLInputElement | null;
        return element?.getAttribute("aria-label") ?? labelled?.labels?.[0]?.innerText ?? element?.innerText ?? "";
      });
      if (name.test(label.replace(/\s+/g, " ").trim())) return;
    }
    throw new Error(`Tab does not lead to ${name}`);
  };
  await tabTo(/^Chats/);
  await page.keyboard.press("ArrowRight");
  await expect(chat.people).toBeVisible();
  await tabTo(/Filter people/);
  await page.keyboard.type("bob");
  await expect(chat.everyone).toHaveCount(1);
  await tabTo(/bob @bob · online$/);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/t\/\d+/);
  await expect(chat.composer).toBeVisible();
  if (!(await chat.composer.evaluate((box) => box === document.activeElement))) await tabTo(/^Message$/);
  await page.keyboard.type("by keys");
  await page.keyboard.press("Enter");
  await chat.shows(["by keys"]);
});
