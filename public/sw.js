// The worker: shows notifications, also while no page is open, and opens what they are about. It caches nothing.
"use strict";

/** Marks a declarative push message (RFC 8030; see src/server/push/content.rs). */
const DECLARATIVE = 8030;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

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
  await self.registration.showNotification(title, { body, icon, tag, data });
  for (const page of open) page.postMessage({ shown: tag });
}

self.addEventListener("notificationclick", (event) => {
  const { data } = event.notification;
  event.notification.close();
  event.waitUntil(go((data && data.path) || "/"));
});

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
