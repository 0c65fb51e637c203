// Follows a real wire with texts ahead of their clear time, in Node and in a page at
// once. It reads what to do from standard input as JSON; each line it prints is an
// object that says who tells what.
import { readFile } from "node:fs/promises";
import { chromium } from "playwright-core";
import * as wireroom from "../../client/js/wireroom.js";
import * as desktop from "./desktop.mjs";

let input = "";
for await (const chunk of process.stdin) input += chunk;
const { base, browser: executablePath, ...task } = JSON.parse(input);
const v = JSON.parse(await readFile(new URL("../../client/testdata/embargo.json", import.meta.url)));
const say = (who, what) => console.log(JSON.stringify({ who, ...what }));

const files = { "wireroom.js": "../../client/js/wireroom.js", "box.js": "../../client/js/box.js", "desktop.mjs": "./desktop.mjs" };
const browser = await chromium.launch({ executablePath, headless: true });
try {
  const page = await browser.newPage();
  // The module as a page of the wire's own address would have it.
  await page.route(`${base}/desktop/*`, async (route) => {
    const name = new URL(route.request().url()).pathname.split("/").pop();
    if (!name) return route.fulfill({ contentType: "text/html", body: "<!doctype html><html lang=en><title>Desktop</title></html>" });
    return route.fulfill({ contentType: "text/javascript", body: await readFile(new URL(files[name], import.meta.url), "utf8") });
  });
  await page.goto(`${base}/desktop/`);
  await page.exposeFunction("say", (what) => say("chromium", what));
  const inPage = (async () => {
    const wrong = await page.evaluate(async (v) => {
      const [wireroom, desktop] = await Promise.all([import("./wireroom.js"), import("./desktop.mjs")]);
      return [...(await desktop.vectors(wireroom, v)), ...(await desktop.bounds(wireroom, v))];
    }, v);
    say("chromium", { wrong });
    say("chromium", { came: await page.evaluate(async (task) => {
      const [wireroom, desktop] = await Promise.all([import("./wireroom.js"), import("./desktop.mjs")]);
      return desktop.watch(wireroom, { base: location.origin, ...task }, (held) => window.say({ held }));
    }, task) });
  })();
  say("node", { wrong: [...(await desktop.vectors(wireroom, v)), ...(await desktop.bounds(wireroom, v))] });
  say("node", { came: await desktop.watch(wireroom, { base, ...task }, (held) => say("node", { held })) });
  await inPage;
} finally {
  await browser.close();
}
