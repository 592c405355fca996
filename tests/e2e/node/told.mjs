// An application that does what it is told, a word a line: error, transaction, flush. It answers
// each line when it is done. SDK_ROOT: the folder whose node_modules has @sentry/node;
// SENTRY_DSN: where to send.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const Sentry = createRequire(`${process.env.SDK_ROOT}/`)("@sentry/node");

Sentry.init({
  dsn: process.env.SENTRY_DSN,
  release: "shop@2.0.1",
  tracesSampleRate: 1.0,
  traceLifecycle: "static",
  defaultIntegrations: false,
});

for await (const line of createInterface({ input: process.stdin })) {
  if (line === "error") Sentry.captureMessage("boom", "error");
  else if (line === "transaction") Sentry.startSpan({ name: "GET /checkout" }, () => {});
  else {
    await Sentry.flush(20000);
    Sentry.getClient()._flushOutcomes();
    await Sentry.flush(20000);
  }
  console.log(line);
}
process.exit(0);
