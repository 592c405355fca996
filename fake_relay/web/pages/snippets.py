"""How to point an SDK here, language by language; the DSN is all that differs from production.

May import: nothing of fake_relay.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Snippet(NamedTuple):
    """A language, and code with `{dsn}` where the DSN stands."""

    language: str
    code: str


SNIPPETS: Final = (
    Snippet(
        "Python",
        '# pip install sentry-sdk\nimport sentry_sdk\n\nsentry_sdk.init(dsn="{dsn}")\n'
        'sentry_sdk.capture_message("hello")',
    ),
    Snippet(
        "Node",
        '// npm install @sentry/node\nconst Sentry = require("@sentry/node");\n\n'
        'Sentry.init({ dsn: "{dsn}" });\nSentry.captureMessage("hello");',
    ),
    Snippet(
        "Browser",
        '// npm install @sentry/browser\nimport * as Sentry from "@sentry/browser";\n\n'
        'Sentry.init({ dsn: "{dsn}" });\nSentry.captureMessage("hello");',
    ),
    Snippet(
        "Go",
        "// go get github.com/getsentry/sentry-go\n"
        'sentry.Init(sentry.ClientOptions{Dsn: "{dsn}"})\n'
        'sentry.CaptureMessage("hello")\nsentry.Flush(2 * time.Second)',
    ),
    Snippet(
        "Java",
        '// io.sentry:sentry\nSentry.init(options -> options.setDsn("{dsn}"));\n'
        'Sentry.captureMessage("hello");',
    ),
    Snippet(
        "Kotlin",
        '// io.sentry:sentry\nSentry.init { it.dsn = "{dsn}" }\nSentry.captureMessage("hello")',
    ),
    Snippet(
        "C#",
        '// dotnet add package Sentry\nSentrySdk.Init(options => options.Dsn = "{dsn}");\n'
        'SentrySdk.CaptureMessage("hello");',
    ),
    Snippet(
        "Ruby",
        '# gem install sentry-ruby\nrequire "sentry-ruby"\n\n'
        'Sentry.init { |config| config.dsn = "{dsn}" }\nSentry.capture_message("hello")',
    ),
    Snippet(
        "PHP",
        "// composer require sentry/sentry\n\\Sentry\\init(['dsn' => '{dsn}']);\n"
        "\\Sentry\\captureMessage('hello');",
    ),
    Snippet(
        "Rust",
        '// cargo add sentry\nlet _guard = sentry::init("{dsn}");\n'
        'sentry::capture_message("hello", sentry::Level::Info);',
    ),
    Snippet(
        "Swift",
        '// package getsentry/sentry-cocoa\nSentrySDK.start { $0.dsn = "{dsn}" }\n'
        'SentrySDK.capture(message: "hello")',
    ),
    Snippet("Any", 'SENTRY_DSN="{dsn}" your-command'),
)


def snippets(dsn: str) -> list[Snippet]:
    """All of them with a DSN put in."""
    return [Snippet(one.language, one.code.replace("{dsn}", dsn)) for one in SNIPPETS]
