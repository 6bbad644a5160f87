"""The life of a service process: one event loop, and an event that SIGTERM or SIGINT sets."""

from __future__ import annotations

import asyncio
import gc
import os
import secrets
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from shared.runtime.environment import exit_for_mistakes
from shared.runtime.logs import get_logger, set_up_logs
from shared.runtime.open_files import raise_open_files_limit
from shared.runtime.process_metrics import describe_build, measure_lag
from shared.runtime.settings import ServerSettings, Settings, read_settings
from shared.runtime.traces import close_traces, set_up_traces

try:
    import uvloop
except ImportError:  # no wheel for this platform: the standard loop does the same, slower
    new_event_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
else:
    new_event_loop = uvloop.new_event_loop

_OVERTIME_S = 9.0  # beyond the grace time: for handing back, and for closing what is open

Result = TypeVar("Result")
AnySettings = TypeVar("AnySettings", bound=ServerSettings)
Main = Callable[[Settings, asyncio.Event], Coroutine[Any, Any, None]]


def process_name() -> str:
    """A new name for this start of a process, which no other has: operators find its log by it."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"


def run_service(
    name: str,
    main: Callable[[AnySettings, asyncio.Event], Coroutine[Any, Any, None]],
    read: Callable[[], AnySettings] = read_settings,  # type: ignore[assignment]  # the default is that of most services
) -> None:
    """Read the settings, set up logs, and run `main(settings, stopping)` until it returns.

    `stopping` is set by the first SIGTERM or SIGINT; `main` then ends in its own order of steps. An error that `main`
    raises is logged as the last line, and the process exits with code 1; with 78 and a line on stderr for Mistakes, a
    setting that turns out to be wrong only when it is used, such as a password.
    """
    settings = read()
    last_resort = _LastResort(settings.drain_s + settings.stop_grace_s + _OVERTIME_S)
    set_up_logs(name, settings.log_level)
    set_up_traces(name, settings.otel_exporter_otlp_endpoint)
    describe_build(name)

    async def run() -> None:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        arming = asyncio.create_task(last_resort.arm_after(stopping))
        measuring = asyncio.create_task(measure_lag())
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        log = get_logger()
        log.info("service_started", open_files=raise_open_files_limit())
        try:
            with exit_for_mistakes():
                await main(settings, stopping)
        except Exception as error:
            log.exception("service_crashed", reason=str(error))
            raise SystemExit(1) from error
        finally:
            stopping.set()
            measuring.cancel()
            await arming
            await asyncio.to_thread(close_traces)  # it sends over the network and would block the loop
        log.info("service_stopped")

    try:
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(run())
    finally:
        last_resort.stopped.set()


class _LastResort:
    """Ends a process whose stop takes too long: a thread in a read that never returns would hold it for ever.

    Its own thread is started with the process, since one that stops may have no thread to spare.
    """

    def __init__(self, within_s: float) -> None:
        self.stopped = threading.Event()
        self._within_s = within_s
        self._armed = threading.Event()
        threading.Thread(target=self._watch, name="last-resort", daemon=True).start()

    async def arm_after(self, stopping: asyncio.Event) -> None:
        """Begin to count when the process begins to stop."""
        await stopping.wait()
        self._armed.set()

    def _watch(self) -> None:
        self._armed.wait()
        if not self.stopped.wait(self._within_s):
            get_logger().error("service_did_not_stop", seconds=self._within_s)
            os._exit(1)


def exempt_from_collection() -> None:
    """Exclude all objects that exist now from garbage collection, to be called once a process is ready.

    Modules, settings and pools live as long as the process: looking through them again and again is wasted time.
    """
    gc.collect()
    gc.freeze()


async def stops_within(stopping: asyncio.Event, seconds: float) -> bool:
    """Wait for at most `seconds`, less if the process begins to stop. Returns whether it does."""
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return False
    return True


async def unless(event: asyncio.Event, work: Awaitable[Result]) -> Result | None:
    """The result of `work`, or None, with the work cancelled, when the event is set first."""
    working = asyncio.ensure_future(work)
    ending = asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait({working, ending}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        ending.cancel()
        if not working.done():
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
