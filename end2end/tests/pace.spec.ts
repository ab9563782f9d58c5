// Sending faster than the limit: nothing is lost, and the page shows when sending continues.

import { expect, test } from "../helpers/test";

// Two at once, and one more every two seconds.
test.use({ settings: { CHAPP_LIMITS__PER_PERSON__SENDS: "2/4s" } });

test("messages that are sent too fast wait, say for how long, and arrive in their order", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  const path = await ana.chat.talkTo("bob");
  await bob.chat.open(path);

  const all = ["one", "two", "three", "four", "five"];
  for (const text of all) await ana.chat.send(text);
  await expect(ana.page.getByText(/^Sending in \d+ s$/)).toHaveCount(1);
  await expect(ana.chat.message("five")).toHaveAttribute("data-state", "sending");

  await bob.chat.shows(all);
  await ana.chat.shows(all);
  await ana.chat.allSent();
  await expect(ana.page.getByText(/^Sending in/)).toHaveCount(0);
});

test("what waits is kept over a reload, and sent once", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  const path = await ana.chat.talkTo("bob");
  await bob.chat.open(path);

  const all = ["one", "two", "three", "four"];
  for (const text of all) await ana.chat.send(text);
  await expect(ana.page.getByText(/^Sending in \d+ s$/)).toHaveCount(1);
  await ana.chat.reload();
  await bob.chat.shows(all);
  await ana.chat.shows(all);
});
