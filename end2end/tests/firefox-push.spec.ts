// Notifications while no page is open, from one end to the other: Firefox subscribes at a push service, the server encrypts
// for it, and Firefox decrypts and shows.

import { ENGINES, type Engine } from "../helpers/engines";
import { PushService } from "../helpers/push-service";
import { PASSWORD } from "../helpers/server";
import { expect, test as base } from "../helpers/test";

const test = base.extend<{ service: PushService; firefox: Engine }>({
  service: async ({}, use) => {
    const service = await PushService.start();
    await use(service);
    service.close();
  },
  settings: async ({ service }, use) => use({ CHAPP_PUSH__SERVICES: service.origin }),
  firefox: async ({ service }, use) => {
    const firefox = await ENGINES.firefox(service.firefoxSettings);
    await use(firefox);
    await firefox.close();
  },
});

/** Waits until the expression, which may be a promise, is this in Firefox. */
async function becomes(firefox: Engine, expression: string, value: unknown): Promise<void> {
  const now = () => firefox.evaluate(expression).catch(() => undefined);
  await expect.poll(now, { message: expression, timeout: 20_000 }).toEqual(value);
}

const HYDRATED = "document.documentElement.hasAttribute('data-hydrated')";
const SHOWN = "navigator.serviceWorker.ready.then((it) => it.getNotifications()).then((all) => all.map((it) => it.body))";
const says = (text: string) => `document.querySelector('dialog[open]').textContent.includes(${JSON.stringify(text)})`;

/** Clicks the first element with this text. */
async function clickText(firefox: Engine, selector: string, text: string): Promise<void> {
  const found = `[...document.querySelectorAll('${selector}')].find((it) => it.textContent.includes(${JSON.stringify(text)}))`;
  await becomes(firefox, `Boolean(${found})`, true);
  await firefox.evaluate(`${found}.click()`);
}

test("a closed Firefox is notified of a message, encrypted for it, until its push service has forgotten it", async ({
  firefox,
  server,
  service,
  join,
}) => {
  const bob = await join("bob", { display: "Bob Li" });
  await firefox.open(`${server.url}/signup`);
  await becomes(firefox, "Boolean(document.querySelector('input[name=username]'))", true);
  await firefox.click("input[name=username]");
  await firefox.type("ana");
  await firefox.click("input[name=password]");
  await firefox.type(PASSWORD);
  await firefox.press("Enter");
  await becomes(firefox, `location.pathname === '/' && ${HYDRATED}`, true);
  await firefox.open(`${server.url}/settings`);
  await becomes(firefox, HYDRATED, true);
  await clickText(firefox, "main a, main button", "Notifications");
  await clickText(firefox, "dialog[open] label", "Show notifications on this device");
  await becomes(firefox, says("You're notified too, by your browser's push service."), true);
  await clickText(firefox, "dialog[open] button", "Send a test notification");
  await becomes(firefox, says("Your browser has shown it."), true);
  await becomes(firefox, SHOWN, ["This is the test that you asked for."]);

  const before = service.posted.length;
  await firefox.open("about:blank");
  await bob.chat.talkTo("ana");
  await bob.chat.say("dinner at eight?");
  await expect.poll(() => service.posted.length, { timeout: 20_000 }).toBe(before + 1);
  const push = service.posted.at(-1);
  expect(push?.encoding).toBe("aes128gcm");
  expect(push?.body.includes("dinner"), "nobody reads it on its way").toBe(false);
  await firefox.open(`${server.url}/rooms`);
  await becomes(firefox, `${SHOWN}.then((all) => all.sort())`, ["This is the test that you asked for.", "dinner at eight?"]);

  // From now on its pages don't renew the subscription.
  await firefox.evaluate("document.cookie = 'chapp_notify=off; path=/'");
  service.forget();
  await bob.chat.say("or at nine?");
  await expect.poll(() => service.posted.length, { timeout: 20_000 }).toBe(before + 2);
  await firefox.open(`${server.url}/rooms`);
  await becomes(firefox, "fetch('/api/push').then((it) => it.json()).then((it) => it.endpoint ?? 'none')", "none");
});
