// The sidebar's lists: threads with unread counts, and people.

import { isAccessible } from "../helpers/axe";
import { figure, percentile } from "../helpers/figures";
import { makeRoom } from "../helpers/rooms";
import { REFUSED, expect, test } from "../helpers/test";

test("everyone is in the list, oneself as \"(you)\", and who is online shows live", async ({ join, browse: _ }) => {
  const ana = await join("ana", { display: "Ana Ruiz" });
  const choice = ana.page.getByRole("radio", { name: /^People/ });
  await ana.chat.showPeople();
  await expect(ana.chat.everyone).toHaveCount(1);
  await expect(ana.chat.person("Ana Ruiz (you)")).toBeVisible();
  await expect(choice).toHaveAccessibleName("People");

  const bob = await join("bob", { display: "Bo Li" });
  await expect(ana.chat.person("Bo Li", "online")).toBeVisible();
  await expect(choice, "the number is that of others").toHaveAccessibleName("People 1 online");
  await bob.chat.showPeople();
  await expect(bob.chat.person("Ana Ruiz", "online")).toBeVisible();

  await bob.context.close();
  await expect(ana.chat.person("Bo Li", "offline")).toBeVisible({ timeout: 15_000 });
});

test("a reload is not seen by others", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  await ana.chat.showPeople();
  await expect(ana.chat.person("bob", "online")).toBeVisible();
  await ana.page.evaluate(() => {
    const seen: string[] = [];
    Object.assign(window, { seen });
    new MutationObserver(() => {
      if ([...document.querySelectorAll(".person button")].some((b) => /@bob\s*$/.test(b.textContent ?? ""))) {
        seen.push("offline");
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  });
  await bob.chat.reload();
  await ana.page.waitForTimeout(1_000);
  expect(await ana.page.evaluate(() => (window as unknown as { seen: string[] }).seen)).toEqual([]);
});

test("unread messages are counted live, in every tab, until they are read", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  await ana.chat.talkTo("bob");
  for (let i = 1; i <= 3; i++) {
    await ana.chat.say(`message ${i}`);
    await expect(bob.chat.thread("ana")).toContainText(`${i} unread`);
  }
  const other = await bob.context.newPage();
  await other.goto("/");
  await expect(other.getByRole("navigation", { name: "Chats" }).getByRole("link")).toContainText("3 unread");

  await bob.page.bringToFront();
  await bob.chat.thread("ana").click();
  await expect(bob.chat.thread("ana")).not.toContainText("unread");
  await expect(other.getByRole("navigation", { name: "Chats" }).getByRole("link")).not.toContainText("unread");
  await bob.chat.reload();
  await expect(bob.chat.thread("ana")).not.toContainText("unread");
});

test("the latest thread is first, with the last message", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  const cy = await join("cy3");
  const links = ana.chat.threads.getByRole("link");

  await bob.chat.talkTo("ana");
  await bob.chat.say("from bob");
  await expect(links).toHaveText([/bob.*from bob/s]);
  await cy.chat.talkTo("ana");
  await cy.chat.say("from cy");
  await expect(links).toHaveText([/cy3.*from cy/s, /bob.*from bob/s]);
  await bob.chat.say("bob again");
  await expect(links).toHaveText([/bob.*bob again/s, /cy3.*from cy/s]);
  await expect(links.first().locator("time")).toBeVisible();
});

test("the list of people can be filtered", async ({ join }) => {
  const ana = await join("ana");
  await join("bob", { display: "Boris Novák" });
  await join("cy3", { display: "Cyan Smith" });
  await ana.chat.showPeople();
  await expect(ana.chat.everyone).toHaveCount(3);
  await ana.chat.filter.fill("nov");
  await expect(ana.chat.everyone).toHaveCount(1);
  await expect(ana.chat.person("Boris Novák")).toBeVisible();
  await ana.chat.filter.fill("cy3");
  await expect(ana.chat.person("Cyan Smith")).toBeVisible();
  await expect(ana.chat.everyone).toHaveCount(1);
  await ana.chat.filter.fill("");
  await expect(ana.chat.everyone).toHaveCount(3);

  // Whoever is looked for is found once the chat opens.
  await ana.chat.filter.fill("nov");
  await ana.chat.person("Boris Novák").click();
  await expect(ana.chat.composer).toBeVisible();
  await expect(ana.chat.filter).toHaveValue("");
  await expect(ana.chat.everyone).toHaveCount(3);
});

test("the choice between chats and people is remembered", async ({ join }) => {
  const ana = await join("ana");
  await expect(ana.chat.threads).toBeVisible();
  await expect(ana.chat.people).toBeHidden();
  await ana.chat.showPeople();
  await expect(ana.chat.threads).toBeHidden();
  await ana.chat.reload();
  await expect(ana.chat.people).toBeVisible();
  await ana.chat.showChats();
  await ana.chat.reload();
  await expect(ana.chat.threads).toBeVisible();
});

test("people stand under their letters, those online first, and no one is called offline", async ({ join, enter }) => {
  const ana = await join("ana", { display: "Ana Ruiz" });
  for (const [name, display] of [["zoe", "Zoe"], ["eva", "Éva"], ["emil", "Emil"], ["seven", "7up"]] as const) {
    await (await join(name, { display })).context.close();
  }
  const bob = await join("bob", { display: "Bo Li" });
  await ana.chat.showPeople();
  const lines = ana.chat.people.locator("li.letter, li.person .row-name");
  await expect(lines).toHaveText(["Online", "Ana Ruiz (you)", "Bo Li", "#", "7up", "E", "Emil", "Éva", "Z", "Zoe"], { timeout: 15_000 });
  await expect(ana.chat.people).not.toContainText("offline");
  const late = await enter("zoe");
  await expect(lines).toHaveText(["Online", "Ana Ruiz (you)", "Bo Li", "Zoe", "#", "7up", "E", "Emil", "Éva"]);
  await Promise.all([bob.context.close(), late.context.close()]);
});

test("a row tells of a draft, of typing, and of a message that was not sent", async ({ join, expectErrors }) => {
  expectErrors(REFUSED);
  const ana = await join("ana");
  const bob = await join("bob");
  const cy = await join("cy3");
  const path = await ana.chat.talkTo("bob");
  await ana.chat.say("hello");
  await bob.chat.open(path);
  await bob.chat.composer.pressSequentially("hm");
  await ana.chat.talkTo("cy3");
  await bob.chat.composer.pressSequentially("m");
  await expect(ana.chat.thread("bob")).toContainText("typing…");
  await expect(ana.chat.thread("bob")).toContainText("hello", { timeout: 15_000 });

  await ana.chat.type("not yet finished");
  await ana.chat.thread("bob").click();
  await expect(ana.chat.thread("cy3")).toContainText("Draft: not yet finished");
  await ana.chat.thread("cy3").click();
  await expect(ana.chat.thread("cy3")).not.toContainText("Draft");
  await ana.chat.say("finished");

  await cy.chat.thread("ana").click();
  await cy.page.getByRole("link", { name: "Details" }).click();
  await cy.page.getByRole("button", { name: "Block", exact: true }).click();
  await expect(cy.chat.composer).toBeHidden();
  await ana.chat.send("are you there?");
  await expect(ana.chat.thread("cy3")).toContainText("Not sent");
});

test("the filters show what is unread, and rooms, and say when there is nothing", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  await makeRoom(ana, "Garden");
  await bob.chat.talkTo("ana");
  await bob.chat.say("one");
  await bob.chat.say("two");
  const { page, chat } = ana;
  const links = chat.threads.getByRole("link");
  await expect(page.getByRole("radio", { name: "Chats 1 unread" })).toBeChecked();
  const filter = async (name: RegExp) => {
    const button = page.getByRole("button", { name: "Filter chats" });
    if (!(await page.getByRole("radio", { name }).isVisible())) await button.click();
    await page.getByRole("radio", { name }).check();
    await page.keyboard.press("Escape");
  };
  await chat.open();
  await expect(links).toHaveCount(2);
  await filter(/^Unread 1/);
  await expect(links).toHaveText([/bob/]);
  await filter(/^Rooms/);
  await expect(links).toHaveText([/Garden/]);
  await filter(/^Unread/);
  await links.first().click();
  await expect(chat.messages).toHaveCount(2);
  await page.goto("/");
  await chat.live();
  await filter(/^Unread/);
  await expect(links).toHaveCount(0);
  await expect(chat.threads.getByText("No unread chats")).toBeVisible();
  await isAccessible(page, "nothing is unread");
  await filter(/^All/);
  await expect(links).toHaveCount(2);
});

test("the foot opens a labelled menu, which keys go through, and log-out is its last item", async ({ join }) => {
  const ana = await join("ana", { display: "Ana Ruiz" });
  const { page, chat } = ana;
  const { width, sidebar } = await page.evaluate(() => ({
    width: document.querySelector(".own-row button")?.getBoundingClientRect().width ?? 0,
    sidebar: document.querySelector(".sidebar")?.getBoundingClientRect().width ?? 0,
  }));
  expect(width, "the button has the whole width").toBeGreaterThan(sidebar - 24);
  await expect(chat.foot).toHaveAccessibleName("Ana Ruiz @ana");
  await chat.foot.focus();
  await page.keyboard.press("Enter");
  const menu = page.getByRole("menu", { name: "You" });
  await expect(menu.getByRole("menuitem", { name: "Profile and settings" })).toBeFocused();
  await isAccessible(page, "the user's menu");
  await page.keyboard.press("End");
  await expect(menu.getByRole("menuitem", { name: "Log out" })).toBeFocused();
  await page.keyboard.press("k");
  await expect(menu.getByRole("menuitem", { name: "Keyboard shortcuts" })).toBeFocused();
  for (const theme of ["Auto", "Light", "Dark"]) {
    await expect(menu.getByRole("menuitemradio", { name: theme })).toBeInViewport();
  }
  await page.keyboard.press("Escape");
  await expect(menu).toBeHidden();
  await expect(chat.foot).toBeFocused();
  await chat.logOut();
  await expect(page).toHaveURL(/\/login/);
});

test("all that is new is in one menu", async ({ join }) => {
  const ana = await join("ana");
  await join("bob");
  const { page, chat } = ana;
  await chat.newButton.click();
  const items = page.getByRole("menu", { name: "New" }).getByRole("menuitem");
  await expect(items.filter({ hasText: /^(New message|New room|Find rooms|Invite people)$/ })).toHaveCount(4);
  await page.keyboard.press("Escape");
  await chat.startNew("New message");
  await expect(page).toHaveURL("/new");
  await expect(page.getByRole("checkbox")).toHaveCount(1);
  await chat.startNew("Invite people");
  await expect(page.getByRole("dialog").getByLabel("Anyone can sign up at this address.")).toHaveValue(new URL(page.url()).origin);
  await isAccessible(page, "inviting people");
});

test("one field searches and switches, with the search in messages as the last row", async ({ join }) => {
  const ana = await join("ana");
  await join("bob");
  const { page } = ana;
  await page.getByRole("link", { name: "Search or go to…" }).click();
  const options = page.getByRole("option");
  await expect(options.last()).toHaveText("Search messages");
  await page.keyboard.type("bob");
  await expect(options.first()).toContainText("bob");
  await expect(options.last()).toHaveText("Search messages for “bob”");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await expect(options.first()).toBeVisible();
});

for (const [width, height, wanted] of [[1280, 800, 10], [360, 780, 8], [640, 400, 4]] as const) {
  test.describe(`at ${width}x${height}`, () => {
    test.use({ seed: { people: 60, messages: 900 } });

    test(`${wanted} chats are seen whole`, async ({ enter }) => {
      const ana = await enter("ana", { viewport: { width, height } });
      await expect(ana.chat.threads.getByRole("link").nth(wanted - 1)).toBeAttached();
      const seen = await ana.page.evaluate(() => {
        const bar = document.querySelector(".phone-bar")?.getBoundingClientRect();
        const list = document.querySelector(".threads")?.getBoundingClientRect();
        const end = Math.min(innerHeight, list?.bottom ?? 0, bar?.height ? bar.top : innerHeight);
        const rows = [...document.querySelectorAll(".thread-row")].map((row) => row.getBoundingClientRect());
        return rows.filter(({ top, bottom }) => top >= 0 && bottom <= end).length;
      });
      expect(seen).toBeGreaterThanOrEqual(wanted);
    });
  });
}

test.describe("with 5,000 people", () => {
  test.use({ seed: { people: 5_000, messages: 100 } });

  test("the list scrolls smoothly to its end, with few rows in the page", async ({ enter }) => {
    const ana = await enter("ana");
    await ana.chat.showPeople();
    await expect(ana.chat.everyone.first()).toBeVisible();

    const { frames, most, reached } = await ana.page.evaluate(async () => {
      const frame = () => new Promise<number>(requestAnimationFrame);
      const list = document.querySelector(".people");
      if (!list) throw new Error("no list of people");
      const row = list.querySelector<HTMLElement>(".person");
      let scroller: HTMLElement | null = row;
      while (scroller && !(scroller.scrollHeight > scroller.clientHeight && /auto|scroll/.test(getComputedStyle(scroller).overflowY))) {
        scroller = scroller.parentElement;
      }
      if (!scroller) throw new Error("nothing scrolls");
      const frames: number[] = [];
      let most = 0;
      let before = await frame();
      // The rest of the list is fetched meanwhile; the end is reached when it stops growing.
      for (let still = 0, top = -1; still < 60 && frames.length < 3_000; ) {
        scroller.scrollTop += 600;
        const now = await frame();
        frames.push(now - before);
        before = now;
        most = Math.max(most, list.querySelectorAll(".person").length);
        still = scroller.scrollTop === top ? still + 1 : 0;
        top = scroller.scrollTop;
      }
      const rowHeight = row?.getBoundingClientRect().height || 1;
      return { frames, most, reached: scroller.scrollHeight / rowHeight };
    });
    expect(reached, "the list is as long as 5,000 people").toBeGreaterThan(4_000);
    expect(most, "rows in the page").toBeLessThan(300);
    figure("5,000 people: 95 % of frames while scrolling", percentile(frames, 0.95), "ms", 50);
    figure("5,000 people: longest frame while scrolling", Math.max(...frames), "ms");

    await ana.chat.filter.fill("noah bennett");
    await expect(ana.chat.person("Noah Bennett").first()).toBeVisible();
  });
});

test("people are found without accents, and a name from right to left turns no sentence", async ({ join }) => {
  const ana = await join("ana");
  await join("zoe", { display: "Zoe" });
  await join("eva", { display: "Pe\u0301rez Éva" });
  const dana = await join("dana", { display: "דנה" });
  await ana.chat.reload();
  await ana.chat.showPeople();
  await ana.chat.filter.fill("eva perez");
  await expect(ana.chat.everyone).toHaveCount(1);
  await ana.chat.filter.fill("");

  const path = await ana.chat.talkTo("דנה");
  await dana.chat.open(path);
  await dana.chat.composer.pressSequentially("hi");
  const line = ana.page.locator(".typing-text");
  await expect(line).toContainText("is typing…");
  const [name, words] = await line.evaluate((text) => {
    const node = document.createTreeWalker(text, NodeFilter.SHOW_TEXT).nextNode()!;
    const at = (node.textContent ?? "").indexOf("is typing");
    const left = (from: number, to: number) => {
      const range = document.createRange();
      range.setStart(node, from);
      range.setEnd(node, to);
      return range.getBoundingClientRect().left;
    };
    return [left(0, at - 1), left(at, at + 9)];
  });
  expect(name!, "the name stands before the words").toBeLessThan(words!);
});

test("favourites stand on top of the chats, for oneself, in every tab, until one takes them down", async ({ join }) => {
  const ana = await join("ana");
  for (const name of ["bob", "cleo"]) await join(name);
  await ana.chat.reload();
  const first = await ana.chat.talkTo("bob");
  await ana.chat.say("first");
  await ana.chat.talkTo("cleo");
  await ana.chat.say("second");
  const names = (page = ana.page) => page.locator(".thread-row .row-name").allInnerTexts();
  await expect.poll(() => names()).toEqual(["cleo", "bob"]);
  await ana.chat.open(`${first}/about`);
  await ana.page.getByRole("button", { name: "Add to favourites" }).click();
  await expect.poll(() => names()).toEqual(["bob", "cleo"]);
  await expect(ana.chat.thread("bob")).toContainText("Favourite");
  await expect(ana.page.locator(".toast")).toContainText("Added to favourites");
  const second = await ana.context.newPage();
  await second.goto("/");
  await expect.poll(() => names(second)).toEqual(["bob", "cleo"]);
  await ana.page.locator(".toast").getByRole("button", { name: "Undo" }).click();
  await expect.poll(() => names(second)).toEqual(["cleo", "bob"]);
  await expect(ana.page.getByRole("button", { name: "Add to favourites" })).toBeVisible();
});
