"""The application's source: each rule finds its mistake, and stays silent at its mending."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest

CASES = [
    (
        "INIT-LATE",
        """
        import sentry_sdk
        from celery.signals import worker_process_init
        @worker_process_init.connect
        def start(**kw):
            sentry_sdk.init()
        """,
        """
        import sentry_sdk
        from celery.signals import celeryd_init
        @celeryd_init.connect
        def start(**kw):
            sentry_sdk.init()
        """,
    ),
    (
        "INIT-TWICE",
        "import sentry_sdk\nfrom sdk_config import setup\nsetup()\nsentry_sdk.init()\n",
        "from sdk_config import setup\nsetup()\n",
    ),
    (
        "NO-FLUSH",
        "import os\ndef stop():\n    os._exit(1)\n",
        "import os\nfrom sdk_config import flush\ndef stop():\n    flush()\n    os._exit(1)\n",
    ),
    (
        "NO-FLUSH",
        "def lambda_handler(event, context):\n    return 1\n",
        """
        from sdk_config import flush
        def lambda_handler(event, context):
            flush()
        """,
    ),
    (
        "NO-FLUSH",
        """
        import sentry_sdk
        from multiprocessing import Process
        sentry_sdk.init()
        Process(target=print).start()
        """,
        """
        import sentry_sdk
        from multiprocessing import Process
        sentry_sdk.init()
        def work():
            sentry_sdk.flush()
        Process(target=work).start()
        """,
    ),
    (
        "NO-FLUSH",
        "import sentry_sdk, multiprocessing\nsentry_sdk.init()\nmultiprocessing.Pool(2)\n",
        "import sdk_config, multiprocessing\nsdk_config.setup()\nmultiprocessing.Pool(2)\n",
    ),
    (
        "FORK",
        "import os, sentry_sdk\nsentry_sdk.init()\nos.fork()\n",
        "import os, sdk_config\nsdk_config.setup()\nos.fork()\n",
    ),
    (
        "HOOK-NO-RETURN",
        """
        def before_send(event, hint):
            if "logger" in event:
                return None
            event["tags"] = {}
        """,
        """
        def before_send(event, hint):
            if "logger" in event:
                return None
            try:
                return event
            finally:
                print("seen")
        """,
    ),
    (
        "HOOK-NO-RETURN",
        """
        import sentry_sdk
        def clean(event, hint):
            event.clear()
        sentry_sdk.init(before_send_transaction=clean)
        """,
        """
        import sentry_sdk
        def clean(event, hint):
            while True:
                return event
        sentry_sdk.init(before_send_transaction=clean)
        """,
    ),
    (
        "NESTED",
        """
        import sentry_sdk
        with sentry_sdk.start_transaction(name="a"):
            with sentry_sdk.start_transaction(name="b"):
                pass
        """,
        """
        import sentry_sdk
        with sentry_sdk.start_transaction(name="a"):
            with sentry_sdk.start_span(op="b"):
                pass
        """,
    ),
    (
        "TWICE",
        """
        try:
            pay()
        except ValueError as error:
            logger.error("failed: %s", error)
            raise
        """,
        """
        try:
            pay()
        except ValueError as error:
            logger.warning("failed: %s", error)
            raise
        """,
    ),
    (
        "TWICE",
        """
        import sentry_sdk
        try:
            pay()
        except ValueError as error:
            logging.error("failed")
            sentry_sdk.capture_exception(error)
        """,
        "try:\n    pay()\nexcept ValueError:\n    logging.exception('failed')\n",
    ),
    ("IGNORE-CHILD", "ignore_logger('shop')\n", "ignore_logger('shop*')\n"),
    (
        "LOGGERS-OFF",
        "LOGGING = {'version': 1, 'handlers': {}}\n",
        "LOGGING = {'version': 1, 'handlers': {}, 'disable_existing_loggers': False}\n",
    ),
    (
        "ASYNCIO",
        "import sentry_sdk\nsentry_sdk.init(integrations=[AsyncioIntegration()])\n",
        """
        import sentry_sdk
        async def main():
            sentry_sdk.init(integrations=[AsyncioIntegration()])
        """,
    ),
    (
        "POOL",
        """
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor() as pool:
            pool.submit(work)
        """,
        """
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor() as pool:
            pool.submit(work).result()
        """,
    ),
    (
        "GEVENT",
        "import requests\nfrom gevent import monkey\nmonkey.patch_all()\n",
        "from gevent import monkey\nmonkey.patch_all()\nimport requests\n",
    ),
    (
        "HANDLERS",
        """
        @app.exception_handler(Exception)
        async def broken(request, error):
            return "sorry"
        """,
        """
        @app.exception_handler(Exception)
        async def broken(request, error):
            capture_exception(error)
            return "sorry"
        """,
    ),
    (
        "STATUS-CODES",
        """
        import sentry_sdk
        sentry_sdk.init(integrations=[FastApiIntegration(failed_request_status_codes={500})])
        """,
        """
        import sentry_sdk
        sentry_sdk.init(integrations=[
            FastApiIntegration(failed_request_status_codes={500}),
            StarletteIntegration(failed_request_status_codes={500}),
        ])
        """,
    ),
    (
        "INTEGRATIONS-OFF",
        "import sentry_sdk\nsentry_sdk.init(default_integrations=False)\n",
        "import sentry_sdk\nsentry_sdk.init(default_integrations=True)\n",
    ),
    (
        "LOST-CALL",
        "import sentry_sdk\nsentry_sdk.capture_exception(error, user_id=1)\n",
        "from sdk_config import capture_exception\ncapture_exception(error, user_id=1)\n",
    ),
    (
        "GLOBAL-TAG",
        "import sentry_sdk\nsentry_sdk.set_tag('request_id', 1)\n",
        "import sentry_sdk\ndef view():\n    sentry_sdk.set_tag('request_id', 1)\n",
    ),
    (
        "GLOBAL-TAG",
        "import sentry_sdk\ndef v():\n    sentry_sdk.get_global_scope().set_tag('user_id', 1)\n",
        "import sentry_sdk\nsentry_sdk.set_tag('feature', 1)\n",
    ),
    (
        "GENERIC",
        "import sentry_sdk\ndef take_payment():\n    sentry_sdk.capture_exception()\n",
        "import sdk_config\ndef take_payment():\n    sdk_config.capture_payment_error()\n",
    ),
    (
        "SPAN-LOOP",
        "for row in rows:\n    with sentry_sdk.start_span(op='row'):\n        pass\n",
        "with sentry_sdk.start_span(op='rows'):\n    for row in rows:\n        pass\n",
    ),
    (
        "MIDDLEWARE",
        "M = ['x.ContextMiddleware', 'django.contrib.auth.middleware.AuthenticationMiddleware']\n",
        "M = ['django.contrib.auth.middleware.AuthenticationMiddleware', 'x.ContextMiddleware']\n",
    ),
    (
        "MIDDLEWARE",
        "app.add_middleware(AuthenticationMiddleware)\napp.add_middleware(ContextMiddleware)\n",
        "app.add_middleware(ContextMiddleware)\napp.add_middleware(AuthenticationMiddleware)\n",
    ),
    (
        "SECRET-KEY",
        "from sdk_config import JWTReader\nreader = JWTReader(os.environ.get('SECRET_KEY'))\n",
        "SECRET = 'SECRET_KEY'\n",
    ),
    ("SOURCE", "def broken(:\n", "def whole():\n    return 1\n"),
]


@pytest.mark.parametrize(("rule", "bad", "good"), CASES)
def test_a_rule_finds_its_mistake_and_stays_silent_at_its_mending(
    rule: str, bad: str, good: str, judge_files: Any
) -> None:
    assert rule in judge_files({"app.py": textwrap.dedent(bad)}).rules()
    assert rule not in judge_files({"app.py": textwrap.dedent(good)}).rules()


def test_a_finding_tells_its_file_and_line(judge_files: Any) -> None:
    report = judge_files({"shop/pay.py": "import sentry_sdk\n\nsentry_sdk.set_tag('user_id', 1)\n"})

    assert [one.where for one in report.findings if one.rule == "GLOBAL-TAG"] == ["shop/pay.py:3"]


def test_gunicorn_that_preloads_is_told_where_the_raw_sdk_forks(judge_files: Any) -> None:
    raw, ours = "import sentry_sdk\nsentry_sdk.init()\n", "import sdk_config\nsdk_config.setup()\n"
    config = "workers = 2\npreload_app = True\n"

    found = judge_files({"gunicorn.conf.py": config, "app.py": raw}).findings
    assert [one.where for one in found if one.rule == "FORK"] == ["gunicorn.conf.py:2"]
    assert "FORK" not in judge_files({"app.py": ours}).rules()
    hooked = f"{config}def post_fork(server, worker):\n    start()\n"
    assert "FORK" not in judge_files({"app.py": raw, "gunicorn.conf.py": hooked}).rules()


def test_environments_tests_and_hidden_folders_are_passed_over(judge_files: Any) -> None:
    bad = "import os\nos._exit(1)\n"
    files = {
        "node_modules/a.py": bad,
        "tests/b.py": bad,
        ".cache/c.py": bad,
        "own/pyvenv.cfg": "",
        "own/d.py": bad,
    }

    assert "NO-FLUSH" not in judge_files(files).rules()
