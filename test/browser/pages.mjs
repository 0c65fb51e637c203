// Looks at every page as a reader would: in each language, theme and width. It
// reads the pages to look at from standard input as JSON and prints what is
// wrong with them as JSON; screenshots go to the folder "shots", if there is
// one.
import { mkdirSync } from "node:fs";
import axe from "axe-core";
import { chromium } from "playwright-core";

let input = "";
for await (const chunk of process.stdin) input += chunk;
const { base, pages, screens, shots, browser: executablePath } = JSON.parse(input);

// Runs in the page: what goes beyond its edges. A region that scrolls by
// itself may be wider than it shows.
function overflow() {
  const wide = document.documentElement.clientWidth;
  const found = [];
  if (document.documentElement.scrollWidth > wide) {
    for (const e of document.querySelectorAll("body *")) {
      const box = e.getBoundingClientRect();
      if ((box.right > wide + 1 || box.left < -1) && box.width > 0 && !e.closest(".scroll") && !e.matches(".skip")) found.push(e.outerHTML.slice(0, 120));
    }
    if (found.length === 0) found.push("the page");
  }
  return found;
}

// Presses a key; "to:SELECTOR" is Tab until the focus is there.
async function press(page, key, say) {
  if (!key.startsWith("to:")) return page.keyboard.press(key);
  for (let i = 0; i < 100; i++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((selector) => document.activeElement.matches(selector), key.slice(3))) return;
  }
  say(`the keyboard does not lead ${key}`);
}

const browser = await chromium.launch({
  executablePath,
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const problems = [];
let looked = 0;
try {
  for (const { width, theme, axe: judged } of screens) {
    const context = await browser.newContext({ viewport: { width, height: width < 600 ? 740 : 900 }, colorScheme: theme, reducedMotion: "reduce" });
    const page = await context.newPage();
    let where = "";
    const say = (what) => problems.push(`${where}: ${what}`);
    page.on("console", (m) => {
      // Chromium reports the status of a tombstone as an error; it is meant.
      if (m.type() === "error" && !m.text().includes("status of 4")) say(`console: ${m.text()}`);
    });
    page.on("pageerror", (e) => say(`script: ${e.message}`));
    for (const { name, path, status, keys } of pages) {
      where = `${name} ${theme} ${width}`;
      let answer = await page.goto(base + path, { waitUntil: "load" });
      if (keys) {
        // With the keyboard alone, from the top of the page to what the keys send.
        const answered = page.waitForNavigation({ waitUntil: "load" });
        for (const key of keys) await press(page, key, say);
        answer = await answered;
      }
      if (answer.status() !== status) say(`status ${answer.status()}, not ${status}`);
      for (const e of await page.evaluate(overflow)) say(`goes beyond the edge: ${e}`);
      looked++;
      if (!judged) continue;
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
      for (const v of violations) for (const node of v.nodes) say(`${v.id}: ${v.help}: ${node.html.slice(0, 160)} ${node.failureSummary?.split("\n")[1]?.trim() ?? ""}`);
      if (shots) {
        mkdirSync(shots, { recursive: true });
        await page.screenshot({ path: `${shots}/${name}-${theme}-${width}.png`, fullPage: true });
      }
    }
    await context.close();
  }
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify({ looked, problems }));
