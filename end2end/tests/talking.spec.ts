// Messages between browsers, live.

import { expect, test } from "../helpers/test";

test("three browsers of two people talk live, in one order", async ({ join, enter }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  const elsewhere = await enter("ana");
  const path = await ana.chat.talkTo("bob");
  await bob.chat.open(path);
  await elsewhere.chat.open(path);

  const said: string[] = [];
  for (const [who, text] of [
    [ana, "Hello Bo"],
    [bob, "Hello Ana!"],
    [elsewhere, "I'm at the other machine now"],
    [bob, "Which one is nicer?"],
    [ana, "This one."],
  ] as const) {
    await who.chat.say(text);
    said.push(text);
    for (const reader of [ana, bob, elsewhere]) await reader.chat.shows(said);
  }
});

test("messages sent by all at the same time come in one order, each once", async ({ join, enter }) => {
  const people = [await join("ana"), await join("bob"), await enter("ana")];
  const path = await people[0]!.chat.talkTo("bob");
  for (const { chat } of people.slice(1)) await chat.open(path);

  await Promise.all(
    people.map(async ({ chat }, who) => {
      for (let i = 0; i < 10; i++) await chat.send(`${who} says ${i}`);
    }),
  );
  for (const { chat } of people) {
    await expect(chat.messages).toHaveCount(30);
    await chat.allSent();
  }
  const order = await people[0]!.chat.texts();
  expect(new Set(order).size).toBe(30);
  for (const { chat } of people) expect(await chat.texts()).toEqual(order);
  // Each user's own messages are in the order they were typed.
  for (const who of [0, 1, 2]) {
    expect(order.filter((text) => text.startsWith(`${who} `))).toEqual(
      Array.from({ length: 10 }, (_, i) => `${who} says ${i}`),
    );
  }
});

test("a first message opens the thread in the other's list", async ({ join }) => {
  const ana = await join("ana", { display: "Ana Ruiz" });
  const bob = await join("bob");
  await ana.chat.talkTo("bob");
  await ana.chat.say("Are you there?");

  await expect(bob.chat.thread("Ana Ruiz")).toContainText("Are you there?");
  await bob.chat.thread("Ana Ruiz").click();
  await bob.chat.shows(["Are you there?"]);
});

test("messages stand under author, time and day, grouped by author", async ({ join }) => {
  const ana = await join("ana", { display: "Ana Ruiz" });
  const bob = await join("bob", { display: "Bo Li" });
  await bob.chat.open(await ana.chat.talkTo("Bo Li"));
  for (const text of ["one", "two", "three"]) await ana.chat.say(text);
  await bob.chat.say("four");

  for (const { chat } of [ana, bob]) {
    await chat.shows(["one", "two", "three", "four"]);
    const authors = chat.page.locator(".message-author:visible");
    await expect(authors).toHaveCount(2);
    await expect(authors).toContainText(["Ana Ruiz", "Bo Li"]);
    await expect(chat.message("one").locator("time")).toHaveAttribute("datetime", /^\d{4}-\d\d-\d\dT/);
    await expect(chat.log.getByRole("button", { name: "Today" })).toHaveCount(1);
  }
});

test("Shift+Enter breaks the line, Enter sends, and the breaks are kept", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  await bob.chat.open(await ana.chat.talkTo("bob"));

  await ana.chat.composer.click();
  await ana.page.keyboard.type("first line");
  await ana.page.keyboard.press("Shift+Enter");
  await ana.page.keyboard.type("second line");
  await expect(ana.chat.composer).toHaveValue("first line\nsecond line");
  await expect(ana.chat.messages).toHaveCount(0);
  await ana.page.keyboard.press("Enter");
  await expect(ana.chat.composer).toHaveValue("");
  await bob.chat.shows(["first line\nsecond line"]);
});

test("Enter that ends an IME's composition does not send", async ({ join }) => {
  const ana = await join("ana");
  await join("bob");
  await ana.chat.talkTo("bob");
  await ana.chat.composer.focus();
  const devtools = await ana.context.newCDPSession(ana.page);
  await devtools.send("Input.imeSetComposition", { text: "にほん", selectionStart: 3, selectionEnd: 3 });
  await expect(ana.chat.composer).toHaveValue("にほん");

  // As Chromium and Firefox report it; and as Safari does, where composition has already ended.
  await ana.chat.composer.dispatchEvent("keydown", { key: "Enter", isComposing: true, keyCode: 229, bubbles: true });
  await ana.chat.composer.dispatchEvent("keydown", { key: "Enter", isComposing: false, keyCode: 229, bubbles: true });
  await expect(ana.chat.composer).toHaveValue("にほん");
  await expect(ana.chat.messages).toHaveCount(0);

  await devtools.send("Input.insertText", { text: "日本" });
  await ana.page.keyboard.press("Enter");
  await ana.chat.shows(["日本"]);
});

test("links can be clicked, and text is only ever text", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  await bob.chat.open(await ana.chat.talkTo("bob"));
  await ana.chat.say("See https://example.org/a?b=c#d, please");
  const html = `<img src=x onerror="window.hit=1"><b>bold</b> javascript:alert(1)`;
  await ana.chat.say(html);

  const link = bob.chat.log.getByRole("link", { name: "https://example.org/a?b=c#d" });
  await expect(link).toHaveAttribute("href", "https://example.org/a?b=c#d");
  await expect(link).toHaveAttribute("rel", /noopener/);
  await expect(link).toHaveAttribute("target", "_blank");
  await bob.chat.shows(["See https://example.org/a?b=c#d, please", html]);
  await expect(bob.chat.log.locator("b, img[src=x]")).toHaveCount(0);
  await expect(bob.chat.log.getByRole("link")).toHaveCount(1);
  expect(await bob.page.evaluate(() => "hit" in window)).toBe(false);
});

test("one's own message shows at once as sending, and then as sent", async ({ join, server }) => {
  const ana = await join("ana");
  await join("bob");
  await ana.chat.talkTo("bob");
  await ana.chat.say("before");

  server.freeze();
  await ana.chat.send("while the server is slow");
  const message = ana.chat.message("while the server is slow");
  await expect(message).toHaveAttribute("data-state", "sending", { timeout: 1_000 });
  await expect(ana.chat.composer).toHaveValue("");
  server.thaw();
  await expect(message).toHaveAttribute("data-state", "sent");
  await ana.chat.shows(["before", "while the server is slow"]);
});

test("a message that was refused can be tried again, or discarded", async ({ join }) => {
  const ana = await join("ana");
  const bob = await join("bob");
  let refusing = true;
  await ana.page.routeWebSocket(/./, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((frame) => {
      const said = JSON.parse(frame.toString());
      if (refusing && said.type === "send") {
        const refusal = { code: "internal" };
        socket.send(
          JSON.stringify({ type: "refused", client_id: said.client_id, refusal, message: "Something went wrong." }),
        );
      } else {
        server.send(frame);
      }
    });
  });
  await ana.chat.reload();
  await bob.chat.open(await ana.chat.talkTo("bob"));
  for (const text of ["try me again", "forget me"]) {
    await ana.chat.send(text);
    await expect(ana.chat.message(text)).toHaveAttribute("data-state", "failed");
  }

  refusing = false;
  await ana.chat.message("forget me").getByRole("button", { name: "Delete" }).click();
  await expect(ana.chat.message("forget me")).toHaveCount(0);
  await ana.chat.message("try me again").getByRole("button", { name: "Try again" }).click();
  await expect(ana.chat.message("try me again")).toHaveAttribute("data-state", "sent");
  await bob.chat.shows(["try me again"]);
});

test("an empty message is not sent", async ({ join }) => {
  const ana = await join("ana");
  await join("bob");
  await ana.chat.talkTo("bob");
  await ana.chat.send("   ");
  await ana.chat.composer.fill("");
  await ana.chat.say("something");
  await ana.chat.shows(["something"]);
});
