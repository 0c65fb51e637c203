// Follows the live stream in a browser, as a desktop's page does: an EventSource
// over the restart of the edge, and a WebSocket that changes its filter and asks
// for a whole item. It reads where from standard input as JSON and prints what came.
import { chromium } from "playwright-core";

let input = "";
for await (const chunk of process.stdin) input += chunk;
const { base, browser: executablePath } = JSON.parse(input);

const browser = await chromium.launch({ executablePath, headless: true });
try {
  const page = await browser.newPage({ ignoreHTTPSErrors: true });
  await page.goto(base + "/");
  const report = await page.evaluate(async () => {
    const act = async (what) => {
      const answer = await fetch(what, { method: "POST" });
      if (!answer.ok) throw new Error(`${what}: ${answer.status}`);
    };
    // Waits for what comes, one after the other.
    const inbox = () => {
      const came = [];
      let waiting = null;
      return {
        put(m) { if (waiting) { waiting(m); waiting = null; } else came.push(m); },
        take() { return came.length > 0 ? Promise.resolve(came.shift()) : new Promise((resolve) => { waiting = resolve; }); },
      };
    };

    const events = inbox();
    const source = new EventSource("/v1/stream?after=0&format=headline");
    source.addEventListener("item", (e) => events.put({ id: e.lastEventId, headline: JSON.parse(e.data).headline }));
    const stream = [await events.take()];
    await act("/publish?lang=en&headline=Two");
    stream.push(await events.take());
    await act("/restart");
    await act("/publish?lang=ar&headline=Three");
    stream.push(await events.take());
    source.close();

    const messages = inbox();
    const socket = new WebSocket(`${location.protocol.replace("http", "ws")}//${location.host}/v1/ws?after=2&format=headline`);
    const closed = new Promise((resolve) => { socket.onclose = (e) => resolve(e.code); });
    socket.onmessage = (e) => { const m = JSON.parse(e.data); if (m.type !== "place") messages.put(m); };
    const said = [];
    const next = async () => { const m = await messages.take(); said.push([m.type, m.number ?? 0, m.data?.headline ?? ""].join(" ").trim()); };
    await next(); // hello
    await next(); // item 3
    socket.send(JSON.stringify({ filter: "lang=ar" }));
    await next();
    await act("/publish?lang=en&headline=Four");
    await act("/publish?lang=ar&headline=Five");
    await next();
    socket.send(JSON.stringify({ get: 1 }));
    await next();
    socket.send(JSON.stringify({ filter: "lang=nonsense!" }));
    await next();
    const extensions = socket.extensions;
    socket.close(1000);
    return { stream, said, extensions, code: await closed };
  });
  console.log(JSON.stringify(report));
} finally {
  await browser.close();
}
