// An application that makes @sentry/node send one of everything. SDK_ROOT: the folder whose
// node_modules has it; SENTRY_DSN: where to. Ends by an unhandled exception.
import { createRequire } from "node:module";

const Sentry = createRequire(`${process.env.SDK_ROOT}/`)("@sentry/node");

Sentry.init({
  dsn: process.env.SENTRY_DSN,
  release: "shop@2.0.1",
  environment: "e2e",
  tracesSampleRate: 1.0,
  traceLifecycle: process.env.TRACE_LIFECYCLE,
  shutdownTimeout: 20000,
  beforeSend: (event) => (event.message === "unwanted" ? null : event),
});

Sentry.captureMessage("a plain message: café ☕");
Sentry.captureMessage("unwanted");
Sentry.withScope((scope) => {
  scope.addAttachment({
    filename: "every byte.bin",
    data: Uint8Array.from({ length: 65536 }, (_, index) => index % 256),
  });
  Sentry.captureMessage("with an attachment");
});

Sentry.startSpan({ name: "GET /checkout", op: "http.server" }, () => {
  for (let number = 0; number < 3; number += 1) {
    Sentry.startSpan({ name: `work ${number}`, op: "work" }, () => {});
  }
});

Sentry.startSession();
Sentry.endSession();
Sentry.captureFeedback({ message: "the basket is empty", name: "Ada", email: "ada@example.com" });

const checkInId = Sentry.captureCheckIn(
  { monitorSlug: "nightly", status: "in_progress" },
  { schedule: { type: "crontab", value: "0 3 * * *" } },
);
Sentry.captureCheckIn({ monitorSlug: "nightly", checkInId, status: "ok", duration: 2.5 });

for (let number = 0; number < 5; number += 1) Sentry.logger.warn(`order ${number} waits`, { number });
Sentry.metrics.count("orders", 3);
Sentry.metrics.gauge("basket", 7.5);

await Sentry.flush(20000);
// Client reports go out once a minute or when asked; a process that lives a second asks.
Sentry.getClient()._flushOutcomes?.();
await Sentry.flush(20000);
throw new Error("nobody handles this");
