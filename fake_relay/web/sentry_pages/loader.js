function (dsn) {
  "use strict";
  var parts = /^(https?:\/\/)([^:@]+)(?::[^@]*)?@(.+)\/([^\/]+)$/.exec(dsn);
  var endpoint = parts[1] + parts[3] + "/api/" + parts[4] + "/envelope/?sentry_version=7" +
    "&sentry_client=fake-relay.loader%2F1&sentry_key=" + encodeURIComponent(parts[2]);
  var waiting = [];
  var caught = [];
  var scope = { tags: {}, extra: {}, contexts: {} };
  var options = { dsn: dsn };
  var ready = false;
  var lastId;

  function newId() {
    var bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    return Array.from(bytes, function (byte) {
      return ("0" + byte.toString(16)).slice(-2);
    }).join("");
  }

  function frames(stack) {
    var pattern = /^\s*(?:at (?:(.*?) ?\()?|(.*?)@)((?:https?|file|blob):.*?):(\d+)(?::(\d+))?\)?$/;
    return String(stack || "").split("\n").slice(0, 50).map(function (line) {
      var found = pattern.exec(line);
      return found && {
        function: found[1] || found[2] || "?",
        filename: found[3],
        lineno: Number(found[4]),
        colno: Number(found[5] || 0),
        in_app: true,
      };
    }).filter(Boolean).reverse();
  }

  function send(event) {
    lastId = event.event_id = newId();
    event.timestamp = Date.now() / 1000;
    event.platform = "javascript";
    event.sdk = { name: "fake-relay.loader", version: "1" };
    event.request = { url: location.href, headers: { "User-Agent": navigator.userAgent } };
    ["release", "environment", "dist"].forEach(function (name) {
      if (options[name]) event[name] = options[name];
    });
    Object.keys(scope).forEach(function (name) {
      event[name] = Object.assign({}, scope[name], event[name]);
    });
    if (options.beforeSend) event = options.beforeSend(event, {});
    if (!event) return lastId;
    var header = { event_id: lastId, sent_at: new Date().toISOString(), dsn: dsn };
    var body = [header, { type: "event" }, event].map(function (part) {
      return JSON.stringify(part);
    }).join("\n");
    fetch(endpoint, { method: "POST", body: body, keepalive: body.length < 60000 })
      .catch(function () {});
    return lastId;
  }

  function exceptionEvent(error, mechanism) {
    var known = error instanceof Error;
    return {
      level: "error",
      exception: { values: [{
        type: known ? error.name : "Error",
        value: known ? error.message : String(error),
        stacktrace: known ? { frames: frames(error.stack) } : undefined,
        mechanism: mechanism || { type: "generic", handled: true },
      }] },
    };
  }

  var own = {
    init: function (given) { Object.assign(options, given, { dsn: dsn }); start(); },
    onLoad: function (callback) { if (ready) callback(); else waiting.push(callback); },
    forceLoad: function () { start(); },
    captureException: function (error) { return send(exceptionEvent(error)); },
    captureMessage: function (message, level) {
      return send({ message: String(message), level: typeof level === "string" ? level : "info" });
    },
    captureEvent: function (event) { return send(event); },
    lastEventId: function () { return lastId; },
    setTag: function (name, value) { scope.tags[name] = value; },
    setTags: function (tags) { Object.assign(scope.tags, tags); },
    setExtra: function (name, value) { scope.extra[name] = value; },
    setContext: function (name, value) { scope.contexts[name] = value; },
    setUser: function (user) { scope.user = user || {}; },
    addBreadcrumb: function () {},
    showReportDialog: function (given) {
      var query = Object.assign({ eventId: lastId, dsn: dsn }, given);
      var tag = document.createElement("script");
      tag.async = true;
      tag.src = parts[1] + parts[3] + "/api/embed/error-page/?" + new URLSearchParams(query);
      document.head.appendChild(tag);
    },
    flush: function () { return Promise.resolve(true); },
    close: function () { return Promise.resolve(true); },
  };

  function sdk() {
    return window.Sentry && window.Sentry !== own && window.Sentry.init ? window.Sentry : null;
  }

  function start() {
    if (ready) return;
    ready = true;
    var real = sdk();
    window.removeEventListener("error", onError);
    window.removeEventListener("unhandledrejection", onRejection);
    if (window.sentryOnLoad) window.sentryOnLoad();
    waiting.splice(0).forEach(function (callback) { callback(); });
    if (real) {
      if (!(real.getClient && real.getClient())) real.init(options);
      caught.splice(0).forEach(function (one) { real.captureException(one.error); });
      return;
    }
    caught.splice(0).forEach(function (one) { send(exceptionEvent(one.error, one.mechanism)); });
    window.addEventListener("error", function (event) {
      send(exceptionEvent(event.error || event.message, { type: "onerror", handled: false }));
    });
    window.addEventListener("unhandledrejection", function (event) {
      send(exceptionEvent(event.reason, { type: "onunhandledrejection", handled: false }));
    });
  }

  function onError(event) {
    caught.push({
      error: event.error || event.message,
      mechanism: { type: "onerror", handled: false },
    });
  }

  function onRejection(event) {
    caught.push({
      error: event.reason,
      mechanism: { type: "onunhandledrejection", handled: false },
    });
  }

  if (!sdk()) window.Sentry = own;
  window.addEventListener("error", onError);
  window.addEventListener("unhandledrejection", onRejection);
  if (document.readyState === "complete") start();
  else window.addEventListener("load", start);
}
