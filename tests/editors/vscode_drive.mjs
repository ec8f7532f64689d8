// node vscode_drive.mjs BASE_URL WORKSPACE FILE TYPED OUT: opens FILE in a real VS Code in headless Chromium, goes to its
// end, types TYPED, waits for ghost text, accepts it with Tab. Prints {"ghost", "before", "after"} as JSON.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const extension = fileURLToPath(new URL("../../editors/vscode/", import.meta.url));
const { chromium } = createRequire(extension)("playwright-core");
const [, , base, workspace, file, typed, out] = process.argv;
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: flags });
const page = await browser.newPage({ viewport: { width: 1100, height: 600 } });
const LONG = { timeout: 120_000 };
// the DOM's order is not the lines' order, and its spaces do not break
const lines = () =>
  page.evaluate(() =>
    [...document.querySelectorAll(".editor-instance .view-line")]
      .sort((a, b) => parseInt(a.style.top) - parseInt(b.style.top))
      .map((line) => line.textContent.replaceAll("\u00a0", " ")),
  );
const ghost = () =>
  page.evaluate(() =>
    [...document.querySelectorAll('[class*="ghost-text"]')].map((part) => part.textContent.replaceAll("\u00a0", " ")).join(""),
  );
try {
  await page.goto(`${base}/?folder=${workspace}`, { waitUntil: "domcontentloaded" });
  await page.waitForSelector(".explorer-folders-view .monaco-list-row", LONG);
  await page.locator(".explorer-folders-view .monaco-list-row", { hasText: file }).first().dblclick();
  await page.waitForSelector(".editor-instance .view-lines", LONG);
  await page.waitForSelector('[id="foredraft.foredraft.foredraft"] .codicon-edit', LONG); // our status bar item: ready
  await page.locator(".editor-instance .view-lines").first().click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type(typed, { delay: 40 });
  await page.waitForSelector('[class*="ghost-text"]', LONG);
  await page.waitForTimeout(300);
  const [shown, before] = [await ghost(), await lines()];
  await page.screenshot({ path: `${out}/ghost.png` });
  await page.keyboard.press("Tab");
  await page.waitForFunction(() => !document.querySelector('[class*="ghost-text"]'), null, LONG).catch(() => {});
  await page.keyboard.press("Control+S");
  await page.waitForTimeout(500);
  await page.screenshot({ path: `${out}/accepted.png` });
  console.log(JSON.stringify({ ghost: shown, before, after: await lines() }));
} catch (error) {
  await page.screenshot({ path: `${out}/failed.png` });
  console.error(error.message);
  process.exitCode = 1;
}
await browser.close();
