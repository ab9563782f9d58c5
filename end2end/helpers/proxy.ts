// A network that can fail: a proxy between browsers and a server, which forwards bytes until told otherwise.

import { once } from "node:events";
import { type Socket, connect, createServer } from "node:net";

export class Proxy {
  private readonly links = new Set<[Socket, Socket]>();
  private refusing = false;
  private readonly server = createServer((near) => {
    if (this.refusing) {
      near.destroy();
      return;
    }
    const far = connect(this.target, "127.0.0.1");
    const link: [Socket, Socket] = [near, far];
    this.links.add(link);
    for (const [from, to] of [link, [far, near] as const]) {
      from.setNoDelay(true);
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        to.destroy();
        this.links.delete(link);
      });
    }
  });

  private constructor(private readonly target: number) {}

  static async to(port: number): Promise<Proxy> {
    const proxy = new Proxy(port);
    proxy.server.listen(0, "127.0.0.1");
    await once(proxy.server, "listening");
    return proxy;
  }

  get url(): string {
    const address = this.server.address();
    if (address === null || typeof address === "string") throw new Error("the proxy is closed");
    return `http://127.0.0.1:${address.port}`;
  }

  /** Open connections stay open but carry nothing, without notice to either side. New connections work. */
  halfOpen(): void {
    for (const [near, far] of this.links) {
      near.unpipe(far);
      far.unpipe(near);
      near.pause();
      far.pause();
    }
  }

  /** Breaks all open connections, and refuses new ones until `mend`. */
  cut(): void {
    this.refusing = true;
    for (const [near, far] of this.links) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
  }

  mend(): void {
    this.refusing = false;
  }

  close(): void {
    this.cut();
    this.server.close();
  }
}
