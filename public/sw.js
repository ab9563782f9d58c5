// The worker: shows notifications, also while no page is open; opens what they are about, marks it as read, answers it. It
// caches nothing.
"use strict";

/** Marks a declarative push message (RFC 8030; see src/server/push/content.rs). */
const DECLARATIVE = 8030;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

/** What a notification of a message offers. A text can be typed only where the browser passes it on. */
const ACTIONS = [
  ...("reply" in NotificationEvent.prototype ? [{ action: "reply", type: "text", title: "Reply" }] : []),
  { action: "read", title: "Mark as read" },
];

/** Shows a notification: of a message, if the data name one. */
const display = (title, options) => {
  const actions = options.data && options.data.thread ? ACTIONS : [];
  return self.registration.showNotification(title, { ...options, actions });
};

// A page shows a message that arrived in it.
self.addEventListener("message", (event) => {
  const { show: shown } = event.data || {};
  if (shown) event.waitUntil(display(shown.title, shown.options));
});

self.addEventListener("push", (event) => {
  const push = event.data ? event.data.json() : {};
  if (push.web_push === DECLARATIVE) event.waitUntil(show(push.notification));
});

/** The open pages of the chat. */
const pages = async () => {
  const all = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  return all.filter((page) => !/^\/(login|signup)$/.test(new URL(page.url).pathname));
};

async function show({ title, body, icon, tag, data }) {
  const open = await pages();
  const isTest = tag === "test";
  // A page that is looked at shows the message itself. (Browsers require a notification for each push, unless a page is visible.)
  if (!isTest && open.some((page) => page.focused)) return;
  // A page that isn't looked at has shown it some seconds ago.
  const before = await self.registration.getNotifications({ tag });
  const isKnown = before.some((it) => it.data && it.data.seq >= data.seq);
  if (!isTest && isKnown) return;
  await display(title, { body, icon, tag, data });
  // An open page sets the number.
  if (!open.length && self.navigator.setAppBadge) await self.navigator.setAppBadge().catch(() => {});
  for (const page of open) page.postMessage({ shown: tag });
}

self.addEventListener("notificationclick", (event) => {
  const { action, notification, reply: text } = event;
  const data = notification.data || {};
  notification.close();
  if (action === "read") event.waitUntil(markRead(data));
  else if (action === "reply" && text) event.waitUntil(reply(data, text));
  else event.waitUntil(go(data.path || "/"));
});

/** Calls the server, as often as needed within some seconds. Returns whether it agreed. */
async function call(path, fields) {
  for (const pause of [0, 1_000, 4_000]) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    const headers = { Accept: "application/json" };
    const request = fetch(path, { method: "POST", headers, body: new URLSearchParams(fields) });
    const answer = await request.catch(() => undefined);
    if (answer && answer.status < 500) return answer.ok;
  }
  return false;
}

const markRead = ({ thread, seq }) => call("/api/mark_read", { thread, seq });

async function reply(data, text) {
  const { thread, seq } = data;
  // With one ID the log takes it once, however often it is sent.
  const fields = { thread, client_id: self.crypto.randomUUID(), text, reply_to: seq };
  if (await call("/api/post_message", fields)) await markRead(data);
  else await self.registration.showNotification("Reply not sent", { body: text, data: { path: data.path }, tag: "unsent" });
}

/** Opens a path in a page that is there, or else in a new one. */
async function go(path) {
  const open = await pages();
  const page = open.find((it) => it.visibilityState === "visible") || open[0];
  if (!page) {
    await self.clients.openWindow(path);
    return;
  }
  page.postMessage({ open: path });
  // Refused without a click by the user.
  await page.focus().catch(() => {});
}
