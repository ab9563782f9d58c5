// The sidebar's lists: threads with unread counts, and people.

import { figure, percentile } from "../helpers/figures";
import { expect, test } from "../helpers/test";

test("everyone but oneself is in the list, and who is online shows live", async ({ join, browse: _ }) => {
  const ana = await join("ana", { display: "Ana Ruiz" });
  await ana.chat.showPeople();
  await expect(ana.chat.everyone).toHaveCount(0);

  const bob = await join("bob", { display: "Bo Li" });
  await expect(ana.chat.person("Bo Li", "online")).toBeVisible();
  await expect(ana.chat.person("Ana Ruiz")).toHaveCount(0);
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
      if ([...document.querySelectorAll("button")].some((b) => / · offline$/.test(b.textContent ?? ""))) {
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
  await expect(other.getByRole("navigation", { name: "Threads" }).getByRole("link")).toContainText("3 unread");

  await bob.page.bringToFront();
  await bob.chat.thread("ana").click();
  await expect(bob.chat.thread("ana")).not.toContainText("unread");
  await expect(other.getByRole("navigation", { name: "Threads" }).getByRole("link")).not.toContainText("unread");
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
  await expect(ana.chat.everyone).toHaveCount(2);
  await ana.chat.filter.fill("nov");
  await expect(ana.chat.everyone).toHaveCount(1);
  await expect(ana.chat.person("Boris Novák")).toBeVisible();
  await ana.chat.filter.fill("cy3");
  await expect(ana.chat.person("Cyan Smith")).toBeVisible();
  await expect(ana.chat.everyone).toHaveCount(1);
  await ana.chat.filter.fill("");
  await expect(ana.chat.everyone).toHaveCount(2);
});

test("whether the list of people is open is remembered", async ({ join }) => {
  const ana = await join("ana");
  const open = () => ana.chat.people.evaluate((details: HTMLDetailsElement) => details.open);
  const before = await open();
  for (const wanted of [!before, before]) {
    await ana.chat.people.locator("summary").click();
    expect(await open()).toBe(wanted);
    await expect.poll(async () => (await ana.context.cookies()).some(({ name }) => name === "chapp_people")).toBe(true);
    await ana.chat.reload();
    expect(await open()).toBe(wanted);
  }
});

test.describe("with 5,000 people", () => {
  test.use({ seed: { people: 5_000, messages: 100 } });

  test("the list scrolls smoothly to its end, with few rows in the page", async ({ enter }) => {
    const ana = await enter("ana");
    await ana.chat.showPeople();
    await expect(ana.chat.everyone.first()).toBeVisible();

    const { frames, most, reached } = await ana.page.evaluate(async () => {
      const frame = () => new Promise<number>(requestAnimationFrame);
      const list = document.querySelector("details.people");
      if (!list) throw new Error("no list of people");
      const row = list.querySelector("button");
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
        most = Math.max(most, list.querySelectorAll("button").length);
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
