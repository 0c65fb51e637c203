// Follows a wire with texts ahead of their clear time, by the JavaScript client, and
// prints a line an item: node follow.mjs URL
import { Box, follow } from "../../../client/js/wireroom.js";

const refused = (error) => console.log(`refused: ${error.message}`);
for await (const event of follow(process.argv[2], { filter: { lang: "en" }, box: new Box(), refused })) {
  console.log(`${event.id} ${event.ahead ? "sent ahead" : "in the open"} ${event.data}`);
}
