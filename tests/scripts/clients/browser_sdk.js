// Makes one version of @sentry/browser send one of each kind that it knows, from a page of another
// origin; bundled and run by client_matrix.py, which defines window.SENTRY_DSN.
import * as Sentry from "@sentry/browser";

const api = { ...Sentry };
const missing = (name) => { throw new Error(`there is no ${name} in this version`); };
const need = (name) => api[name] ?? missing(name);
const told = [];

const replay = api.replayIntegration ? api.replayIntegration({ useCompression: false }) : api.Replay ? new api.Replay() : null;
const tracing = api.browserTracingIntegration ? api.browserTracingIntegration() : api.BrowserTracing ? new api.BrowserTracing() : null;

Sentry.init({
  dsn: window.SENTRY_DSN,
  release: "matrix@1.0",
  environment: "matrix",
  tracesSampleRate: 1.0,
  replaysSessionSampleRate: 1.0,
  enableLogs: true,
  _experiments: { enableLogs: true, enableMetrics: true },
  integrations: [replay, tracing].filter(Boolean),
  beforeSend: (event) => (event.message === "unwanted" ? null : event),
});

const kinds = {
  event: () => Sentry.captureException(new Error("matrix-event")),
  attachment: () => Sentry.withScope((scope) => {
    scope.addAttachment({ filename: "matrix.txt", data: "matrix-attachment" });
    Sentry.captureMessage("with an attachment");
  }),
  transaction: () => (api.startSpan
    ? Sentry.startSpan({ name: "matrix-transaction", op: "test" }, () => {})
    : missing("startSpan")),
  session: () => need("startSession")(),
  feedback: () => (api.captureFeedback
    ? api.captureFeedback({ message: "matrix-feedback", name: "Ada", email: "ada@example.com" })
    : need("captureUserFeedback")({ event_id: "c".repeat(32), name: "Ada", email: "ada@example.com", comments: "matrix-feedback" })),
  check_in: () => need("captureCheckIn")({ monitorSlug: "matrix", status: "ok" }),
  log: () => need("logger").warn("matrix-log"),
  trace_metric: () => (need("metrics").count ? api.metrics.count("matrix.orders", 3) : missing("metrics.count")),
  client_report: () => Sentry.captureMessage("unwanted"),
  replay: () => (replay ? document.body.append("something to record") : missing("replay")),
};

(async () => {
  for (const [kind, send] of Object.entries(kinds)) {
    try { send(); told.push({ kind, sent: true }); } catch (error) { told.push({ kind, sent: false, why: String(error) }); }
  }
  // Replays shorter than five seconds are not sent.
  await new Promise((done) => setTimeout(done, 6000));
  if (replay) await (replay.flush?.() ?? replay._replay?.flush?.());
  await Sentry.flush(8000);
  const client = api.getClient ? api.getClient() : api.getCurrentHub().getClient();
  client._flushOutcomes?.();
  await Sentry.flush(8000);
  document.body.textContent = JSON.stringify(told);
  document.title = "over";
})();
