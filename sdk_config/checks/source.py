"""Judge the application's source, by its syntax tree: calls in the wrong place or form.

Rule: nothing is imported or run; one rule is one function from a module to findings, and a rule
that is not sure stays silent.
May import: processes, subject, rules, syntax.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping

from sdk_config.checks.findings import Finding
from sdk_config.checks.processes import RAW, children, fork, no_flush, preload
from sdk_config.checks.rules import finding
from sdk_config.checks.subject import Subject
from sdk_config.checks.syntax import Module, called, functions, may_end, read_module, text_of

STARTS = frozenset(
    {
        RAW,
        "sdk_config.setup",
        "setup_sentry",
        "init_sentry",
        "configure_sentry",
    }
)
REQUEST_TAGS = frozenset({"request_id", "user_id", "trace_id", "session_id", "correlation_id"})
ERROR_METHODS = frozenset({"error", "exception", "critical", "fatal"})
CAPTURE_KEYWORDS = frozenset(
    {"scope", "hint", "user", "level", "extras", "contexts", "tags", "fingerprint", "attributes"}
)
"""What the SDK's captures take; others lose the event, and nothing tells (3.3)."""


def judge(subject: Subject) -> Iterator[Finding]:
    """What the rules find in each file, and what only all files together show."""
    starts: list[str] = []
    callers: set[str] = set()
    forking: list[Finding] = []
    for file, text in subject.sources():
        try:
            module = read_module(file, text)
        except (SyntaxError, ValueError, RecursionError):
            yield finding("SOURCE", "this is no Python that can be read; it was passed over", file)
            continue
        starts += [module.at(call) for call in start_calls(module)]
        callers |= {module.name(call.func) for call in start_calls(module)}
        forking += [*children(module), *preload(module)]
        for rule in RULES_OF_A_FILE:
            yield from rule(module)
        yield from secret_keys(module, subject.env)
    if len(starts) > 1:
        text = f"Sentry is started in {len(starts)} places ({', '.join(starts[1:])}); the last wins"
        yield finding("INIT-TWICE", text, starts[0])
    # What children lose or send again, setup() sees to; who calls neither may call it elsewhere.
    if callers == {RAW}:
        yield from forking


def start_calls(module: Module) -> list[ast.Call]:
    """Calls that start Sentry."""
    return [call for name, call in module.calls() if name in STARTS or name.endswith(_ALIASES)]


_ALIASES = (".setup_sentry", ".init_sentry", ".configure_sentry")


def late_init(module: Module) -> Iterator[Finding]:
    """Celery has patched its tasks before `worker_process_init` is sent (M-01)."""
    for function in functions(module.tree):
        signals = [module.name(called(one)) for one in function.decorator_list]
        late = any(name.endswith("worker_process_init.connect") for name in signals)
        for call in start_calls(module) if late else []:
            if call in ast.walk(function):
                text = "too late for Celery's tasks; start Sentry on celeryd_init, or at import"
                yield finding("INIT-LATE", text, module.at(call))


def hook_without_return(module: Module) -> Iterator[Finding]:
    """A `before_send` that falls off its end gives None, which drops the item (M-09)."""
    hooks = {
        module.name(keyword.value)
        for call in start_calls(module)
        for keyword in call.keywords
        if keyword.arg and keyword.arg.startswith("before_")
    }
    for function in functions(module.tree):
        named = function.name.startswith("before_send") or function.name == "before_breadcrumb"
        if (named or function.name in hooks) and may_end(function.body):
            text = f"{function.name} has a way out without return, which drops the item"
            yield finding("HOOK-NO-RETURN", text, module.at(function))


def nested(module: Module) -> Iterator[Finding]:
    """A transaction in a transaction is another trace (M-19)."""
    for block in ast.walk(module.tree):
        if not isinstance(block, (ast.With, ast.AsyncWith)) or not _starts_trace(module, block):
            continue
        for inner in (node for line in block.body for node in ast.walk(line)):
            if isinstance(inner, (ast.With, ast.AsyncWith)) and _starts_trace(module, inner):
                text = "a transaction in a transaction is a trace of its own; use a span"
                yield finding("NESTED", text, module.at(inner))


def twice(module: Module) -> Iterator[Finding]:
    """An error that is logged as well as raised or captured is two issues (M-20)."""
    for handler in ast.walk(module.tree):
        if not isinstance(handler, ast.ExceptHandler):
            continue
        logged = [
            call
            for name, call in module.calls(handler)
            if name.rpartition(".")[2] in ERROR_METHODS and "log" in name.rpartition(".")[0].lower()
        ]
        captured = any(name.endswith("capture_exception") for name, _ in module.calls(handler))
        raised = any(isinstance(one, ast.Raise) for line in handler.body for one in ast.walk(line))
        if logged and (captured or raised):
            other = "captured" if captured else "raised again"
            text = f"logged as an error and {other}: two issues; log a warning instead"
            yield finding("TWICE", text, module.at(logged[0]))


def ignored_loggers(module: Module) -> Iterator[Finding]:
    """`ignore_logger("x")` does not cover `x.child` (M-21)."""
    for name, call in module.calls():
        text = text_of(call.args[0]) if call.args else None
        if name.endswith("ignore_logger") and text and "*" not in text:
            said = f"ignore_logger({text!r}) leaves its children out; write {text + '*'!r} for all"
            yield finding("IGNORE-CHILD", said, module.at(call))


def loggers_off(module: Module) -> Iterator[Finding]:
    """dictConfig switches loggers off unless told not to (M-22)."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Dict):
            continue
        said = {
            text_of(key): value for key, value in zip(node.keys, node.values, strict=True) if key
        }
        if "version" not in said or not {"handlers", "loggers", "root"} & said.keys():
            continue
        kept = said.get("disable_existing_loggers")
        if not (isinstance(kept, ast.Constant) and kept.value is False):
            text = "existing loggers fall silent; set 'disable_existing_loggers': False"
            yield finding("LOGGERS-OFF", text, module.at(node))


def asyncio_integration(module: Module) -> Iterator[Finding]:
    """It patches the loop that runs when Sentry starts (M-23)."""
    inside = {
        call
        for function in ast.walk(module.tree)
        if isinstance(function, ast.AsyncFunctionDef)
        for _, call in module.calls(function)
    }
    for start in start_calls(module):
        used = any(name.endswith("AsyncioIntegration") for name, _ in module.calls(start))
        if used and start not in inside:
            text = "no loop runs here yet; start Sentry in a coroutine, and ignore logger 'asyncio'"
            yield finding("ASYNCIO", text, module.at(start))


def pools(module: Module) -> Iterator[Finding]:
    """A future that nobody looks at keeps its error to itself (M-24)."""
    if not any(
        "ThreadPoolExecutor" in name or "ProcessPoolExecutor" in name
        for name in (*module.names.values(), *(name for name, _ in module.calls()))
    ):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            call = node.value.func
            if isinstance(call, ast.Attribute) and call.attr == "submit":
                text = "nobody looks at this future, so its error is lost; call result()"
                yield finding("POOL", text, module.at(node))


def gevent(module: Module) -> Iterator[Finding]:
    """Patching must come before what it patches is imported (M-25)."""
    late = False
    for line in module.tree.body:
        for name, call in module.calls(line):
            if late and name.endswith(("monkey.patch_all", "eventlet.monkey_patch")):
                text = "patch before anything else is imported, the SDK above all"
                yield finding("GEVENT", text, module.at(call))
        if isinstance(line, (ast.Import, ast.ImportFrom)):
            named = line.module if isinstance(line, ast.ImportFrom) else line.names[0].name
            late |= not (named or "").startswith(("gevent", "eventlet", "__future__"))


def handlers(module: Module) -> Iterator[Finding]:
    """A handler of every exception answers and tells nobody (M-31)."""
    for function in functions(module.tree):
        for decorator in function.decorator_list:
            if not (isinstance(decorator, ast.Call) and decorator.args):
                continue
            catches = module.name(decorator.args[0]) in {"Exception", "BaseException"}
            handles = module.name(decorator.func).endswith(("exception_handler", "errorhandler"))
            tells = any("capture" in name for name, _ in module.calls(function)) or any(
                isinstance(one, ast.Raise) for one in ast.walk(function)
            )
            if handles and catches and not tells:
                text = "this handler swallows every error; capture_exception() in it"
                yield finding("HANDLERS", text, module.at(function))


def status_codes(module: Module) -> Iterator[Finding]:
    """FastAPI is two integrations, and each must be told (M-31)."""
    for start in start_calls(module):
        told = {
            name.rpartition(".")[2]
            for name, call in module.calls(start)
            if any(keyword.arg == "failed_request_status_codes" for keyword in call.keywords)
        }
        if len(told & {"StarletteIntegration", "FastApiIntegration"}) == 1:
            text = "tell failed_request_status_codes to Starlette's and FastAPI's integration"
            yield finding("STATUS-CODES", text, module.at(start))


def integrations_off(module: Module) -> Iterator[Finding]:
    """Without the default integrations nothing is caught, and scripts send nothing (S4-03)."""
    for start in start_calls(module):
        for keyword in start.keywords:
            off = isinstance(keyword.value, ast.Constant) and keyword.value.value is False
            if keyword.arg == "default_integrations" and off:
                text = "default_integrations=False also switches off the flush at exit"
                yield finding("INTEGRATIONS-OFF", text, module.at(start))


def lost_calls(module: Module) -> Iterator[Finding]:
    """Keywords that the SDK does not take lose the event, in silence (3.3)."""
    for name, call in module.calls():
        if name not in {"sentry_sdk.capture_exception", "sentry_sdk.capture_message"}:
            continue
        wrong = [one.arg for one in call.keywords if one.arg and one.arg not in CAPTURE_KEYWORDS]
        wrong = [one for one in wrong if one not in {"error", "message"}]
        if wrong:
            text = f"{name} does not know {', '.join(wrong)} and loses the event; use sdk_config's"
            yield finding("LOST-CALL", text, module.at(call))


def global_tags(module: Module) -> Iterator[Finding]:
    """A request's tag at import, or on the global scope, is on every event (S3-56)."""
    top = [call for line in module.tree.body for call in _outside_functions(module, line)]
    for _, call in module.calls():
        key = text_of(call.args[0]) if call.args else None
        if not isinstance(call.func, ast.Attribute | ast.Name) or key not in REQUEST_TAGS:
            continue
        last = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id
        if last == "set_tag" and (call in top or _on_global_scope(module, call.func)):
            text = f"tag {key!r} is then on every event; set it in a scope of the request"
            yield finding("GLOBAL-TAG", text, module.at(call))


def _on_global_scope(module: Module, function: ast.expr) -> bool:
    inner = function.value if isinstance(function, ast.Attribute) else None
    return isinstance(inner, ast.Call) and module.name(inner.func).endswith("get_global_scope")


def generic(module: Module) -> Iterator[Finding]:
    """Alerts by category need a capture that says one (S3-54)."""
    words = ("payment", "booking", "integration", "notification")
    for function in functions(module.tree):
        domain = next((word for word in words if word in function.name.lower()), None)
        for name, call in module.calls(function) if domain else []:
            if name == "sentry_sdk.capture_exception":
                text = f"capture_{domain}_error gives alerts a category; this one has none"
                yield finding("GENERIC", text, module.at(call))


def span_loops(module: Module) -> Iterator[Finding]:
    """A trace keeps a thousand spans (S3-55)."""
    for loop in ast.walk(module.tree):
        if isinstance(loop, (ast.For, ast.AsyncFor, ast.While)):
            for name, call in module.calls(loop):
                if name.endswith(("start_span", "start_child", "sdk_config.span")):
                    text = "a span for each round; beyond 1000 in a trace the rest is lost"
                    yield finding("SPAN-LOOP", text, module.at(call))


def middleware(module: Module) -> Iterator[Finding]:
    """The context middleware must run inside of the one that knows the user (S3-52, FW-11)."""
    for node in ast.walk(module.tree):
        if isinstance(node, (ast.List, ast.Tuple)):
            names = [text_of(one) or "" for one in node.elts]
            ours = [at for at, name in enumerate(names) if name.endswith("ContextMiddleware")]
            auth = [at for at, name in enumerate(names) if "AuthenticationMiddleware" in name]
            if ours and auth and ours[0] < auth[0]:
                text = "ContextMiddleware before authentication never sees a user; put it after"
                yield finding("MIDDLEWARE", text, module.at(node))
    added = [
        (module.name(call.args[0]), call)
        for name, call in module.calls()
        if name.endswith(".add_middleware") and call.args
    ]
    ours_at = [call.lineno for name, call in added if name.endswith("ContextMiddleware")]
    for name, call in added:
        # The last one added is the outermost, so it must be the one that authenticates.
        if "Authentication" in name and ours_at and call.lineno < ours_at[0]:
            text = "ContextMiddleware is added after authentication, so it runs outside of it"
            yield finding("MIDDLEWARE", text, module.at(call))


def secret_keys(module: Module, env: Mapping[str, str]) -> Iterator[Finding]:
    """A reader of tokens whose key is in no variable knows no user (S3-52)."""
    for name, call in module.calls():
        if not name.endswith(("JWTReader", "ContextMiddleware")):
            continue
        for reader, read in module.calls(call):
            key = text_of(read.args[0]) if read.args else None
            if reader in {"os.environ.get", "os.getenv"} and key and not env.get(key):
                text = f"{key} is not set here, so tokens cannot be verified and no user is known"
                yield finding("SECRET-KEY", text, module.at(call))


def _outside_functions(module: Module, line: ast.stmt) -> Iterator[ast.Call]:
    if not isinstance(line, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield from (call for _, call in module.calls(line))


def _starts_trace(module: Module, block: ast.With | ast.AsyncWith) -> bool:
    names = [module.name(called(item.context_expr)) for item in block.items]
    return any(name.endswith("start_transaction") for name in names)


RULES_OF_A_FILE: tuple[Callable[[Module], Iterator[Finding]], ...] = (
    late_init,
    no_flush,
    fork,
    hook_without_return,
    nested,
    twice,
    ignored_loggers,
    loggers_off,
    asyncio_integration,
    pools,
    gevent,
    handlers,
    status_codes,
    integrations_off,
    lost_calls,
    global_tags,
    generic,
    span_loops,
    middleware,
)
"""What is looked for in each file."""
