function (options) {
  "use strict";
  var script = document.currentScript;
  var endpoint = (script && script.src) || options.endpoint;
  var CLOSED = "__sentry_reportdialog_closed__";

  function make(tag, properties, children) {
    var element = document.createElement(tag);
    Object.keys(properties || {}).forEach(function (name) {
      if (name === "style") element.style.cssText = properties.style;
      else element[name] = properties[name];
    });
    (children || []).forEach(function (child) {
      element.appendChild(typeof child === "string" ? document.createTextNode(child) : child);
    });
    return element;
  }

  function field(tag, name, label, value) {
    var input = make(tag, {
      name: name,
      value: value || "",
      required: true,
      style: "display:block;width:100%;box-sizing:border-box;margin:4px 0 12px;padding:8px;" +
        "border:1px solid #c6becf;border-radius:4px;font:inherit",
    });
    if (name === "email") input.type = "email";
    if (tag === "textarea") input.rows = 5;
    return make("label", { style: "display:block" }, [label, input]);
  }

  function button(label, type, filled) {
    return make("button", {
      type: type,
      style: "padding:8px 16px;margin-right:8px;border-radius:4px;font:inherit;cursor:pointer;" +
        "border:1px solid #6c5fc7;" +
        (filled ? "background:#6c5fc7;color:#fff" : "background:#fff;color:#6c5fc7"),
    }, [label]);
  }

  var status = make("p", { style: "min-height:1em;color:#b3261e" });
  status.setAttribute("role", "alert");
  var close = button(options.labelClose, "button", false);
  var send = button(options.labelSubmit, "submit", true);
  var form = make("form", { noValidate: true }, [
    field("input", "name", options.labelName, options.name),
    field("input", "email", options.labelEmail, options.email),
    field("textarea", "comments", options.labelComments, ""),
    status,
    send,
    close,
  ]);
  var box = make("div", {
    style: "background:#fff;color:#1d1127;max-width:520px;margin:8vh auto;padding:24px;" +
      "border-radius:8px;box-shadow:0 8px 40px rgba(0,0,0,.3);font:16px/1.4 sans-serif",
  }, [
    make("h2", { style: "margin:0 0 8px;font-size:20px" }, [options.title]),
    make("p", { style: "margin:0 0 16px" }, [options.subtitle + " " + options.subtitle2]),
    form,
  ]);
  box.setAttribute("role", "dialog");
  box.setAttribute("aria-modal", "true");
  box.setAttribute("aria-label", options.title);
  var shade = make("div", {
    className: "sentry-error-embed-wrapper",
    style: "position:fixed;inset:0;z-index:2147483647;overflow:auto;background:rgba(29,17,39,.6)",
  }, [box]);

  function end() {
    document.removeEventListener("keydown", onKey);
    shade.remove();
    window.postMessage(CLOSED, "*");
  }

  function onKey(event) {
    if (event.key === "Escape") end();
  }

  function onAnswer(request) {
    send.disabled = false;
    if (request.status === 200) {
      form.replaceWith(make("p", { className: "success" }, [options.successMessage]), close);
      return;
    }
    status.textContent = request.status === 400 ? options.errorFormEntry : options.errorGeneric;
  }

  form.addEventListener("submit", function (event) {
    event.preventDefault();
    var request = new XMLHttpRequest();
    request.onloadend = function () { onAnswer(request); };
    request.open("POST", endpoint);
    request.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
    send.disabled = true;
    status.textContent = "";
    request.send(["name", "email", "comments"].map(function (name) {
      return name + "=" + encodeURIComponent(form.elements[name].value);
    }).join("&"));
  });
  close.addEventListener("click", end);
  document.addEventListener("keydown", onKey);

  function show() {
    document.body.appendChild(shade);
    form.elements.name.focus();
  }

  if (document.body) show();
  else document.addEventListener("DOMContentLoaded", show);
}
