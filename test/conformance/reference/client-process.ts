/** A client in a process of its own: `node --import tsx client-process.ts URL AGENT MODE`. */
import { echoClient } from "./reference-client.ts";

const [url, agent, mode] = process.argv.slice(2);
const { CONFORM_URL: given } = process.env;
if (url !== given) throw new Error(`CONFORM_URL is ${given}`);
const port = Number(new URL(url!).port);
const ask = (path: string) => echoClient(port, `${path}agent=${agent}`);

const count = Number(String((await echoClient(port, "/getCaseCount"))[0]));
for (let i = 1; i <= count; i++) {
  const dies = { loses: () => process.exit(5) };
  if (mode === `dies-behind-${i - 1}`) process.exit(13);
  if (mode === `hangs-behind-${i - 1}`) await new Promise(() => setInterval(() => {}, 1000));
  if (mode === `dies-at-${i}`) await echoClient(port, `/runCase?case=${i}&agent=${agent}`, dies);
  else await ask(`/runCase?case=${i}&`);
}
if (mode === "reports") await ask("/updateReports?");
if (mode === "stays") await new Promise((resolve) => setTimeout(resolve, 60_000));
