import { expect, it } from "vitest";
import { EchoPage } from "../browser/echo-page.ts";

const echo = new EchoPage();

// "There is nothing to send" stayed on the echo page, in red, when the connection had been closed and even
// when another one had been opened.
it("what was said of an empty field goes with the connection", async () => {
  await echo.open();
  await echo.button.send().click();
  expect(await echo.notice.textContent()).toContain("nothing to send");
  await echo.button.disconnect().click();
  await echo.waitForState("closed");
  expect(await echo.notice.textContent()).toBe("");
  expect(await echo.field.getAttribute("aria-invalid")).toBe("false");
});
