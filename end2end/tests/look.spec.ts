// What docs/UI.md promises of the look: contrast, forced colours, narrow and low windows, zoom, reduced motion, right to
// left, focus and presence.

import type { Locator, Page } from "@playwright/test";

import { fitsTheWidth } from "../helpers/chat";
import { joinRoom, makeRoom, openAbout } from "../helpers/rooms";
import { type Person, expect, test } from "../helpers/test";

const LONG = "Hubert Blaine Wolfeschlegelsteinhausenbergerdorff";
const WORDS = "Hello from a fairly long message that fills more than one line on every phone, and then goes on for a while.";
const SCREENS = ["/", "/new", "/rooms", "/rooms/new", "/search?q=hello", "/saved", "/admin"];

/** Two people and a room with a long name in which both have written. */
async function talk(join: (name: string, options?: object) => Promise<Person>): Promise<{ ana: Person; path: string }> {
  const ana = await join("ana", { display: LONG });
  const bob = await join("bob", { display: "Bob Li" });
  const path = await makeRoom(ana, "The garden club of the old greenhouse", { topic: "Who waters when" });
  await joinRoom(bob, path);
  await bob.chat.say(WORDS);
  await ana.chat.open(path);
  await ana.chat.say("Short");
  await ana.chat.say("مرحبا بالجميع");
  return { ana, path };
}

const box = async (locator: Locator) => {
  const found = await locator.boundingBox();
  if (!found) throw new Error(`${locator} has no box`);
  return found;
};

const style = (locator: Locator, property: string, pseudo?: string) =>
  locator.evaluate((element, [name, of]) => getComputedStyle(element, of).getPropertyValue(name!), [property, pseudo] as const);

/** The contrast of colours of tokens.css on each other, as WCAG defines it; the third lies between the two. */
async function contrasts(page: Page, pairs: readonly (readonly [string, string, string?])[]): Promise<number[]> {
  return page.evaluate((pairs) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
    const context = canvas.getContext("2d", { willReadFrequently: true })!;
    const probe = document.body.appendChild(document.createElement("i"));
    const paint = (names: string[]) => {
      context.clearRect(0, 0, 1, 1);
      for (const name of names) {
        probe.style.color = `var(${name})`;
        context.fillStyle = getComputedStyle(probe).color;
        context.fillRect(0, 0, 1, 1);
      }
      const parts = [...context.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => {
        const share = part / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * parts[0]! + 0.7152 * parts[1]! + 0.0722 * parts[2]!;
    };
    const result = pairs.map(([front, ground, between]) => {
      const grounds = between ? [ground, between] : [ground];
      const [light, dark] = [paint([...grounds, front]), paint(grounds)].sort((a, b) => b - a);
      return (light! + 0.05) / (dark! + 0.05);
    });
    probe.remove();
    return result;
  }, pairs);
}

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test("every text has a contrast of 4.5:1, and every sign and border of a control 3:1", async ({ join }) => {
      const { page } = await join("ana");
      const grounds = ["--page", "--side", "--raised"];
      const texts = [
        ...grounds.flatMap((ground) => ["--text", "--soft", "--link", "--bad", "--new"].map((text) => [text, ground] as const)),
        ...grounds.flatMap((ground) => ["--text", "--soft", "--link"].map((text) => [text, ground, "--wash"] as const)),
        ["--text", "--chosen"],
        ["--soft", "--chosen"],
        ["--link", "--chosen"],
        ["--text", "--warn-ground"],
        ["--text", "--mark"],
        ["--bad", "--bad-ground"],
        ["--on-accent", "--accent"],
        ["--on-accent", "--accent-strong"],
        ["--on-bad", "--bad"],
        ["--on-bad", "--bad-strong"],
        ["--on-call", "--call"],
        ...Array.from({ length: 8 }, (_, index) => ["--on-avatar", `--avatar-${index}`] as const),
      ] as const;
      const signs = [
        ...grounds.flatMap((ground) => ["--edge", "--accent", "--online", "--away"].map((sign) => [sign, ground] as const)),
        ...grounds.flatMap((ground) => ["--online", "--away"].map((sign) => [sign, ground, "--wash"] as const)),
        ["--accent", "--chosen"],
      ] as const;
      const measure = async (pairs: readonly (readonly [string, string, string?])[], least: number) => {
        const values = await contrasts(page, pairs);
        return pairs.map((pair, index) => `${pair.join(" on ")}: ${values[index]!.toFixed(2)}`).filter((_, index) => values[index]! < least);
      };
      expect(await measure(texts, 4.5), "texts").toEqual([]);
      expect(await measure(signs, 3), "signs").toEqual([]);
    });
  });
}

test("with forced colours, avatars and the chosen row are drawn, and the focus is seen", async ({ join }) => {
  const { ana } = await talk(join);
  await ana.page.emulateMedia({ forcedColors: "active" });
  await expect.poll(() => style(ana.page.locator(".message .avatar").first(), "outline-style")).toBe("solid");
  const row = ana.page.locator(".row[aria-current=page]");
  const bar = await style(row, "background-color", "::before");
  expect(bar).not.toBe(await style(row, "background-color"));
  await ana.chat.composer.focus();
  await ana.page.keyboard.press("Tab");
  expect(await ana.page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle)).toBe("solid");
});

for (const { name, look } of [
  { name: "320 px wide", look: { viewport: { width: 320, height: 640 } } },
  { name: "at a zoom of 200 %", look: { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 } },
  { name: "at a zoom of 400 %", look: { viewport: { width: 320, height: 256 }, deviceScaleFactor: 4 } },
]) {
  test(`no screen scrolls sideways ${name}, nor does the list of messages`, async ({ join, enter }) => {
    const { path } = await talk(join);
    const { page, chat } = await enter("ana", look);
    for (const screen of [...SCREENS, path, `${path}/about`]) {
      await chat.open(screen);
      await fitsTheWidth(page);
      const wide = await page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>(".log, .pane-scroll, .panel, .sidebar, .threads")]
          .filter((element) => element.checkVisibility() && element.scrollWidth > element.clientWidth + 1)
          .map((element) => element.className),
      );
      expect(wide, screen).toEqual([]);
    }
    await chat.open(path);
    await expect(chat.composer).toBeInViewport();
    expect((await box(chat.log)).height, "what is left for messages").toBeGreaterThan(look.viewport.height / 6);
  });
}

test("larger letters fit as well: a root of 20 px, and the spacing of WCAG 1.4.12", async ({ join, enter }) => {
  const { path } = await talk(join);
  const { page, chat } = await enter("ana", { viewport: { width: 360, height: 740 } });
  for (const screen of ["/", path, `${path}/about`]) {
    await chat.open(screen);
    await page.evaluate(() => {
      document.documentElement.style.fontSize = "20px";
      for (const element of document.querySelectorAll<HTMLElement>("body *")) {
        element.style.letterSpacing = "0.12em";
        element.style.wordSpacing = "0.16em";
        element.style.lineHeight = "1.5";
      }
    });
    await fitsTheWidth(page);
  }
});

test("on a phone, the text of a message has 288 of 360 px, in rooms too", async ({ join, enter }) => {
  const { path } = await talk(join);
  const phone = await enter("ana", { viewport: { width: 360, height: 780 }, hasTouch: true, isMobile: true });
  await phone.chat.open(path);
  const message = phone.chat.messages.filter({ hasText: "Hello from" });
  const width = await message.evaluate((element) => {
    const { paddingLeft, paddingRight } = getComputedStyle(element);
    return element.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight);
  });
  expect(width).toBeGreaterThanOrEqual(288);
});

test("on a phone, the hint of the composer is one line, and so is the head of a hit", async ({ join, enter }) => {
  const { path } = await talk(join);
  const phone = await enter("ana", { viewport: { width: 360, height: 780 } });
  await phone.chat.open(path);
  const lineHeight = Number.parseFloat(await style(phone.chat.composer, "line-height"));
  expect((await box(phone.chat.composer)).height).toBeLessThan(2 * lineHeight);
  await phone.chat.open("/search?q=hello");
  const head = phone.page.locator(".excerpt", { hasText: "Bob Li" }).locator(".row-line").first();
  const [author, time] = [await box(head.locator(".excerpt-author")), await box(head.locator("time"))];
  expect(time.y).toBeLessThan(author.y + author.height);
});

test("a right-to-left message stays beside its author", async ({ join }) => {
  const { ana } = await talk(join);
  const arabic = await box(ana.chat.messages.filter({ hasText: "مرحبا" }).locator(".message-text"));
  const latin = await box(ana.chat.messages.filter({ hasText: "Short" }).locator(".message-text"));
  expect(Math.abs(arabic.x - latin.x)).toBeLessThanOrEqual(1);
  expect(arabic.width).toBeLessThan(300);
});

test("with reduced motion nothing moves for longer than 80 ms", async ({ join }) => {
  const { ana } = await talk(join);
  await ana.page.emulateMedia({ reducedMotion: "reduce" });
  const slow = await ana.page.evaluate(() =>
    [...document.querySelectorAll("*")].flatMap((element) => {
      const { transitionDuration, transitionProperty } = getComputedStyle(element);
      const long = transitionDuration.split(", ").some((time) => Number.parseFloat(time) > 0.08);
      return long && transitionProperty !== "none" ? [`${element.className}: ${transitionDuration}`] : [];
    }),
  );
  expect(slow).toEqual([]);
  const tokens = await ana.page.evaluate(() => {
    const style = getComputedStyle(document.documentElement);
    return ["--m1", "--m2", "--m3", "--turn", "--rise", "--slide"].map((name) => style.getPropertyValue(name).trim());
  });
  expect(tokens).toEqual(["80ms", "80ms", "80ms", "3s", "0", "0"]);
});

for (const width of [360, 768, 1280]) {
  test(`right to left, ${width} px wide: nothing overlaps, nothing scrolls sideways, arrows point the other way`, async ({
    join,
    enter,
  }) => {
    const { path } = await talk(join);
    const { page, chat } = await enter("ana", { viewport: { width, height: 780 } });
    const mirror = () => page.evaluate(() => document.documentElement.setAttribute("dir", "rtl"));
    for (const screen of [...SCREENS, `${path}/about`, path]) {
      await chat.open(screen);
      await mirror();
      await fitsTheWidth(page);
      for (const search of await page.locator(".search:visible").all()) {
        const icon = await box(search.locator(".icon"));
        const field = await box(search.locator("input"));
        const padding = Number.parseFloat(await style(search.locator("input"), "padding-right"));
        expect(icon.x, `the icon of ${screen}`).toBeGreaterThanOrEqual(field.x + field.width - padding - 1);
      }
    }
    const message = chat.messages.filter({ hasText: "Hello from" });
    const avatar = await box(message.locator(".avatar").first());
    for (const part of [".message-author", ".message-text"]) {
      const text = await box(message.locator(part));
      expect(text.x + text.width, `${part} ends before the avatar`).toBeLessThanOrEqual(avatar.x + 1);
    }
    if (width < 720) expect(await style(page.locator(".back .icon"), "scale")).toBe("-1 1");
  });
}

test("whatever has the focus by keyboard shows the ring", async ({ join }) => {
  const { ana } = await talk(join);
  const seen = new Set<string>();
  const bare: string[] = [];
  for (let presses = 0; presses < 40; presses++) {
    await ana.page.keyboard.press("Tab");
    const { name, ring } = await ana.page.evaluate(() => {
      const element = document.activeElement as HTMLElement;
      // The ring of a field, or of the box around it.
      const ringed = [element, element.parentElement, element.parentElement?.parentElement].some((candidate) => {
        if (!candidate) return false;
        const { outlineStyle, outlineWidth } = getComputedStyle(candidate);
        return outlineStyle === "solid" && Number.parseFloat(outlineWidth) >= 2;
      });
      return { name: `${element.tagName}.${element.className}`, ring: element === document.body || ringed };
    });
    seen.add(name);
    if (!ring) bare.push(name);
  }
  expect(seen.size).toBeGreaterThan(6);
  expect(bare).toEqual([]);
});

test("presence differs by shape, not by colour alone: full, a half moon, a ring", async ({ join }) => {
  const { ana, path } = await talk(join);
  await openAbout(ana, path);
  const dot = ana.page.locator(".panel .dot.online").first();
  await expect(dot).toBeVisible();
  const shape = (state: string) =>
    dot.evaluate((element, name) => {
      const copy = element.parentElement!.appendChild(element.cloneNode() as HTMLElement);
      copy.className = `dot ${name}`;
      const own = getComputedStyle(copy);
      const ring = getComputedStyle(copy, "::before");
      const result = { shown: own.display, moon: own.backgroundImage !== "none", ring: ring.content !== "none" && ring.borderTopWidth !== "0px" };
      copy.remove();
      return result;
    }, state);
  expect(await shape("online")).toEqual({ shown: "block", moon: false, ring: false });
  expect(await shape("away")).toEqual({ shown: "block", moon: true, ring: false });
  expect(await shape("unknown")).toEqual({ shown: "block", moon: false, ring: true });
  expect((await shape("")).shown).toBe("none");
});

test("on a tablet the details lie over the messages, and Escape or a click beside them closes them", async ({ join }) => {
  const { ana, path } = await talk(join);
  const { page, chat } = ana;
  await page.setViewportSize({ width: 768, height: 1024 });
  await chat.open(path);
  const before = await box(chat.log);
  const panel = page.locator("section.panel");
  const details = page.getByRole("link", { name: "Details" });
  await details.click();
  await expect(panel).toBeFocused();
  expect(await box(chat.log), "the messages stay where they are").toEqual(before);
  expect((await box(panel)).width).toBeCloseTo(368, 0);
  await page.keyboard.press("Escape");
  await expect(panel).toHaveCount(0);
  await expect(details).toBeFocused();
  await details.click();
  await expect(panel).toBeFocused();
  await page.locator(".panel-scrim").click({ position: { x: 20, y: 200 } });
  await expect(panel).toHaveCount(0);
  await expect(page).toHaveURL(path);
});
