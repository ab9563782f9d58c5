// A push service for Firefox: what Mozilla's autopush does, as far as one browser needs it. Firefox keeps a WebSocket to it,
// and servers post to the endpoints that it gives out (RFC 8030).

import { randomUUID } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

import { type WebSocket, WebSocketServer } from "ws";

/** What Firefox says. */
interface Said {
  messageType: "hello" | "register" | "unregister" | "ack" | "ping";
  channelID?: string;
}

export class PushService {
  /** The messages that were posted, with the header `Content-Encoding` of each. */
  readonly posted: { encoding: string | undefined; body: Buffer }[] = [];
  private readonly channels = new Map<string, { socket: WebSocket; channelID: string }>();
  private readonly server = http.createServer((request, response) => void this.post(request, response));

  static async start(): Promise<PushService> {
    const service = new PushService();
    new WebSocketServer({ server: service.server }).on("connection", (socket) => {
      socket.on("message", (data) => service.hear(socket, JSON.parse(String(data)) as Said));
    });
    service.server.listen(0, "127.0.0.1");
    await once(service.server, "listening");
    return service;
  }

  private get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What the server is told to send to. */
  get origin(): string {
    return `http://${this.host}`;
  }

  /** The settings with which Firefox uses this service, and shows notifications without a question. */
  get firefoxSettings(): Record<string, string | number | boolean> {
    return {
      "dom.push.serverURL": `ws://${this.host}/`,
      "dom.push.testing.allowInsecureServerURL": true,
      "dom.push.testing.ignorePermission": true,
      "dom.push.connection.enabled": true,
      "dom.push.userAgentID": "",
      "permissions.default.desktop-notification": 1,
      // The system's notifications need D-Bus, which a machine without a desktop doesn't have.
      "alerts.useSystemBackend": false,
    };
  }

  /** Forgets all subscriptions: further messages are answered with 410. */
  forget(): void {
    this.channels.clear();
  }

  close(): void {
    for (const { socket } of this.channels.values()) socket.terminate();
    this.server.closeAllConnections();
    this.server.close();
  }

  private hear(socket: WebSocket, said: Said): void {
    const say = (answer: object) => socket.send(JSON.stringify(answer));
    const { messageType, channelID = "" } = said;
    switch (messageType) {
      case "hello":
        return say({ messageType, status: 200, uaid: randomUUID().replaceAll("-", ""), use_webpush: true, broadcasts: {} });
      case "register": {
        const id = randomUUID();
        this.channels.set(id, { socket, channelID });
        return say({ messageType, channelID, status: 200, pushEndpoint: `${this.origin}/wpush/${id}` });
      }
      case "unregister":
        for (const [id, channel] of this.channels) if (channel.channelID === channelID) this.channels.delete(id);
        return say({ messageType, channelID, status: 200 });
      case "ping":
        return say({});
      case "ack":
        return;
    }
  }

  private async post(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const body = await buffer(request);
    const encoding = request.headers["content-encoding"];
    this.posted.push({ encoding, body });
    const channel = this.channels.get(request.url?.split("/").at(-1) ?? "");
    response.writeHead(channel ? 201 : 410).end();
    const { socket, channelID } = channel ?? {};
    const data = body.toString("base64url");
    const notification = { messageType: "notification", channelID, version: randomUUID(), data, headers: { encoding } };
    socket?.send(JSON.stringify(notification));
  }
}
