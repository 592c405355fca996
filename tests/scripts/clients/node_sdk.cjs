// Makes one version of @sentry/node send one of each kind that it knows; run by client_matrix.py.
// SDK_ROOT: the folder whose node_modules has it; SENTRY_DSN: where to.
const { createRequire } = require("node:module");

const load = createRequire(`${process.env.SDK_ROOT}/`);
const Sentry = load("@sentry/node");
const major = Number(Sentry.SDK_VERSION.split(".")[0]);

const missing = (name) => { throw new Error(`there is no ${name} in this version`); };
const need = (name) => Sentry[name] ?? missing(name);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const work = () => { const end = Date.now() + 150; let sum = 0; while (Date.now() < end) sum += 1; return sum; };

const integrations = [];
try { integrations.push(load("@sentry/profiling-node").nodeProfilingIntegration()); } catch (error) { console.error(String(error)); }

Sentry.init({
  dsn: process.env.SENTRY_DSN,
  release: "matrix@1.0",
  environment: "matrix",
  tracesSampleRate: 1.0,
  ...(major < 9 ? { profilesSampleRate: 1.0 } : { profileSessionSampleRate: 1.0, profileLifecycle: "trace" }),
  enableLogs: true,
  _experiments: { enableLogs: true, enableMetrics: true },
  autoSessionTracking: false,
  integrations,
  beforeSend: (event) => (event.message === "unwanted" ? null : event),
});

const kinds = {
  event: () => Sentry.captureException(new Error("matrix-event")),
  attachment: () => Sentry.withScope((scope) => {
    scope.addAttachment({ filename: "matrix.txt", data: "matrix-attachment" });
    Sentry.captureMessage("with an attachment");
  }),
  transaction: () => Sentry.startSpan
    ? Sentry.startSpan({ name: "matrix-transaction", op: "test" }, () => Sentry.startSpan({ name: "work", op: "work" }, work))
    : Sentry.startTransaction({ name: "matrix-transaction" }).finish(),
  session: () => {
    if (Sentry.startSession) { Sentry.startSession(); Sentry.endSession(); return; }
    const hub = need("getCurrentHub")();
    hub.startSession(); hub.endSession();
  },
  feedback: () => Sentry.captureFeedback
    ? Sentry.captureFeedback({ message: "matrix-feedback", name: "Ada", email: "ada@example.com" })
    : need("captureUserFeedback")({ event_id: "c".repeat(32), name: "Ada", email: "ada@example.com", comments: "matrix-feedback" }),
  check_in: () => need("captureCheckIn")({ monitorSlug: "matrix", status: "ok", duration: 1.5 }),
  log: () => need("logger").warn ? Sentry.logger.warn("matrix-log") : missing("logger.warn"),
  trace_metric: () => need("metrics").count ? Sentry.metrics.count("matrix.orders", 3) : missing("metrics.count"),
  client_report: () => Sentry.captureMessage("unwanted"),
  profile: () => { if (!integrations.length) throw new Error("its profiler has no binary for this version of Node"); },
};

(async () => {
  for (const [kind, send] of Object.entries(kinds)) {
    let told = { kind, sent: true };
    try { send(); } catch (error) { told = { kind, sent: false, why: String(error) }; }
    console.log(JSON.stringify(told));
  }
  await sleep(50);
  await Sentry.flush(10000);
  const client = Sentry.getClient ? Sentry.getClient() : Sentry.getCurrentHub().getClient();
  client._flushOutcomes?.();
  await Sentry.flush(10000);
  await Sentry.close(5000);
  process.exit(major ? 0 : 1);
})();
