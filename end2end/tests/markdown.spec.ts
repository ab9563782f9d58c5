// User text is rendered as Markdown, and never as HTML.

import { randomUUID } from "node:crypto";

import { isAccessible } from "../helpers/axe";
import { type Person, expect, test } from "../helpers/test";

/** Attempts to make a page run or fetch something. A call of `hit()` would be noticed. */
const PAYLOADS = [
  `<script>hit()</script>`,
  `<img src=x onerror=hit()>`,
  `<svg onload=hit()>`,
  `<svg><script>hit()</script></svg>`,
  `<body onload=hit()>`,
  `<iframe src="javascript:parent.hit()"></iframe>`,
  `<iframe srcdoc="<script>parent.hit()</script>"></iframe>`,
  `<a href="javascript:hit()">x</a>`,
  `<details open ontoggle=hit()>`,
  `<input autofocus onfocus=hit()>`,
  `<video><source onerror=hit()></video>`,
  `<math><mtext><mglyph><style><img src=x onerror=hit()>`,
  `<noscript><p title="</noscript><img src=x onerror=hit()>">`,
  `"><img src=x onerror=hit()>`,
  `'-hit()-'`,
  `</textarea><script>hit()</script>`,
  `</script><script>hit()</script>`,
  `<!--><img src=x onerror=hit()>-->`,
  `<![CDATA[<img src=x onerror=hit()>]]>`,
  `<?xml version="1.0"?><x onclick=hit()>`,
  `[x](javascript:hit())`,
  `[x](JavaScript:hit())`,
  `[x](java\tscript:hit())`,
  `[x](&#x6a;avascript:hit())`,
  `[x](javascript&colon;hit())`,
  `[x](\u0001javascript:hit())`,
  `[x](data:text/html;base64,PHNjcmlwdD5oaXQoKTwvc2NyaXB0Pg==)`,
  `[x](vbscript:hit())`,
  `[x](<javascript:hit()>)`,
  `[x](https://example.org" onmouseover="hit())`,
  `[x](https://example.org "t\\" onmouseover=hit() x=\\"")`,
  `![x](x" onerror="hit())`,
  `![x](javascript:hit())`,
  `[x]: javascript:hit()\n\n[x]`,
  `<javascript:hit()>`,
  `<https://example.org" onmouseover="hit()>`,
  `https://example.org/"onmouseover="hit()`,
  `https://example.org/<img src=x onerror=hit()>`,
  "```html\n<img src=x onerror=hit()>\n```",
  "```\"><img src=x onerror=hit()>\ncode\n```",
];

/** Each of them alone, and within Markdown constructs. */
const CORPUS = PAYLOADS.flatMap((payload) => [
  payload,
  `> ${payload}`,
  `- ${payload}`,
  `**${payload}**`,
  `before ${payload} after`,
]);

// Two hundred messages are posted as fast as the server answers, beyond the rate limit of a user.
test.use({ settings: { CHAPP_LIMITS__PER_PERSON__ENABLED: "false" } });

async function talk(join: (name: string) => Promise<Person>) {
  const ana = await join("ana");
  const bob = await join("bob");
  const path = await ana.chat.talkTo("bob");
  await bob.chat.open(path);
  return { ana, bob, thread: path.split("/").pop()! };
}

/** Posts without a page: the test is about what a page shows. */
async function post(who: Person, thread: string, text: string): Promise<void> {
  const answer = await who.context.request.post("/api/post_message", {
    form: { thread, client_id: randomUUID(), text },
    headers: { Accept: "application/json", Origin: new URL(who.page.url()).origin },
  });
  expect(answer.status(), text).toBe(200);
}

test("two hundred ways to smuggle something in are inert, live and from the server", async ({ join }) => {
  const { ana, bob, thread } = await talk(join);
  await bob.page.addInitScript("window.hits = 0; window.hit = () => window.hits++");
  await bob.chat.reload();
  for (const text of CORPUS) await post(ana, thread, text);
  expect(CORPUS.length).toBe(200);
  for (const when of ["live", "from the server"]) {
    await expect(bob.chat.messages.last()).toHaveAttribute("data-seq", "200");
    const found = await bob.page.evaluate(() => {
      const text = [...document.querySelectorAll(".message-text")];
      const all = text.flatMap((it) => [...it.querySelectorAll("*")]);
      const known = new Set("P STRONG EM S CODE PRE A UL OL LI BLOCKQUOTE DIV SPAN BUTTON".split(" "));
      return {
        unknown: all.filter((it) => !known.has(it.tagName)).map((it) => it.outerHTML),
        handlers: all
          .filter((it) => it.getAttributeNames().some((name) => name.startsWith("on") || name === "style"))
          .map((it) => it.outerHTML),
        links: all
          .filter((it): it is HTMLAnchorElement => it.tagName === "A")
          .filter((it) => !["https:", "http:", "mailto:"].includes(it.protocol) || !/noopener/.test(it.rel))
          .map((it) => it.outerHTML),
      };
    });
    expect(found, when).toEqual({ unknown: [], handlers: [], links: [] });
    for (const link of await bob.chat.log.locator(".message-text a").all()) await link.dispatchEvent("mouseover");
    expect(await bob.page.evaluate("window.hits"), when).toBe(0);
    await bob.chat.reload();
  }
});

test("Markdown is drawn as what it means", async ({ join }) => {
  const { ana, bob, thread } = await talk(join);
  await post(
    ana,
    thread,
    "**bold** *slanted* ~~struck~~ `code` and [words](https://example.org/a)\n\n- one\n- two\n\n> quoted\n\n" +
      "```rust\nfn main() {}\n```",
  );
  const text = bob.chat.page.locator(".message-text").last();
  await expect(text.locator("strong")).toHaveText("bold");
  await expect(text.locator("em")).toHaveText("slanted");
  await expect(text.locator("s")).toHaveText("struck");
  await expect(text.locator("p > code")).toHaveText("code");
  await expect(text.getByRole("link", { name: "words" })).toHaveAttribute("href", "https://example.org/a");
  await expect(text.getByRole("link", { name: "words" })).toHaveAttribute("rel", "noopener nofollow ugc");
  await expect(text.getByRole("listitem")).toHaveText(["one", "two"]);
  await expect(text.locator("blockquote")).toHaveText("quoted");
  await expect(text.locator(".code-head span")).toHaveText("rust");
  await isAccessible(bob.page, "a message with Markdown");

  await bob.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await text.getByRole("button", { name: "Copy" }).click();
  await expect(text.getByRole("button", { name: "Copied" })).toBeVisible();
  expect(await bob.page.evaluate(() => navigator.clipboard.readText())).toBe("fn main() {}");
});

test("the parser is fetched for the first message with marks, live or at the start, and for no other", async ({ join }) => {
  const { ana, bob, thread } = await talk(join);
  const fetched: string[] = [];
  bob.page.on("request", (request) => void (/split_/.test(request.url()) && fetched.push(request.url())));
  await post(ana, thread, "hello there!");
  await bob.chat.reload();
  await expect(bob.chat.messages).toHaveCount(1);
  expect(fetched).toEqual([]);
  await post(ana, thread, "so **bold**");
  await expect(bob.chat.messages.last().locator("strong")).toHaveText("bold");
  expect(fetched).toHaveLength(1);
  await bob.chat.reload();
  await expect(bob.chat.messages.last().locator("strong")).toHaveText("bold");
  expect(new Set(fetched).size).toBe(1);
});

test("a very long message is folded, and unfolds", async ({ join }) => {
  const { ana, bob, thread } = await talk(join);
  await post(ana, thread, Array.from({ length: 80 }, (_, n) => `line ${n}`).join("\n"));
  const height = async () => (await bob.chat.messages.last().boundingBox())!.height;
  expect(await height()).toBeLessThan(450);
  await bob.page.getByRole("button", { name: "Show more" }).click();
  await expect.poll(height).toBeGreaterThan(1_000);
  await bob.page.getByRole("button", { name: "Show less" }).click();
  await expect.poll(height).toBeLessThan(450);
});

test("tables and tasks are drawn, and a wide table scrolls in its box", async ({ join }) => {
  const { bob, ana, thread } = await talk(join);
  const wide = `| ${"column ".repeat(4)}|`.repeat(8);
  await post(ana, thread, `${wide}\n${"|---".repeat(8)}|\n${"| x ".repeat(8)}|`.replaceAll("||", "|"));
  await post(ana, thread, "- [x] tea\n- [ ] **cups**");
  const table = bob.page.getByRole("region", { name: "Table" });
  await expect(table.getByRole("columnheader")).toHaveCount(8);
  await expect(table.getByRole("cell").first()).toHaveText("x");
  await bob.page.setViewportSize({ width: 360, height: 700 });
  const scrolls = await table.evaluate((box) => box.scrollWidth > box.clientWidth);
  expect(scrolls, "it is wider than its box").toBe(true);
  const page = await bob.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth] as const);
  expect(page[0]).toBeLessThanOrEqual(page[1]);
  await table.focus();
  await expect(table).toBeFocused();
  await expect(bob.page.getByRole("checkbox", { name: "Done", exact: true })).toBeChecked();
  await expect(bob.page.getByRole("checkbox", { name: "Not done" })).not.toBeChecked();
  await isAccessible(bob.page, "a table and a list of tasks");
});

test("what means itself is shown as it was typed", async ({ join }) => {
  const { bob, ana, thread } = await talk(join);
  for (const text of [
    "\\\\server\\share\\_docs",
    "¯\\_(ツ)_/¯",
    "2*3*4 and snake_case_name",
    "look: ```\nlet a = *b*;\n```",
    ">_< ow >_<",
  ]) {
    await post(ana, thread, text);
    await expect.poll(async () => (await bob.chat.texts()).at(-1)).toBe(text);
    await expect(bob.page.locator(".message-text .code")).toHaveCount(0);
  }
  await post(ana, thread, "> as he said\nno");
  await expect(bob.page.locator(".message-text blockquote")).toHaveText(["as he said"]);
});

test("marks that are piled up stay in their message, and copying takes who, when and what", async ({ join }) => {
  const { bob, ana, thread } = await talk(join);
  await bob.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await post(ana, thread, "first");
  await post(ana, thread, `Z${"\u0301".repeat(200)}`);
  await post(ana, thread, "third");
  await expect(bob.chat.messages).toHaveCount(3);
  const clips = await bob.page
    .locator(".message-text p")
    .nth(1)
    .evaluate((text) => getComputedStyle(text).overflowY);
  expect(clips).toBe("clip");

  const copied = async () => {
    await bob.page.evaluate(() => {
      const all = document.querySelectorAll("article.message");
      getSelection()!.setBaseAndExtent(all[0]!, 0, all[2]!, all[2]!.childNodes.length);
    });
    await bob.page.keyboard.press("ControlOrMeta+C");
    return bob.page.evaluate(() => navigator.clipboard.readText());
  };
  const text = await copied();
  expect(text).toMatch(/^ana \d\d?:\d\d\s/);
  expect(text).toContain("first");
  expect(text).toContain("third");
  for (const word of ["React", "Reply", "More", "Copy", "edited"]) expect(text).not.toContain(word);
});
