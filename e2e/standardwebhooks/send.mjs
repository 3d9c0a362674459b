// Signs what comes on its standard input with the reference library of Standard
// Webhooks, posts it, and prints the answer as JSON. From the environment: URL, SITE,
// SECRET, ID, and AGE, the age of the message in seconds.
import { Webhook } from "standardwebhooks";

const { URL, SITE, SECRET, ID, AGE } = process.env;
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const body = Buffer.concat(chunks).toString("utf8");
const at = new Date(Date.now() - Number(AGE) * 1000);
const answer = await fetch(URL, {
  method: "POST",
  headers: {
    "content-type": "application/json",
    "winnow-site": SITE,
    "webhook-id": ID,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": new Webhook(SECRET).sign(ID, at, body),
  },
  body,
});
console.log(JSON.stringify({ status: answer.status, body: await answer.text() }));
