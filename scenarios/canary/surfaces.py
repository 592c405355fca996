"""Where an SDK picks things up: the rows of the leak table (SDK_CONFIG.md 3.4), and what shuts
each of them.

Rule: data alone; an id is the row and the name of the function in `plant` that plants there.
May import: the standard library.
"""

from __future__ import annotations

from dataclasses import dataclass

HOOKS = {
    "event": "before_send",
    "feedback": "before_send",
    "check_in": "before_send",
    "transaction": "before_send_transaction",
    "log": "before_send_log",
    "trace_metric": "before_send_metric",
    "span": "before_send_span",
}
"""The SDK's hook that sees an item of a type (SDK_CONFIG.md 3.5); the others pass none."""

NO_HOOK = "no hook of the SDK sees it: sdk_config.setup(), which looks at every envelope"
OURS = "or sdk_config.setup(), whose scrubber looks there"

WITH_THE_TRACE = {
    "envelope header": "before_send_transaction, which must rewrite the whole event",
    "outgoing": "trace_propagation_targets=[]",
}
"""What a transaction's name leaves in beside its item, and what keeps it there."""

VARIABLES = "include_local_variables=False"
BODIES = 'max_request_body_size="never"'
PERSONAL = "send_default_pii=False"


@dataclass(frozen=True, slots=True)
class Surface:
    """A place where an SDK picks something up.

    `row` is that of the leak table; `leaks` are the item types (or `envelope header`,
    `attachment header`, `outgoing`: what other services are told) in which the raw SDK of
    `MEASURED` sends what is there, with default options; `setting` is an option of the SDK that
    shuts it, where there is one.
    """

    row: str
    name: str
    title: str
    leaks: tuple[str, ...] = ()
    setting: str = ""

    @property
    def id(self) -> str:
        """The row and the name: `L01 exception_text`."""
        return f"{self.row} {self.name}"

    def closed_by(self, item_type: str) -> str:
        """What keeps this from leaving in an item of a type."""
        hook = HOOKS.get(item_type)
        if self.setting:
            return f"{self.setting}, {OURS}"
        if item_type in WITH_THE_TRACE:
            return f"no secret in a transaction's name: {WITH_THE_TRACE[item_type]}, {OURS}"
        return f"{hook}, which must look at {self.title}, {OURS}" if hook else NO_HOOK


MEASURED = "2.75.0"
"""The version of sentry-sdk whose leaks stand below."""

EVENT, SPANS, BOTH = ("event",), ("transaction",), ("event", "transaction")

SURFACES: tuple[Surface, ...] = (
    Surface("L01", "exception_text", "an exception's text", EVENT),
    Surface("L01", "chained_cause", "the text of an exception's cause", EVENT),
    Surface("L01", "exception_group", "the text of an exception in a group", EVENT),
    Surface("L01", "exception_note", "an exception's note", EVENT),
    Surface("L02", "validation_error", "an input that a validation error prints", EVENT),
    Surface("L02", "driver_error", "the parameters that a database error prints", EVENT),
    Surface("L03", "local_password", "a local variable called password", (), VARIABLES),
    Surface("L04", "local_blob", "a local variable of any name", EVENT, VARIABLES),
    Surface(
        "L04", "local_prefixed_password", "a local variable called db_password", EVENT, VARIABLES
    ),
    Surface(
        "L04", "local_url", "a local variable that is an address with a password", EVENT, VARIABLES
    ),
    Surface("L04", "local_bytes_key", "a local dictionary whose keys are bytes", EVENT, VARIABLES),
    Surface(
        "L04", "local_representation", "a local variable that is a printed object", EVENT, VARIABLES
    ),
    Surface("L05", "local_nested", "a nested local dictionary", EVENT, VARIABLES),
    Surface("L05", "local_list", "a local tuple of dictionaries", EVENT, VARIABLES),
    Surface("L06", "secret_string", "a local variable that is a pydantic SecretStr", (), VARIABLES),
    Surface(
        "L07", "no_local_variables", "a local variable, where none are to be sent", (), VARIABLES
    ),
    Surface(
        "L08",
        "source_line",
        "a constant in the source beside the failing line",
        EVENT,
        "include_source_context=False",
    ),
    Surface(
        "L09", "crash_in_a_thread", "a local variable of a thread that fails", EVENT, VARIABLES
    ),
    Surface("L10", "process_arguments", "the arguments of the process", EVENT),
    Surface("L11", "message", "a message", EVENT),
    Surface("L12", "logging_error", "the text of a logged error", ("event", "log")),
    Surface("L13", "logging_extra", "a field called password of a logged record", ("log",)),
    Surface("L14", "logging_extra_nested", "a nested field of a logged record", ("event", "log")),
    Surface("L15", "breadcrumb_message", "a breadcrumb's message", EVENT),
    Surface("L16", "breadcrumb_data", "a breadcrumb's data, under password"),
    Surface("L17", "breadcrumb_nested", "a breadcrumb's nested data", EVENT),
    Surface("L18", "user_id", "a user's id", EVENT),
    Surface("L18", "user_fields", "a user's fields", EVENT),
    Surface("L19", "user_address", "a user's network address", (), PERSONAL),
    Surface("L20", "user_nested", "a user's nested data", EVENT),
    Surface("L20", "extra_nested", "nested extra data", EVENT),
    Surface("L21", "extra_password", "extra data called password"),
    Surface("L22", "extra_note", "extra data of any name", EVENT),
    Surface("L23", "tag_password", "a tag", EVENT),
    Surface("L23", "context_password", "a context", EVENT),
    Surface("L23", "fingerprint", "a fingerprint", EVENT),
    Surface("L23", "flag", "a feature flag's name", EVENT),
    Surface("L23", "distribution", "the dist", EVENT),
    Surface("L23", "server_name", "the server's name", EVENT),
    Surface("L23", "transaction_of_an_error", "the name of an error's transaction", EVENT),
    Surface("L24", "attachment", "the bytes of an attachment", ("attachment",)),
    Surface("L24", "attachment_name", "the name of an attachment", ("attachment header",)),
    Surface("L25", "transaction_name", "a transaction's name", ("envelope header", "transaction")),
    Surface(
        "L26",
        "baggage",
        "a transaction's name, told to other services in baggage",
        ("envelope header", "outgoing", "transaction"),
    ),
    Surface("L27", "sql_literal", "a literal in an SQL statement", SPANS),
    Surface("L28", "bound_parameter", "a bound parameter of an SQL statement"),
    Surface("L29", "sql_parameters", "recorded parameters of an SQL statement", SPANS),
    Surface("L30", "span_data_password", "a span's data called password"),
    Surface("L31", "span_data_nested", "a span's nested data", SPANS),
    Surface("L31", "span_data_note", "a span's data of any name", SPANS),
    Surface("L32", "transaction_tag", "a transaction's tag", SPANS),
    Surface("L32", "transaction_data", "a transaction's data", SPANS),
    Surface("L32", "transaction_context", "a transaction's context", SPANS),
    Surface("L33", "transaction_user", "the user of a transaction", SPANS),
    Surface("L34", "client_query", "the query of an outgoing request", SPANS),
    Surface("L34", "asked_query", "the query of a request that is really made", SPANS),
    Surface("L35", "client_path", "the path of an outgoing request", SPANS),
    Surface("L36", "client_userinfo", "the password in the address of an outgoing request", SPANS),
    Surface("L37", "outgoing_authorization", "the Authorization header of an outgoing request"),
    Surface("L37", "environment_of_a_process", "the environment of a started process"),
    Surface("L37", "traced_arguments", "the arguments of a traced function"),
    Surface("L38", "subprocess_arguments", "the arguments of a started process", SPANS),
    Surface("L38", "started_arguments", "the arguments of a process that really starts", SPANS),
    Surface("L39", "store_key", "a key of redis", SPANS),
    Surface("L40", "store_commands", "a value of redis", SPANS),
    Surface("L41", "celery_job", "the arguments of a Celery task", EVENT),
    Surface("L42", "rq_job", "the arguments of an RQ job", EVENT),
    Surface("L43", "huey_job", "the arguments of a Huey task", EVENT),
    Surface("L44", "dramatiq_message", "the arguments of a Dramatiq message", EVENT),
    Surface("L45", "tool", "the input and output of a tool of a language model", (), PERSONAL),
    Surface("L46", "prompt", "a prompt to a language model", ("span",)),
    Surface("L47", "graphql_literal", "a literal in a GraphQL query", BOTH, BODIES),
    Surface("L48", "graphql_error", "a GraphQL query in the log of its error", ("event", "log")),
    Surface("L49", "log_body", "the body of a log", ("log",)),
    Surface("L49", "log_parameter", "a parameter of a log", ("log",)),
    Surface("L49", "log_attribute", "an attribute of a log", ("log",)),
    Surface("L50", "log_user", "the user of a log", (), PERSONAL),
    Surface("L51", "metric_attribute", "an attribute of a metric", ("trace_metric",)),
    Surface("L51", "metric_name", "a metric's name", ("trace_metric",)),
    Surface("L52", "session", "the user of a session", ("session",), "auto_session_tracking=False"),
    Surface("L53", "session_of_a_request", "the user of a request's session"),
    Surface("L54", "check_in_slug", "a monitor's slug", ("check_in",)),
    Surface("L55", "check_in_with_a_scope", "what is on the scope of a check-in"),
    Surface("L56", "profiled_arguments", "an argument in a profile"),
    Surface("L57", "streamed_name", "the name of a streamed span", ("envelope header", "span")),
    Surface("L57", "streamed_attribute", "an attribute of a streamed span", ("span",)),
    Surface("L58", "query_token", "a token in the query of a request", BOTH),
    Surface("L58", "log_live_object", "a request object in a log's attributes", ("log",)),
    Surface("L59", "query_text", "text in the query of a request", BOTH),
    Surface("L59", "path_segment", "a segment of a request's path", BOTH),
    Surface(
        "L60",
        "scope_headers",
        "an authorization header in a server's local variable",
        EVENT,
        VARIABLES,
    ),
    Surface("L60", "authorization", "the Authorization headers of a request"),
    Surface(
        "L61", "api_key_header", "the X-Api-Key and X-Forwarded-For headers of a request", BOTH
    ),
    Surface("L62", "other_headers", "headers of a request that the SDK does not know", BOTH),
    Surface("L62", "referer", "the Referer and User-Agent headers of a request", BOTH),
    Surface("L63", "cookie", "a cookie of a request", BOTH),
    Surface("L64", "json_password", "a password in a request's JSON", BOTH, BODIES),
    Surface("L64", "json_as_text", "a request's JSON, kept as text", BOTH, BODIES),
    Surface("L64", "form_password", "a password in a request's form", (), BODIES),
    Surface("L65", "json_nested", "a nested password in a request's JSON", BOTH, BODIES),
    Surface("L65", "graphql_variables", "the variables of a GraphQL query", BOTH, BODIES),
    Surface("L66", "json_other_keys", "fields of a request's JSON by other names", BOTH, BODIES),
    Surface("L67", "raw_body", "the raw body of a request", BOTH, BODIES),
    Surface("L69", "unknown_path", "the path of a request that nobody answers", EVENT),
    Surface("L70", "view_local", "a local variable of a view", EVENT, VARIABLES),
)
"""Every surface that `plant` knows, in the order of the table."""

BY_ID: dict[str, Surface] = {surface.id: surface for surface in SURFACES}


def closed_by(surface: str, item_type: str) -> str:
    """What keeps a surface from leaving in an item of a type, also for one that is not ours."""
    if surface in BY_ID:
        return BY_ID[surface].closed_by(item_type)
    hook = HOOKS.get(item_type)
    return f"{hook}, {OURS}" if hook else NO_HOOK
