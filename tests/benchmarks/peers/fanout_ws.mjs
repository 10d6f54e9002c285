// Node's `ws`, as its own documentation broadcasts: one buffer, a send per client.
//
// node fanout_ws.mjs MODULES   prints "ready PORT"; takes lines "tell RATE SECONDS" from stdin and prints "told" after each
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { WebSocketServer, WebSocket } = createRequire(`${process.argv[2]}/`)("ws");
const PAYLOAD = 300;
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, backlog: 4096, perMessageDeflate: false });

server.on("connection", (client) => {
    client.on("error", () => client.terminate());
    client.send('{"type":"passed","topic":"consultation/1"}');
});
server.on("listening", () => console.log(`ready ${server.address().port}`));

function tellOnce() {
    const head = `{"type":"tally","topic":"consultation/1","version":${process.hrtime.bigint()},"totals":"`;
    const tally = Buffer.from(`${head.padEnd(PAYLOAD - 2, "x")}"}`);
    for (const client of server.clients) {
        if (client.readyState === WebSocket.OPEN) client.send(tally, { binary: false });
    }
}

createInterface({ input: process.stdin })
    .on("line", (line) => {
        const [, rate, seconds] = line.split(" ").map(Number);
        const timer = setInterval(tellOnce, 1000 / rate);
        tellOnce();
        setTimeout(() => {
            clearInterval(timer);
            console.log("told");
        }, seconds * 1000 - 50);
    })
    .on("close", () => process.exit(0));
