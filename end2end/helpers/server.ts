// A real release server with a data folder of its own, which a test may kill, stop, freeze and restart.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(__dirname, "../..");

/** The release build of this clone. */
export const app = process.env.CHAPP_APP ?? join(root, "target/app");

/** The password of all generated users: a strong one. */
export const PASSWORD = "violet-tram-sings-at-noon";

export class Server {
  readonly dir = mkdtempSync(join(tmpdir(), "chapp-e2e-"));
  /** Its standard output and error, over all restarts. */
  log = "";
  private child: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly lobby: string,
    private readonly settings: Record<string, string>,
  ) {}

  /**
   * A server that isn't started yet. `lobby`: the room that everyone joins at sign-up; empty: none. `settings`: further
   * ones, as variables.
   */
  static async prepare(lobby = "", settings: Record<string, string> = {}): Promise<Server> {
    return new Server(await freePort(), lobby, settings);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get running(): boolean {
    return this.child !== undefined;
  }

  private get env(): NodeJS.ProcessEnv {
    const config = join(root, "Leptos.toml");
    return {
      PATH: process.env.PATH,
      LEPTOS_SITE_ADDR: `127.0.0.1:${this.port}`,
      LEPTOS_SITE_ROOT: join(app, "site"),
      LEPTOS_OUTPUT_NAME: "chapp",
      LEPTOS_HASH_FILES: "true",
      LEPTOS_ENV: "PROD",
      CHAPP_ROOMS__LOBBY: this.lobby,
      // The first account needs no token, unless a test is about that.
      CHAPP_SERVER__SETUP_TOKEN: "off",
      CHAPP_STORE__URL: `sqlite:${join(this.dir, "chapp.db")}`,
      ...(existsSync(config) ? { CHAPP_CONFIG: config } : {}),
      // Independent of how full this machine's disk is.
      CHAPP_STORE__MIN_FREE_PERCENT: "0",
      RUST_LOG: process.env.RUST_LOG ?? "warn",
      RUST_BACKTRACE: "1",
      ...this.settings,
    };
  }

  /** Starts it and waits until it is ready; returns the milliseconds this took. */
  async start(): Promise<number> {
    const begun = performance.now();
    const child = spawn(join(app, "chapp"), [], { cwd: this.dir, env: this.env, stdio: ["ignore", "pipe", "pipe"] });
    const listen = (chunk: Buffer) => (this.log += chunk.toString());
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.on("error", (error) => (this.log += `${error}\n`));
    this.child = child;
    while ((await status(`${this.url}/readyz`)) !== 200) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
        this.child = undefined;
        throw new Error(`The server ended at its start.\n${this.log}`);
      }
      if (performance.now() - begun > 15_000) throw new Error(`The server is not ready after 15 s.\n${this.log}`);
    }
    return performance.now() - begun;
  }

  /** Stops it as an operator does. Returns the milliseconds this took and the exit code. */
  async stop(): Promise<{ ms: number; code: number | null }> {
    const begun = performance.now();
    const code = await this.end("SIGTERM");
    return { ms: performance.now() - begun, code };
  }

  /** Ends it like a power cut. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Freezes it: it answers nothing, but its connections stay open. */
  freeze(): void {
    this.child?.kill("SIGSTOP");
  }

  thaw(): void {
    this.child?.kill("SIGCONT");
  }

  private async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.child;
    if (!child) return null;
    this.child = undefined;
    if (child.exitCode === null && child.signalCode === null) {
      const exit = once(child, "exit");
      child.kill(signal);
      await exit;
    }
    return child.exitCode;
  }

  /** Whether it ended unexpectedly. */
  get died(): boolean {
    return this.child !== undefined && (this.child.exitCode !== null || this.child.signalCode !== null);
  }

  /** Runs a command of the program on this server's data and returns what it prints. */
  run(...words: string[]): string {
    return execFileSync(join(app, "chapp"), words, {
      cwd: this.dir,
      env: this.env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 120_000,
    });
  }

  /** Generates users and conversations; call it before starting. All have the password `PASSWORD`. */
  seed(people: number, messages: number): void {
    this.run("seed", "--people", `${people}`, "--messages", `${messages}`, "--password", PASSWORD);
  }

  /** Resident memory, in megabytes of 10^6 bytes. */
  memory(): number {
    const pid = this.child?.pid;
    const proc = `/proc/${pid}/status`;
    const kib = existsSync(proc)
      ? /VmRSS:\s+(\d+)/.exec(readFileSync(proc, "utf8"))?.[1]
      : execFileSync("ps", ["-o", "rss=", "-p", `${pid}`], { encoding: "utf8" });
    return (Number(kib) * 1024) / 1e6;
  }

  /** Ends it if it is running, and removes its data. */
  async remove(): Promise<void> {
    this.thaw();
    await this.kill();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}

/** The status of a GET; 0 without an answer. */
function status(url: string): Promise<number> {
  return new Promise((done) => {
    const request = http.get(url, { agent: false, timeout: 1_000 }, (response) => {
      response.resume();
      done(response.statusCode ?? 0);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => done(0));
  });
}
