// A callback that verifies with the reference library of Standard Webhooks. It prints
// its port, then a line of JSON for each message. Each line on its standard input is
// the secret to verify with from then on.
import http from "node:http";
import readline from "node:readline";
import { Webhook } from "standardwebhooks";

let secret = "";
const server = http.createServer((req, res) => {
  const chunks = [];
  req.on("data", (chunk) => chunks.push(chunk));
  req.on("end", () => {
    const body = Buffer.concat(chunks).toString("utf8");
    const seen = { id: req.headers["webhook-id"], verified: false };
    try {
      seen.message = new Webhook(secret).verify(body, req.headers);
      seen.verified = true;
    } catch (error) {
      seen.error = String(error.message);
    }
    res.writeHead(seen.verified ? 204 : 401).end();
    console.log(JSON.stringify(seen));
  });
});
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));

const input = readline.createInterface({ input: process.stdin });
input.on("line", (line) => {
  secret = line;
  console.log(JSON.stringify({ ready: true }));
});
input.on("close", () => process.exit(0));
