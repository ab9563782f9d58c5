// The first account of a site, with the token that the server prints on startup.

import { PASSWORD } from "../helpers/server";
import { expect, test } from "../helpers/test";

test.use({ settings: { CHAPP_SERVER__SETUP_TOKEN: "" } });

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with scripts" : "without scripts", () => {
    test.use({ javaScriptEnabled });

    test("the first account is made by the printed link, and by nothing else", async ({ page, server }) => {
      await page.goto("/login");
      await expect(page).toHaveURL("/signup");
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Set up this site");
      await expect(page.getByText("printed it in its log")).toBeVisible();
      await expect(page.getByLabel("Password")).toHaveCount(0);

      const token = /\/signup\?setup=(\S+)/.exec(server.log)?.[1];
      await page.goto(`/signup?setup=${token}`);
      await page.getByLabel("Username").fill("ana");
      await page.getByLabel("Password").fill(PASSWORD);
      await page.getByRole("button", { name: "Create account" }).click();
      await expect(page).toHaveURL("/");
      await page.goto("/settings");
      await expect(page.getByRole("link", { name: "Administration" })).toBeVisible();
    });
  });
}
