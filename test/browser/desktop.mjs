// What a desktop does, in Node and in a page alike.

/** Runs the test vectors and returns what went wrong. */
export async function vectors({ Box }, v) {
  const wrong = [];
  for (const c of v.cases) {
    let text = c.wrongly_padded ? v.wrongly_padded_text : v.text;
    if (c.flip) {
      const bytes = Uint8Array.from(atob(text), (x) => x.charCodeAt(0));
      bytes[c.flip] ^= 0xff;
      text = btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));
    }
    let got = "";
    try {
      const box = new Box({ keys: [v.public_key] });
      await box.keep(JSON.stringify({ seal: c.seal ?? v.seal, text }));
      const o = await box.open(JSON.stringify({ key: c.key ?? v.key }));
      const want = { number: v.number, id: v.item, at: v.lifted_at, data: v.data, content: v.content, hash: v.content_hash };
      for (const [name, value] of Object.entries(want)) if (o[name] !== value) got += `${name} is ${o[name]} `;
    } catch (error) {
      // A key that finds no seal has failed where the commitment is compared.
      got = error.name === "NoSealError" ? "commitment" : error.check ?? String(error);
    }
    if (got !== c.refused) wrong.push(`${c.name}: refused for "${got}"`);
  }
  const box = new Box({ keys: [v.public_key] });
  await box.keep(JSON.stringify({ seal: v.seal, text: v.text }));
  await box.void(JSON.stringify({ void: v.void }));
  if (box.holds().length > 0) wrong.push("a void leaves the seal");
  return wrong;
}

/** Boxes stay within their bounds. */
export async function bounds({ Box }, v) {
  let now = 0;
  const box = new Box({ keys: [v.public_key], maxBytes: 50_000, now: () => now });
  const seal = JSON.stringify({ seal: v.seal, text: v.text });
  const wrong = [];
  if ((await box.keep(seal)) !== null || box.holds().length > 0) wrong.push("what is too long is kept");
  const old = new Box({ keys: [v.public_key], now: () => now });
  if ((await old.keep(seal)) !== v.id || old.holds().length !== 1) wrong.push("a seal is not kept");
  now = 8 * 3600e3 + 1;
  if (old.holds().length > 0) wrong.push("a seal is kept for ever");
  for (const bad of ["", "null", "{}", '{"key":1}', '{"key":"%"}']) {
    const check = await old.open(bad).then(() => "none", (e) => e.check);
    if (check !== "form") wrong.push(`${bad}: refused for ${check}`);
  }
  return wrong;
}

/**
 * Follows a wire until the item whose headline has the mark last. tell is told when
 * seals are held; the result is what came.
 */
export async function watch({ Box, follow }, { base, last, forbidden }, tell) {
  let raw = "", ahead = "";
  const box = new Box();
  // All that comes over the network, as text.
  const listening = async (url, request) => {
    const answer = await fetch(url, request);
    if (!String(url).includes("/v1/stream?")) return answer;
    const decoder = new TextDecoder();
    const copy = new TransformStream({ transform(chunk, out) { raw += decoder.decode(chunk, { stream: true }); out.enqueue(chunk); } });
    return new Response(answer.body.pipeThrough(copy), { status: answer.status, headers: answer.headers });
  };
  let held = 0;
  const looking = setInterval(() => {
    if (box.holds().length !== held) tell((held = box.holds().length));
  }, 20);
  const items = [], refused = [];
  const hint = setTimeout(() => tell(0), 200); // it is connected by now
  try {
    for await (const event of follow(base, { filter: { lang: "en" }, box, fetch: listening, refused: (e) => refused.push(e.check) })) {
      const headline = JSON.parse(event.data).headlines?.[0].value ?? event.type;
      items.push({ id: event.id, headline, ahead: event.ahead });
      if (event.ahead) ahead = headline;
      if (headline.includes(last)) break;
    }
  } finally {
    clearInterval(looking);
    clearTimeout(hint);
  }
  const leaked = [...forbidden, ahead].filter((word) => word && raw.includes(word));
  return { items, refused, leaked, read: raw.length };
}
