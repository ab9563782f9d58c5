// Browsers that Playwright can't drive as installed on users' machines: Firefox with WebDriver BiDi (puppeteer-core), and
// WebKitGTK's MiniBrowser with classic WebDriver (W3C), behind one small interface.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";

import puppeteer, { type Browser, type KeyInput, type Page as PuppeteerPage } from "puppeteer-core";

import { freePort } from "./server";

/** One page of a browser. Selectors are CSS. */
export interface Engine {
  open(url: string): Promise<void>;
  /** Evaluates an expression in the page and returns its value, which must be JSON. */
  evaluate<T>(expression: string): Promise<T>;
  /** Clicks the first element that matches, where a pointer would. */
  click(selector: string): Promise<void>;
  /** Types into the element with the focus, key by key. */
  type(text: string): Promise<void>;
  /** Presses keys together, by their names in UI Events: `press("Control", "Enter")`. */
  press(...keys: string[]): Promise<void>;
  resize(width: number, height: number): Promise<void>;
  close(): Promise<void>;
}

export const ENGINES = { firefox, webkit } as const;

/** Debian's Firefox ESR, or the one named by CHAPP_FIREFOX, with these settings (`about:config`). */
async function firefox(settings: Record<string, string | number | boolean> = {}): Promise<Engine> {
  const executablePath = process.env.CHAPP_FIREFOX ?? found("firefox-esr", "firefox");
  const extraPrefsFirefox = settings;
  const browser: Browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true, extraPrefsFirefox });
  const page: PuppeteerPage = await browser.newPage();
  return {
    open: async (url) => void (await page.goto(url)),
    evaluate: (expression) => page.evaluate(expression) as never,
    click: (selector) => page.click(selector),
    type: (text) => page.keyboard.type(text),
    press: async (...keys) => {
      for (const key of keys) await page.keyboard.down(key as KeyInput);
      for (const key of keys.reverse()) await page.keyboard.up(key as KeyInput);
    },
    resize: (width, height) => page.setViewport({ width, height }),
    close: () => browser.close(),
  };
}

/** WebDriver's code points for keys without a character (W3C WebDriver, 17.4.2). */
const KEYS: Record<string, string> = {
  Enter: "\uE007",
  Escape: "\uE00C",
  Backspace: "\uE003",
  Tab: "\uE004",
  Shift: "\uE008",
  Control: "\uE009",
  Alt: "\uE00A",
  Meta: "\uE03D",
  ArrowUp: "\uE013",
  ArrowDown: "\uE015",
  Home: "\uE011",
  End: "\uE010",
};

/** The member that holds WebDriver's reference to an element (W3C WebDriver, 12.1). */
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

/** WebKitGTK's MiniBrowser, on a display of its own. */
async function webkit(): Promise<Engine> {
  const display = await Display.start();
  const port = await freePort();
  const driver = spawn(found("WebKitWebDriver"), [`--port=${port}`], {
    env: { ...process.env, DISPLAY: display.name },
    stdio: "ignore",
  });
  const send = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      body: body === undefined ? null : JSON.stringify(body),
    });
    const { value } = (await response.json()) as { value: T & { error?: string; message?: string } };
    if (!response.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`);
    return value;
  };
  const options = { binary: miniBrowser(), args: ["--automation"] };
  const created = await untilListening(() =>
    send<{ sessionId: string }>("POST", "/session", {
      capabilities: { alwaysMatch: { "webkitgtk:browserOptions": options } },
    }),
  );
  const session = `/session/${created.sessionId}`;
  const keys = (actions: unknown[]) =>
    send("POST", `${session}/actions`, { actions: [{ type: "key", id: "keyboard", actions }] });
  const down = (key: string) => ({ type: "keyDown", value: KEYS[key] ?? key });
  const up = (key: string) => ({ type: "keyUp", value: KEYS[key] ?? key });
  return {
    open: (url) => send("POST", `${session}/url`, { url }),
    evaluate: (expression) =>
      send("POST", `${session}/execute/sync`, { script: `return (${expression});`, args: [] }),
    click: async (selector) => {
      const element = await send<Record<string, string>>("POST", `${session}/element`, {
        using: "css selector",
        value: selector,
      });
      await send("POST", `${session}/element/${element[ELEMENT]}/click`, {});
    },
    type: async (text) => void (await keys([...text].flatMap((key) => [down(key), up(key)]))),
    press: async (...pressed) => void (await keys([...pressed.map(down), ...pressed.reverse().map(up)])),
    resize: async (width, height) => void (await send("POST", `${session}/window/rect`, { width, height })),
    close: async () => {
      await send("DELETE", session).catch(() => undefined);
      await ended(driver);
      await display.stop();
    },
  };
}

/** A virtual X display: WebKitGTK has no headless mode. */
class Display {
  private constructor(
    readonly name: string,
    private readonly server: ChildProcess,
  ) {}

  /** The X server chooses a free number, and prints it once it listens. */
  static async start(): Promise<Display> {
    const arguments_ = ["-displayfd", "3", "-screen", "0", "1440x1000x24", "-nolisten", "tcp"];
    const server = spawn(found("Xvfb"), arguments_, { stdio: ["ignore", "ignore", "ignore", "pipe"] });
    const [number] = (await once(server.stdio[3] as NodeJS.ReadableStream, "data")) as [Buffer];
    return new Display(`:${number.toString().trim()}`, server);
  }

  stop(): Promise<void> {
    return ended(this.server);
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  await exit;
}

/** Retries until the driver has opened its port. */
async function untilListening<T>(connect: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + 15_000;
  for (;;) {
    try {
      return await connect();
    } catch (error) {
      const refused = error instanceof TypeError;
      if (!refused || performance.now() > deadline) throw error;
      await new Promise((done) => setTimeout(done, 20));
    }
  }
}

/** The path of the first of these programs that is installed. */
function found(...names: string[]): string {
  for (const name of names) {
    try {
      return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
    } catch {
      // The next one may exist.
    }
  }
  throw new Error(`None of these is installed: ${names.join(", ")}. scripts/browsers.sh installs them on Debian.`);
}

/** Where Debian installs WebKitGTK's browser, which is not in the PATH. */
function miniBrowser(): string {
  const named = process.env.CHAPP_MINIBROWSER;
  if (named) return named;
  const folders = execFileSync("sh", ["-c", "ls -d /usr/lib/*/webkit2gtk-4.*/MiniBrowser /usr/libexec/webkit2gtk-4.*/MiniBrowser 2>/dev/null || true"], {
    encoding: "utf8",
  });
  const path = folders.split("\n").find((line) => existsSync(line));
  if (!path) throw new Error("WebKitGTK's MiniBrowser is not installed (Debian: webkit2gtk-driver).");
  return path;
}
