// Files that would run as a page, in every way that a browser opens a file: nothing in them runs.

import { attach, tray, type TestFile } from "../helpers/files";
import { GONE, expect, test } from "../helpers/test";

const HIT = "/hit-by-a-file";
const SCRIPT = `fetch("${HIT}");document.title="hit"`;

const file = (name: string, mimeType: string, content: string): TestFile => ({
  name,
  mimeType,
  buffer: Buffer.from(content, "latin1"),
});

const HOSTILE: TestFile[] = [
  file("drawing.svg", "image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg" onload='${SCRIPT}'><script>${SCRIPT}</script></svg>`),
  file("page.html", "text/html", `<!doctype html><script>${SCRIPT}</script><img src=x onerror='${SCRIPT}'>`),
  file("page.png", "image/png", `<!doctype html><script>${SCRIPT}</script>`),
  file("page.xhtml", "application/xhtml+xml", `<html xmlns="http://www.w3.org/1999/xhtml"><script>${SCRIPT}</script></html>`),
  file("both.gif", "image/gif", `GIF89a/*\x01\x00<script>${SCRIPT}</script>*/=1;${SCRIPT}`),
  file("both.pdf", "application/pdf", `%PDF-1.4\n<script>${SCRIPT}</script>\n/OpenAction << /S /JavaScript /JS (app.alert(1)) >>`),
  file("style.xml", "text/xml", `<?xml-stylesheet href="data:text/xsl,%3Cx/%3E"?><x xmlns:h="http://www.w3.org/1999/xhtml"><h:script>${SCRIPT}</h:script></x>`),
  file("notes.txt", "text/plain", `<script>${SCRIPT}</script>`),
  file("tune.mp3", "audio/mpeg", `ID3\x03\x00\x00\x00\x00\x00\x00<script>${SCRIPT}</script>`),
];

test("no file runs as a page, wherever it is opened", async ({ join, expectErrors }) => {
  expectErrors(...GONE, /Failed to load resource/, /Refused to/, /Content Security Policy/, /sandboxed/, /MIME type/, /Not allowed to load/, /CORS policy/);
  const ana = await join("ana");
  await join("bob");
  await ana.chat.talkTo("bob");
  await attach(ana.page, ...HOSTILE);
  await expect(tray(ana.page)).toHaveCount(HOSTILE.length);
  await expect(tray(ana.page).getByRole("progressbar")).toHaveCount(0);
  await ana.chat.send("look");
  await ana.chat.allSent();
  const paths = await ana.page.evaluate(async () => {
    const thread = location.pathname.split("/").pop();
    const found: string[] = [];
    for (const pictures of ["true", "false"]) {
      const answer = await fetch(`/api/files?thread=${thread}&pictures=${pictures}`);
      const page = (await answer.json()) as { files: { file: { id: string } }[] };
      found.push(...page.files.map(({ file }) => `/files/${file.id}`));
    }
    return found;
  });
  expect(paths).toHaveLength(HOSTILE.length);

  const asked: string[] = [];
  ana.context.on("request", (request) => void (request.url().includes(HIT) && asked.push(request.url())));
  for (const path of paths) {
    const answer = await ana.context.request.get(path);
    expect(answer.headers()["content-security-policy"], path).toContain("default-src 'none'");
    // In a tab of its own: shown, or downloaded, which Playwright reports as an error of the page.
    const page = await ana.context.newPage();
    await page.goto(path).catch(() => undefined);
    expect(await page.title(), path).not.toBe("hit");
    await page.close();
    // Within a page of the site, as no page of the site does it.
    const host = await ana.context.newPage();
    await host.goto("/settings");
    await host.evaluate((src) => {
      for (const kind of ["img", "object", "embed", "script", "video"]) {
        const element = document.createElement(kind);
        element.setAttribute(kind === "object" ? "data" : "src", src);
        document.body.append(element);
      }
    }, path);
    await host.evaluate(async () => {
      // All have loaded, or failed to.
      await fetch("/healthz");
      await new Promise((resolve) => requestIdleCallback(resolve));
    });
    expect(await host.title(), path).not.toBe("hit");
    await host.close();
  }
  expect(asked).toEqual([]);
});
