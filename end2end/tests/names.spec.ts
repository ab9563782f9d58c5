// Two users with the same display name can be told apart wherever one of them speaks or is acted on.

import { choose } from "../helpers/floating";
import { dialog, joinRoom, makeRoom, openAbout, panel } from "../helpers/rooms";
import { expect, test } from "../helpers/test";

test("a name that could be another's stands with its user name, live and after a reload", async ({ join }) => {
  const ana = await join("ana", { display: "Ana Ruiz" });
  const path = await makeRoom(ana, "Garden");
  await ana.chat.say("I am the first");
  const first = ana.page.locator(".message-author").first();
  await expect(first).toHaveText("Ana Ruiz");

  // The capital letter is Cyrillic.
  const eve = await join("eve", { display: "Аna Ruiz" });
  await expect(first).toHaveText("Ana Ruiz (@ana)");
  await joinRoom(eve, path);
  await eve.chat.say("I am another");
  await expect(ana.page.locator(".message-author").last()).toHaveText("Аna Ruiz (@eve)");
  await expect(eve.page.locator(".message-author").first()).toHaveText("Ana Ruiz (@ana)");
  await eve.chat.composer.pressSequentially("and");
  await expect(ana.page.locator(".typing-text")).toContainText("(@eve) is typing");

  await openAbout(ana, path);
  await panel(ana.page).getByRole("button", { name: "Manage Аna Ruiz (@eve)" }).click();
  await choose(ana.page, "Ban…");
  await expect(dialog(ana.page).getByRole("heading")).toContainText("(@eve)");
  await ana.chat.open(path);
  await expect(first).toHaveText("Ana Ruiz (@ana)");
});

test("a name with accents is found by plain letters, however it and they are written", async ({ join }) => {
  const ana = await join("ana");
  await join("zoe", { display: "Zoe\u0301 Pe\u0301rez" });
  await ana.chat.reload();
  await ana.chat.showPeople();
  for (const typed of ["perez", "P\u00c9REZ", "pe\u0301rez", "\uff50\uff45\uff52\uff45\uff5a"]) {
    await ana.chat.filter.fill(typed);
    await expect(ana.chat.everyone.filter({ hasText: "@zoe" }), `people: ${typed}`).toBeVisible();
    await expect(ana.chat.everyone).toHaveCount(1);
  }
  await ana.chat.filter.fill("perezz");
  await expect(ana.chat.everyone).toHaveCount(0);
  await ana.page.keyboard.press("Control+k");
  const field = ana.page.getByRole("combobox", { name: "Go to a person, a room or a command" });
  for (const typed of ["perez", "pe\u0301rez", "zoe"]) {
    await field.fill(typed);
    await expect(ana.page.getByRole("option", { name: /@zoe/ }), `switcher: ${typed}`).toBeVisible();
  }
});
